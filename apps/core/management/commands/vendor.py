"""Fetches the third-party browser modules of static/vendor, or checks them offline."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from apps.core import vendoring


class Command(BaseCommand):
    help = (
        "Copies the modules registered in static/vendor/VENDOR.toml from npm; --check compares them offline."
    )
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--check", action="store_true", help="compare hashes, download nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        root = Path(settings.BASE_DIR) / "static" / "vendor"
        if not options["check"]:
            self._fetch(root)
        found = vendoring.problems(root)
        if found:
            raise CommandError("\n".join(found))
        self.stdout.write(f"{len(vendoring.read_register(root))} vendored files are as registered")

    def _fetch(self, root: Path) -> None:
        try:
            for entry in vendoring.fetch(root):
                self.stdout.write(f"{entry.name} {entry.version}: {entry.path}")
        except vendoring.VendorError as error:
            raise CommandError(str(error)) from error
