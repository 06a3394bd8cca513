"""`manage.py seed_roles`: the groups that every installation begins with."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from config.roles import seed


class Command(BaseCommand):
    help = (
        "Make the groups that every installation begins with where they are missing, and give the others the rights "
        "that came with this version. What the bank took from a group stays taken."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--new", action="store_true", help="for upgrades: a group that the bank has deleted stays deleted"
        )

    def handle(self, *args: Any, new: bool, **options: Any) -> None:
        for code, given in seed(only_new=new).items():
            name = given.group.name if given.group else "deleted, left so"
            self.stdout.write(f"{code}: {name}" + "".join(f"\n  + {right}" for right in given.rights))
