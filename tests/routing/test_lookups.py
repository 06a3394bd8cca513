"""The bank's system is asked before placing, in a bounded time; whatever goes wrong, the customer is placed."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.conversations.models import Conversation, Customer
from apps.conversations.services import inbound
from apps.core import clock, http
from apps.core.models import User
from apps.operators.models import Queue
from apps.routing import tasks
from apps.routing.models import Category, Decision, Lookup, LookupSetting, QueueEntry
from apps.routing.services import handling, lookups, placement
from tests.api import Integration
from tests.factories import dialogues, organisation, people, roles
from tests.factories import rules as given
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db
ASKED = "https://crm.bank.example/who"


@pytest.fixture(autouse=True)
def vip() -> Category:
    organisation.common_line()
    known = {"kind": "attribute", "name": "tariff", "values": ["business"]}
    given.rule(organisation.line("business", priority=9), known)
    made = Category.objects.create(name="VIP", code="vip", rank=10)
    given.publish()
    return made


def setting(**values: Any) -> LookupSetting:
    usual = {"is_on": True, "url": ASKED, "secret": "Bearer k", "timeout_ms": 500}
    return LookupSetting.objects.update_or_create(pk=1, defaults={**usual, **values})[0]


_bank_ids = iter(range(1, 10_000))


def new(*, known: bool = True, channel: Any = None) -> Conversation:
    """A new conversation of a customer whom the bank has vouched for, or of anybody."""
    by = dialogues.identity(channel or organisation.channel())
    if known:
        Customer.objects.filter(pk=by.customer_id).update(bank_id=f"C-{next(_bank_ids)}")
    stored = inbound.receive(by, text="Здравствуйте", client_id=f"c{by.pk}", now=NOW)
    return Conversation.objects.get(pk=stored.conversation_id)


class System:
    """The bank's system as a function: what it was asked, and what it answers."""

    def __init__(self, answer: Any = None, *, status: int = 200, body: bytes | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self.status = status
        self.body = json.dumps(answer if answer is not None else {}).encode() if body is None else body

    def __call__(self, method: str, url: str, **options: Any) -> http.Response:
        self.asked.append({"method": method, "url": url, **options})
        return http.Response(self.status, {}, self.body)


def failing(error: Exception) -> Callable[..., http.Response]:
    def request(*_args: Any, **_options: Any) -> http.Response:
        raise error

    return request


def placed(conversation: Conversation) -> Conversation:
    placement.route(conversation.pk, now=NOW)
    conversation.refresh_from_db()
    return conversation


def noted(conversation: Conversation) -> Any:
    return Decision.objects.get(conversation=conversation, kind="placement").details.get("lookup")


def rank(conversation: Conversation) -> int:
    return QueueEntry.objects.get(conversation=conversation).rank


def test_what_it_answers_places_the_customer_and_stays_with_him() -> None:
    setting()
    conversation, system = (
        new(),
        System({"category": "vip", "attributes": {"tariff": "business", "cards": 2}}),
    )
    assert lookups.ask(conversation.pk, now=NOW, request=system) == "found"
    (asked,) = system.asked
    bank_id = conversation.customer.bank_id
    assert (asked["method"], asked["url"], asked["json"]) == ("POST", ASKED, {"bank_id": bank_id})
    assert (asked["headers"], asked["timeout"], asked["max_bytes"]) == (
        {"Authorization": "Bearer k"},
        0.5,
        65536,
    )
    assert placed(conversation).line.name == "business"
    assert (rank(conversation), noted(conversation)["outcome"]) == (10, "found")
    conversation.customer.refresh_from_db()
    assert conversation.customer.attributes == {"tariff": "business", "cards": 2, "category": "vip"}


def test_null_forgets_and_what_is_not_named_stays() -> None:
    setting(keep_minutes=0)
    conversation = new()
    Customer.objects.filter(pk=conversation.customer_id).update(
        attributes={"category": "vip", "tariff": "base", "region": 77}
    )
    lookups.ask(conversation.pk, now=NOW, request=System({"category": None, "attributes": {"tariff": "x"}}))
    conversation.customer.refresh_from_db()
    assert conversation.customer.attributes == {"tariff": "x", "region": 77}


def test_switched_off_or_of_other_channels_or_of_strangers_nobody_is_asked() -> None:
    system, channel = System(), organisation.channel()
    setting(is_on=False)
    assert not lookups.is_wanted(new().pk, now=NOW)
    asked = setting()
    assert lookups.is_wanted(new().pk, now=NOW)
    assert not lookups.is_wanted(new(known=False).pk, now=NOW)
    asked.channels.set([channel])
    assert not lookups.is_wanted(new().pk, now=NOW)
    assert lookups.is_wanted(new(channel=channel).pk, now=NOW)
    assert lookups.ask(new().pk, now=NOW, request=system) is None
    assert system.asked == []


def test_an_answer_holds_for_the_minutes_that_are_set_and_a_failure_does_not() -> None:
    setting(keep_minutes=10)
    conversation = new()
    lookups.ask(conversation.pk, now=NOW, request=failing(http.Refused("no")))
    assert lookups.is_wanted(conversation.pk, now=NOW)
    lookups.ask(conversation.pk, now=NOW, request=System())
    assert not lookups.is_wanted(conversation.pk, now=NOW + timedelta(minutes=9))
    assert lookups.is_wanted(conversation.pk, now=NOW + timedelta(minutes=11))
    setting(keep_minutes=0)
    assert lookups.is_wanted(conversation.pk, now=NOW + timedelta(seconds=1))


@pytest.mark.parametrize(
    ("request_", "outcome"),
    [
        (failing(http.Refused("private")), "refused"),
        (failing(http.TooLarge("long")), "large"),
        (failing(http.BadAnswer("odd")), "bad"),
        (failing(http.Unreachable("gone", transient=True, may_have_arrived=False)), "unreachable"),
        (System(status=500), "status"),
        (System(status=302), "status"),
        (System(body=b"<html>"), "bad"),
        (System(body=b"[1]"), "bad"),
        (System(body=b'{"attributes": {"tariff": {"deep": 1}}}'), "bad"),
        (System(body=b'{"attributes": {"Big Name": 1}}'), "bad"),
        (System(body=b'{"category": 7}'), "bad"),
        (System({"attributes": {f"a{n}": 1 for n in range(51)}}), "bad"),
        (System({"attributes": {"tariff": "x" * 501}}), "bad"),
        (System(body=b"\xff\xfe"), "bad"),
        (System(body=b"[" * 50_000), "bad"),
        (System(status=404), "unknown"),
    ],
)
def test_whatever_goes_wrong_he_is_placed_by_the_default_and_the_record_says_why(
    request_: Callable[..., http.Response], outcome: str, vip: Category
) -> None:
    setting(default_category=vip)
    conversation = new()
    assert lookups.ask(conversation.pk, now=NOW, request=request_) == outcome
    assert placed(conversation).line.is_default
    assert noted(conversation) == {"outcome": outcome, "ms": Lookup.objects.get().took_ms, "age": 0}
    assert rank(conversation) == (0 if outcome == "unknown" else 10)
    conversation.customer.refresh_from_db()
    assert conversation.customer.attributes == {}


def test_without_a_default_and_of_whom_the_bank_named_already_nothing_is_assumed(vip: Category) -> None:
    setting(default_category=None)
    conversation = new()
    lookups.ask(conversation.pk, now=NOW, request=System(status=500))
    placed(conversation)
    assert rank(conversation) == 0
    setting(default_category=vip)
    named = new()
    Customer.objects.filter(pk=named.customer_id).update(attributes={"category": "none"})
    lookups.ask(named.pk, now=NOW, request=System(status=500))
    placed(named)
    assert rank(named) == 0


def test_after_three_failures_on_end_nobody_is_asked_for_half_a_minute() -> None:
    setting()
    for _number in range(3):
        lookups.ask(new().pk, now=NOW, request=System(status=500))
    system = System()
    paused = new()
    assert lookups.ask(paused.pk, now=NOW + timedelta(seconds=20), request=system) == "paused"
    assert system.asked == []
    assert lookups.ask(paused.pk, now=NOW + timedelta(seconds=31), request=system) == "found"
    assert len(system.asked) == 1
    assert lookups.ask(new().pk, now=NOW + timedelta(seconds=32), request=system) == "found"


# --- A real server that is slow or talks too much -------------------------------------------------------------


class _Slow(BaseHTTPRequestHandler):
    def do_POST(self) -> None:
        if self.path == "/slow":
            time.sleep(1.5)
        body = b'{"category": "' + b"x" * (200_000 if self.path == "/huge" else 3) + b'"}'
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        try:
            self.wfile.write(body)
        except OSError:
            self.close_connection = True

    def log_message(self, *_args: Any) -> None:
        """Quiet."""


@pytest.fixture
def server() -> Iterator[int]:
    found = ThreadingHTTPServer(("127.0.0.1", 0), _Slow)
    thread = threading.Thread(target=found.serve_forever)
    thread.start()
    yield found.server_port
    found.shutdown()
    found.server_close()
    thread.join()


def by_http(method: str, url: str, **options: Any) -> http.Response:
    return http.request(method, url, allow_http=True, **options)


@pytest.mark.parametrize(("path", "outcome"), [("/slow", "late"), ("/huge", "large"), ("/quick", "found")])
def test_a_real_server_is_waited_for_no_longer_than_set(
    server: int, settings: Any, path: str, outcome: str
) -> None:
    settings.HTTP_ALLOWED_INTERNAL = [f"127.0.0.1:{server}"]
    setting(timeout_ms=300, url=f"http://127.0.0.1:{server}{path}")
    conversation = new()
    begun = time.monotonic()
    assert lookups.ask(conversation.pk, now=NOW, request=by_http) == outcome
    assert time.monotonic() - begun < 1.2


def test_an_address_inside_that_is_not_listed_is_refused_before_anything_leaves(server: int) -> None:
    setting(url="https://127.0.0.1/who")
    assert lookups.ask(new().pk, now=NOW) == "refused"


# --- Lanes ----------------------------------------------------------------------------------------------------


def test_who_needs_no_asking_is_placed_at_once_and_the_others_wait_in_another_lane(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    setting()
    put_aside: list[int] = []
    monkeypatch.setattr(tasks.look_up, "delay", lambda conversation_id: put_aside.append(conversation_id))
    asked, stranger = new(), new(known=False)
    tasks.route(asked.pk)
    tasks.route(stranger.pk)
    asked.refresh_from_db()
    stranger.refresh_from_db()
    assert (put_aside, asked.state, stranger.state) == ([asked.pk], "new", "queued")
    assert settings.CELERY_TASK_ROUTES["apps.routing.tasks.look_up"] == {"queue": "default"}
    # The task that asks may die: what is left behind is placed without an answer.
    assert placed(asked).state == "queued"
    assert not lookups.is_wanted(asked.pk, now=NOW)


# --- The page -------------------------------------------------------------------------------------------------


def page(client: Client, **values: Any) -> Any:
    LookupSetting.objects.get_or_create(pk=1)
    data = {
        "header": "X-Key",
        "timeout_ms": "700",
        "keep_minutes": "5",
        "url": ASKED,
        "secret": "k2",
        **values,
    }
    return client.post(reverse("admin:routing_lookupsetting_change", args=[1]), data)


def signed_in(role: str, *lines: Queue) -> Client:
    """A browser of somebody who reads English."""
    user = roles.staff(role, lines=lines)
    User.objects.filter(pk=user.pk).update(language="en")
    user.refresh_from_db()
    return roles.browser(user)


def test_the_page_stores_the_setting_and_never_shows_the_key(vip: Category) -> None:
    head, channel = signed_in("administrator"), organisation.channel()
    assert page(head, is_on="on", channels=[channel.pk], default_category=vip.pk).status_code == 302
    stored = LookupSetting.objects.get()
    assert (stored.is_on, stored.header, stored.secret, stored.timeout_ms) == (True, "X-Key", "k2", 700)
    assert (stored.keep_minutes, list(stored.channels.all()), stored.default_category) == (5, [channel], vip)
    assert "k2" not in head.get(reverse("admin:routing_lookupsetting_change", args=[1])).content.decode()
    lookups.ask(new(channel=channel).pk, now=NOW, request=(system := System()))
    assert system.asked[0]["headers"] == {"X-Key": "k2"}
    assert page(head, secret="", is_on="on").status_code == 302
    assert LookupSetting.objects.get().secret == "k2"


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"is_on": "on", "url": ""}, "url"),
        ({"url": "http://crm.bank.example/"}, "url"),
        ({"url": "https://user:pw@crm.bank.example/"}, "url"),
        ({"header": "Host"}, "header"),
        ({"header": "X Key\r\nEvil: 1"}, "header"),
        ({"timeout_ms": "2501"}, "timeout_ms"),
        ({"timeout_ms": "49"}, "timeout_ms"),
        ({"keep_minutes": "1441"}, "keep_minutes"),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(values: dict[str, str], field: str) -> None:
    answer = page(signed_in("administrator"), **values)
    assert answer.status_code == 200
    assert list(answer.context["adminform"].form.errors) == [field]
    assert LookupSetting.objects.get().url == ""


def test_the_page_says_how_well_it_answers_and_only_to_administrators() -> None:
    setting()
    address = reverse("admin:routing_lookupsetting_change", args=[1])
    assert "Nobody was asked about." in signed_in("administrator").get(address).content.decode()
    for status in (200, 500, 500):
        lookups.ask(new().pk, now=clock.now(), request=System(status=status))
    shown = signed_in("administrator").get(address).content.decode()
    assert "answered with an error: 2; answered: 1" in shown
    assert signed_in("supervisor", organisation.line()).get(address).status_code == 403


# --- before it is placed --------------------------------------------------------------------------------


def test_nobody_takes_a_customer_whom_the_banks_system_is_being_asked_about() -> None:
    setting()
    anna = people.operator("Анна", lines=(organisation.common_line(),), rights=people.OPERATOR_RIGHTS)
    waiting = new()
    with pytest.raises(handling.BeingPlaced):
        handling.accept(people.sight(anna), waiting.pk, now=NOW)
    assert Conversation.objects.get(pk=waiting.pk).state == "new"


def test_one_of_whom_nothing_is_to_be_asked_is_taken_at_once() -> None:
    setting()
    anna = people.operator("Анна", lines=(organisation.common_line(),), rights=people.OPERATOR_RIGHTS)
    handling.accept(people.sight(anna), (waiting := new(known=False)).pk, now=NOW)
    assert Conversation.objects.get(pk=waiting.pk).holder_id == anna.pk


# --- figures for monitoring -----------------------------------------------------------------------------


def test_monitoring_is_told_how_often_the_bank_did_not_answer_in_the_last_hour() -> None:
    now = clock.now()
    for outcome, minutes in (("found", 5), ("unknown", 5), ("late", 5), ("paused", 59), ("late", 61)):
        customer = dialogues.identity().customer
        Lookup.objects.create(customer=customer, asked_at=now - timedelta(minutes=minutes), outcome=outcome)
    told = Integration().get("watchdog/").json()
    assert told["lookups"] == {"found": 1, "unknown": 1, "late": 1, "paused": 1}
    assert told["lookup_failures"] == 2
    Lookup.objects.all().delete()
    told = Integration().get("watchdog/").json()
    assert (told["lookups"], told["lookup_failures"]) == ({}, 0)


def test_who_sees_single_lines_is_not_told_of_the_whole_banks_questions() -> None:
    told = Integration(lines=[organisation.line()]).get("watchdog/").json()
    assert (told["lookups"], told["lookup_failures"]) == (None, None)
