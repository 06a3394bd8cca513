from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation
from apps.operators.models import Queue


class EntryReason(models.TextChoices):
    """Why a conversation came to stand in a line."""

    PLACED = "placed", _("placed")
    TRANSFERRED = "transferred", _("transferred")
    RETURNED = "returned", _("returned by its holder")
    HOLDER_GONE = "holder_gone", _("its holder was gone")
    REOPENED = "reopened", _("reopened")
    WOKEN = "woken", _("came back from snooze")
    OPENED = "opened", _("the line opened")


class LeavingReason(models.TextChoices):
    """Why its stay in the line ended."""

    ASSIGNED = "assigned", _("an operator took it")
    TRANSFERRED = "transferred", _("transferred")
    CLOSED = "closed", _("closed")
    OPENED = "opened", _("the line opened")


class QueueEntry(models.Model):
    """A conversation's stay in a line, from–to. While ``left_at`` is empty it waits there."""

    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.PROTECT, related_name="entries"
    )
    queue = models.ForeignKey(Queue, verbose_name=_("line"), on_delete=models.PROTECT, related_name="entries")
    reason = models.CharField(_("came because"), max_length=12, choices=EntryReason)
    entered_at = models.DateTimeField(_("from"))
    left_at = models.DateTimeField(_("to"), null=True, blank=True)
    left_reason = models.CharField(_("left because"), max_length=12, choices=LeavingReason, blank=True)

    class Meta:
        verbose_name = _("queue entry")
        verbose_name_plural = _("queue entries")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(left_at__isnull=True), name="entry_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(left_at__isnull=True, left_reason="")
                | (models.Q(left_at__isnull=False) & ~models.Q(left_reason="")),
                name="entry_left_with_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.conversation_id}: {self.queue_id}"


class AssignmentReason(models.TextChoices):
    """How an operator came to hold a conversation."""

    ACCEPTED = "accepted", _("accepted by himself")
    TRANSFERRED = "transferred", _("transferred to him")
    TAKEN_OVER = "taken_over", _("taken over")
    RETURNED = "returned", _("came back to him")


class AssignmentEnd(models.TextChoices):
    """Why he no longer holds it."""

    CLOSED = "closed", _("closed")
    TRANSFERRED = "transferred", _("transferred")
    RETURNED = "returned", _("returned to the line")
    SNOOZED = "snoozed", _("snoozed")
    TAKEN_OVER = "taken_over", _("taken over")
    HOLDER_GONE = "holder_gone", _("he was gone")


class Assignment(models.Model):
    """A reservation of one operator's capacity for one conversation, from–to."""

    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.PROTECT, related_name="assignments"
    )
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("operator"),
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    queue = models.ForeignKey(Queue, verbose_name=_("line"), on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(_("came by"), max_length=12, choices=AssignmentReason)
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"), null=True, blank=True)
    end_reason = models.CharField(_("ended because"), max_length=12, choices=AssignmentEnd, blank=True)

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(ended_at__isnull=True), name="assignment_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, end_reason="")
                | (models.Q(ended_at__isnull=False) & ~models.Q(end_reason="")),
                name="assignment_ended_with_reason",
            ),
        ]
        indexes = [
            # Load of an operator: counted under his row lock at every claim.
            models.Index(
                fields=["operator"], name="assignment_load", condition=models.Q(ended_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"№ {self.conversation_id}: {self.operator_id}"
