from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation
from apps.core.numbers import numbered
from apps.operators.models import DeclineReason, Queue
from apps.routing.models.rules import Category


class EntryReason(models.TextChoices):
    """Why a conversation came to stand in a line."""

    PLACED = "placed", _("placed")
    TRANSFERRED = "transferred", _("transferred")
    RETURNED = "returned", _("returned by its holder")
    HOLDER_GONE = "holder_gone", _("its holder was gone")
    REOPENED = "reopened", _("reopened")
    WOKEN = "woken", _("came back from snooze")
    OPENED = "opened", _("the line opened")
    OVERFLOW = "overflow", _("its line could not cope")
    ESCALATED = "escalated", _("escalated")
    HOLDER_FULL = "holder_full", _("wrote again while its holder was full")
    REPAIRED = "repaired", _("the watchdog's finding was repaired")


class LeavingReason(models.TextChoices):
    """Why its stay in the line ended."""

    ASSIGNED = "assigned", _("an operator took it")
    TRANSFERRED = "transferred", _("transferred")
    CLOSED = "closed", _("closed")
    OPENED = "opened", _("the line opened")
    OVERFLOW = "overflow", _("the line could not cope")
    ESCALATED = "escalated", _("escalated")
    REPAIRED = "repaired", _("the watchdog's finding was repaired")


class Stage(models.TextChoices):
    """What becomes of a stay in a line."""

    OFFLINE = "offline", _("out of hours")
    WAITING = "waiting", _("waiting")
    OFFERED = "offered", _("offered to an operator")
    LEFT = "left", _("left")


class RankReason(models.TextChoices):
    """Why an entry stands where it stands, beside its customer's category."""

    NONE = "", "—"
    RAISED = "raised", _("raised by a rule")


class KeptReason(models.TextChoices):
    """Why one operator is asked before the others."""

    LAST_OPERATOR = "last_operator", _("answered him last")
    MANAGER = "manager", _("his personal manager")
    HOLDER = "holder", _("held it when the customer fell silent")
    ADDRESSED = "addressed", _("a colleague handed it to him")


class QueueEntry(models.Model):
    """A conversation's stay in a line, from–to. While ``left_at`` is empty it stands there.

    Order inside a line: ``rank`` (of the customer's category, or higher when raised), then the nearest promise,
    then age; ``services.order`` is the one place that says it in SQL and in words.
    """

    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.PROTECT, related_name="entries"
    )
    queue = models.ForeignKey(Queue, verbose_name=_("line"), on_delete=models.PROTECT, related_name="entries")
    reason = models.CharField(_("came because"), max_length=12, choices=EntryReason)
    entered_at = models.DateTimeField(_("from"))
    stage = models.CharField(_("stage"), max_length=8, choices=Stage, default=Stage.WAITING)
    # Its age in the line: kept when it comes back, overflows or is escalated, so that nobody starts anew.
    waiting_since = models.DateTimeField(_("waiting since"))
    category = models.ForeignKey(
        Category,
        verbose_name=_("customer category"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    rank = models.SmallIntegerField(_("rank"), default=0)
    rank_reason = models.CharField(_("raised"), max_length=8, choices=RankReason, blank=True)
    # The nearest deadline of its running promises.
    due_at = models.DateTimeField(_("promised until"), null=True, blank=True)
    # Until this moment only this operator is asked.
    kept_for = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("waits for"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    kept_until = models.DateTimeField(_("waits for him until"), null=True, blank=True)
    kept_reason = models.CharField(_("because he"), max_length=14, choices=KeptReason, blank=True)
    # Skills that a rule or the customer's language asks for besides the line's: [[skill, level, relax seconds], …].
    needs = models.JSONField(default=list, blank=True)
    # What the customer was told first: his place, and the range of waiting in seconds from that moment.
    shown_at = models.DateTimeField(_("told at"), null=True, blank=True)
    shown_position = models.PositiveIntegerField(_("place told"), null=True, blank=True)
    shown_low = models.PositiveIntegerField(_("waiting told, from, seconds"), null=True, blank=True)
    shown_high = models.PositiveIntegerField(_("waiting told, to, seconds"), null=True, blank=True)
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
            models.CheckConstraint(
                condition=models.Q(left_at__isnull=True, stage__in=["offline", "waiting", "offered"])
                | models.Q(left_at__isnull=False, stage="left"),
                name="entry_stage_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(kept_for__isnull=True) | models.Q(kept_until__isnull=False),
                name="entry_kept_for_a_time",
            ),
            models.CheckConstraint(
                condition=models.Q(shown_low__isnull=True, shown_high__isnull=True)
                | models.Q(shown_at__isnull=False, shown_low__lte=models.F("shown_high")),
                name="entry_shown_range_in_order",
            ),
        ]
        indexes = [
            # The order of a line (services.order): what a dispatcher and the list "waiting" read.
            models.Index(
                "queue",
                models.F("rank").desc(),
                models.F("due_at").asc(nulls_last=True),
                "waiting_since",
                "id",
                name="entry_order",
                condition=models.Q(stage__in=["waiting", "offered"]),
            ),
            # Stays of a line that ended lately: measured waits.
            models.Index(
                fields=["queue", "-left_at"], name="entry_left", condition=models.Q(left_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}: {self.queue_id}"


class AssignmentReason(models.TextChoices):
    """How an operator came to hold a conversation."""

    ACCEPTED = "accepted", _("accepted by himself")
    OFFERED = "offered", _("offered to him")
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
    DECLINED = "declined", _("declined")
    TIMED_OUT = "timed_out", _("not accepted in time")
    WITHDRAWN = "withdrawn", _("the offer was withdrawn")
    HOLDER_FULL = "holder_full", _("the customer wrote again and he was full")
    ESCALATED = "escalated", _("escalated")
    REPAIRED = "repaired", _("the watchdog's finding was repaired")


class Assignment(models.Model):
    """A reservation of one operator's capacity for one conversation, from–to.

    While ``accepted_at`` is empty it is an offer: it reserves, the conversation stands in its line, and it ends at
    ``offer_until``. While ``freed_at`` is set the conversation is silent and takes no units.
    """

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
    # The colleague who handed it to him: refused or missed, it goes back to that one.
    sender = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sent by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # Of an outside line: where it goes when its application does not take it.
    back_to = models.ForeignKey(
        Queue,
        verbose_name=_("goes back to"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    entry = models.ForeignKey(
        QueueEntry,
        verbose_name=_("queue entry"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="assignments",
    )
    kind = models.CharField(_("kind of channel"), max_length=20)
    units = models.DecimalField(_("units"), max_digits=4, decimal_places=2, default=1)
    started_at = models.DateTimeField(_("from"))
    offer_until = models.DateTimeField(_("to be accepted until"), null=True, blank=True)
    accepted_at = models.DateTimeField(_("accepted at"), null=True, blank=True)
    freed_at = models.DateTimeField(_("silent since"), null=True, blank=True)
    decline_reason = models.ForeignKey(
        DeclineReason,
        verbose_name=_("declined because"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
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
            models.CheckConstraint(
                condition=models.Q(accepted_at__isnull=False)
                | models.Q(offer_until__isnull=False)
                | models.Q(ended_at__isnull=False),
                name="assignment_offer_has_an_end",
            ),
            models.CheckConstraint(
                condition=models.Q(freed_at__isnull=True) | models.Q(accepted_at__isnull=False),
                name="assignment_freed_after_accepted",
            ),
        ]
        indexes = [
            # Load of an operator: counted under his row lock at every claim.
            models.Index(
                fields=["operator"], name="assignment_load", condition=models.Q(ended_at__isnull=True)
            ),
            # Who was given something last, and who has been free for longest.
            models.Index(fields=["operator", "-started_at"], name="assignment_given"),
            models.Index(fields=["operator", "-ended_at"], name="assignment_let_go"),
            # Offers that run out.
            models.Index(
                fields=["offer_until"],
                name="assignment_offers",
                condition=models.Q(ended_at__isnull=True, accepted_at__isnull=True),
            ),
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}: {self.operator_id}"
