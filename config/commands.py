"""Runs a management command, with the embedded database around it where that is the configured one."""

from __future__ import annotations

import argparse
import contextlib
import os
import signal
import sys
from collections.abc import Iterator, Sequence

from django.core.management import execute_from_command_line
from django.core.management.base import handle_default_options

from apps.core.embedded import EmbeddedError, EmbeddedPostgres

# Commands that ask the database nothing; every other one finds it running.
WITHOUT_DATABASE = {
    "bench",
    "check",
    "collectstatic",
    "compilemessages",
    "diffsettings",
    "findstatic",
    "help",
    "makemessages",
    "messages",
    "reference",
    "spectacular",
    "startapp",
    "vendor",
    "version",
}


def run(argv: Sequence[str]) -> None:
    """What manage.py does once everything it needs is installed."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")
    handle_default_options(_default_options(argv))
    # Python ends at once on these two, without running what stops the database.
    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:  # nohup means it
            signal.signal(number, _leave)
    try:
        with _database(argv):
            execute_from_command_line(list(argv))
    except EmbeddedError as error:
        sys.exit(str(error))


def _default_options(argv: Sequence[str]) -> argparse.Namespace:
    """--settings and --pythonpath, needed before the command's own parser exists."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--settings")
    parser.add_argument("--pythonpath")
    return parser.parse_known_args(list(argv[2:]))[0]


def _leave(number: int, _frame: object) -> None:
    sys.exit(128 + number)


@contextlib.contextmanager
def _database(argv: Sequence[str]) -> Iterator[None]:
    command = argv[1] if len(argv) > 1 else "help"
    if command in WITHOUT_DATABASE or command.startswith("-") or {"--help", "-h"} & set(argv):
        yield
        return
    from django.conf import settings

    if not settings.EMBEDDED_DATABASE:
        yield
        return
    with EmbeddedPostgres(settings.VAR_DIR):
        yield
