"""What the watchdog found: places where the house's invariants did not hold."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation
from apps.core.numbers import numbered
from apps.operators.models import Queue


class Breach(models.TextChoices):
    """What must never be, each found by one check of ``watchdog.checks`` of the same name."""

    NEW_TOO_LONG = "new_too_long", _("new for more than 5 seconds")
    QUEUED_WITHOUT_ENTRY = "queued_without_entry", _("waits, and stands in no line")
    ENTRY_WITHOUT_WAIT = "entry_without_wait", _("stands in a line, and does not wait")
    STAGE_DISAGREES = "stage_disagrees", _("its stay says something else than its offer")
    ASSIGNED_WITHOUT_ASSIGNMENT = "assigned_without_assignment", _("in work, and no place is reserved for it")
    ASSIGNMENT_WITHOUT_HOLD = "assignment_without_hold", _("a place is reserved, and nobody holds it")
    HOLDER_NOT_PARTICIPANT = "holder_not_participant", _("its holder takes no part in it")
    HOLDER_GONE = "holder_gone", _("held by an operator who is gone")
    OFFER_OVERDUE = "offer_overdue", _("offered for longer than the time to accept")
    OVER_CAPACITY = "over_capacity", _("an operator holds more than his capacity")
    IDLE_DISAGREES = "idle_disagrees", _("silent with a place reserved, or the reverse")
    IDLE_BUT_WRITTEN = "idle_but_written", _("the customer wrote, and it is still silent")
    LEFT_WAITING = "left_waiting", _("waits while a fitting operator is free")
    NOBODY_LEFT = "nobody_left", _("declined by everybody at work, and not for them")
    BOT_GONE = "bot_gone", _("with a bot that does not answer it")
    BOT_STAY_WITHOUT_BOT = "bot_stay_without_bot", _("a bot has it, and it is not with the bot")
    SNOOZE_OVERDUE = "snooze_overdue", _("snoozed past its moment")
    OFFLINE_THOUGH_OPEN = "offline_though_open", _("out of hours in a line that is open")
    UNANSWERED_WITHOUT_CLOCK = "unanswered_without_clock", _("unanswered, and no clock runs")


class Violation(models.Model):
    """One invariant that did not hold for one conversation or operator, from the first look to the last.

    It is *suspected* until a second look, seconds later, finds it again; only then is anybody told.
    """

    class State(models.TextChoices):
        SUSPECTED = "suspected", _("suspected")
        OPEN = "open", _("open")
        REPAIRED = "repaired", _("repaired by hand")
        GONE = "gone", _("gone by itself")

    code = models.CharField(_("what"), max_length=30, choices=Breach)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.SUSPECTED)
    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("operator"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # The line in which it was found: whoever may see conversations there may see this.
    queue = models.ForeignKey(
        Queue, verbose_name=_("line"), null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    # Numbers, codes and moments that the check saw.
    details = models.JSONField(_("what was seen"), default=dict)
    first_seen = models.DateTimeField(_("first seen"))
    last_seen = models.DateTimeField(_("last seen"))
    # When the letter about it, or about another of its kind that holds with it, was handed to the mail server.
    told_at = models.DateTimeField(_("letter sent"), null=True, blank=True)
    ended_at = models.DateTimeField(_("over since"), null=True, blank=True)
    repaired_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("repaired by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("violation")
        verbose_name_plural = _("violations")
        permissions = [("repair_violation", _("Can repair what the watchdog finds"))]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["suspected", "open", "repaired", "gone"]),
                name="violation_state_is_known",
            ),
            models.UniqueConstraint(
                fields=["code", "conversation"],
                condition=models.Q(state__in=["suspected", "open"]),
                name="violation_one_open_of_conversation",
            ),
            models.UniqueConstraint(
                fields=["code", "operator"],
                condition=models.Q(state__in=["suspected", "open"], conversation__isnull=True),
                name="violation_one_open_of_operator",
            ),
            models.CheckConstraint(
                condition=models.Q(conversation__isnull=False) | models.Q(operator__isnull=False),
                name="violation_has_a_subject",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["suspected", "open"], ended_at__isnull=True)
                | models.Q(state__in=["repaired", "gone"], ended_at__isnull=False),
                name="violation_over_has_moment",
            ),
        ]
        indexes = [
            # What holds now: read by every look, by the page's filter and by the metric.
            models.Index(
                fields=["code"],
                name="violation_open",
                condition=models.Q(state__in=["suspected", "open"]),
            ),
            models.Index(fields=["state", "-id"], name="violation_by_state"),
            models.Index(
                fields=["code", "-told_at"],
                name="violation_told",
                condition=models.Q(told_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        subject = numbered(self.conversation_id) if self.conversation_id else str(self.operator)
        return f"{subject}: {self.get_code_display()}"


class Patrol(models.Model):
    """The watchdog's last look: one row, so that a watchdog that sleeps is seen too."""

    at = models.DateTimeField(_("last look"))
    milliseconds = models.PositiveIntegerField(_("took, ms"))

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S}"
