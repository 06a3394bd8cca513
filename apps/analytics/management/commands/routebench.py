"""`manage.py routebench`: the dispatcher's budgets alone; the bench `routing` of `manage.py bench`."""

from __future__ import annotations

from typing import Any

from apps.analytics.management.commands import bench


class Command(bench.Command):
    help = "Measure the dispatcher: 400 operators, 50 lines, 1,000 waiting, four dispatchers."

    def handle(self, *args: Any, names: list[str], **options: Any) -> None:
        super().handle(*args, names=["routing"], **options)
