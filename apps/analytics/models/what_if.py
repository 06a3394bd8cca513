from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.operators.models import Queue
from apps.routing.models import RuleSet


class WhatIfRun(models.Model):
    """A past day asked once more, by the version in force and by another: who asked, how far it is, what came out.

    Made when somebody asks, computed by a task of the lane *reports*. Parameters and results are numbers and codes.
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        RUNNING = "running", _("being computed")
        DONE = "done", _("done")
        FAILED = "failed", pgettext_lazy("what-if", "not computed")

    class Failure(models.TextChoices):
        NONE = "", "—"
        EMPTY = "empty", _("nothing came that day")
        TOO_LARGE = "too_large", _("that day is too large")
        CANCELLED = "cancelled", _("it was called off")
        LOST = (
            "lost",
            _("whoever computed it was stopped twice; perhaps that day is too large for the server"),
        )
        BROKEN = "broken", _("it could not be computed; the reason is in the server's log")

    day = models.DateField(_("day"))
    # In whose midnight the day begins.
    zone = models.CharField(_("time zone"), max_length=40, default="UTC")
    # The version asked; empty: the draft, as it stood when somebody asked.
    rule_set = models.ForeignKey(
        RuleSet,
        verbose_name=_("version of the rules"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: the rules and lines as they stand now, published or not."),
    )
    content = models.JSONField(default=dict)
    digest = models.CharField(max_length=64)
    line = models.ForeignKey(
        Queue,
        verbose_name=_("line"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Empty: every line that you run."),
    )
    within_seconds = models.PositiveIntegerField(
        _("answered within, seconds"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(24 * 3600)],
        help_text=_("The service level: the share answered within this time, of all who came."),
    )
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("asked by"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    asked_at = models.DateTimeField(_("asked at"))
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    # Hundredths of the work that are done, and when that was last written: a run whose worker died is begun anew, as
    # long as it was not begun too often.
    progress = models.PositiveSmallIntegerField(_("done, %"), default=0)
    tries = models.PositiveSmallIntegerField(default=0, db_default=0)
    touched_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True)
    failure = models.CharField(_("because"), max_length=9, choices=Failure, blank=True)
    result = models.JSONField(default=dict, blank=True)

    class Meta:
        verbose_name = _("what-if")
        verbose_name_plural = _("what-if")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "running", "done", "failed"]),
                name="what_if_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="failed") ^ models.Q(failure=""), name="what_if_failed_with_reason"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["done", "failed"], finished_at__isnull=False)
                | models.Q(state__in=["waiting", "running"], finished_at__isnull=True),
                name="what_if_finished_has_moment",
            ),
        ]
        indexes = [
            # Runs that somebody waits for.
            models.Index(
                fields=["id"], name="what_if_open", condition=models.Q(state__in=["waiting", "running"])
            )
        ]

    def __str__(self) -> str:
        return date_format(self.day, "SHORT_DATE_FORMAT")

    @property
    def is_open(self) -> bool:
        """Somebody waits for it."""
        return self.state in (self.State.WAITING, self.State.RUNNING)
