"""`manage.py seed_demo`: fill an empty installation with the demo bank."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

from apps.core import clock
from apps.core.actors import SYSTEM
from apps.operators.models import Operator
from apps.routing.services import publishing
from config.demo import organisation, past, promises


class Command(BaseCommand):
    help = (
        "Fill an empty installation with a believable bank: people, lines, texts and some days of dialogues."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO_SITE:
            raise CommandError("The demo bank belongs to the demo: DEMO_SITE is off in these settings.")
        if Operator.objects.exists():
            raise CommandError("This installation has operators already; the demo bank needs an empty one.")
        now = clock.now()
        with transaction.atomic():
            lines = organisation.build(now=now)
            began = now - past.LASTS
            promises.follow_production_calendar(now=began)
            promises.promise_aloud(lines, now=began)
            # Published before it is lived through: each decision names its version, and none is frozen anew for it.
            publishing.publish(actor=SYSTEM, now=began, note="Демо-банк")
            past.live_through(lines, now=now)
            promises.keep_clocks(now=now)
            promises.escalate(now=now)
            promises.decide(now=now)
            promises.leave_contacts(lines["loans"], now=now)
            promises.add_shifts(now=now)
