"""Webhooks: who is told what, signed how, tried how often, and never twice at once."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import connections

from apps.conversations.models import Conversation
from apps.core import clock, http, tasks
from apps.core.models import Event, WebhookAttempt, WebhookDelivery, WebhookSubscription
from apps.core.services import tokens, webhooks
from tests.api import Integration
from tests.factories import dialogues, organisation

State = WebhookDelivery.State
KINDS = ["conversation.opened", "message.received", "customer.acted"]


@dataclass
class Receiver:
    """The bank's end: keeps what came and answers ``status``, or fails with ``error``."""

    status: int = 200
    error: http.RequestFailed | None = None
    heard: list[dict[str, Any]] = field(default_factory=list)

    def request(self, method: str, url: str, **options: Any) -> http.Response:
        self.heard.append({"method": method, "url": url, **options})
        if self.error is not None:
            raise self.error
        return http.Response(self.status, {}, b"")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    found = Receiver()
    with mock.patch.object(http, "request", found.request):
        yield found


def subscribe(integration: Integration, **values: Any) -> WebhookSubscription:
    row = WebhookSubscription.objects.create(
        **{
            "name": "CRM",
            "url": "https://crm.bank.example/otklik",
            "kinds": KINDS,
            "token": integration.token,
            "secret": "new-key",
            **values,
        }
    )
    # Conversations of the factories began before this test did.
    WebhookSubscription.objects.filter(pk=row.pk).update(created_at=clock.now() - timedelta(days=3650))
    return row


def collected() -> list[WebhookDelivery]:
    while webhooks.collect(now=clock.now()):
        pass
    return list(WebhookDelivery.objects.select_related("event").order_by("event_id"))


def one_delivery(**values: Any) -> WebhookDelivery:
    subscribe(Integration(), **values)
    webhooks.collect(now=clock.now())
    dialogues.conversation()
    collected()
    WebhookDelivery.objects.exclude(event__kind="message.received").delete()
    return WebhookDelivery.objects.get()


def tried() -> bool | None:
    delivery = webhooks.claim_next(now=clock.now())
    return None if delivery is None else webhooks.send(delivery, now=clock.now())


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("settled_at_once")
class TestCollecting:
    def test_events_of_the_kinds_asked_for_become_deliveries_once(self) -> None:
        subscribe(Integration())
        conversation = dialogues.conversation()
        kinds = [(each.event.kind, each.event.subject_id) for each in collected()]
        assert kinds == [("conversation.opened", conversation.pk), ("message.received", conversation.pk)]
        assert len(collected()) == 2
        assert Event.objects.count() > 2

    def test_foreign_conversations_are_not_told(self) -> None:
        mine, foreign = organisation.line(), organisation.line()
        subscribe(Integration(lines=[mine]))
        ours = dialogues.conversation(line=mine)
        dialogues.conversation(line=foreign)
        assert {each.event.subject_id for each in collected()} == {ours.pk}

    def test_account_without_grants_is_told_nothing(self) -> None:
        subscribe(Integration(rights=[]))
        dialogues.conversation()
        assert collected() == []

    def test_dead_token_and_switched_off_subscription_get_nothing(self) -> None:
        revoked = Integration()
        subscribe(revoked)
        subscribe(Integration(), is_active=False)
        tokens.revoke(revoked.token, now=clock.now())
        dialogues.conversation()
        assert collected() == []

    def test_subscription_made_later_is_not_told_of_the_past(self) -> None:
        dialogues.conversation()
        assert collected() == []
        subscribe(Integration())
        assert collected() == []
        later = dialogues.conversation()
        assert {each.event.subject_id for each in collected()} == {later.pk}

    def test_two_collectors_at_once_make_each_delivery_once(self) -> None:
        subscribe(Integration())
        for _number in range(5):
            dialogues.conversation()

        def work() -> int:
            try:
                return sum(webhooks.collect(now=clock.now(), limit=3) for _turn in range(10))
            finally:
                connections.close_all()

        with ThreadPoolExecutor(2) as threads:
            read = sum(future.result() for future in [threads.submit(work), threads.submit(work)])
        collected()
        assert read <= Event.objects.count()
        assert WebhookDelivery.objects.count() == 10


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("settled_at_once")
class TestSending:
    def test_body_carries_ids_and_no_word_of_a_person(self, receiver: Receiver) -> None:
        delivery = one_delivery()
        assert tried() is True
        conversation, sent = Conversation.objects.get(), receiver.heard[0]
        body = json.loads(sent["content"])
        assert (sent["method"], sent["url"]) == ("POST", "https://crm.bank.example/otklik")
        assert body == {
            "id": str(delivery.pk),
            "event": delivery.event_id,
            "kind": "message.received",
            "at": delivery.event.at.isoformat(),
            "subject": {"kind": "conversation", "id": conversation.pk},
            "actor": {"kind": "customer", "id": conversation.identity_id},
            "details": delivery.event.details,
        }
        for word in ("Здравствуйте", "Иван", "new-key"):
            assert word not in sent["content"].decode()
        delivery.refresh_from_db()
        assert (delivery.state, delivery.attempts_made) == (State.SENT, 1)
        attempt = WebhookAttempt.objects.get()
        assert (attempt.status, attempt.error) == (200, "")

    def test_both_living_keys_sign_timestamp_and_body(self, receiver: Receiver) -> None:
        one_delivery(old_secret="old-key")
        tried()
        headers, body = receiver.heard[0]["headers"], receiver.heard[0]["content"]
        signed = headers["Otklik-Timestamp"].encode() + b"." + body
        expected = [
            "v1=" + hmac.new(key, signed, hashlib.sha256).hexdigest() for key in (b"new-key", b"old-key")
        ]
        assert headers["Otklik-Signature"].split(",") == expected
        assert abs(int(headers["Otklik-Timestamp"]) - clock.now().timestamp()) < 60

    def test_without_a_key_nothing_leaves(self, receiver: Receiver) -> None:
        delivery = one_delivery()
        WebhookSubscription.objects.update(secret="")
        assert tried() is False
        delivery.refresh_from_db()
        assert (receiver.heard, delivery.state) == ([], State.FAILED)

    def test_event_that_went_out_of_sight_is_not_told(self, receiver: Receiver) -> None:
        delivery = one_delivery()
        delivery.subscription.token.user.groups.clear()
        assert tried() is False
        delivery.refresh_from_db()
        assert (receiver.heard, delivery.state) == ([], State.FAILED)

    @pytest.mark.parametrize("status", [302, 400, 404, 500, 503])
    def test_any_other_answer_is_tried_again_under_the_same_id(self, receiver: Receiver, status: int) -> None:
        delivery = one_delivery()
        receiver.status = status
        assert tried() is False
        WebhookDelivery.objects.update(due_at=clock.now())
        receiver.status = 204
        assert tried() is True
        first, second = (json.loads(each["content"])["id"] for each in receiver.heard)
        assert first == second == str(delivery.pk)
        assert list(WebhookAttempt.objects.order_by("pk").values_list("status", flat=True)) == [status, 204]

    def test_twelve_tries_take_a_day_and_then_it_is_given_up(self, receiver: Receiver) -> None:
        delivery = one_delivery()
        receiver.error = http.Unreachable("cut", transient=True, may_have_arrived=True)
        moment = begun = clock.now()
        while delivery.state == State.WAITING:
            claimed = webhooks.claim_next(now=moment)
            assert claimed is not None
            webhooks.send(claimed, now=moment)
            delivery.refresh_from_db()
            last, moment = moment, delivery.due_at
        assert delivery.state == State.FAILED
        assert delivery.attempts_made == len(receiver.heard) == 12
        assert timedelta(hours=23) < last - begun < timedelta(hours=25)
        assert WebhookAttempt.objects.first().error == "Unreachable: cut"

    def test_address_that_may_not_be_reached_is_given_up_at_once(self) -> None:
        delivery = one_delivery(url="https://127.0.0.1/hook")
        assert tried() is False
        delivery.refresh_from_db()
        assert delivery.state == State.FAILED
        assert WebhookAttempt.objects.get().error.startswith("Refused")

    def test_worker_that_died_leaves_it_to_another_after_a_minute(self, receiver: Receiver) -> None:
        one_delivery()
        now = clock.now()
        assert webhooks.claim_next(now=now) is not None
        assert webhooks.claim_next(now=now + timedelta(seconds=59)) is None
        assert webhooks.claim_next(now=now + timedelta(seconds=61)) is not None

    def test_two_workers_never_send_one_delivery_at_once(self, receiver: Receiver) -> None:
        subscribe(Integration())
        for _number in range(10):
            dialogues.conversation()
        ids = {each.pk for each in collected()}
        barrier = threading.Barrier(4)

        def work() -> None:
            barrier.wait()
            try:
                tasks.send_webhooks()
            finally:
                connections.close_all()

        with ThreadPoolExecutor(4) as threads:
            for future in [threads.submit(work) for _worker in range(4)]:
                future.result()
        heard = [json.loads(each["content"])["id"] for each in receiver.heard]
        assert sorted(heard) == sorted(map(str, ids))
        assert set(WebhookDelivery.objects.values_list("state", flat=True)) == {State.SENT}

    def test_silent_receiver_does_not_hold_up_another(self, receiver: Receiver) -> None:
        subscribe(Integration(), name="silent", url="https://silent.example/")
        subscribe(Integration(), name="lively")
        dialogues.conversation()
        collected()
        answer = receiver.request

        def request(method: str, url: str, **options: Any) -> http.Response:
            receiver.status = 503 if "silent" in url else 200
            return answer(method, url, **options)

        with mock.patch.object(http, "request", request):
            tasks.send_webhooks()
        urls = [each["url"] for each in receiver.heard]
        assert urls.count("https://silent.example/") == 1
        assert urls.count("https://crm.bank.example/otklik") == 2

    def test_receiver_that_gives_no_answer_is_left_alone_for_a_while(self, receiver: Receiver) -> None:
        subscribe(Integration())
        for _number in range(3):
            dialogues.conversation()
        collected()
        receiver.error = http.Unreachable("silent", transient=True, may_have_arrived=False)
        now = clock.now()
        claimed = webhooks.claim_next(now=now)
        assert claimed is not None
        webhooks.send(claimed, now=now)
        assert webhooks.claim_next(now=now + timedelta(seconds=9)) is None
        assert webhooks.claim_next(now=now + timedelta(seconds=11)) is not None

    def test_only_so_many_runs_send_at_once(self, receiver: Receiver) -> None:
        one_delivery()

        def attempt() -> bool:
            try:
                with webhooks.sending_slot() as is_free:
                    inside.wait(10)
                    return is_free
            finally:
                connections.close_all()

        inside = threading.Barrier(webhooks.SLOTS + 1)
        with ThreadPoolExecutor(webhooks.SLOTS + 1) as threads:
            runs = [threads.submit(attempt) for _run in range(webhooks.SLOTS + 1)]
            assert sorted(run.result() for run in runs) == [False, *[True] * webhooks.SLOTS]

    def test_resent_delivery_starts_anew_under_the_same_id(self, receiver: Receiver) -> None:
        delivery = one_delivery()
        tried()
        assert tried() is None
        again = webhooks.resend(delivery.pk, now=clock.now())
        assert (again.pk, again.state, again.attempts_made) == (delivery.pk, State.WAITING, 0)
        assert tried() is True
        assert len({json.loads(each["content"])["id"] for each in receiver.heard}) == 1

    def test_delivery_under_way_is_not_resent(self, receiver: Receiver) -> None:
        delivery = one_delivery()
        webhooks.claim_next(now=clock.now())
        assert webhooks.resend(delivery.pk, now=clock.now()).attempts_made == 1
        assert tried() is None

    def test_deliveries_of_last_month_are_forgotten_unless_they_wait(self, receiver: Receiver) -> None:
        one_delivery()
        tried()
        WebhookDelivery.objects.update(created_at=clock.now() - timedelta(days=31))
        tasks.forget_old()
        assert not WebhookDelivery.objects.exists()
