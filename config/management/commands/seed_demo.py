"""`manage.py seed_demo`: fill an empty installation with the demo bank."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from apps.core import clock
from apps.core.actors import SYSTEM
from apps.operators.models import Operator
from apps.routing.services import publishing
from config.demo import busy, busy_rows, organisation, past, promises

# As many as it takes to know each weekday.
WEEKS = 3


class Command(BaseCommand):
    help = (
        "Fill an empty installation with a believable bank: people, lines, texts and some days of dialogues."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--weeks", type=int, default=WEEKS, help="of busy days before today (default %(default)s)"
        )

    def handle(self, *args: Any, weeks: int, **options: Any) -> None:
        if not settings.DEMO_SITE:
            raise CommandError("The demo bank belongs to the demo: DEMO_SITE is off in these settings.")
        if Operator.objects.exists():
            raise CommandError("This installation has operators already; the demo bank needs an empty one.")
        now = clock.now()
        with transaction.atomic():
            lines = organisation.build(now=now)
            began = now - max(past.LASTS, timedelta(weeks=weeks, days=1))
            promises.follow_production_calendar(now=began)
            promises.promise_aloud(lines, now=began)
            # Published before it is lived through: each decision names its version, and none is frozen anew for it.
            publishing.publish(actor=SYSTEM, now=began, note="Демо-банк")
            busy_rows.write(busy.play(lines, weeks=weeks, now=now))
            past.live_through(lines, now=now)
            promises.keep_clocks(now=now)
            promises.escalate(now=now)
            promises.decide(now=now)
            promises.leave_contacts(lines["loans"], now=now)
            promises.add_shifts(now=now)
