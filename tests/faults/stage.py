"""People and channels of a fault test, made and looked at inside its installation: ``python -m tests.faults.stage``."""

from __future__ import annotations

import json
import sys
from typing import Any


def build() -> dict[str, Any]:
    """Two operators who are signed in, a site, a channel with a provider, and a site whose line has nobody in it."""
    from apps.routing.models import ChannelLine
    from tests.adapters import null
    from tests.factories import organisation, people

    line = organisation.common_line()
    site = organisation.channel("Faults site")
    provider = organisation.channel("Faults provider", kind="null", webhook_secret=null.SECRET)
    crowd = organisation.channel("Faults crowd")
    ChannelLine.objects.create(channel=crowd, queue=organisation.line("Faults crowd"))
    staff = [people.operator(name, lines=(line,), capacity=200) for name in ("Анна", "Борис")]
    return {
        "site": site.public_key,
        "crowd": crowd.public_key,
        "hook": provider.public_key,
        "operators": [{"user": each.pk, "session": _session(each.user)} for each in staff],
    }


def _session(user: Any) -> str:
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return str(client.cookies["sessionid"].value)


def look() -> dict[str, Any]:
    """What the database holds at the end."""
    from apps.channels.models import InboundUpdate
    from apps.conversations.models import Conversation, Message
    from apps.routing.models import Assignment

    fields = ("id", "conversation_id", "seq", "rev", "kind", "author_kind", "client_id", "text", "staff_only")
    return {
        "messages": list(Message.objects.order_by("conversation_id", "seq").values(*fields)),
        "conversations": list(
            Conversation.objects.order_by("pk").values("id", "seq", "rev", "state", "customer_id")
        ),
        "updates": list(InboundUpdate.objects.values_list("external_id", "state")),
        "assignments": list(
            Assignment.objects.filter(ended_at__isnull=True).values_list("conversation_id", flat=True)
        ),
    }


def offer() -> dict[str, Any]:
    """From now on the common line gives what comes to it, instead of being asked for it."""
    from apps.core import clock
    from apps.core.actors import SYSTEM
    from apps.operators.models import Queue
    from apps.routing.services import publishing

    Queue.objects.filter(is_default=True).update(offering="automatic", accept_seconds=0)
    publishing.publish(actor=SYSTEM, now=clock.now())
    return {}


def stuck() -> dict[str, Any]:
    """What the watchdog finds now."""
    from apps.core import clock
    from apps.routing.watchdog import checks

    clock.synchronise()
    return {"found": [(each.code, each.conversation) for each in checks.look(now=clock.now())]}


if __name__ == "__main__":
    import django

    django.setup()
    print(json.dumps({"build": build, "look": look, "offer": offer, "stuck": stuck}[sys.argv[1]]()))
