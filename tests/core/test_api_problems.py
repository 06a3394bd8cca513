"""Whatever answers under /api/v1/, a refusal is one problem document with its code and words."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from apps.core.scopes import scopes
from tests.api import Integration

pytestmark = pytest.mark.django_db


def refusal(answer: Any) -> tuple[int, str, str]:
    """Status, code and title of a whole problem document."""
    assert answer["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert problem["status"] == answer.status_code
    assert problem["type"] == f"urn:otklik:problem:{problem['code']}"
    assert problem["detail"]
    return answer.status_code, problem["code"], problem["title"]


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
@pytest.mark.parametrize("path", ["schema/", "docs/"])
def test_the_schema_and_its_page_are_only_read(path: str, method: str) -> None:
    client = Client(enforce_csrf_checks=True, headers={"Accept-Language": "en"})
    answer = client.generic(method, f"/api/v1/{path}", data=b"{}", content_type="application/json")
    assert refusal(answer) == (405, "method_not_allowed", "The method is not allowed here")
    assert answer["Allow"] == "GET, HEAD"


def test_the_schema_and_its_page_are_still_read() -> None:
    schema, page = Client().get("/api/v1/schema/"), Client().get("/api/v1/docs/")
    assert (schema.status_code, schema["Content-Type"].partition(";")[0]) == (
        200,
        "application/vnd.oai.openapi",
    )
    assert (page.status_code, page["Content-Type"]) == (200, "text/html; charset=utf-8")


def test_a_form_of_the_schema_that_is_none_is_refused_as_a_problem() -> None:
    answer = Client(headers={"Accept": "image/png", "Accept-Language": "en"}).get("/api/v1/schema/")
    assert refusal(answer)[:2] == (406, "not_acceptable")


@pytest.mark.parametrize(
    ("language", "title"), [("en", "The request is not valid"), ("ru", "Запрос составлен неверно")]
)
@pytest.mark.parametrize("path", ["conversations/%00/", "%00", "docs/%00"])
def test_a_nul_in_an_address_is_refused_as_a_problem(path: str, language: str, title: str) -> None:
    answer = Client().get(f"/api/v1/{path}", headers={"Accept-Language": language})
    assert refusal(answer) == (400, "invalid", title)


def test_a_nul_in_the_address_of_a_page_stays_an_empty_refusal() -> None:
    answer = Client().get("/admin/%00")
    assert (answer.status_code, answer.content) == (400, b"")


@pytest.mark.parametrize("can", [None, []], ids=["every scope", "no scope"])
@pytest.mark.parametrize("path", ["conversations/", "attachments/", "events/", "conversations/1/"])
def test_a_method_nobody_serves_is_405_whatever_the_token_may(path: str, can: list[str] | None) -> None:
    some = can if can is None else sorted(scopes())[:1]
    for method in ("OPTIONS", "TRACE"):
        answer = Integration(can=some).send(method, path)
        assert refusal(answer)[:2] == (405, "method_not_allowed")


def test_options_without_a_token_is_401() -> None:
    assert refusal(Client().options("/api/v1/conversations/"))[:2] == (401, "token_missing")
