"""The door of staff: whom limits count, whom they keep out, what a sign-out ends (A6, A17)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client, override_settings

from apps.core import clock
from apps.core.middleware import STARTED
from apps.core.models import SocketTicket
from apps.operators.consumers import open_session, still_signed_in
from apps.operators.services import tickets
from tests.factories import people

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def tries(name: str, password: str, address: str, **headers: str) -> bool:
    """Whether this name and password open the door from this address."""
    browser = Client(REMOTE_ADDR=address, headers=headers)
    answer = browser.post("/accounts/login/", {"login": name, "password": password})
    return answer.status_code == 302 and "_auth_user_id" in browser.session


def test_nobody_keeps_a_colleague_out_by_failing_under_his_name() -> None:
    people.user("anna")
    for _try in range(9):
        assert not tries("anna", "wrong", "203.0.113.5")
    assert tries("anna", PASSWORD, "203.0.113.6")
    assert not tries("anna", PASSWORD, "203.0.113.5")


@override_settings(TRUSTED_PROXIES=["10.0.0.1"])
def test_behind_our_proxy_each_client_is_counted_for_itself() -> None:
    people.user("anna")
    for number in range(12):
        assert not tries(f"nobody{number}", "wrong", "10.0.0.1", x_forwarded_for="203.0.113.5")
    assert not tries("anna", PASSWORD, "10.0.0.1", x_forwarded_for="203.0.113.5")
    assert tries("anna", PASSWORD, "10.0.0.1", x_forwarded_for="203.0.113.6")


def test_a_header_of_the_clients_own_gives_no_new_tries() -> None:
    people.user("anna")
    for number in range(12):
        assert not tries("anna", "wrong", "203.0.113.5", x_forwarded_for=f"198.51.100.{number}")
    assert not tries("anna", PASSWORD, "203.0.113.5", x_forwarded_for="198.51.100.99")


def test_a_ticket_opens_no_socket_after_its_session_signed_out() -> None:
    user = people.user("anna")
    browser, other = Client(), Client()
    for each in (browser, other):
        each.force_login(user)
    ended = browser.post("/workspace/ticket/").json()["ticket"]
    living = other.post("/workspace/ticket/").json()["ticket"]
    browser.post("/accounts/logout/")
    with pytest.raises(tickets.TicketRefused):
        open_session(ended)
    assert open_session(living).user_id == user.pk
    assert not SocketTicket.objects.exists()


def test_a_socket_lives_no_longer_than_its_session_may() -> None:
    browser = Client()
    browser.force_login(people.user("anna"))
    session = open_session(browser.post("/workspace/ticket/").json()["ticket"])
    assert still_signed_in(session)
    stored = browser.session
    too_long = timedelta(seconds=settings.SESSION_ABSOLUTE_SECONDS + 1)
    stored[STARTED] = (clock.now() - too_long).timestamp()
    stored.save()
    assert not still_signed_in(session)
