"""A silent customer is reminded by another channel: the first of the policy's where he may be written to, or a letter.

There he reads the step's own words and nothing else. See docs/silence.md.
"""

from __future__ import annotations

from datetime import datetime

from django.conf import settings

from apps.channels.adapters.registry import first_word_kinds
from apps.channels.models import Channel
from apps.conversations.models import AuthorKind, Conversation, Delivery, Identity, Letter, Message
from apps.conversations.services import fallback, mailboxes, timeline
from apps.conversations.services.mailboxes import Mailbox
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.routing.events import SilenceNotReached, SilenceReached
from apps.routing.models import SilenceStep


def reach(conversation: Conversation, step: SilenceStep, words: str, *, now: datetime) -> None:
    """Send the words by the first channel that can; else an event and a line say why each could not."""
    tried = []
    for each in step.policy.channels.select_related("channel"):
        found = way(conversation, each.channel)
        if isinstance(found, Identity):
            _send(conversation, step, words, found, now)
            return
        tried.append((each.channel_id, found))
    mailbox = _mailbox(conversation) if step.policy.by_letter else ""
    if isinstance(mailbox, Mailbox):
        _write(conversation, step, words, mailbox, now)
        return
    timeline.add_system_line(conversation, "not_reached", actor=SYSTEM, now=now, staff_only=True)
    missed = SilenceNotReached(conversation=conversation.pk, step=step.pk, tried=tuple(tried), letter=mailbox)
    announce(missed, actor=SYSTEM, now=now)


def _send(conversation: Conversation, step: SilenceStep, words: str, to: Identity, now: datetime) -> None:
    timeline.add_automatic_message(conversation, words, actor=SYSTEM, now=now, to=to)
    event = SilenceReached(conversation=conversation.pk, step=step.pk, channel=to.channel_id, identity=to.pk)
    announce(event, actor=SYSTEM, now=now)


def _mailbox(conversation: Conversation) -> Mailbox | str:
    """Where a letter to him goes; else why none does, as a code."""
    if not settings.LETTERS:
        return "switched_off"
    his = mailboxes.for_reminder(conversation.identity)
    if not his:
        return "no_address"
    under_way = Letter.objects.filter(
        conversation=conversation,
        purpose=Letter.Purpose.REMINDER,
        state__in=[Letter.State.QUEUED, Letter.State.SENDING],
    )
    if under_way.exists():
        return "on_its_way"
    return next((each for each in his if not mailboxes.was_refused(each)), "refused")


def _write(
    conversation: Conversation, step: SilenceStep, words: str, mailbox: Mailbox, now: datetime
) -> None:
    letter = fallback.queue(conversation, mailbox, purpose=Letter.Purpose.REMINDER, words=words, now=now)
    event = SilenceReached(
        conversation=conversation.pk, step=step.pk, channel=None, identity=None, letter=letter.pk
    )
    announce(event, actor=SYSTEM, now=now)


def way(conversation: Conversation, channel: Channel) -> Identity | str:
    """The customer's address there, when he may be written to first; else why not, as a code."""
    if not channel.is_active:
        return "switched_off"
    if channel.kind not in first_word_kinds():
        return "only_answers"
    if channel.pk == conversation.channel_id:
        return "writes_there"
    his = Identity.objects.filter(customer=conversation.customer_id, channel=channel).order_by("-pk")
    if not his:
        return "no_address"
    sure = [each for each in his if _agreed(each)]
    if not sure:
        return "not_confirmed"
    return next((each for each in sure if not _refused(each)), "refused")


def _agreed(identity: Identity) -> bool:
    """The bank vouches for the address or it was confirmed by code, or he himself has written from it."""
    wrote = Message.objects.filter(
        conversation__customer=identity.customer_id, identity=identity, author_kind=AuthorKind.CUSTOMER
    )
    return identity.is_trusted or wrote.exists()


def _refused(identity: Identity) -> bool:
    """Whether the provider would not carry what was sent there last: he has blocked us, or is gone."""
    last = Delivery.objects.filter(conversation__customer=identity.customer_id, identity=identity)
    return last.order_by("-pk").values_list("state", flat=True).first() == Delivery.State.FAILED
