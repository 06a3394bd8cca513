"""Which bots an account may know of."""

from __future__ import annotations

from django.db.models import Q, QuerySet

from apps.bots.models import Bot
from apps.core import subjects
from apps.core.models import User
from apps.operators.models import Queue


def known_lines(account: User) -> set[int]:
    """Numbers of the lines the account may know of."""
    return subjects.seen(account, "queue", set(Queue.objects.values_list("pk", flat=True)))


def bots_of(account: User) -> QuerySet[Bot]:
    """Those given conversations from a line that the account knows, and the one that answers as this account."""
    known = known_lines(account)
    here = Q(lines__queue__in=known) | Q(lines=None) if known else Q(pk__in=[])
    return Bot.objects.filter(here | Q(account=account)).distinct().prefetch_related("lines")
