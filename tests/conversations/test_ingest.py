"""Raw updates become messages and receipts."""

from datetime import timedelta
from typing import Any

import pytest

from apps.channels.models import Channel, InboundUpdate
from apps.channels.services import updates
from apps.conversations.models import Conversation, Customer, Identity, Message
from apps.conversations.services import ingest, words
from apps.core.actors import SYSTEM
from apps.core.locks import only_one
from tests.adapters import null
from tests.factories import organisation
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return organisation.channel(kind="null", webhook_secret=null.SECRET)


def accept(channel: Channel, *items: object) -> None:
    body = null.request(*items)
    updates.accept_updates(channel, headers={null.SIGNATURE: null.signature(body)}, body=body, now=NOW)


def texts() -> list[str]:
    return list(Message.objects.filter(author_kind="customer").order_by("pk").values_list("text", flat=True))


def test_a_message_opens_a_conversation_of_its_sender(channel: Channel) -> None:
    accept(channel, null.message("7", "Где карта?", sender="42", name="Пётр"))
    assert ingest.ingest_channel(channel.pk, now=lambda: NOW) == 1
    message = Message.objects.get()
    assert (message.text, message.client_id, message.seq) == ("Где карта?", "7", 1)
    assert (message.identity.external_id, message.identity.name) == ("42", "Пётр")
    assert message.conversation.customer.name == "Пётр"
    assert InboundUpdate.objects.get().state == "done"


def test_updates_are_read_oldest_first(channel: Channel) -> None:
    accept(channel, *(null.message(str(number), f"слово {number}") for number in (3, 1, 2)))
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    assert texts() == ["слово 3", "слово 1", "слово 2"]
    assert [m.seq for m in Message.objects.order_by("pk")] == [1, 2, 3]


def test_one_message_in_two_updates_is_stored_once(channel: Channel) -> None:
    accept(channel, null.message("7", "раз"))
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    InboundUpdate.objects.update(external_id="by another road")
    accept(channel, null.message("7", "раз"))
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    assert texts() == ["раз"]


def test_a_poison_update_never_blocks_the_others_and_is_parked_after_three_tries(channel: Channel) -> None:
    accept(
        channel,
        null.message("1", "до"),
        {"id": "2", "poison": "4111 1111 1111 1111"},
        null.message("3", "после"),
    )
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    assert texts() == ["до", "после"]
    bad = InboundUpdate.objects.get(external_id="2")
    assert (bad.state, bad.attempts) == ("pending", 1)
    for _sweep in range(3):
        for each in ingest.channels_waiting():
            ingest.ingest_channel(each, now=lambda: NOW)
    bad.refresh_from_db()
    assert (bad.state, bad.attempts) == ("parked", 3)
    assert "Traceback" in bad.error
    assert "ValueError: poison" in bad.error
    assert "4111" not in bad.error
    assert ingest.channels_waiting() == []


def test_a_failed_update_leaves_nothing_half_done(channel: Channel, monkeypatch: Any) -> None:
    accept(channel, null.message("1", "раз"))
    monkeypatch.setattr("apps.conversations.services.timeline.preview", lambda text: 1 / 0)
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    assert not Customer.objects.exists()
    assert not Conversation.objects.exists()
    monkeypatch.undo()
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    assert texts() == ["раз"]


def test_an_update_whose_reader_dies_every_time_is_given_up(channel: Channel) -> None:
    accept(channel, null.message("1", "раз"))
    InboundUpdate.objects.update(attempts=ingest.BEGINNINGS)
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    parked = InboundUpdate.objects.get()
    assert parked.state == "parked"
    assert "ReaderDied" in parked.error
    updates.replay(parked.pk, actor=SYSTEM, now=NOW)
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    assert texts() == ["раз"]


def test_an_unknown_shape_is_done_with_and_stores_nothing(channel: Channel) -> None:
    accept(channel, {"id": "1", "something": "new"})
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    assert InboundUpdate.objects.get().state == "done"
    assert not Message.objects.exists()


def test_text_is_cleaned_and_cards_are_masked_before_the_first_write(channel: Channel) -> None:
    accept(
        channel,
        null.message("1", "карта 4111 1111 1111 1111\0 \ud83d", name="5555555555554444"),
    )
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    assert texts() == ["карта •••• 1111\ufffd \ufffd"]
    assert Identity.objects.get().name == "•••• 4444"


def test_a_text_longer_than_ours_is_stored_whole_in_several_messages(channel: Channel) -> None:
    long = " ".join(f"слово{number}" for number in range(6000))
    assert len(long) > 3 * words.STAFF_LIMIT
    accept(channel, null.message("1", long), null.message("2", "конец"))
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    *parts, last = texts()
    assert "".join(parts) == long
    assert all(len(part) <= words.STAFF_LIMIT for part in parts)
    assert last == "конец"
    InboundUpdate.objects.update(state="pending", attempts=0)
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    assert texts() == [*parts, last]


def test_a_card_split_over_two_messages_is_hidden_in_both(channel: Channel) -> None:
    accept(channel, null.message("1", "4111 1111"), null.message("2", "1111 1111"))
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    assert "4111" not in " ".join(texts())


def test_who_comes_while_another_reads_the_channel_goes_away(
    channel: Channel, django_db_blocker: Any
) -> None:
    accept(channel, null.message("1", "раз"))
    # Another worker is another connection; see tests/races for two that meet.
    from django.db import connections

    other = connections.create_connection("default")
    try:
        with other.cursor() as cursor:
            import zlib

            key = [zlib.crc32(b"ingest") - 2**31, channel.pk % 2**31]
            cursor.execute("SELECT pg_advisory_lock(%s, %s)", key)
            assert ingest.ingest_channel(channel.pk, now=lambda: NOW) == 0
            # A closed connection gives its locks up a moment later; said aloud it is at once.
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", key)
    finally:
        other.close()
    assert texts() == []
    with only_one("ingest", channel.pk) as mine:
        assert mine


def test_a_closed_conversation_goes_on_when_its_customer_writes_within_the_window(channel: Channel) -> None:
    accept(channel, null.message("1", "раз"))
    ingest.ingest_channel(channel.pk, now=lambda: NOW)
    conversation = Conversation.objects.get()
    hours = conversation.line.reopen_hours
    Conversation.objects.update(state="closed", closed_at=NOW)
    accept(channel, null.message("2", "и ещё"))
    ingest.ingest_channel(channel.pk, now=lambda: NOW + timedelta(hours=hours))
    assert Conversation.objects.count() == 1
    Conversation.objects.update(state="closed", closed_at=NOW)
    accept(channel, null.message("3", "поздно"))
    ingest.ingest_channel(channel.pk, now=lambda: NOW + timedelta(hours=hours, seconds=1))
    assert Conversation.objects.count() == 2
