from __future__ import annotations

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.adapters.registry import kind_choices
from apps.core.history import tracked
from apps.operators.models import Operator


@tracked()
class KindWeight(models.Model):
    """How much of an operator's capacity a conversation of one kind of channel takes, in units.

    A kind without a row weighs one unit. What is reserved already keeps its weight when this changes.
    """

    kind = models.CharField(_("kind of channel"), max_length=20, choices=kind_choices, unique=True)
    units = models.DecimalField(
        _("units"),
        max_digits=4,
        decimal_places=2,
        default=1,
        validators=[MinValueValidator(Decimal("0.1")), MaxValueValidator(20)],
        help_text=_("A letter may weigh 0.5, a chat 1, a video call 3."),
    )

    class Meta:
        verbose_name = _("weight of a channel kind")
        verbose_name_plural = _("weights of channel kinds")
        ordering = ["kind"]
        constraints = [
            models.CheckConstraint(condition=models.Q(units__gt=0), name="kind_weight_positive"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.units}"


@tracked()
class OperatorLimit(models.Model):
    """How many conversations of one kind of channel an operator holds at most, whatever room he has."""

    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="limits"
    )
    kind = models.CharField(_("kind of channel"), max_length=20, choices=kind_choices)
    at_most = models.PositiveSmallIntegerField(
        _("at most"), validators=[MaxValueValidator(100)], help_text=_("0: none of this kind.")
    )

    class Meta:
        verbose_name = _("limit by channel kind")
        verbose_name_plural = _("limits by channel kind")
        ordering = ["kind"]
        constraints = [models.UniqueConstraint(fields=["operator", "kind"], name="operator_limit_once")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.at_most}"
