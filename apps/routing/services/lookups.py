"""Asking the bank's own system who a customer is, before he is placed: outside any transaction, in a bounded time.

What it answers is written to the customer, so that rules and operators see it like anything else the bank says of
him. Whatever goes wrong, he is placed by what is known without it. After several failures on end nobody is asked
for a while. See docs/rules.md.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, Any

import msgspec
from django.db import transaction
from django.db.models import Count

from apps.conversations.models import Conversation, State
from apps.conversations.services import people
from apps.core import http
from apps.core.actors import SYSTEM
from apps.routing.models import Lookup, LookupOutcome, LookupSetting

MAX_ANSWER = 64 * 1024
FAILURES = 3  # on end, of different customers, before nobody is asked
PAUSE = timedelta(seconds=30)
FAILED = (
    LookupOutcome.LATE,
    LookupOutcome.UNREACHABLE,
    LookupOutcome.REFUSED,
    LookupOutcome.STATUS,
    LookupOutcome.BAD,
    LookupOutcome.LARGE,
    LookupOutcome.PAUSED,
)
# The same as the one of the product; tests give another.
Request = Callable[..., http.Response]

_Name = Annotated[str, msgspec.Meta(pattern=r"^[a-z][a-z0-9_]{0,39}\Z")]
_Text = Annotated[str, msgspec.Meta(max_length=500)]


class Answer(msgspec.Struct, kw_only=True):
    """What the bank's system says. What is not named stays as it is, null forgets it."""

    category: Annotated[str, msgspec.Meta(max_length=30)] | msgspec.UnsetType | None = msgspec.UNSET
    attributes: Annotated[dict[_Name, _Text | int | float | bool | None], msgspec.Meta(max_length=50)] = (
        msgspec.field(default_factory=dict)
    )


@dataclass(frozen=True, slots=True)
class _Question:
    customer: int
    bank_id: str
    setting: LookupSetting


def is_wanted(conversation_id: int, *, now: datetime) -> bool:
    """Whether the bank's system is to be asked before this conversation is placed."""
    return _question(conversation_id, now) is not None


def ask(conversation_id: int, *, now: datetime, request: Request = http.request) -> str | None:
    """Ask, and write down what came of it; None when there was nothing to ask. Safe to run twice."""
    question = _question(conversation_id, now)
    if question is None:
        return None
    if _is_paused(now):
        return _keep(question, LookupOutcome.PAUSED, None, 0, now=now)
    begun = time.monotonic()
    outcome, answer = _asked(question, request)
    took = round((time.monotonic() - begun) * 1000)
    if outcome == LookupOutcome.UNREACHABLE and took >= question.setting.timeout_ms:
        outcome = LookupOutcome.LATE
    return _keep(question, outcome, answer, took, now=now)


def _question(conversation_id: int, now: datetime) -> _Question | None:
    setting = LookupSetting.objects.filter(is_on=True).first()
    if setting is None:
        return None
    found = (
        Conversation.objects.select_related("customer").filter(pk=conversation_id, state=State.NEW).first()
    )
    # Only whom the bank has vouched for: nobody is looked up by what he says of himself.
    if found is None or not found.customer.bank_id:
        return None
    channels = set(setting.channels.values_list("pk", flat=True))
    if channels and found.channel_id not in channels:
        return None
    since = now - timedelta(minutes=setting.keep_minutes)
    known = (LookupOutcome.FOUND, LookupOutcome.UNKNOWN)
    if Lookup.objects.filter(customer=found.customer_id, asked_at__gt=since, outcome__in=known).exists():
        return None
    return _Question(found.customer_id, found.customer.bank_id, setting)


def _is_paused(now: datetime) -> bool:
    """The last ones all failed, a moment ago."""
    asked = Lookup.objects.exclude(outcome=LookupOutcome.PAUSED).order_by("-asked_at")
    last = list(asked.values_list("outcome", "asked_at")[:FAILURES])
    failed = len(last) == FAILURES and all(outcome in FAILED for outcome, _at in last)
    return failed and last[0][1] > now - PAUSE


def _asked(question: _Question, request: Request) -> tuple[str, Answer | None]:
    setting = question.setting
    headers = {setting.header: setting.secret} if setting.secret else {}
    try:
        response = request(
            "POST",
            setting.url,
            headers=headers,
            json={"bank_id": question.bank_id},
            max_bytes=MAX_ANSWER,
            timeout=setting.timeout_ms / 1000,
        )
    except http.Refused:
        return LookupOutcome.REFUSED, None
    except http.TooLarge:
        return LookupOutcome.LARGE, None
    except http.BadAnswer:
        return LookupOutcome.BAD, None
    except http.RequestFailed:
        return LookupOutcome.UNREACHABLE, None
    if response.status == 404:
        return LookupOutcome.UNKNOWN, None
    if not response.ok:
        return LookupOutcome.STATUS, None
    try:
        return LookupOutcome.FOUND, msgspec.json.decode(response.body, type=Answer)
    except msgspec.DecodeError:
        return LookupOutcome.BAD, None


@transaction.atomic
def _keep(question: _Question, outcome: str, answer: Answer | None, took: int, *, now: datetime) -> str:
    if answer is not None:
        told: dict[str, Any] = dict(answer.attributes)
        if answer.category is not msgspec.UNSET:
            told["category"] = answer.category
        people.describe(question.customer, actor=SYSTEM, now=now, attributes=told)
    Lookup.objects.update_or_create(
        customer_id=question.customer, defaults={"asked_at": now, "outcome": outcome, "took_ms": took}
    )
    return outcome


def trace(customer_id: int, *, now: datetime) -> dict[str, Any]:
    """For a decision's record: what came of asking, how long it took and how old that is; empty when never asked."""
    found = Lookup.objects.filter(customer=customer_id).first()
    if found is None or not LookupSetting.objects.filter(is_on=True).exists():
        return {}
    age = round((now - found.asked_at).total_seconds())
    return {"lookup": {"outcome": found.outcome, "ms": found.took_ms, "age": age}}


def failures(found: Mapping[str, int]) -> int:
    """How many of these were no answer."""
    return sum(found.get(outcome, 0) for outcome in FAILED)


def outcomes(*, since: datetime) -> dict[str, int]:
    """How often each came of asking since a moment, of the last question about each customer."""
    rows = Lookup.objects.filter(asked_at__gt=since).order_by().values_list("outcome")
    return dict(rows.annotate(number=Count("pk")))
