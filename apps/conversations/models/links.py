from __future__ import annotations

from django.db import models

from apps.channels.models import Channel
from apps.conversations.models.conversations import Conversation
from apps.conversations.models.customers import Identity
from apps.core.numbers import numbered


class ContinueLink(models.Model):
    """A way out of the chat: who comes with its token to ``channel`` goes on there with the conversation.

    Made when the customer asks for it at ``identity``. The token is kept as SHA-256 only, works once and for a few
    minutes. ``used_by`` came with it, whatever became of that.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="+")
    identity = models.ForeignKey(Identity, on_delete=models.CASCADE, related_name="+")
    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(db_index=True)
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(Identity, null=True, on_delete=models.CASCADE, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(used_at__isnull=True, used_by__isnull=True)
                | models.Q(used_at__isnull=False, used_by__isnull=False),
                name="continue_link_used_by_somebody",
            )
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)} → {self.channel_id}"
