"""Tokens: what opens the door, what closes it, and how fast one may knock."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django.fixtures import Settings

from apps.core import clock
from apps.core.errors import Invalid
from apps.core.models import ApiToken
from apps.core.services import tokens
from tests.api import Integration, codes
from tests.factories import organisation, people

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _fresh_counters() -> None:
    cache.clear()


def asked_with(header: str | None) -> Any:
    headers = {"Accept-Language": "en"} | ({} if header is None else {"Authorization": header})
    return Client(headers=headers).get("/api/v1/queues/")


def test_token_is_stored_as_a_digest_only() -> None:
    crm = Integration()
    row = ApiToken.objects.values().get(pk=crm.token.pk)
    assert row["digest"] == tokens.digest_of(crm.plain)
    assert crm.plain not in str(row)
    assert crm.plain.endswith(row["last_four"])
    assert len(crm.plain) >= 43


def test_living_token_opens_the_door() -> None:
    organisation.common_line()
    assert Integration().get("queues/").status_code == 200


@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Basic dXNlcjpwYXNz", "Bearer otk_wrong"])
def test_whoever_has_no_valid_token_gets_401(header: str | None) -> None:
    answer = asked_with(header)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer["Content-Type"] == "application/problem+json"


def test_blank_and_overlong_tokens_are_refused_before_any_query(django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(0):
        assert asked_with("Bearer  ").status_code == 401
        assert asked_with("Bearer " + "otk_" + "a" * 500).status_code == 401
        assert asked_with("Bearer session-key").status_code == 401


def test_expired_revoked_and_switched_off_look_like_unknown() -> None:
    unknown = asked_with("Bearer otk_unknown").json()
    expired, revoked, off, person = (Integration() for _ in range(4))
    ApiToken.objects.filter(pk=expired.token.pk).update(expires_at=clock.now() - timedelta(seconds=1))
    tokens.revoke(revoked.token, now=clock.now())
    off.user.is_active = False
    off.user.save()
    person.user.is_service = False
    person.user.save()
    for integration in (expired, revoked, off, person):
        answer = integration.get("queues/")
        assert (answer.status_code, answer.json()) == (401, unknown)


def test_session_of_a_person_opens_nothing() -> None:
    client = Client()
    client.force_login(people.operator().user)
    assert client.get("/api/v1/queues/").status_code == 401


def test_use_is_noted_at_most_once_a_minute() -> None:
    crm, now = Integration(), clock.now()
    tokens.redeem(crm.plain, now=now)
    tokens.redeem(crm.plain, now=now + timedelta(seconds=30))
    assert ApiToken.objects.get(pk=crm.token.pk).last_used_at == now
    tokens.redeem(crm.plain, now=now + timedelta(seconds=61))
    assert ApiToken.objects.get(pk=crm.token.pk).last_used_at == now + timedelta(seconds=61)


def test_new_token_of_an_account_replaces_the_old_one() -> None:
    crm, now = Integration(), clock.now()
    _token, plain = tokens.issue(
        name="CRM",
        user=crm.user,
        scopes=["organisation:read"],
        expires_at=now + timedelta(days=1),
        now=now,
    )
    assert crm.get("queues/").status_code == 401
    assert asked_with(f"Bearer {plain}").status_code == 200


def test_token_is_made_for_service_accounts_with_known_scopes_and_a_future_end_only() -> None:
    now, service = clock.now(), people.user(is_service=True)
    good = {"name": "X", "user": service, "scopes": [], "expires_at": now + timedelta(days=1), "now": now}
    for wrong in ({"user": people.user()}, {"scopes": ["everything"]}, {"expires_at": now}):
        with pytest.raises(Invalid):
            tokens.issue(**{**good, **wrong})
    assert not ApiToken.objects.exists()


def test_missing_scope_is_403_and_nothing_is_done() -> None:
    organisation.common_line()
    reader = Integration(can=["conversations:read"])
    assert codes(reader.get("queues/")) == (403, "scope_missing")
    assert codes(reader.post("conversations/", {"identity": 1, "text": "x"})) == (403, "scope_missing")
    assert codes(reader.send("PATCH", "customers/1/", {"name": "x"})) == (403, "scope_missing")


def test_method_nobody_serves_is_405() -> None:
    assert Integration().send("DELETE", "queues/").status_code == 405
    assert Integration(can=[]).send("OPTIONS", "queues/").status_code in (403, 405)


def test_too_many_requests_are_429_for_that_token_only(settings: Settings) -> None:
    organisation.common_line()
    settings.REST_FRAMEWORK = {
        **settings.REST_FRAMEWORK,
        "DEFAULT_THROTTLE_RATES": {"token": "3/min"},
    }
    busy, calm = Integration(), Integration()
    answers = [busy.get("queues/") for _ in range(4)]
    assert [each.status_code for each in answers] == [200, 200, 200, 429]
    assert answers[3].json()["code"] == "too_many_requests"
    assert int(answers[3]["Retry-After"]) >= 1
    assert calm.get("queues/").status_code == 200


def test_answers_are_kept_by_no_cache() -> None:
    assert Integration().get("queues/")["Cache-Control"] == "no-store, private"


def test_unknown_address_and_method_of_the_schema_are_problem_documents() -> None:
    answer = Client(headers={"Accept-Language": "en"}).get("/api/v1/nothing/here/")
    assert (answer.status_code, answer["Content-Type"]) == (404, "application/problem+json")
    assert answer.json() == {
        "type": "urn:otklik:problem:not_found",
        "title": "Not found",
        "status": 404,
        "detail": "There is no such thing.",
        "code": "not_found",
    }
