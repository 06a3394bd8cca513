"""What the processes of a race do."""

from __future__ import annotations

import random
from collections import Counter
from datetime import datetime

from apps.conversations.access import sight_of
from apps.conversations.services import delivery
from apps.core import clock
from apps.core.errors import DomainError
from apps.core.models import User
from apps.routing.services import handling, upkeep


def grab(*, worker: int, conversations: list[int], operators: list[int]) -> dict[str, int]:
    """Accept conversations for operators in an order of one's own; give a few of them back."""
    dice = random.Random(worker)
    sights = [sight_of(user) for user in User.objects.filter(pk__in=operators)]
    outcomes: Counter[str] = Counter()
    for conversation in dice.sample(conversations, len(conversations)):
        sight = dice.choice(sights)
        try:
            handling.accept(sight, conversation, now=clock.now())
            outcomes["accepted"] += 1
            if dice.random() < 0.3:
                handling.return_to_line(sight, conversation, comment="", now=clock.now())
                outcomes["returned"] += 1
        except DomainError as refusal:
            outcomes[refusal.code] += 1
    return dict(outcomes)


def drain(*, worker: int) -> int:
    """Send what is due."""
    return delivery.deliver_due(now=clock.now)


def sweep_promises(*, worker: int, moment: str) -> int:
    """Act on what is due at a moment."""
    return upkeep.act_on_due(now=datetime.fromisoformat(moment))
