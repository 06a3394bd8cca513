"""`manage.py seed_roles`: the groups that every installation begins with."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config.roles import seed_roles


class Command(BaseCommand):
    help = "Make the groups administrator, supervisor, operator and auditor where they are missing."

    def handle(self, *args: Any, **options: Any) -> None:
        for code, group in seed_roles().items():
            self.stdout.write(f"{code}: {group.name}")
