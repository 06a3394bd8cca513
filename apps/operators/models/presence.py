from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.operators.models.people import Operator


@tracked()
class BreakReason(models.Model):
    """Why an operator is away: lunch, training."""

    name_ru = models.CharField(_("name, Russian"), max_length=60, unique=True)
    name_en = models.CharField(_("name, English"), max_length=60, blank=True)
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
    # After-work on what he closed last: until this moment nothing new is offered to him.
    wrap_up_until = models.DateTimeField(_("after-work until"), null=True, blank=True)
    # First moment at which no living process served him any more; grace time runs from here.
    gone_since = models.DateTimeField(_("connection lost at"), null=True, blank=True)

    class Meta:
        verbose_name = _("presence")
        verbose_name_plural = _("presence")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["online", "break", "offline"]), name="presence_state_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(reason__isnull=True) | models.Q(state="break"),
                name="presence_reason_only_on_break",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.operator}: {self.get_state_display()}"
