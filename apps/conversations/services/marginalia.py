"""What stands around a conversation: tags, drafts, the customer's mark, the pages he walks through."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from apps.conversations.access import Sight
from apps.conversations.events import ConversationRated, ConversationTagged, CustomerActed
from apps.conversations.models import Conversation, ConversationTag, Draft, Identity, Rating
from apps.conversations.services import lifecycle, timeline
from apps.conversations.services.outbound import visible_or_404
from apps.conversations.services.words import prepare
from apps.core.actors import Actor
from apps.core.errors import Conflict, NotFound
from apps.core.events import announce
from apps.core.masking import fitted
from apps.operators.models import Tag


@transaction.atomic
def set_tags(
    sight: Sight, conversation_id: int, *, tags: Collection[int], actor: Actor, now: datetime
) -> list[int]:
    """Make ``tags`` the conversation's tags; unknown or switched-off ones are refused, old ones may stay."""
    visible_or_404(sight, conversation_id)
    conversation = lifecycle.lock(conversation_id)
    present = set(conversation.tagging.values_list("tag_id", flat=True))
    added, removed = set(tags) - present, present - set(tags)
    if Tag.objects.filter(pk__in=added, is_active=True).count() != len(added):
        raise NotFound(_("There is no such tag."))
    if not added and not removed:
        return sorted(present)
    ConversationTag.objects.filter(conversation=conversation, tag_id__in=removed).delete()
    ConversationTag.objects.bulk_create(
        ConversationTag(conversation=conversation, tag_id=tag, by_id=sight.user_id, at=now) for tag in added
    )
    conversation.rev += 1
    conversation.save(update_fields=["rev"])
    event = ConversationTagged(
        conversation=conversation.pk,
        rev=conversation.rev,
        added=tuple(sorted(added)),
        removed=tuple(sorted(removed)),
    )
    announce(event, actor=actor, now=now)
    return sorted(set(tags))


def keep_draft(sight: Sight, conversation_id: int, *, text: str, note: bool, now: datetime) -> None:
    """Remember what is typed; an empty text forgets it."""
    visible_or_404(sight, conversation_id)
    if not text.strip():
        Draft.objects.filter(user=sight.user_id, conversation=conversation_id).delete()
        return
    text = prepare(text)
    Draft.objects.update_or_create(
        user_id=sight.user_id,
        conversation_id=conversation_id,
        defaults={"text": text, "note": note, "updated_at": now},
    )


@transaction.atomic
def rate(identity: Identity, conversation_id: int, *, score: int, comment: str, now: datetime) -> Rating:
    """The customer's mark of a closed conversation of his; may be changed. Raises NotFound, Conflict."""
    mine = Conversation.objects.reached_by(identity).filter(pk=conversation_id)
    if not mine.exists():
        raise NotFound(_("There is no such conversation."))
    conversation = lifecycle.lock(conversation_id)
    if conversation.state != "closed":
        raise Conflict(_("The conversation can be rated after it is closed."), code="not_closed")
    rating, _created = Rating.objects.update_or_create(
        conversation=conversation,
        defaults={
            "score": score,
            "comment": prepare(comment, limit=2000, may_be_empty=True),
            "operator_id": conversation.preferred_id,
            "at": now,
        },
    )
    conversation.rev += 1
    conversation.save(update_fields=["rev"])
    event = ConversationRated(
        conversation=conversation.pk, rev=conversation.rev, score=score, operator=conversation.preferred_id
    )
    announce(event, actor=Actor.customer(identity.pk), now=now)
    return rating


@transaction.atomic
def claim_act(identity: Identity, *, code: str, happened_at: datetime, now: datetime) -> None:
    """Write down what the page or the app says its customer did."""
    event = CustomerActed(
        customer=identity.customer_id, code=code, happened_at=happened_at.isoformat(), claimed=True
    )
    announce(event, actor=Actor.customer(identity.pk), now=now)


@transaction.atomic
def note_page(identity: Identity, *, url: str, title: str, now: datetime) -> None:
    """Tell the staff of the customer's open conversations which page he went to."""
    actor = Actor.customer(identity.pk)
    running = Conversation.objects.open().filter(customer_id=identity.customer_id).order_by("pk")
    for conversation in running.select_for_update(no_key=True, of=("self",)):
        timeline.add_system_line(
            conversation,
            "page",
            actor=actor,
            now=now,
            staff_only=True,
            url=fitted(url, 1000),
            title=fitted(title, 200),
        )
