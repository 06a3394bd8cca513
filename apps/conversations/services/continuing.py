"""A chat goes on in a messenger: the links by which customers go there, and what becomes of who comes by one.

A link is asked for in the chat's own session, so who comes with its token is taken for the same person: confirmed by
code where the bank knows who sat there, and otherwise a claim (docs/decisions/0016). Nobody inherits a story by it:
an account that is another customer's already stays his.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from apps.channels.models import Channel
from apps.channels.services import links, visitors
from apps.conversations.events import ConversationContinued, LinkRefused
from apps.conversations.models import (
    ContinueLink,
    Conversation,
    Customer,
    Identity,
    Merge,
    State,
    Verification,
)
from apps.conversations.services import lifecycle, people, timeline
from apps.core.actors import SYSTEM, Actor
from apps.core.events import announce

LINK_LIFE = timedelta(minutes=15)
# Who comes too late is still told so.
REMEMBERED = timedelta(days=1)
# A link can be passed on, so whoever came by it is he with this much certainty.
CONFIDENCE = {True: 90, False: 60}
STANDING = list(Verification)

GONE_ON = gettext_noop(
    "We go on here: your conversation and your place in line are kept. Write to us in this chat."
)
# What who came in vain is told; of a token that was never ours nothing is said.
IN_VAIN = {
    "somebody_else": gettext_noop(
        "The chat on the site goes on there: this account has written to us before by itself. You can write here anew."
    ),
    "expired": gettext_noop(
        "The link has expired. The chat goes on where it was; you can also write to us here anew."
    ),
}
NO_LONGER = gettext_noop(
    "The link works no longer. The chat goes on where it was; you can also write to us here anew."
)


@dataclass(frozen=True, slots=True)
class Made:
    """A link that was made: its address, and until when it works."""

    url: str
    expires_at: datetime


@dataclass(frozen=True, slots=True)
class Arrival:
    """What became of who came by a link: the conversation that goes on with him, or why none does."""

    conversation: int | None = None
    refusal: str = ""


@transaction.atomic
def make_link(identity: Identity, conversation: Conversation, channel: Channel, *, now: datetime) -> Made:
    """A link into a channel for an address and its conversation; the one made before it for them dies."""
    token = secrets.token_urlsafe(24)
    former = ContinueLink.objects.filter(identity=identity, conversation=conversation, channel=channel)
    former.filter(used_at__isnull=True, expires_at__gt=now).update(expires_at=now)
    made = ContinueLink.objects.create(
        conversation=conversation,
        identity=identity,
        channel=channel,
        digest=visitors.digest(token),
        created_at=now,
        expires_at=now + LINK_LIFE,
    )
    return Made(links.link_to(channel, token), made.expires_at)


@transaction.atomic
def arrive(identity: Identity, *, token: str, now: datetime) -> Arrival:
    """Bring the conversation of a link to the address that came with its token, or say why not.

    The link is read under the lock of its customer: of two who come with one token, one goes on.
    """
    digest = visitors.digest(token)
    known = ContinueLink.objects.filter(digest=digest).select_related("identity").first()
    if known is None:
        return Arrival()
    theirs = _lock_both(identity, known.identity)
    link = ContinueLink.objects.select_related("identity", "channel", "conversation").get(pk=known.pk)
    if link.used_by_id == identity.pk and link.conversation.customer_id == identity.customer_id:
        return Arrival(link.conversation_id)
    refusal = _refusal(link, identity, theirs, now)
    if not refusal:
        conversation = lifecycle.lock(link.conversation_id)
        refusal = "closed" if conversation.state == State.CLOSED else ""
    if refusal in ("", "somebody_else"):
        ContinueLink.objects.filter(pk=link.pk).update(used_at=now, used_by=identity)
    if refusal:
        _announce_refusal(link, identity, refusal, now)
        return Arrival(refusal=refusal)
    _join(identity, link, theirs, now)
    _go_on(conversation, identity, link.channel, now)
    return Arrival(conversation.pk)


def explain(conversation_id: int, refusal: str, *, now: datetime) -> None:
    """Tell who came in vain, and the staff, why he stands here with a conversation of his own."""
    conversation = lifecycle.lock(conversation_id)
    timeline.add_system_line(
        conversation, "link_refused", actor=SYSTEM, now=now, staff_only=True, why=refusal
    )
    _say(conversation, IN_VAIN.get(refusal, NO_LONGER), now)


def forget_old(*, now: datetime) -> int:
    """Delete links that expired long ago; returns how many went."""
    return ContinueLink.objects.filter(expires_at__lt=now - REMEMBERED).delete()[0]


def _lock_both(identity: Identity, asked: Identity) -> dict[int, Customer]:
    """The customers behind both addresses, locked by number; a merge may move one while one waits for the locks."""
    both = (identity, asked)
    while True:
        customers = people.lock_customers([each.customer_id for each in both])
        now_of = dict(
            Identity.objects.filter(pk__in=[each.pk for each in both]).values_list("pk", "customer_id")
        )
        if all(now_of[each.pk] == each.customer_id for each in both):
            return customers
        for each in both:
            each.customer_id = now_of[each.pk]


def _refusal(link: ContinueLink, identity: Identity, customers: dict[int, Customer], now: datetime) -> str:
    """Why the link does nothing for this address: a code, empty when it works."""
    if link.channel_id != identity.channel_id:
        return "other_channel"
    if link.used_at is not None:
        return "used"
    if link.expires_at <= now:
        return "expired"
    asked = link.identity
    if link.conversation.state == State.CLOSED:
        return "closed"
    if link.conversation.customer_id != asked.customer_id or not visitors.is_admitted(
        asked.channel_id, asked.external_id, now=now
    ):
        return "ended"
    is_he = identity.customer_id == asked.customer_id
    return "" if is_he or _is_nobody(customers[identity.customer_id]) else "somebody_else"


def _is_nobody(customer: Customer) -> bool:
    """Whether all that is known of him is the address he came from."""
    return (
        customer.bank_id is None
        and customer.identities.count() == 1
        and not customer.conversations.exists()
        and not customer.merges.exists()
    )


def _join(identity: Identity, link: ContinueLink, customers: dict[int, Customer], now: datetime) -> None:
    """The address becomes the customer's, as sure of him as the chat was, and never less sure than before."""
    is_trusted = link.identity.is_trusted
    if identity.customer_id != link.identity.customer_id:
        people.merge(
            kept=customers[link.identity.customer_id],
            absorbed=customers[identity.customer_id],
            reason=Merge.Reason.LINK,
            author_id=None,
            confidence=CONFIDENCE[is_trusted],
            now=now,
        )
        identity.customer_id = link.identity.customer_id
    level = Verification.CODE if is_trusted else Verification.CLAIMED
    if STANDING.index(Verification(identity.verification)) < STANDING.index(level):
        identity.verification = level
        identity.save(update_fields=["verification"])


def _go_on(conversation: Conversation, identity: Identity, channel: Channel, now: datetime) -> None:
    """From now on answers go there; its state, line and place in line stay as they are."""
    before = (conversation.identity_id, conversation.channel_id)
    conversation.identity, conversation.channel = identity, channel
    actor = Actor.customer(identity.pk)
    timeline.add_system_line(
        conversation, "continued", actor=actor, now=now, channel=channel.pk, names=links.names_of(channel)
    )
    event = ConversationContinued(
        conversation=conversation.pk,
        rev=conversation.rev,
        customer=conversation.customer_id,
        identity_from=before[0],
        identity=identity.pk,
        channel_from=before[1],
        channel=channel.pk,
    )
    announce(event, actor=actor, now=now)
    _say(conversation, GONE_ON, now)


def _say(conversation: Conversation, words: str, now: datetime) -> None:
    with translation.override(conversation.customer.language or settings.LANGUAGE_CODE):
        timeline.add_automatic_message(conversation, _(words), actor=SYSTEM, now=now)


def _announce_refusal(link: ContinueLink, identity: Identity, refusal: str, now: datetime) -> None:
    event = LinkRefused(
        customer=identity.customer_id,
        identity=identity.pk,
        channel=identity.channel_id,
        conversation=link.conversation_id,
        reason=refusal,
    )
    announce(event, actor=Actor.customer(identity.pk), now=now)
