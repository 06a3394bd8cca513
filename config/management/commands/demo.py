"""`manage.py demo`: from an empty clone to a living chat centre in one command."""

from __future__ import annotations

import contextlib
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import clock
from config.celery import app
from config.demo import accounts, bot
from config.management.commands.serve import add_address_arguments
from config.single_process import CannotServe, listen, serve

PAGES = {
    "": "the bank's site with the chat",
    "workspace/": "operators",
    "admin/": "supervisors and administrators",
    "api/v1/docs/": "REST, to read and to try",
    "api/v1/schema/": "REST, described for machines",
}


@contextlib.contextmanager
def live_traffic(port: int) -> Iterator[None]:
    """Robot customers and operators beside the server, stopped with it: by word, or because its end of the pipe is
    gone, so that a killed demo leaves nobody behind who would hold its database."""
    command = [
        sys.executable,
        str(settings.BASE_DIR / "manage.py"),
        "traffic",
        "--url",
        f"http://127.0.0.1:{port}",
        "--lifeline",
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE) as robots:  # noqa: S603 - a command of our own
        try:
            yield
        finally:
            robots.terminate()


class Command(BaseCommand):
    help = "Prepare the database, fill it with a demo bank once, and serve it."

    def add_arguments(self, parser: CommandParser) -> None:
        add_address_arguments(parser)
        parser.add_argument("--traffic", action="store_true", help="play live dialogues as well")

    def handle(self, *args: Any, host: str, port: int, traffic: bool, **options: Any) -> None:
        began = time.monotonic()
        living = contextlib.ExitStack()

        def on_ready() -> None:
            self.say_ready(port, time.monotonic() - began)
            if secret:
                bot.play(port=port, secret=secret)
            if traffic:
                living.enter_context(live_traffic(port))

        try:
            listener = listen(host, port)
            call_command("prepare", stdout=self.stdout)
            if not get_user_model().objects.exists():
                self.stdout.write("Filling the demo bank…")
                call_command("seed_demo", verbosity=0)
            secret = bot.new_secret(now=clock.now())
            with living:
                serve(listener, app=app, on_ready=on_ready)
        except CannotServe as error:
            raise CommandError(str(error)) from error
        self.stdout.write("Stopped. The data are kept for the next time.")

    def say_ready(self, port: int, seconds: float) -> None:
        lines = [f"\nOtklik is ready after {seconds:.1f} s.\n"]
        lines += [f"  {f'http://localhost:{port}/{path}':<40} {what}" for path, what in PAGES.items()]
        lines += ["", "Log in with", *(f"  {account}" for account in accounts())]
        lines += ["", f"Everything it keeps is in {settings.VAR_DIR}. Ctrl-C stops it.\n"]
        self.stdout.write("\n".join(lines))
