"""The vocabulary of querysets. Who may see what is asked of ``access.Sight`` and nowhere else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery, Value

if TYPE_CHECKING:
    from apps.conversations.access import Sight
    from apps.conversations.models import Identity


class CustomerQuerySet(models.QuerySet[Any]):
    def visible_to(self, sight: Sight) -> Self:
        """Customers with at least one conversation that the member of staff may read."""
        from apps.conversations.models import Conversation

        seen = Conversation.objects.visible_to(sight).filter(customer=OuterRef("pk"))
        return self.filter(Exists(seen))

    def known_to(self, sight: Sight) -> Self:
        """Visible customers; to who reads every line also those who have not written yet."""
        from apps.conversations.models import Conversation

        if sight.lines("see_text") is not None:
            return self.visible_to(sight)
        written = Exists(Conversation.objects.filter(customer=OuterRef("pk")))
        seen = Exists(Conversation.objects.visible_to(sight).filter(customer=OuterRef("pk")))
        return self.filter(seen | (~written & Q(merged_into=None)))

    def with_personal(self, sight: Sight) -> Self:
        """Adds ``shows_personal``: whether phone, e-mail, the bank's number and attributes are his to see."""
        from apps.conversations.models import Conversation

        if sight.lines("see_personal") is None:
            return self.annotate(shows_personal=Value(True))
        seen = Conversation.objects.filter(sight.where("see_personal"), customer=OuterRef("pk"))
        return self.annotate(shows_personal=Exists(seen))


class ConversationQuerySet(models.QuerySet[Any]):
    def open(self) -> Self:
        return self.exclude(state="closed")

    def closed(self) -> Self:
        return self.filter(state="closed")

    def visible_to(self, sight: Sight) -> Self:
        """Conversations whose text the member of staff may read: by grant, by taking part, by shared history.

        Everything that shows words starts here: lists, detail, search, counters, export, files, sockets.
        """
        from apps.conversations.models import Participant

        taking_part = Participant.objects.filter(user_id=sight.user_id, until__isnull=True)
        served = taking_part.exclude(role="bot").values("conversation__customer")
        return self.filter(
            sight.where("see_text")
            | Exists(taking_part.filter(conversation=OuterRef("pk")))
            | Q(line__shares_history=True, customer__in=Subquery(served))
        )

    def listed_to(self, sight: Sight) -> Self:
        """Conversations whose existence he may know: a padlock row where the text is not his."""
        from apps.conversations.models import Participant

        taking_part = Participant.objects.filter(user_id=sight.user_id, until__isnull=True)
        return self.filter(
            sight.where("see_metadata")
            | sight.where("see_text")
            | Exists(taking_part.filter(conversation=OuterRef("pk")))
        )

    def reached_by(self, identity: Identity) -> Self:
        """A customer's conversations that this address of his may see and act on.

        All of the person's when the address is trusted, else those in which it wrote or was written to.
        """
        from apps.conversations.models import Message

        mine = self.filter(customer=identity.customer_id)
        if identity.is_trusted:
            return mine
        took_part = Message.objects.filter(conversation=OuterRef("pk"), identity=identity)
        return mine.filter(Q(identity=identity) | Exists(took_part))

    def answerable_by(self, sight: Sight) -> Self:
        """Conversations to which he may write the customer now: he holds them or helps their holder."""
        from apps.conversations.models import Participant

        answering = Participant.objects.filter(
            user_id=sight.user_id,
            until__isnull=True,
            role__in=["holder", "helper"],
            conversation=OuterRef("pk"),
        )
        return self.filter(Exists(answering), state="assigned")

    def reopenable(self, *, now: datetime) -> Self:
        """Closed ones whose line still continues them at ``now``."""
        from django.db.models.functions import Cast

        window = Cast(models.F("line__reopen_hours"), models.FloatField()) * models.Value(3600.0)
        elapsed = models.functions.Extract(
            models.ExpressionWrapper(
                models.Value(now) - models.F("closed_at"), output_field=models.DurationField()
            ),
            "epoch",
        )
        return self.closed().annotate(closed_for=elapsed).filter(closed_for__lte=window)
