from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.operators.models import Queue


@tracked()
class StaffingTarget(models.Model):
    """For which service a line is to be staffed, and what to reckon with; every line has one."""

    queue = models.OneToOneField(
        Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="staffing_target"
    )
    percent = models.PositiveSmallIntegerField(
        _("answered in time, %"), default=80, validators=[MinValueValidator(1), MaxValueValidator(99)]
    )
    seconds = models.PositiveIntegerField(
        _("in time means, seconds"),
        default=60,
        validators=[MaxValueValidator(24 * 3600)],
        help_text=_("Of all who come, so many percent are taken within this time."),
    )
    shrinkage_percent = models.PositiveSmallIntegerField(
        _("shrinkage, %"),
        default=15,
        validators=[MaxValueValidator(80)],
        help_text=_("Share of a shift that goes into breaks, training, illness."),
    )
    patience_seconds = models.PositiveIntegerField(
        _("customers wait, seconds"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(7 * 24 * 3600)],
        help_text=_("On average, before they give up. Empty: measured."),
    )
    slots = models.DecimalField(
        _("conversations at once"),
        max_digits=4,
        decimal_places=1,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal(1)), MaxValueValidator(100)],
        help_text=_("Of one operator. Empty: measured."),
    )
    weeks = models.PositiveSmallIntegerField(
        _("weeks of history"),
        default=8,
        validators=[MinValueValidator(1), MaxValueValidator(52)],
        help_text=_("A weekday is forecast from so many of its kind."),
    )

    class Meta:
        verbose_name = _("staffing of a line")
        verbose_name_plural = _("staffing")
        ordering = ["queue"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(percent__range=(1, 99), shrinkage_percent__lte=80),
                name="staffing_target_in_bounds",
            )
        ]

    def __str__(self) -> str:
        return str(self.queue)
