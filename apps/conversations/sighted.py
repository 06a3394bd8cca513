"""What REST views over conversations have in common, in every app: the sight of the token's account."""

from __future__ import annotations

from functools import cached_property

from django.db.models import QuerySet

from apps.conversations.access import Sight, sight_of
from apps.conversations.models import Conversation
from apps.core.api.views import ApiView


class SightedView(ApiView):
    """Knows what the asking account may see and do, read once a request."""

    @cached_property
    def sight(self) -> Sight:
        return sight_of(self.account)

    def seen(self) -> QuerySet[Conversation]:
        """Conversations whose text the account may read."""
        return Conversation.objects.visible_to(self.sight)
