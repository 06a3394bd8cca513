from __future__ import annotations

from datetime import time

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.core.models.people import validate_time_zone

MIDNIGHT = time(0)  # as an end: that of the same day


@tracked()
class Calendar(models.Model):
    """Business hours of a line, in the line's own zone."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Moscow", validators=[validate_time_zone]
    )
    follows_production = models.BooleanField(
        _("follows the production calendar"),
        default=False,
        help_text=_("Closed on its holidays, an hour shorter before them. Special days here stand above it."),
    )

    class Meta:
        verbose_name = _("hours")
        verbose_name_plural = _("hours")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Weekday(models.IntegerChoices):
    """Monday is 0, as in ``datetime.weekday``."""

    MONDAY = 0, _("Monday")
    TUESDAY = 1, _("Tuesday")
    WEDNESDAY = 2, _("Wednesday")
    THURSDAY = 3, _("Thursday")
    FRIDAY = 4, _("Friday")
    SATURDAY = 5, _("Saturday")
    SUNDAY = 6, _("Sunday")


def ends_after_it_begins() -> models.Q:
    """Of a stretch of a day: it ends later than it begins, or at midnight."""
    return models.Q(closes__gt=models.F("opens")) | models.Q(closes=MIDNIGHT)


def check_order(opens: time | None, closes: time | None) -> None:
    """The same in a form's words; raises ValidationError."""
    if opens and closes and closes != MIDNIGHT and closes <= opens:
        raise ValidationError({"closes": _("The end must be after the beginning.")})


@tracked()
class CalendarInterval(models.Model):
    """An open stretch of a weekday. ``closes`` 00:00 means midnight at the end of that day."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="intervals")
    weekday = models.PositiveSmallIntegerField(_("day"), choices=Weekday)
    opens = models.TimeField(_("from"))
    closes = models.TimeField(_("to"))

    class Meta:
        verbose_name = _("open hours")
        verbose_name_plural = _("open hours")
        ordering = ["weekday", "opens"]
        constraints = [
            models.CheckConstraint(condition=ends_after_it_begins(), name="calendar_interval_in_order")
        ]

    def __str__(self) -> str:
        return f"{self.get_weekday_display()} {self.opens:%H:%M}–{self.closes:%H:%M}"

    def clean(self) -> None:
        check_order(self.opens, self.closes)


@tracked()
class CalendarException(models.Model):
    """A date with hours of its own: closed without times, otherwise open between them."""

    calendar = models.ForeignKey(Calendar, on_delete=models.CASCADE, related_name="exceptions")
    date = models.DateField(_("date"))
    opens = models.TimeField(_("from"), null=True, blank=True)
    closes = models.TimeField(_("to"), null=True, blank=True)
    note = models.CharField(_("reason"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("special day")
        verbose_name_plural = _("special days")
        ordering = ["date"]
        constraints = [
            models.UniqueConstraint(fields=["calendar", "date"], name="calendar_date_once"),
            models.CheckConstraint(
                condition=models.Q(opens__isnull=True, closes__isnull=True)
                | models.Q(opens__isnull=False, closes__isnull=False),
                name="calendar_exception_both_times",
            ),
            models.CheckConstraint(
                condition=models.Q(opens__isnull=True) | ends_after_it_begins(),
                name="calendar_exception_in_order",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date}"

    def clean(self) -> None:
        check_order(self.opens, self.closes)


@tracked()
class ProductionDay(models.Model):
    """A day of the country's production calendar that is not what its weekday says."""

    class Kind(models.TextChoices):
        OFF = "off", _("day off")
        WORKING = "working", _("working day")
        SHORT = "short", _("an hour shorter")

    date = models.DateField(_("date"), unique=True)
    kind = models.CharField(_("is"), max_length=7, choices=Kind)
    # A Saturday that is worked instead of a Monday is worked by Monday's hours.
    hours_of = models.PositiveSmallIntegerField(
        _("with the hours of"),
        choices=Weekday,
        null=True,
        blank=True,
        help_text=_("Empty: of its own day of the week."),
    )
    note = models.CharField(_("reason"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("day of the production calendar")
        verbose_name_plural = _("production calendar")
        ordering = ["date"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(kind__in=["off", "working", "short"]), name="production_day_kind_is_known"
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="off") | models.Q(hours_of__isnull=True),
                name="production_day_off_has_no_hours",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.date}"

    def clean(self) -> None:
        if self.kind == self.Kind.OFF and self.hours_of is not None:
            raise ValidationError({"hours_of": _("A day off has no hours.")})
