"""Contacts left out of hours and instead of waiting: what is taken, what is refused, one person one lead."""

from __future__ import annotations

from datetime import timedelta
from itertools import count
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import translation

from apps.conversations.models import Conversation, Identity, Message
from apps.core.errors import DomainError, Invalid
from apps.core.models import Event
from apps.operators.models import Queue
from apps.routing.models import Department, Lead, LeadRequest, QueueEntry
from apps.routing.services import contacts, handling
from tests.factories import dialogues, organisation, people
from tests.factories.hours import EVENING, NIGHT, NOON, common_line
from tests.factories.people import sight

pytestmark = pytest.mark.django_db

_numbers = count(1)


def ask(**values: str) -> contacts.Request:
    filled = {
        "wanted": "answer",
        "name": "Anna",
        "phone": "+7 916 000-00-00",
        "email": "",
        "question": "Where is my card?",
        "preferred": "",
        "client_id": f"request-{next(_numbers)}",
    }
    return contacts.request(**{**filled, **values})


def leave(identity: Identity | None = None, *, now: Any = NIGHT, **values: Any) -> Lead:
    where = {name: values.pop(name, None) for name in ("conversation_id", "department")}
    return contacts.leave(identity or dialogues.identity(), ask(**values), now=now, **where)


def waiting(seconds: int = 120, **values: Any) -> tuple[Conversation, Identity]:
    """Somebody who has waited so long at noon in a line that offers both after a minute."""
    common_line(**{"offer_contact_seconds": 60, "offer_callback_seconds": 60, **values})
    identity = dialogues.identity()
    return dialogues.conversation(by=identity, now=NOON - timedelta(seconds=seconds)), identity


def refused(code: str, **values: Any) -> None:
    """Refused with this code, and nothing is kept."""
    with pytest.raises(DomainError) as refusal:
        leave(**values)
    assert (refusal.value.code, Lead.objects.count(), LeadRequest.objects.count()) == (code, 0, 0)


# --- out of hours -------------------------------------------------------------------------------------------


def test_a_contact_left_at_night_is_a_lead_of_the_line_and_no_conversation() -> None:
    queue = common_line(out_of_hours="form")
    lead = leave(preferred="after 10")
    request = lead.requests.get()
    assert (lead.queue, lead.state, lead.phone, lead.phone_key) == (
        queue,
        "new",
        "+7 916 000-00-00",
        "79160000000",
    )
    assert (request.occasion, request.question, request.preferred) == (
        "out_of_hours",
        "Where is my card?",
        "after 10",
    )
    assert not Conversation.objects.exists()
    event = Event.objects.get(kind="lead.created")
    assert event.details == {
        "lead": lead.pk,
        "line": queue.pk,
        "channel": lead.channel_id,
        "customer": lead.customer_id,
        "conversation": None,
        "wanted": "answer",
        "occasion": "out_of_hours",
    }


@pytest.mark.parametrize(("out_of_hours", "now"), [("form", NOON), ("apart", NIGHT), ("waits", NIGHT)])
def test_where_the_chat_is_open_no_form_is_taken(out_of_hours: str, now: Any) -> None:
    common_line(out_of_hours=out_of_hours)
    refused("not_offered", now=now)


@pytest.mark.parametrize(("closed", "taken"), [(True, True), (False, False)])
def test_in_the_last_minutes_the_form_follows_the_setting(closed: bool, taken: bool) -> None:
    common_line(out_of_hours="form", last_minutes=15, last_minutes_closed=closed)
    if taken:
        assert leave(now=EVENING).state == "new"
    else:
        refused("not_offered", now=EVENING)


def test_a_chosen_department_gets_the_lead_and_one_that_the_channel_does_not_offer_does_not() -> None:
    common = common_line(out_of_hours="form")
    cards = organisation.line(calendar=common.calendar, out_of_hours="form")
    identity = dialogues.identity()
    assert leave(identity, department=cards.pk).queue == common
    Department.objects.create(channel=identity.channel, queue=cards)
    assert leave(identity, department=cards.pk).queue == cards


@pytest.mark.parametrize(
    ("values", "code"),
    [
        ({"phone": "", "email": ""}, "contact_missing"),
        ({"phone": "12345"}, "wrong_phone"),
        ({"phone": "+7 916 000-00-00 доб. 5"}, "wrong_phone"),
        ({"phone": "²²²²²²²"}, "wrong_phone"),
        ({"phone": "1" * 20}, "wrong_phone"),
        ({"email": "anna@"}, "wrong_email"),
        ({"email": "a" * 200 + "@bank.ru"}, "wrong_email"),
        ({"phone": "", "email": "anna@bank.ru", "wanted": "callback"}, "phone_missing"),
        ({"question": ""}, "question_missing"),
        ({"question": "x" * 4001}, "too_long"),
        ({"preferred": "x" * 81}, "too_long"),
        ({"name": "x" * 121}, "too_long"),
        ({"wanted": "money"}, "invalid"),
    ],
)
def test_what_cannot_be_answered_is_refused_and_nothing_kept(values: dict[str, str], code: str) -> None:
    common_line(out_of_hours="form")
    refused(code, **values)


def test_a_card_number_is_hidden_before_anything_is_written() -> None:
    common_line(out_of_hours="form")
    lead = leave(
        question="My card is 4111 1111 1111 1111", name="4111111111111111", preferred="4111111111111111"
    )
    kept = lead.requests.get()
    assert "4111 1111 1111 1111" not in kept.question
    assert "4111111111111111" not in f"{lead.name}{kept.name}{kept.preferred}"


# --- instead of waiting -------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["answer", "callback"])
def test_who_waited_long_enough_leaves_a_contact_and_the_line(wanted: str) -> None:
    conversation, identity = waiting()
    lead = leave(identity, conversation_id=conversation.pk, wanted=wanted, question="", now=NOON)
    conversation.refresh_from_db()
    assert (lead.conversation, lead.requests.get().occasion) == (conversation, "waiting")
    assert (conversation.state, conversation.closed_by, conversation.close_reason) == (
        "closed",
        "customer",
        "contact_left",
    )
    assert not QueueEntry.objects.filter(left_at=None).exists()
    assert Message.objects.filter(code="contact_left", staff_only=False).count() == 1


@pytest.mark.parametrize(
    ("seconds", "values"),
    [(59, {}), (600, {"offer_contact_seconds": None}), (600, {"offer_contact_seconds": 601})],
)
def test_what_the_line_does_not_offer_yet_is_refused_and_he_goes_on_waiting(
    seconds: int, values: dict[str, Any]
) -> None:
    conversation, identity = waiting(seconds, **values)
    refused("not_offered", identity=identity, conversation_id=conversation.pk, now=NOON)
    conversation.refresh_from_db()
    assert conversation.state == "queued"


def test_a_call_may_be_offered_without_an_answer() -> None:
    conversation, identity = waiting(offer_contact_seconds=None)
    assert leave(identity, conversation_id=conversation.pk, wanted="callback", now=NOON).state == "new"


def test_who_was_taken_a_moment_ago_is_answered_there() -> None:
    conversation, identity = waiting()
    anna = people.operator(lines=(Queue.objects.get(is_default=True),))
    handling.accept(sight(anna), conversation.pk, now=NOON)
    refused("already_answered", identity=identity, conversation_id=conversation.pk, now=NOON)
    conversation.refresh_from_db()
    assert conversation.holder_id == anna.pk


def test_somebody_elses_conversation_is_not_ended() -> None:
    conversation, _identity = waiting()
    refused("not_offered", conversation_id=conversation.pk, now=NOON)
    conversation.refresh_from_db()
    assert conversation.state == "queued"


# --- one person, one lead -----------------------------------------------------------------------------------


def test_a_repeat_of_the_same_request_finds_the_first() -> None:
    common_line(out_of_hours="form")
    identity = dialogues.identity()
    first = leave(identity, client_id="request-same")
    assert leave(identity, client_id="request-same") == first
    assert (Lead.objects.count(), LeadRequest.objects.count()) == (1, 1)


@pytest.mark.parametrize("phone", ["8 (916) 000-00-00", "9160000000", "+79160000000"])
def test_the_same_telephone_in_another_writing_joins_the_open_lead(phone: str) -> None:
    common_line(out_of_hours="form")
    first = leave()
    again = leave(phone=phone, question="And my loan?", email="anna@bank.ru")
    assert (again, Lead.objects.count()) == (first, 1)
    assert (again.phone, again.email) == ("+7 916 000-00-00", "anna@bank.ru")
    assert [each.question for each in again.requests.all()] == ["Where is my card?", "And my loan?"]
    assert Event.objects.get(kind="lead.changed").details["change"] == "request"


def test_another_telephone_of_the_same_e_mail_stays_readable_in_the_request() -> None:
    common_line(out_of_hours="form")
    leave(email="anna@bank.ru")
    lead = leave(email="Anna@Bank.ru", phone="+7 495 000-00-00")
    assert lead.phone == "+7 916 000-00-00"
    assert [each.phone for each in lead.requests.all()] == ["+7 916 000-00-00", "+7 495 000-00-00"]


def test_a_request_that_names_two_open_leads_makes_one_of_them() -> None:
    common_line(out_of_hours="form")
    by_phone, by_email = leave(), leave(phone="", email="anna@bank.ru")
    both = leave(email="anna@bank.ru")
    by_email.refresh_from_db()
    assert (both, by_email.state, by_email.joined_into) == (by_phone, "joined", by_phone)
    assert (both.email_key, both.requests.count()) == ("anna@bank.ru", 3)


def test_a_finished_lead_is_not_added_to() -> None:
    common_line(out_of_hours="form")
    first = leave()
    Lead.objects.update(state="done", closed_at=NIGHT)
    assert leave() != first


def test_another_line_has_a_lead_of_its_own() -> None:
    common = common_line(out_of_hours="form")
    identity = dialogues.identity()
    cards = organisation.line(calendar=common.calendar, out_of_hours="form")
    Department.objects.create(channel=identity.channel, queue=cards)
    assert leave(identity) != leave(identity, department=cards.pk)


def test_the_database_itself_keeps_one_open_lead_per_telephone() -> None:
    common_line(out_of_hours="form")
    lead = leave()
    lead.pk = None
    with pytest.raises(IntegrityError, match="lead_one_open_per_phone"), transaction.atomic():
        lead.save(force_insert=True)


def test_refusals_are_words_for_a_person() -> None:
    with translation.override("en"), pytest.raises(Invalid, match="Enter a phone number"):
        ask(wanted="callback", phone="", email="anna@bank.ru")
