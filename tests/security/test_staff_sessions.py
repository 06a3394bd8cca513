"""Sessions of staff over HTTP: how long they live, where one is signed in, and ending that."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from allauth.usersessions.models import UserSession
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation
from redis.exceptions import ConnectionError as RedisConnectionError

from apps.core import clock, control, staff_sessions
from apps.core.actors import Actor
from apps.core.browsers import browser_words
from apps.core.middleware import ADMIN_SEEN, STARTED
from apps.core.models import Event, SocketTicket, User
from apps.core.sockets import Close
from apps.core.tasks import forget_old
from apps.operators.consumers import open_session, reason_to_close
from apps.operators.services import tickets
from tests.events import forget_events
from tests.factories import organisation, people, roles
from tests.sockets import Staff

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
PAGE = "/accounts/sessions/"
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = (
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Safari/605.1.15"
)


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


def signed_in(user: User, agent: str = FIREFOX, address: str = "203.0.113.5") -> Client:
    found = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    answer = found.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert answer.status_code == 302
    return found


def is_in(client: Client, address: str = "/workspace/") -> bool:
    answer = client.get(address)
    return answer.status_code == 200


def set_back(client: Client, **seconds: float) -> None:
    """Move moments that a session keeps into the past."""
    session = client.session
    for name, many in seconds.items():
        session[name] -= many
    session.save()


# --- how long ---------------------------------------------------------------------------------------------


def test_a_quarter_of_an_hour_idle_in_the_admin_signs_out_there() -> None:
    client = signed_in(roles.staff("administrator"))
    assert is_in(client, "/admin/")
    set_back(client, **{ADMIN_SEEN: settings.ADMIN_IDLE_SECONDS + 1})
    answer = client.get("/admin/")
    assert answer.status_code == 302
    assert "/accounts/login/" in client.get("/admin/", follow=True).redirect_chain[-1][0]


def test_less_than_that_does_not() -> None:
    client = signed_in(roles.staff("administrator"))
    client.get("/admin/")
    set_back(client, **{ADMIN_SEEN: settings.ADMIN_IDLE_SECONDS - 30})
    assert is_in(client, "/admin/")
    set_back(client, **{ADMIN_SEEN: settings.ADMIN_IDLE_SECONDS - 30})
    assert is_in(client, "/admin/")


def test_the_workspace_goes_on_however_long_the_admin_was_idle() -> None:
    client = signed_in(roles.staff("administrator"))
    client.get("/admin/")
    set_back(client, **{ADMIN_SEEN: 4 * settings.ADMIN_IDLE_SECONDS})
    assert is_in(client)
    assert client.post("/workspace/ticket/").status_code == 200
    assert is_in(client)


def test_an_operator_who_never_opened_the_admin_is_not_idle_there() -> None:
    client = signed_in(roles.staff("administrator"))
    assert is_in(client)
    set_back(client, **{STARTED: settings.SESSION_ABSOLUTE_SECONDS - 60})
    assert is_in(client, "/admin/")


@pytest.mark.parametrize("address", ["/admin/", "/workspace/"])
def test_half_a_day_after_signing_in_every_session_is_over(address: str) -> None:
    client = signed_in(roles.staff("administrator"))
    assert is_in(client, address)
    set_back(client, **{STARTED: settings.SESSION_ABSOLUTE_SECONDS + 1})
    assert not is_in(client, address)
    assert "_auth_user_id" not in client.session
    assert client.post("/workspace/ticket/").status_code in (302, 401, 403)


def test_a_session_that_is_used_all_the_time_ends_too() -> None:
    client = signed_in(roles.staff("administrator"))
    for _hour in range(11):
        client.get("/admin/")
        set_back(client, **{STARTED: 3600, ADMIN_SEEN: 600})
    assert is_in(client, "/admin/")
    set_back(client, **{STARTED: 3600})
    assert not is_in(client, "/admin/")


# --- where one is signed in -------------------------------------------------------------------------------


def test_the_page_names_every_browser_and_this_one_first() -> None:
    anna = people.user("anna")
    signed_in(anna, SAFARI, "198.51.100.7")
    client = signed_in(anna)
    places = client.get(PAGE).context["places"]
    assert [(each.browser, each.row.ip, each.is_this) for each in places] == [
        ("Firefox 128, Windows", "203.0.113.5", True),
        ("Safari 17, macOS", "198.51.100.7", False),
    ]


def test_nobody_sees_or_ends_a_colleagues_session() -> None:
    anna, boris = people.user("anna"), people.user("boris")
    hers, his = signed_in(anna), signed_in(boris)
    assert [each.row.user_id for each in his.get(PAGE).context["places"]] == [boris.pk]
    row = UserSession.objects.get(user=anna)
    for wanted in (str(row.pk), "0", "x", "", "9" * 40):
        assert his.post(PAGE, {"end": wanted}).status_code == 404
    assert is_in(hers)


def test_the_page_is_for_who_is_signed_in() -> None:
    assert Client().get(PAGE).headers["Location"].startswith("/accounts/login/")
    assert Client().post(PAGE, {"end": "others"}).headers["Location"].startswith("/accounts/login/")


def test_one_session_is_ended_with_its_tickets_and_the_rest_goes_on() -> None:
    anna = people.user("anna")
    lost, kept, client = signed_in(anna, SAFARI), signed_in(anna), signed_in(anna)
    ticket = lost.post("/workspace/ticket/").json()["ticket"]
    living = kept.post("/workspace/ticket/").json()["ticket"]
    row = UserSession.objects.get(session_key=lost.session.session_key)
    answer = client.post(PAGE, {"end": str(row.pk)}, follow=True)
    assert len(answer.context["places"]) == 2
    assert "said" in answer.content.decode()
    assert [is_in(each) for each in (lost, kept, client)] == [False, True, True]
    with pytest.raises(tickets.TicketRefused):
        open_session(ticket)
    assert open_session(living).user_id == anna.pk
    told = Event.objects.get(kind="staff.sessions_ended")
    assert (told.subject_id, told.actor_id, told.details) == (
        anna.pk,
        anna.pk,
        {"user": anna.pk, "count": 1},
    )


def test_all_others_are_ended_at_once() -> None:
    anna = people.user("anna")
    others, client = [signed_in(anna) for _number in range(3)], signed_in(anna)
    client.post(PAGE, {"end": "others"})
    assert [is_in(each) for each in (*others, client)] == [False, False, False, True]
    assert UserSession.objects.filter(user=anna).count() == 1
    forget_events()
    client.post(PAGE, {"end": "others"})
    assert not Event.objects.filter(kind="staff.sessions_ended").exists()


def test_ending_ones_own_signs_out() -> None:
    client = signed_in(people.user("anna"))
    row = UserSession.objects.get()
    assert client.post(PAGE, {"end": str(row.pk)}).headers["Location"] == "/accounts/login/"
    assert not is_in(client)


def test_a_signed_out_session_is_listed_no_more() -> None:
    anna = people.user("anna")
    other, client = signed_in(anna), signed_in(anna)
    other.post("/accounts/logout/")
    assert len(client.get(PAGE).context["places"]) == 1


def test_a_new_password_leaves_only_the_session_that_set_it() -> None:
    anna = people.user("anna")
    other, client = signed_in(anna), signed_in(anna)
    new = "an entirely new password"
    form = {"oldpassword": PASSWORD, "password1": new, "password2": new}
    assert client.post("/accounts/password/change/", form).status_code == 302
    assert [each.is_this for each in client.get(PAGE).context["places"]] == [True]
    assert not is_in(other)


def test_being_seen_is_written_at_most_once_a_minute_and_never_into_the_session() -> None:
    client = signed_in(people.user("anna"))
    client.get("/workspace/")
    with CaptureQueriesContext(connection) as queries:
        client.get("/workspace/")
    written = [each["sql"] for each in queries if each["sql"].startswith(("UPDATE", "INSERT", "DELETE"))]
    assert written == []
    UserSession.objects.update(last_seen_at=clock.now() - timedelta(hours=2))
    cache.clear()
    client.get("/workspace/")
    assert clock.now() - UserSession.objects.get().last_seen_at < timedelta(minutes=1)


def test_an_open_socket_counts_as_seen() -> None:
    client = signed_in(people.user("anna"))
    session = open_session(client.post("/workspace/ticket/").json()["ticket"])
    before = clock.now() - timedelta(hours=2)
    UserSession.objects.update(last_seen_at=before)
    assert reason_to_close(session) is None
    assert UserSession.objects.get().last_seen_at > before


def test_addresses_are_forgotten_with_their_sessions() -> None:
    anna = people.user("anna")
    over, client = signed_in(anna), signed_in(anna)
    Session.objects.filter(session_key=over.session.session_key).update(
        expire_date=clock.now() - timedelta(days=1)
    )
    forget_old()
    assert [each.session_key for each in UserSession.objects.all()] == [client.session.session_key]
    assert Session.objects.count() == 1


# --- by an administrator ----------------------------------------------------------------------------------


def end_all(client: Client, *users: User) -> Any:
    chosen = {"action": "end_sessions", "_selected_action": [each.pk for each in users]}
    return client.post(reverse("admin:core_user_changelist"), chosen)


def test_an_administrator_ends_all_sessions_of_an_account() -> None:
    anna, boris = people.user("anna"), people.user("boris")
    chief = roles.staff("administrator")
    hers, his, own = [signed_in(anna), signed_in(anna)], signed_in(boris), signed_in(chief)
    end_all(own, anna)
    assert [is_in(each) for each in (*hers, his)] == [False, False, True]
    told = Event.objects.get(kind="staff.sessions_ended")
    assert (told.actor_id, told.details["count"]) == (chief.pk, 2)
    end_all(own, chief)
    assert is_in(own, "/admin/")


def test_nobody_ends_the_sessions_of_who_stands_above_him() -> None:
    root = people.user("root", is_superuser=True, is_staff=True)
    his = signed_in(root)
    end_all(signed_in(roles.staff("administrator")), root)
    assert is_in(his)


@pytest.mark.parametrize("role", ["supervisor", "auditor"])
def test_other_roles_end_nobodys_sessions(role: str) -> None:
    anna = people.user("anna")
    hers = signed_in(anna)
    end_all(signed_in(roles.staff(role)), anna)
    assert is_in(hers)


@pytest.mark.django_db(transaction=True)
def test_the_sockets_of_an_ended_session_close() -> None:
    organisation.common_line()
    anna = people.operator("Анна").user
    client = signed_in(anna)

    async def scenario() -> int:
        async with Staff() as socket:
            await socket.hello(anna)
            await sync_to_async(client.post)(PAGE, {"end": "others"})
            return await socket.closed_with()

    signed_in(anna, SAFARI)
    assert async_to_sync(scenario)() == Close.RESYNC


# --- words ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (FIREFOX, "Firefox 128, Windows"),
        (SAFARI, "Safari 17, macOS"),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/126.0.0.0 Safari/537.36",
            "Chrome 126, Linux",
        ),
        ("Mozilla/5.0 (Windows NT 10.0) Chrome/126.0.0.0 Safari/537.36 Edg/126.0", "Edge 126, Windows"),
        (
            "Mozilla/5.0 (Windows NT 10.0) Chrome/124.0 YaBrowser/24.6.1 Safari/537.36",
            "Yandex Browser 24, Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 14) Chrome/126.0 Mobile Safari/537.36", "Chrome 126, Android"),
        ("", "Unknown browser"),
        ("curl/8", "Unknown browser"),
    ],
)
def test_a_browser_is_named_in_words(agent: str, words: str) -> None:
    with translation.override("en"):
        assert browser_words(agent) == words


def test_ending_nothing_announces_nothing() -> None:
    anna = people.user("anna")
    assert staff_sessions.end(anna, [], actor=Actor.staff(anna.pk), now=clock.now()) == 0
    assert not Event.objects.exists()
    assert not SocketTicket.objects.exists()


def test_with_redis_away_pages_are_shown_and_signing_out_signs_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redis is never the truth: neither where somebody was seen nor which sockets to close may cost a page."""
    browser = Client()
    browser.force_login(people.operator("Анна").user, backend="django.contrib.auth.backends.ModelBackend")

    def away(*args: object, **kwargs: object) -> None:
        raise RedisConnectionError("Redis is away")

    class Layer:
        async def group_send(self, *args: object) -> None:
            away()

    monkeypatch.setattr(staff_sessions.cache, "add", away)
    monkeypatch.setattr(control, "get_channel_layer", Layer)
    assert browser.get("/workspace/").status_code == 200
    assert browser.post("/accounts/logout/").status_code == 302
    assert "_auth_user_id" not in browser.session
