"""docs/api.md, in both languages, tells the truth."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.conf import settings

from apps.core import clock
from apps.core.models import Event, WebhookDelivery, WebhookSubscription
from apps.core.scopes import scopes
from apps.core.services import webhooks

DOCS = Path(settings.BASE_DIR) / "docs"
PAGES = [DOCS / "api.md", DOCS / "ru" / "api.md"]


@pytest.fixture(params=PAGES, ids=["en", "ru"])
def page(request: pytest.FixtureRequest) -> str:
    return str(request.param.read_text())


def told_in(page: str) -> Callable[..., bool]:
    """The receiver's check as the page shows it."""
    [code] = re.findall(r"```python\n(.*?)```", page, flags=re.DOTALL)
    scope: dict[str, Any] = {}
    exec(code, scope)  # noqa: S102 - our own page
    check: Callable[..., bool] = scope["is_authentic"]
    return check


def signed(at: int, **keys: str) -> tuple[dict[str, str], bytes]:
    event = Event(pk=5, kind="message.received", subject_kind="conversation", subject_id=1, at=clock.now())
    subscription = WebhookSubscription(**{"secret": "new", "old_secret": "old", **keys})
    delivery = WebhookDelivery(pk=uuid4(), subscription=subscription, event=event)
    body = webhooks.body_of(delivery)
    return webhooks.signed_headers(delivery, body, at=at), body


def test_example_accepts_what_either_living_key_signed(page: str) -> None:
    headers, body = signed(int(clock.now().timestamp()))
    assert told_in(page)("new", headers, body)
    assert told_in(page)("old", headers, body)


def test_example_refuses_other_keys_other_bytes_and_old_requests(page: str) -> None:
    now = int(clock.now().timestamp())
    headers, body = signed(now)
    assert not told_in(page)("other", headers, body)
    assert not told_in(page)("new", headers, body + b" ")
    assert not told_in(page)("new", {**headers, "Otklik-Timestamp": str(now + 1)}, body)
    assert not told_in(page)("new", *signed(now - 301))


def test_every_scope_is_in_the_table_and_no_other(page: str) -> None:
    assert set(re.findall(r"`([a-z]+:[a-z]+)`", page)) == set(scopes())


def test_tries_and_their_number_are_those_of_the_code(page: str) -> None:
    assert list(webhooks.BACKOFF) == [10, 30, 60, 300, 900, 1800, 3600, 7200, 14_400, 28_800, 28_800]
    assert "1, 2, 4, 8" in page
