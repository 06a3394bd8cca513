from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.operators.models.people import Operator


@tracked()
class BreakReason(models.Model):
    """Why an operator is away: lunch, training."""

    name_ru = models.CharField(_("name, Russian"), max_length=60, unique=True)
    name_en = models.CharField(_("name, English"), max_length=60, blank=True)
    minutes = models.PositiveSmallIntegerField(
        _("takes, minutes"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("Longer breaks are shown as overtime. Empty: as long as it takes."),
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("on"), default=True)

    class Meta:
        verbose_name = _("break reason")
        verbose_name_plural = _("break reasons")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name_ru

    def name(self, language: str) -> str:
        """The name in the reader's language."""
        return (language == "en" and self.name_en) or self.name_ru


@tracked()
class DeclineReason(models.Model):
    """Why an operator does not take what is offered to him: not my question, a call."""

    name_ru = models.CharField(_("name, Russian"), max_length=60, unique=True)
    name_en = models.CharField(_("name, English"), max_length=60, blank=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    again_minutes = models.PositiveSmallIntegerField(
        _("not asked again for, minutes"),
        default=5,
        db_default=5,
        validators=[MinValueValidator(1), MaxValueValidator(1440)],
        help_text=_(
            "So long who chose it is not asked for the same conversation again, even if nobody is left."
        ),
    )
    until_written = models.BooleanField(
        _("and not before the customer writes more"),
        default=False,
        db_default=False,
        help_text=_(
            "For “not my question”: time alone changes nothing. The line's rule of overflow “nobody at work” counts "
            "from then on as if he were away for this conversation."
        ),
    )
    is_active = models.BooleanField(_("on"), default=True)

    class Meta:
        verbose_name = _("reason to decline")
        verbose_name_plural = _("reasons to decline")
        ordering = ["position", "id"]

    def __str__(self) -> str:
        return self.name_ru

    def name(self, language: str) -> str:
        """The name in the reader's language."""
        return (language == "en" and self.name_en) or self.name_ru


class Presence(models.Model):
    """What an operator says of himself now. Every change is an event; one row per operator."""

    class State(models.TextChoices):
        ONLINE = "online", _("online")
        BREAK = "break", _("on a break")
        OFFLINE = "offline", _("offline")

    class Cause(models.TextChoices):
        """Who brought him there; empty: he himself."""

        SENT = "sent", _("sent by somebody else")
        SILENT = "silent", _("away (automatic): no activity")
        MISSED = "missed", _("away (automatic): missed offers")
        GONE = "gone", _("connection lost")
        SHIFT_OVER = "shift_over", _("the shift is over")

    operator = models.OneToOneField(
        Operator,
        verbose_name=_("operator"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="presence",
    )
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.OFFLINE)
    reason = models.ForeignKey(
        BreakReason,
        verbose_name=_("reason"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    since = models.DateTimeField(_("since"))
    cause = models.CharField(_("brought there by"), max_length=10, choices=Cause, blank=True)
    # Who sent him on a break or home.
    sent_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("sent by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # His last sign of life in the workspace; of several close together the first.
    active_at = models.DateTimeField(_("active at"), null=True, blank=True)
    # He was told that he will be set away at this moment unless he shows himself.
    away_at = models.DateTimeField(_("set away at"), null=True, blank=True)
    # Offers that he let run out since he last answered one.
    missed = models.PositiveSmallIntegerField(_("missed offers in a row"), default=0)
    # His shift of this moment, where shifts bind him: when it ends, and until when he is offered something new.
    shift_ends_at = models.DateTimeField(_("shift ends at"), null=True, blank=True)
    offers_until = models.DateTimeField(_("offered something until"), null=True, blank=True)
    # After-work on what he closed last: until this moment nothing new is offered to him.
    wrap_up_until = models.DateTimeField(_("after-work until"), null=True, blank=True)
    # First moment at which no living process served him any more; grace time runs from here.
    gone_since = models.DateTimeField(_("connection lost at"), null=True, blank=True)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("who is at work")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["online", "break", "offline"]), name="presence_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(reason__isnull=True) | ~models.Q(state="online"),
                name="presence_reason_only_when_away",
            ),
            models.CheckConstraint(
                condition=models.Q(cause="") | ~models.Q(state="online"), name="presence_cause_only_when_away"
            ),
            models.CheckConstraint(
                condition=models.Q(cause__in=["", "sent", "silent", "missed", "gone", "shift_over"]),
                name="presence_cause_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator}: {self.get_state_display()}"
