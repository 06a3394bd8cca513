"""`manage.py seed_roles`: the groups that every installation begins with."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandParser

from config.roles import seed_roles


class Command(BaseCommand):
    help = (
        "Make the groups administrator, supervisor, operator, auditor and integration where they are missing."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--first", action="store_true", help="only in an installation that has no groups yet"
        )

    def handle(self, *args: Any, first: bool, **options: Any) -> None:
        if first and Group.objects.exists():
            return
        for code, group in seed_roles().items():
            self.stdout.write(f"{code}: {group.name}")
