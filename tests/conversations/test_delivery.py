"""Messages leave through a provider: order, tries, and what became of each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import count

import pytest

from apps.channels.adapters.base import PermanentError, TransientError, UncertainError
from apps.channels.models import Channel
from apps.conversations import selectors
from apps.conversations.models import Conversation, Delivery, DeliveryAttempt, Identity, Message
from apps.conversations.services import changes, delivery, outbound
from apps.core.errors import Conflict, Forbidden, NotFound
from apps.core.models import Event
from apps.operators.models import Operator
from tests.adapters import null
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db
_numbers = count(1)


@pytest.fixture(params=["null", "null-keyed"])
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def provider(monkeypatch: pytest.MonkeyPatch) -> Iterator[null.Provider]:
    fresh = null.Provider()
    for adapter in (null.BlindAdapter, null.KeyedAdapter):
        monkeypatch.setattr(adapter, "provider", fresh)
    yield fresh
    assert not fresh.before, "a fault never fired"
    assert not fresh.after, "a fault never fired"


@pytest.fixture
def anna() -> Operator:
    return people.operator("Анна", lines=(organisation.common_line(),), capacity=50)


def held(anna: Operator, kind: str = "null") -> Conversation:
    channel = organisation.channel(kind=kind, webhook_secret=null.SECRET)
    return dialogues.conversation(by=dialogues.identity(channel), holder=anna)


def say(anna: Operator, conversation: Conversation, text: str, now: datetime = NOW) -> Delivery:
    stored = outbound.answer(
        people.sight(anna),
        conversation_id=conversation.pk,
        text=text,
        client_id=f"answer-{next(_numbers):05}",
        now=now,
    )
    return Delivery.objects.get(message=stored.message_id)


def drain(now: datetime = NOW) -> int:
    return delivery.deliver_due(now=lambda: now)


def state(row: Delivery) -> str:
    return Delivery.objects.get(pk=row.pk).state


def outcomes(row: Delivery) -> list[str]:
    return list(row.attempts.order_by("pk").values_list("outcome", flat=True))


# --- the straight road ----------------------------------------------------------------------------------


def test_an_answer_is_carried_and_marked_sent(anna: Operator, provider: null.Provider, kind: str) -> None:
    conversation = held(anna, kind)
    row = say(anna, conversation, "Готова")
    before = Conversation.objects.get().rev
    assert drain() == 1
    assert [(each.recipient, each.text) for each in provider.carried] == [
        (conversation.identity.external_id, "Готова")
    ]
    row.refresh_from_db()
    assert (row.state, row.provider_id, outcomes(row)) == ("sent", "p1", ["sent"])
    after = Conversation.objects.get()
    assert after.rev == before + 1
    caught = selectors.changed_since(Message.objects.all(), before, now_at=after.rev)
    assert [m.text for m in caught.messages] == ["Готова"]
    assert drain() == 0


def test_the_hot_path_queues_a_delivery_with_its_event(anna: Operator, provider: null.Provider) -> None:
    conversation = held(anna)
    written = outbound.send_text(
        anna.pk, conversation_id=conversation.pk, text="Да", client_id="hot-answer-1", now=NOW
    )
    assert written is not None
    assert not written.own_socket
    queued = Event.objects.get(kind="delivery.queued")
    assert (queued.pk, queued.details["delivery"]) == (written.delivery_event_id, written.delivery_id)
    drain()
    assert provider.texts == ["Да"]


def test_a_site_conversation_has_no_delivery(anna: Operator, provider: null.Provider) -> None:
    conversation = dialogues.conversation(holder=anna)
    outbound.answer(
        people.sight(anna), conversation_id=conversation.pk, text="Да", client_id="site-answer", now=NOW
    )
    assert not Delivery.objects.exists()


def test_notes_and_system_lines_never_leave(anna: Operator, provider: null.Provider) -> None:
    conversation = held(anna)
    outbound.answer(
        people.sight(anna),
        conversation_id=conversation.pk,
        text="тайна",
        client_id="a-note-001",
        now=NOW,
        note=True,
    )
    assert drain() == 0
    assert provider.carried == []


def test_answers_of_a_conversation_leave_in_their_order(anna: Operator, provider: null.Provider) -> None:
    conversation = held(anna)
    said = [f"слово {number}" for number in range(5)]
    for text in said:
        say(anna, conversation, text)
    assert len(delivery.claim(now=NOW)) == 1
    assert delivery.claim(now=NOW) == []
    delivery.recover(now=NOW + delivery.CLAIM_LIFE)
    drain(NOW + delivery.CLAIM_LIFE)
    assert provider.texts == said


# --- faults ---------------------------------------------------------------------------------------------


def test_a_transient_error_holds_those_behind_but_no_other_conversation(
    anna: Operator, provider: null.Provider, kind: str
) -> None:
    first, second = held(anna, kind), held(anna, kind)
    row = say(anna, first, "раз")
    say(anna, first, "два")
    provider.before.append(null.fails(TransientError("429", retry_after=30)))
    say(anna, second, "иное")
    drain()
    assert provider.texts == ["иное"]
    row.refresh_from_db()
    assert (row.state, row.due_at, row.error) == ("queued", NOW + timedelta(seconds=30), "429")
    drain(NOW + timedelta(seconds=29))
    assert provider.texts == ["иное"]
    drain(NOW + timedelta(seconds=30))
    assert provider.texts == ["иное", "раз", "два"]
    assert outcomes(row) == ["transient", "sent"]


def test_pauses_grow_and_after_a_day_of_tries_it_is_failed(anna: Operator, provider: null.Provider) -> None:
    row = say(anna, held(anna), "раз")
    now, pauses = NOW, []
    for _try in range(10):
        provider.before.append(null.fails(TransientError("away")))
        drain(now)
        row.refresh_from_db()
        pauses.append((row.due_at - now).total_seconds())
        now = row.due_at
    assert pauses == [2, 4, 8, 16, 32, 64, 128, 256, 300, 300]
    Delivery.objects.update(attempts_made=delivery.GIVE_UP_AFTER - 1)
    provider.before.append(null.fails(TransientError("away")))
    drain(now)
    assert state(row) == "failed"


def test_a_permanent_error_fails_lets_those_behind_go_and_starts_the_clock(
    anna: Operator, provider: null.Provider, kind: str
) -> None:
    conversation = held(anna, kind)
    row = say(anna, conversation, "раз")
    say(anna, conversation, "два")
    provider.before.append(null.fails(PermanentError("blocked by the customer")))
    drain()
    row.refresh_from_db()
    assert (row.state, row.error, outcomes(row)) == ("failed", "blocked by the customer", ["permanent"])
    assert provider.texts == ["два"]
    assert Conversation.objects.get().awaiting_since == NOW
    view = selectors.message_view(selectors.messages().get(pk=row.message_id), staff=True)
    assert (view.delivery, view.delivery_id, view.delivery_error) == (
        "failed",
        row.pk,
        "blocked by the customer",
    )
    theirs = selectors.message_view(selectors.messages().get(pk=row.message_id), staff=False)
    assert (theirs.delivery, theirs.delivery_id, theirs.delivery_error) == (None, None, "")


@pytest.mark.parametrize("fault", [UncertainError("timed out"), RuntimeError("adapter broke")])
def test_a_blind_channel_never_sends_again_what_may_have_left(
    anna: Operator, provider: null.Provider, fault: Exception
) -> None:
    conversation = held(anna, "null")
    row = say(anna, conversation, "раз")
    say(anna, conversation, "два")
    provider.after.append(null.fails(fault))
    for minutes in range(5):
        drain(NOW + timedelta(minutes=minutes))
    assert provider.texts == ["раз", "два"]
    assert (state(row), outcomes(row)) == ("uncertain", ["uncertain"])


def test_a_keyed_channel_repeats_with_the_same_key_and_carries_once(
    anna: Operator, provider: null.Provider
) -> None:
    conversation = held(anna, "null-keyed")
    row = say(anna, conversation, "раз")
    say(anna, conversation, "два")
    provider.after.append(null.fails(UncertainError("timed out")))
    drain()
    assert provider.texts == ["раз"]
    drain(NOW + timedelta(minutes=1))
    assert provider.texts == ["раз", "два"]
    assert (state(row), outcomes(row)) == ("sent", ["uncertain", "sent"])


# --- crashes --------------------------------------------------------------------------------------------


class Killed(BaseException):
    """The worker is gone at this point."""


def test_claimed_without_an_attempt_goes_back_to_the_queue(anna: Operator, provider: null.Provider) -> None:
    row = say(anna, held(anna), "раз")
    [claimed] = delivery.claim(now=NOW)
    assert delivery.recover(now=NOW + delivery.CLAIM_LIFE - timedelta(seconds=1)) == 0
    later = NOW + delivery.CLAIM_LIFE
    assert delivery.recover(now=later) == 1
    assert state(row) == "queued"
    # The slow worker wakes up after all: its claim is gone.
    delivery.carry(claimed, now=lambda: later)
    assert provider.carried == []
    drain(later)
    assert provider.texts == ["раз"]


def test_a_crash_with_an_open_attempt_is_uncertain_when_blind_and_repeated_when_keyed(
    anna: Operator, provider: null.Provider, kind: str
) -> None:
    row = say(anna, held(anna, kind), "раз")
    provider.after.append(null.fails(Killed()))
    with pytest.raises(Killed):
        drain()
    assert (state(row), outcomes(row)) == ("sending", ["open"])
    later = NOW + delivery.ATTEMPT_LIFE
    assert delivery.recover(now=later - timedelta(seconds=1)) == 0
    assert delivery.recover(now=later) == 1
    assert delivery.recover(now=later) == 0
    drain(later + timedelta(minutes=1))
    assert provider.texts == ["раз"]
    assert state(row) == ("sent" if kind == "null-keyed" else "uncertain")


def test_an_answer_that_comes_too_late_still_helps(anna: Operator, provider: null.Provider) -> None:
    row = say(anna, held(anna, "null"), "раз")

    def meanwhile(_message: object) -> None:
        delivery.recover(now=NOW + delivery.ATTEMPT_LIFE)
        assert state(row) == "uncertain"

    provider.after.append(meanwhile)
    drain()
    row.refresh_from_db()
    assert (row.state, row.provider_id) == ("sent", "p1")


def test_a_message_deleted_before_it_left_does_not_leave(anna: Operator, provider: null.Provider) -> None:
    row = say(anna, held(anna), "ошибка")
    Message.objects.filter(pk=row.message_id).update(deleted_at=NOW)
    drain()
    assert provider.carried == []
    assert state(row) == "failed"


# --- receipts -------------------------------------------------------------------------------------------


def sent(anna: Operator, kind: str = "null") -> tuple[Channel, Delivery]:
    conversation = held(anna, kind)
    row = say(anna, conversation, "раз")
    drain()
    row.refresh_from_db()
    return conversation.channel, row


@pytest.mark.parametrize(
    ("words", "end"),
    [
        (["delivered", "read"], "read"),
        (["read", "delivered"], "read"),
        (["delivered", "delivered"], "delivered"),
        (["read"], "read"),
    ],
)
def test_receipts_only_move_forward(
    anna: Operator, provider: null.Provider, words: list[str], end: str
) -> None:
    channel, row = sent(anna)
    for word in words:
        delivery.apply_receipt(channel.pk, provider_id=row.provider_id, state=word, now=NOW)
    assert state(row) == end
    moves = Event.objects.filter(kind="delivery.changed").order_by("pk")
    assert len({e.details["rev"] for e in moves}) == len(moves)


def test_a_receipt_of_another_channel_changes_nothing(anna: Operator, provider: null.Provider) -> None:
    _channel, row = sent(anna)
    other = organisation.channel(kind="null")
    assert not delivery.apply_receipt(other.pk, provider_id=row.provider_id, state="read", now=NOW)
    assert not delivery.apply_receipt(other.pk, provider_id="", state="read", now=NOW)
    assert state(row) == "sent"


def test_a_receipt_before_the_answer_waits_for_it(anna: Operator, provider: null.Provider) -> None:
    conversation = held(anna)
    row = say(anna, conversation, "раз")

    def early(_message: object) -> None:
        with pytest.raises(delivery.ReceiptTooEarly):
            delivery.apply_receipt(conversation.channel_id, provider_id="p1", state="read", now=NOW)

    provider.after.append(early)
    drain()
    assert delivery.apply_receipt(conversation.channel_id, provider_id="p1", state="read", now=NOW)
    assert state(row) == "read"


# --- again, by hand -------------------------------------------------------------------------------------


def failed(anna: Operator, provider: null.Provider, conversation: Conversation) -> Delivery:
    row = say(anna, conversation, "раз")
    provider.before.append(null.fails(PermanentError("no")))
    drain()
    row.refresh_from_db()
    return row


def test_a_retry_goes_out_at_the_end_and_a_line_says_so(anna: Operator, provider: null.Provider) -> None:
    conversation = held(anna)
    row = failed(anna, provider, conversation)
    say(anna, conversation, "два")
    delivery.retry(people.sight(anna), row.pk, now=NOW)
    say(anna, conversation, "три")
    drain()
    assert provider.texts == ["два", "раз", "три"]
    line = Message.objects.get(code="sent_again")
    assert (line.staff_only, line.params) == (True, {"seq": row.message.seq})
    assert state(row) == "sent"


def test_what_is_under_way_or_has_arrived_is_not_sent_again(anna: Operator, provider: null.Provider) -> None:
    row = say(anna, held(anna), "раз")
    for _state in ("queued", "sent"):
        with pytest.raises(Conflict):
            delivery.retry(people.sight(anna), row.pk, now=NOW)
        drain()
    assert provider.texts == ["раз"]


def test_only_who_may_answer_sends_again(anna: Operator, provider: null.Provider) -> None:
    conversation = held(anna)
    row = failed(anna, provider, conversation)
    colleague = people.operator("Борис", lines=(conversation.line,))
    with pytest.raises(outbound.NotYours):
        delivery.retry(people.sight(colleague), row.pk, now=NOW)
    stranger = people.operator("Вера", lines=(organisation.line(),))
    for number in (row.pk, row.pk + 1000):
        with pytest.raises(NotFound):
            delivery.retry(people.sight(stranger), number, now=NOW)
    assert state(row) == "failed"


def test_without_a_holder_the_line_decides(anna: Operator, provider: null.Provider) -> None:
    from apps.routing.services import handling

    conversation = held(anna)
    row = failed(anna, provider, conversation)
    handling.return_to_line(people.sight(anna), conversation.pk, comment="", now=NOW)
    colleague = people.operator("Борис", lines=(conversation.line,))
    delivery.retry(people.sight(colleague), row.pk, now=NOW)
    drain()
    assert provider.texts == ["раз"]


def test_a_channel_that_cannot_edit_keeps_what_was_said(anna: Operator, provider: null.Provider) -> None:
    row = say(anna, held(anna), "раз")
    with pytest.raises(Forbidden):
        changes.change_as_staff(people.sight(anna), row.message_id, text="два", now=NOW)
    drain()
    assert provider.texts == ["раз"]
    assert Identity.objects.count() == 1
    assert DeliveryAttempt.objects.count() == 1
