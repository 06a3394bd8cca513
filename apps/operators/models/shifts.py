from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.operators.models.hours import Weekday
from apps.operators.models.people import Operator

# Signs of life come at most once a minute, and he is told a minute before he is set away.
LEAST_AWAY = 3  # minutes


@tracked()
class WeeklyShift(models.Model):
    """When an operator works each week, in his own zone. An end not after the beginning is that of the next day."""

    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="weekly_shifts"
    )
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    begins = models.TimeField(_("from"))
    ends = models.TimeField(_("to"), help_text=_("Not later than the beginning: on the next day."))
    valid_from = models.DateField(_("first day"), null=True, blank=True, help_text=_("Empty: at once."))
    valid_to = models.DateField(_("last day"), null=True, blank=True, help_text=_("Empty: for good."))

    class Meta:
        verbose_name = _("weekly shift")
        verbose_name_plural = _("weekly shifts")
        ordering = ["weekday", "begins", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(valid_from__isnull=True)
                | models.Q(valid_to__isnull=True)
                | models.Q(valid_to__gte=models.F("valid_from")),
                name="weekly_shift_days_in_order",
            ),
            models.CheckConstraint(condition=models.Q(weekday__lte=6), name="weekly_shift_day_is_known"),
        ]

    def __str__(self) -> str:
        # Of a form that is not filled in yet as well.
        times = f"{self.begins:%H:%M}–{self.ends:%H:%M}" if self.begins and self.ends else "—"
        return f"{self.get_weekday_display()} {times}"

    def clean(self) -> None:
        if self.valid_from and self.valid_to and self.valid_to < self.valid_from:
            raise ValidationError({"valid_to": _("The last day must not be before the first.")})


@tracked()
class Shift(models.Model):
    """A shift on a date of its own. On that date the weekly shifts do not count; without times it is a day off."""

    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="shifts"
    )
    date = models.DateField(_("date"))
    begins = models.TimeField(_("from"), null=True, blank=True, help_text=_("Empty: a day off."))
    ends = models.TimeField(
        _("to"), null=True, blank=True, help_text=_("Not later than the beginning: on the next day.")
    )
    note = models.CharField(_("note"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("shift")
        verbose_name_plural = _("shifts")
        ordering = ["-date", "begins", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(begins__isnull=True, ends__isnull=True)
                | models.Q(begins__isnull=False, ends__isnull=False),
                name="shift_both_times",
            ),
            models.UniqueConstraint(
                fields=["operator", "date", "begins"], nulls_distinct=False, name="shift_once"
            ),
        ]
        indexes = [models.Index(fields=["date"], name="shift_by_date")]

    def __str__(self) -> str:
        if self.begins is None or self.ends is None:
            return f"{self.date}: —"
        return f"{self.date}: {self.begins:%H:%M}–{self.ends:%H:%M}"

    def clean(self) -> None:
        if (self.begins is None) != (self.ends is None):
            raise ValidationError(_("Give both times, or none for a day off."))


def _minutes(most: int) -> list[MaxValueValidator]:
    return [MaxValueValidator(most)]


@tracked()
class WorkSetting(models.Model):
    """How the house works: automatic away, shifts. There is one row; without it its defaults hold."""

    away_minutes = models.PositiveSmallIntegerField(
        _("set away after, minutes without activity"),
        default=0,
        validators=_minutes(24 * 60),
        help_text=_("Counted while he holds or is offered something; he is told a minute before. 0: never."),
    )
    away_without_work = models.BooleanField(
        _("also while he has nothing to do"),
        default=False,
        help_text=_("Off: whoever holds nothing and is offered nothing may wait as long as he likes."),
    )
    missed_offers = models.PositiveSmallIntegerField(
        _("set away after, missed offers in a row"),
        default=0,
        validators=_minutes(100),
        help_text=_("He is told after each missed one. 0: never."),
    )
    works_outside_shift = models.BooleanField(
        _("may work outside the shift"),
        default=True,
        help_text=_(
            "Off: who has shifts cannot go online outside them, is told before the end, gets nothing new in the "
            "last minutes, and is taken home when he holds nothing any more."
        ),
    )
    early_minutes = models.PositiveSmallIntegerField(
        _("may come before the shift, minutes"), default=15, validators=_minutes(12 * 60)
    )
    ending_minutes = models.PositiveSmallIntegerField(
        _("told before the end of the shift, minutes"), default=15, validators=_minutes(12 * 60)
    )
    last_minutes = models.PositiveSmallIntegerField(
        _("nothing new in the last, minutes"),
        default=5,
        validators=_minutes(12 * 60),
        help_text=_("0: offered until the end."),
    )
    late_minutes = models.PositiveSmallIntegerField(
        _("late for the shift after, minutes"),
        default=5,
        validators=[MinValueValidator(0), MaxValueValidator(12 * 60)],
        help_text=_("Shown in “Who is at work”."),
    )

    class Meta:
        verbose_name = _("working rules")
        verbose_name_plural = _("working rules")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="work_setting_is_one_row")]

    def __str__(self) -> str:
        return str(_("Working rules"))

    def clean(self) -> None:
        if 0 < self.away_minutes < LEAST_AWAY:
            told = _("At least %(least)s minutes: he is told a minute before. 0: never.")
            raise ValidationError({"away_minutes": told % {"least": LEAST_AWAY}})

    @classmethod
    def current(cls) -> WorkSetting:
        """The one row, or its defaults where nobody has saved any."""
        return cls.objects.filter(pk=1).first() or cls(pk=1)
