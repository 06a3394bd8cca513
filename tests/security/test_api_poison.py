"""Requests made to break REST: each gets a problem document, none a breakdown."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.api import Integration
from tests.factories import dialogues, organisation

pytestmark = pytest.mark.django_db

DEEP = b"[" * 100_000


def sent(api: Integration, method: str, path: str, raw: bytes) -> Any:
    headers = {"Idempotency-Key": f"key-of-{path}"}
    return api.client.generic(
        method, f"/api/v1/{path}", raw, content_type="application/json", headers=headers
    )


@pytest.mark.parametrize(
    "raw",
    [DEEP, b'{"a":' * 50_000, b'{"\\ud800":1}', b'{"language":"\\ud800"}', b'{"\\u0000":1}', b'{"name":NaN}'],
    ids=["deep list", "deep object", "surrogate name", "surrogate choice", "nul", "nan"],
)
def test_a_body_made_to_break_the_parser_or_the_answer_is_refused(raw: bytes) -> None:
    api, customer = Integration(), dialogues.identity(organisation.channel()).customer
    answer = sent(api, "PATCH", f"customers/{customer.pk}/", raw)
    assert answer.status_code == 400
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert json.loads(answer.content)["status"] == 400


@pytest.mark.parametrize(
    "limit", ["000000001999999", "0" * 9 + "1", "000000001" + "0" * 5000, "201", "-1", "0"]
)
def test_no_spelling_of_a_limit_gets_more_rows_than_a_page_holds(limit: str) -> None:
    answer = Integration().get("conversations/", limit=limit)
    assert answer.status_code == 400
    assert "limit" in answer.json()["errors"]
