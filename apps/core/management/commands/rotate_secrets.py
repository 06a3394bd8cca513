"""``manage.py rotate_secrets``: bring every stored secret onto the newest encryption key."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from apps.core import stored_secrets


class Command(BaseCommand):
    help = "Re-encrypts stored secrets with the newest of ENCRYPTION_KEYS; exits 1 if a row cannot be read."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--batch", type=int, default=500, help="rows per transaction (default 500)")

    def handle(self, *args: Any, **options: Any) -> None:
        result = stored_secrets.rotate(batch=options["batch"])
        self.stdout.write(f"{result.rewritten} rewritten, {result.current} already on the newest key")
        for row in result.unreadable:
            self.stderr.write(f"cannot read {row}: written with key {row.key_id!r}")
        if result.unreadable:
            raise CommandError(f"{len(result.unreadable)} secrets cannot be read; keep the old keys.")
