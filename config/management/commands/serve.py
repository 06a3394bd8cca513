"""`manage.py serve`: everything in one process."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from config.celery import app
from config.single_process import CannotServe, listen, serve


def add_address_arguments(parser: CommandParser) -> None:
    """--host and --port, the same for `serve` and `demo`."""
    parser.add_argument("--host", default="127.0.0.1", help="where to listen (default: only this machine)")
    parser.add_argument("--port", type=int, default=settings.PORT, help="default: PORT, else 8000")


class Command(BaseCommand):
    help = "Serve web and sockets, with the Celery worker and beat in the same process."
    requires_migrations_checks = True

    def add_arguments(self, parser: CommandParser) -> None:
        add_address_arguments(parser)

    def handle(self, *args: Any, host: str, port: int, **options: Any) -> None:
        try:
            serve(listen(host, port), app=app, on_ready=lambda: self.say_ready(port))
        except CannotServe as error:
            raise CommandError(str(error)) from error

    def say_ready(self, port: int) -> None:
        self.stdout.write(f"Otklik serves http://localhost:{port}/ - Ctrl-C stops it.")
