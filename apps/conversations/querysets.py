"""The vocabulary of querysets. Who may see what is asked of ``access.Sight`` and nowhere else."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from django.db import models
from django.db.models import Exists, OuterRef, Q, Subquery

if TYPE_CHECKING:
    from apps.conversations.access import Sight


class CustomerQuerySet(models.QuerySet[Any]):
    def visible_to(self, sight: Sight) -> Self:
        """Customers with at least one conversation that the member of staff may read."""
        from apps.conversations.models import Conversation

        seen = Conversation.objects.visible_to(sight).filter(customer=OuterRef("pk"))
        return self.filter(Exists(seen))


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
        served = taking_part.values("conversation__customer")
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
