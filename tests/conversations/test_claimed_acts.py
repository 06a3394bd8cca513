"""What a page or an app says its customer did is kept as a claim: rules may ask for it, the bank never said it."""

from __future__ import annotations

from datetime import timedelta

import msgspec
import pytest

from apps.channels.models import Visitor
from apps.channels.sessions import CustomerSession
from apps.conversations import selectors
from apps.conversations.events import CustomerActed
from apps.conversations.frames import customer as frames
from apps.conversations.frames import declared as d
from apps.core import clock
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.core.models import Event
from tests.factories import organisation

pytestmark = pytest.mark.django_db(transaction=True)


def visitor() -> CustomerSession:
    """The socket of somebody who has not written yet."""
    now, channel = clock.now(), organisation.channel()
    row = Visitor.objects.create(
        channel=channel,
        external_id="visitor-of-a-page",
        token_digest="d",
        created_at=now,
        seen_at=now,
        expires_at=now + timedelta(days=1),
    )
    return CustomerSession(
        channel_id=channel.pk,
        visitor_id=row.pk,
        external_id=row.external_id,
        language="ru",
        time_zone="",
        text_limit=4000,
        new_token=None,
        token_digest=row.token_digest,
        expires_at=row.expires_at,
    )


def acts(session: CustomerSession, code: str) -> None:
    frames.act_now(session, d.ActFrame(code=code))


def write(session: CustomerSession, client_id: str) -> None:
    frames.send_now(session, d.CustomerSendFrame(text="Здравствуйте", client_id=client_id))


def test_what_the_page_said_before_the_first_message_is_kept_with_it_and_once() -> None:
    session = visitor()
    acts(session, "form_opened")
    acts(session, "form_opened")
    assert not Event.objects.filter(kind=CustomerActed.kind).exists()
    write(session, "first-message")
    write(session, "second-message")
    acts(session, "form_sent")
    rows = Event.objects.filter(kind=CustomerActed.kind).order_by("id")
    assert list(rows.values_list("details__code", "details__claimed", "actor_kind")) == [
        ("form_opened", True, "customer"),
        ("form_sent", True, "customer"),
    ]


def test_a_claim_is_no_word_of_the_bank() -> None:
    session = visitor()
    acts(session, "contract_signed")
    write(session, "first-message")
    customer = session.identity.customer_id
    assert selectors.acts_of(customer) == {}
    assert set(selectors.acts_of(customer, claimed=True)) == {"contract_signed"}
    now = clock.now()
    announce(
        CustomerActed(customer=customer, code="card_closed", happened_at=now.isoformat()),
        actor=SYSTEM,
        now=now,
    )
    assert set(selectors.acts_of(customer)) == {"card_closed"}
    assert set(selectors.acts_of(customer, claimed=True)) == {"contract_signed", "card_closed"}


def test_a_page_that_talks_too_much_is_remembered_up_to_a_number() -> None:
    session = visitor()
    for number in range(30):
        acts(session, f"step_{number}")
    assert len(session.acts) == frames.ACTS_BEFORE


@pytest.mark.parametrize("code", ["", "Signed", "a b", "1st", "x" * 61, "ф", "a\n"])
def test_only_codes_are_taken(code: str) -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"type": "act", "code": code}, d.ActFrame)
