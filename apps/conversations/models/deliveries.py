from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.conversations.models.conversations import Conversation
from apps.conversations.models.customers import Identity
from apps.conversations.models.messages import Message


class Delivery(models.Model):
    """The carrying of one outgoing message to one identity that our own sockets do not reach.

    ``conversation`` repeats the message's so that a conversation's deliveries leave in order of ``place``: the
    message's seq, or for one sent again by hand the seq of the line that says so. Messages of the site and the
    app have none: there *sent* is the commit and *delivered* the client's ack.
    """

    class State(models.TextChoices):
        QUEUED = "queued", _("queued")
        SENDING = "sending", _("sending")
        SENT = "sent", _("sent")
        DELIVERED = "delivered", _("delivered")
        READ = "read", _("read")
        FAILED = "failed", _("failed")
        UNCERTAIN = "uncertain", _("perhaps not sent")

    message = models.ForeignKey(
        Message, verbose_name=_("message"), on_delete=models.PROTECT, related_name="deliveries"
    )
    conversation = models.ForeignKey(Conversation, on_delete=models.PROTECT, related_name="+", db_index=False)
    identity = models.ForeignKey(
        Identity, verbose_name=pgettext_lazy("delivery", "to"), on_delete=models.PROTECT, related_name="+"
    )
    place = models.PositiveIntegerField()
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    provider_id = models.CharField(_("provider's number"), max_length=200, blank=True)
    error = models.CharField(_("error"), max_length=300, blank=True)
    attempts_made = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due at"))
    claimed_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(fields=["message", "identity"], name="delivery_once_per_identity"),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["queued", "sending", "sent", "delivered", "read", "failed", "uncertain"]
                ),
                name="delivery_state_is_known",
            ),
        ]
        indexes = [
            # The drain: heads of conversations among what still has to leave.
            models.Index(
                fields=["conversation", "place"],
                name="delivery_open",
                condition=models.Q(state__in=["queued", "sending"]),
            ),
            # Deliveries of the conversations one may read, and of one conversation by its number.
            models.Index(fields=["conversation", "id"], name="delivery_story"),
            # The admin's list of those that did not arrive, newest first: few among millions that did.
            models.Index(
                fields=["state", "-id"],
                name="delivery_trouble",
                condition=models.Q(state__in=["failed", "uncertain"]),
            ),
            # Receipts find their delivery by the provider's number.
            models.Index(
                fields=["provider_id"],
                name="delivery_provider",
                condition=~models.Q(provider_id=""),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.message_id} → {self.identity_id}: {self.state}"


class DeliveryAttempt(models.Model):
    """One try, committed before the request leaves; an open one after a crash means "perhaps sent"."""

    class Outcome(models.TextChoices):
        OPEN = "open", _("under way")
        SENT = "sent", _("sent")
        TRANSIENT = "transient", _("try again")
        PERMANENT = "permanent", _("refused")
        UNCERTAIN = "uncertain", _("unknown")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="attempts")
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome, default=Outcome.OPEN)
    error = models.CharField(_("error"), max_length=300, blank=True)
    started_at = models.DateTimeField(_("started at"))
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    class Meta:
        verbose_name = _("delivery attempt")
        verbose_name_plural = _("delivery attempts")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=["open", "sent", "transient", "permanent", "uncertain"]),
                name="attempt_outcome_is_known",
            )
        ]

    def __str__(self) -> str:
        return f"{self.delivery_id}: {self.outcome}"
