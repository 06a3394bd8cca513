"""`manage.py bench`: measure the budgets of the README, the product beside the bare pipeline."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.analytics.bench.budget import Row, as_markdown, as_text
from apps.analytics.bench.engines import CannotMeasure, Engines, engines
from apps.analytics.load import processes

MARKS = ("<!-- bench -->", "<!-- /bench -->")

Measure = Callable[[Engines, dict[str, Any]], list[Row]]


def _message(found: Engines, options: dict[str, Any]) -> list[Row]:
    from apps.analytics.bench import message

    return message.measure(found, rounds=options["rounds"], seconds=options["seconds"])


def _crowd(found: Engines, options: dict[str, Any]) -> list[Row]:
    from apps.analytics.bench import crowd

    return crowd.measure(found)


def _reading(found: Engines, options: dict[str, Any]) -> list[Row]:
    from apps.analytics.bench import reading

    return reading.measure(rows=options["rows"])


def _lists(found: Engines, options: dict[str, Any]) -> list[Row]:
    from apps.analytics.bench import lists

    return lists.measure(rows=options["list_rows"])


def _routing(found: Engines, options: dict[str, Any]) -> list[Row]:
    from apps.analytics.bench import routing

    return routing.measure(
        found, rounds=options["rounds"], freed=options["freed"], rate=options["freed_a_second"]
    )


def _later(found: Engines, options: dict[str, Any]) -> list[Row]:
    from apps.analytics.bench import reading

    return reading.later()


BENCHES: dict[str, Measure] = {
    "message": _message,
    "crowd": _crowd,
    "reading": _reading,
    "lists": _lists,
    "routing": _routing,
    "later": _later,
}


class Command(BaseCommand):
    help = "Measure the budgets; exits 1 when a must is missed. Starts PostgreSQL and Redis where none is configured."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("names", nargs="*", help=f"which (default all): {', '.join(BENCHES)}")
        parser.add_argument("--rounds", type=int, default=3, help="rounds of limit and product (default 3)")
        parser.add_argument("--seconds", type=float, default=8, help="of each measurement (default 8)")
        parser.add_argument("--rows", type=int, default=10_000_000, help="messages in the reading benches")
        parser.add_argument(
            "--list-rows", type=int, default=5_000_000, help="rows of each table behind the admin's lists"
        )
        parser.add_argument(
            "--freed", type=int, default=800, help="places that become free in the routing bench"
        )
        parser.add_argument(
            "--freed-a-second", type=float, default=50, help="how many of them in a second (default 50)"
        )
        parser.add_argument(
            "--markdown",
            type=Path,
            nargs="*",
            default=[],
            help=f"put the table into these files as well, between {MARKS[0]} and {MARKS[1]}",
        )

    def handle(self, *args: Any, names: list[str], **options: Any) -> None:
        if unknown := set(names) - BENCHES.keys():
            raise CommandError(f"There is no bench {', '.join(sorted(unknown))}: {', '.join(BENCHES)}.")
        if settings.DATABASE_URL and settings.REDIS_URL:
            self._measure(names or list(BENCHES), options)
            return
        try:
            with engines() as found:
                sys.exit(self._again_beside(found))
        except CannotMeasure as error:
            raise CommandError(str(error)) from error

    def _again_beside(self, found: Engines) -> int:
        """This command once more, told where its engines are: settings are read once in a process."""
        command = [sys.executable, *sys.argv]
        done = subprocess.run(command, env=found.environment, cwd=settings.BASE_DIR, check=False)  # noqa: S603
        return done.returncode

    def _measure(self, names: list[str], options: dict[str, Any]) -> None:
        call_command("prepare", stdout=self.stdout)
        found = Engines(settings.DATABASE_URL, settings.REDIS_URL, processes.server_pids([]))
        rows: list[Row] = []
        for name in names:
            self.stdout.write(f"{name}… (load {os.getloadavg()[0]:.1f})")
            try:
                rows += BENCHES[name](found, options)
            except CannotMeasure as error:
                raise CommandError(str(error)) from error
        self.stdout.write("\n" + as_text(rows))
        for page in options["markdown"]:
            page.write_text(_with_table(page.read_text(), rows))
        if any(row.is_met is False for row in rows):
            sys.exit(1)


def _with_table(page: str, rows: list[Row]) -> str:
    """A page with the table in the place of its last one; raises CommandError where no place is marked."""
    head, begin, rest = page.partition(MARKS[0])
    _former, end, tail = rest.partition(MARKS[1])
    if not begin or not end:
        raise CommandError(f"The page has no place for the table: {MARKS[0]} and {MARKS[1]}.")
    told = f"{os.cpu_count()} cores, {datetime.now(UTC).date()}"
    return f"{head}{begin}\n{told}\n\n{as_markdown(rows)}\n{end}{tail}"
