"""`manage.py screenshots`: take the pictures of docs/screenshots from a running demo."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

NEEDED = "Pictures need the development requirements: python3 manage.py install dev"


class Command(BaseCommand):
    help = "Play a dialogue in a running demo and write docs/screenshots/*.png."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--url",
            default=f"http://localhost:{settings.PORT}",
            help="where the demo answers (default: %(default)s)",
        )

    def handle(self, *args: Any, url: str, **options: Any) -> None:
        try:
            from playwright.sync_api import Error

            from config.demo.screenshots import NoBrowser, studio, take_all
        except ImportError as error:
            raise CommandError(NEEDED) from error
        folder = Path(settings.BASE_DIR) / "docs" / "screenshots"
        folder.mkdir(parents=True, exist_ok=True)
        try:
            with studio(url.rstrip("/"), folder, self.stdout.write) as before:
                taken = take_all(before)
        except NoBrowser as error:
            raise CommandError("Pictures need a browser: install the system package “chromium”.") from error
        except Error as error:
            raise CommandError(f"The demo at {url} did not do what was expected of it: {error}") from error
        total = sum(path.stat().st_size for path in taken)
        self.stdout.write(f"{len(taken)} pictures, {total / 1024 / 1024:.1f} MB, in {folder}")
