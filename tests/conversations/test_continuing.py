"""A chat goes on in a messenger: who comes by its link, as whom, and what is refused without losing a word."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from itertools import count
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from apps.channels.models import Channel, Visitor
from apps.channels.services import updates, visitors
from apps.conversations.models import ContinueLink, Conversation, Delivery, Identity, Merge, Message
from apps.conversations.selectors import seen_by
from apps.conversations.services import continuing, inbound, ingest, outbound, people
from apps.core.models import Event
from apps.routing.models import QueueEntry
from apps.routing.services import handling
from tests.adapters import null
from tests.conversations.test_people import signed
from tests.factories import dialogues, organisation
from tests.factories.people import NOW, operator, sight, user

pytestmark = pytest.mark.django_db

_numbers = count(1)
SOON = NOW + timedelta(minutes=1)


@pytest.fixture
def site() -> Channel:
    return organisation.channel()


@pytest.fixture
def messenger() -> Channel:
    return organisation.channel(
        kind="null", webhook_secret=null.SECRET, title_ru="Наш бот", title_en="Our bot"
    )


def visitor(site: Channel) -> Identity:
    """Somebody with the chat open."""
    found, _token = visitors.admit(site, around=visitors.Surroundings(), now=NOW)
    address = inbound.Address(channel_id=site.pk, external_id=found.external_id)
    return inbound.identify(address, now=NOW)


def token_for(conversation: Conversation, messenger: Channel, *, at: datetime = NOW) -> str:
    made = continuing.make_link(conversation.identity, conversation, messenger, now=at)
    return parse_qs(urlsplit(made.url).query)["start"][0]


def comes(
    messenger: Channel, text: str = "", *, at: datetime = SOON, sender: str = "42", start: str = ""
) -> None:
    """An update of the messenger arrives and is understood."""
    body = null.request(null.message(f"u{next(_numbers)}", text, sender=sender, start=start))
    updates.accept_updates(messenger, headers={null.SIGNATURE: null.signature(body)}, body=body, now=at)
    ingest.ingest_channel(messenger.pk, now=lambda: at)
    assert not messenger.updates.exclude(state="done").exists()


def account(messenger: Channel, sender: str = "42") -> Identity:
    return Identity.objects.get(channel=messenger, external_id=sender)


def said(conversation: Conversation, **of: Any) -> list[str]:
    found = Message.objects.filter(conversation=conversation, **of).order_by("seq")
    return [each.text or each.code for each in found]


def events(kind: str) -> list[dict[str, Any]]:
    return list(Event.objects.filter(kind=kind).order_by("pk").values_list("details", flat=True))


def standing(conversation: Conversation) -> tuple[Any, ...]:
    return QueueEntry.objects.values_list("pk", "waiting_since", "stage", "rank", "left_at").get(
        conversation=conversation
    )


# --- going on -----------------------------------------------------------------------------------------------


def test_the_conversation_goes_on_there_with_its_place_in_line(site: Channel, messenger: Channel) -> None:
    conversation = dialogues.conversation("Где карта?", by=visitor(site))
    place, state = standing(conversation), conversation.state
    comes(messenger, start=token_for(conversation, messenger))
    conversation.refresh_from_db()
    there = account(messenger)
    assert (conversation.identity, conversation.channel, conversation.customer) == (
        there,
        messenger,
        there.customer,
    )
    assert (standing(conversation), conversation.state) == (place, state)
    assert said(conversation, author_kind="customer") == ["Где карта?"], "no word was said there yet"
    assert Conversation.objects.count() == 1


def test_an_event_and_the_thread_say_so_and_he_is_told_there(site: Channel, messenger: Channel) -> None:
    here = visitor(site)
    conversation = dialogues.conversation(by=here)
    comes(messenger, start=token_for(conversation, messenger))
    there = account(messenger)
    assert events("conversation.continued") == [
        {
            "conversation": conversation.pk,
            "rev": Message.objects.get(code="continued").rev,
            "customer": there.customer_id,
            "identity_from": here.pk,
            "identity": there.pk,
            "channel_from": site.pk,
            "channel": messenger.pk,
        }
    ]
    assert Message.objects.get(code="continued").params == {
        "channel": messenger.pk,
        "names": {"ru": "Наш бот", "en": "Our bot"},
    }
    told = Delivery.objects.get()
    assert (told.identity, told.message.author_kind) == (there, "system")


def test_answers_go_there_from_then_on_and_what_he_writes_there_is_heard_here(
    site: Channel, messenger: Channel
) -> None:
    anna = operator(lines=(organisation.common_line(),))
    conversation = dialogues.conversation(by=visitor(site))
    comes(messenger, start=token_for(conversation, messenger))
    handling.accept(sight(anna), conversation.pk, now=SOON)
    comes(messenger, "Ау?")
    assert said(conversation, author_kind="customer") == ["Здравствуйте", "Ау?"]
    outbound.answer(sight(anna), conversation_id=conversation.pk, text="Иду", client_id="answer-1", now=SOON)
    assert Delivery.objects.get(message__author_kind="operator").identity == account(messenger)


def test_words_that_come_with_the_token_are_said_in_the_same_conversation(
    site: Channel, messenger: Channel
) -> None:
    """Also where it is not the customer's main one."""
    here = visitor(site)
    dialogues.conversation("О другом", by=here)
    stored = inbound.receive(here, text="О карте", client_id="topic-1", thread="cards", now=NOW)
    topic = Conversation.objects.get(pk=stored.conversation_id)
    comes(messenger, "Это я", start=token_for(topic, messenger))
    comes(messenger, "Где карта?")
    assert said(topic, author_kind="customer") == ["О карте", "Это я", "Где карта?"]


def test_who_writes_on_the_page_again_is_answered_on_the_page(site: Channel, messenger: Channel) -> None:
    here = visitor(site)
    conversation = dialogues.conversation(by=here)
    comes(messenger, start=token_for(conversation, messenger))
    inbound.receive(here, text="Я тут", client_id="back-1", conversation_id=conversation.pk, now=SOON)
    conversation.refresh_from_db()
    assert (conversation.identity, conversation.channel) == (here, site)


# --- as whom ------------------------------------------------------------------------------------------------


def test_an_anonymous_chat_makes_a_claim_and_reads_nothing_of_the_messenger(
    site: Channel, messenger: Channel
) -> None:
    here = visitor(site)
    conversation = dialogues.conversation("Где карта?", by=here)
    comes(messenger, "Паспорт 4510", start=token_for(conversation, messenger))
    there = account(messenger)
    merge = Merge.objects.get()
    assert (there.verification, merge.reason, merge.confidence, merge.author) == ("claimed", "link", 60, None)
    assert [each.text or each.code for each in seen_by(here).order_by("seq")] == ["Где карта?", "continued"]


def test_a_chat_the_bank_has_signed_confirms_the_account_and_still_shows_the_whole_thread(
    site: Channel, messenger: Channel
) -> None:
    here = visitor(site)
    people.sign_in(here, signed(), now=NOW)
    here.refresh_from_db()
    conversation = dialogues.conversation("Где карта?", by=here)
    comes(messenger, "Это я", start=token_for(conversation, messenger))
    there = account(messenger)
    assert (there.verification, there.customer.bank_id) == ("code", "B-1")
    assert Merge.objects.latest("pk").confidence == 90
    shown = [each.text or each.code for each in seen_by(here).order_by("seq")]
    assert [*shown[:2], shown[3]] == ["Где карта?", "continued", "Это я"]


def test_a_level_is_never_lowered(site: Channel, messenger: Channel) -> None:
    conversation = dialogues.conversation(by=visitor(site))
    comes(messenger, start=token_for(conversation, messenger))
    Identity.objects.filter(channel=messenger).update(verification="code")
    comes(messenger, start=token_for(Conversation.objects.get(), messenger))
    Conversation.objects.update(identity=conversation.identity, channel=site)
    comes(messenger, start=token_for(Conversation.objects.get(), messenger))
    assert account(messenger).verification == "code"


def test_a_merge_by_link_can_be_undone_and_the_page_is_answered_again(
    site: Channel, messenger: Channel
) -> None:
    here = visitor(site)
    people.sign_in(here, signed(), now=NOW)
    conversation = dialogues.conversation(by=Identity.objects.get(pk=here.pk))
    comes(messenger, start=token_for(conversation, messenger))
    there = account(messenger)
    people.undo_merge(Merge.objects.latest("pk").pk, author_id=user().pk, now=SOON)
    conversation.refresh_from_db()
    there.refresh_from_db()
    assert (there.customer_id == conversation.customer_id, there.verification) == (False, "anonymous")
    assert (conversation.identity, conversation.channel) == (here, site)


# --- in vain ------------------------------------------------------------------------------------------------


def used(conversation: Conversation, messenger: Channel) -> str:
    token = token_for(conversation, messenger)
    comes(messenger, sender="7", start=token)
    return token


def expired(conversation: Conversation, messenger: Channel) -> str:
    return token_for(conversation, messenger, at=SOON - continuing.LINK_LIFE)


def replaced(conversation: Conversation, messenger: Channel) -> str:
    token = token_for(conversation, messenger)
    token_for(conversation, messenger)
    return token


def of_another_channel(conversation: Conversation, _messenger: Channel) -> str:
    return token_for(conversation, organisation.channel(kind="null"))


def of_a_closed_conversation(conversation: Conversation, messenger: Channel) -> str:
    token = token_for(conversation, messenger)
    handling.close_by_customer(conversation.identity, conversation.pk, now=NOW)
    return token


def of_an_ended_session(conversation: Conversation, messenger: Channel) -> str:
    token = token_for(conversation, messenger)
    visitors.end(Visitor.objects.get(external_id=conversation.identity.external_id).pk, now=NOW)
    return token


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (used, "used"),
        (expired, "expired"),
        (replaced, "expired"),
        (of_another_channel, "other_channel"),
        (of_a_closed_conversation, "closed"),
        (of_an_ended_session, "ended"),
    ],
)
@pytest.mark.parametrize("text", ["Где карта?", ""])
def test_a_link_that_does_not_work_changes_nothing_and_what_came_by_it_is_placed_as_ever(
    site: Channel,
    messenger: Channel,
    make: Callable[[Conversation, Channel], str],
    reason: str,
    text: str,
) -> None:
    conversation = dialogues.conversation(by=visitor(site))
    token = make(conversation, messenger)
    before = Conversation.objects.values().get(pk=conversation.pk)
    comes(messenger, text, start=token)
    there = account(messenger)
    assert Conversation.objects.values().get(pk=conversation.pk) == before
    assert there.customer_id != conversation.customer_id
    assert there.verification == "anonymous"
    own = Conversation.objects.get(customer=there.customer)
    assert said(own, author_kind="customer") == [text or "/start"]
    assert events("link.refused") == [
        {
            "customer": there.customer_id,
            "identity": there.pk,
            "channel": messenger.pk,
            "conversation": conversation.pk,
            "reason": reason,
        }
    ]
    line = Message.objects.get(conversation=own, code="link_refused")
    assert (line.params, line.staff_only) == ({"why": reason}, True)
    assert Delivery.objects.filter(identity=there).count() == 1, "he is told so there"


def test_a_link_into_another_channel_still_works_there(site: Channel, messenger: Channel) -> None:
    conversation = dialogues.conversation(by=visitor(site))
    token = token_for(conversation, messenger)
    comes(organisation.channel(kind="null", webhook_secret=null.SECRET), "Привет", start=token)
    comes(messenger, start=token)
    conversation.refresh_from_db()
    assert conversation.channel == messenger


def test_an_account_that_is_another_customers_stays_his_and_inherits_nothing(
    site: Channel, messenger: Channel
) -> None:
    comes(messenger, "Давно", at=NOW)
    theirs = Conversation.objects.get()
    conversation = dialogues.conversation("Где карта?", by=visitor(site))
    token = token_for(conversation, messenger)
    before = Conversation.objects.values().get(pk=conversation.pk)
    comes(messenger, "Это я", start=token)
    assert Conversation.objects.values().get(pk=conversation.pk) == before
    assert account(messenger).customer_id == theirs.customer_id
    assert said(theirs, author_kind="customer") == ["Давно", "Это я"]
    assert [each["reason"] for each in events("link.refused")] == ["somebody_else"]
    assert not Merge.objects.exists()
    comes(messenger, sender="7", start=token)
    assert [each["reason"] for each in events("link.refused")] == ["somebody_else", "used"]


def test_a_token_that_was_never_ours_is_no_link(messenger: Channel) -> None:
    comes(messenger, "Привет", start="spring-campaign")
    assert said(Conversation.objects.get()) == ["Привет"]
    assert events("link.refused") == []


def test_who_presses_start_again_stays_where_he_is(site: Channel, messenger: Channel) -> None:
    conversation = dialogues.conversation(by=visitor(site))
    token = token_for(conversation, messenger)
    comes(messenger, start=token)
    before = Conversation.objects.values().get(pk=conversation.pk)
    comes(messenger, start=token)
    assert Conversation.objects.values().get(pk=conversation.pk) == before
    comes(messenger, "Ещё", start=token)
    assert said(conversation, author_kind="customer") == ["Здравствуйте", "Ещё"]
    assert events("link.refused") == []


def test_a_conversation_that_was_taken_meanwhile_goes_on_with_its_holder(
    site: Channel, messenger: Channel
) -> None:
    anna = operator(lines=(organisation.common_line(),))
    conversation = dialogues.conversation(by=visitor(site))
    token = token_for(conversation, messenger)
    handling.accept(sight(anna), conversation.pk, now=NOW)
    comes(messenger, start=token)
    conversation.refresh_from_db()
    assert (conversation.state, conversation.holder, conversation.channel) == (
        "assigned",
        anna.user,
        messenger,
    )


# --- the token ----------------------------------------------------------------------------------------------


def test_only_a_digest_of_the_token_is_kept(site: Channel, messenger: Channel) -> None:
    conversation = dialogues.conversation(by=visitor(site))
    token = token_for(conversation, messenger)
    comes(messenger, "Привет", start=token)
    link = ContinueLink.objects.get()
    assert (len(token), link.digest) == (32, visitors.digest(token))
    assert (link.expires_at - link.created_at, link.used_by) == (timedelta(minutes=15), account(messenger))
    assert not Message.objects.filter(text__contains=token).exists()
    assert token not in str(list(Event.objects.values_list("details", flat=True)))


def test_links_are_forgotten_a_day_after_they_expired(site: Channel, messenger: Channel) -> None:
    conversation = dialogues.conversation(by=visitor(site))
    token_for(conversation, messenger)
    gone = NOW + continuing.LINK_LIFE + continuing.REMEMBERED
    assert [continuing.forget_old(now=gone), continuing.forget_old(now=gone + timedelta(seconds=1))] == [0, 1]


# --- a messenger's customer with several conversations ------------------------------------------------------


def test_words_from_a_messenger_answer_what_was_written_there_last(site: Channel, messenger: Channel) -> None:
    comes(messenger, "О счёте", at=NOW)
    there = account(messenger)
    first = Conversation.objects.get()
    stored = inbound.receive(there, text="О карте", client_id="topic-1", thread="cards", now=NOW)
    comes(messenger, "Ещё о карте")
    assert said(Conversation.objects.get(pk=stored.conversation_id)) == ["О карте", "Ещё о карте"]
    assert said(first) == ["О счёте"]
