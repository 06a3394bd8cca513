from __future__ import annotations

from datetime import time

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.core.models.brand import validate_colour
from apps.core.models.people import validate_time_zone

MIDNIGHT = time(0)  # as an end: that of the same day


@tracked()
class Calendar(models.Model):
    """Business hours of a line, in the line's own zone."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Moscow", validators=[validate_time_zone]
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


@tracked(exclude=("live_priority",))
class Queue(models.Model):
    """A waiting line: conversations of one sort, waiting for its members."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    public_name_ru = models.CharField(
        _("name for customers, Russian"), max_length=80, blank=True, help_text=_("Empty: the name above.")
    )
    public_name_en = models.CharField(_("name for customers, English"), max_length=80, blank=True)
    priority = models.IntegerField(
        _("priority"),
        default=0,
        help_text=_("Conversations of a line with a higher number are offered first."),
        validators=[MinValueValidator(-1000), MaxValueValidator(1000)],
    )
    calendar = models.ForeignKey(
        Calendar,
        verbose_name=_("hours"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="queues",
        help_text=_("Empty: always open."),
    )
    is_default = models.BooleanField(
        _("common line"), default=False, help_text=_("Takes what no other line takes. There is exactly one.")
    )
    is_active = models.BooleanField(_("on"), default=True, help_text=_("Off: takes no new conversations."))
    shares_history = models.BooleanField(
        _("shares its history"),
        default=True,
        help_text=_("Whoever holds a conversation of a customer may read his earlier ones of this line."),
    )
    reopen_hours = models.PositiveSmallIntegerField(
        _("reopens for, hours"),
        default=24,
        validators=[MaxValueValidator(24 * 90)],
        help_text=_("A customer's message this long after closing continues the same conversation."),
    )
    members = models.ManyToManyField(
        "operators.Operator",
        through="operators.QueueMembership",
        related_name="queues",
        verbose_name=_("members"),
    )
    # The priority that works now: of the version of the rules in force. Only publishing writes it.
    live_priority = models.IntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["-priority", "id"]
        permissions = [("configure_all_lines", _("Can configure every line, not only one's own"))]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="queue_one_default"
            )
        ]

    def __str__(self) -> str:
        return self.name

    def public_name(self, language: str) -> str:
        """The name a customer reads."""
        english = self.public_name_en if language == "en" else ""
        return english or self.public_name_ru or self.name


@tracked()
class Skill(models.Model):
    """Something an operator is good at: a language, a product. Seen when choosing a colleague."""

    name = models.CharField(_("name"), max_length=60, unique=True)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class Operator(models.Model):
    """A member of staff who answers customers."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="operator",
    )
    public_name = models.CharField(_("name for customers"), max_length=80)
    title = models.CharField(
        _("position"), max_length=80, blank=True, help_text=_("Shown to customers under the name.")
    )
    avatar = models.ForeignKey(
        "core.StoredFile",
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    capacity = models.PositiveSmallIntegerField(
        _("holds at once"), default=5, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    skills = models.ManyToManyField(Skill, verbose_name=_("skills"), blank=True, related_name="operators")
    is_active = models.BooleanField(_("works here"), default=True)

    class Meta:
        verbose_name = _("operator")
        verbose_name_plural = _("operators")
        ordering = ["public_name"]
        permissions = [
            # A mark on groups: whoever runs lines may put the operators he makes into such a group.
            ("given_by_supervisors", _("Supervisors may put operators into this group")),
        ]

    def __str__(self) -> str:
        return self.public_name


@tracked()
class OperatorSkill(Operator.skills.through):  # type: ignore[name-defined]  # made by Django
    """The history of who has which skill."""

    class Meta:
        proxy = True
        default_permissions = ()


@tracked()
class QueueMembership(models.Model):
    """An operator's place in a line: with it its conversations are his to see and to accept."""

    queue = models.ForeignKey(
        Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="memberships"
    )
    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="memberships"
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["queue", "operator"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.operator} — {self.queue}"


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


@tracked()
class Tag(models.Model):
    """A mark that staff put on conversations."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    colour = models.CharField(_("colour"), max_length=7, default="#7a8699", validators=[validate_colour])
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class TemplateFolder(models.Model):
    """A shelf of reply templates."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("template folder")
        verbose_name_plural = _("template folders")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class ReplyTemplate(models.Model):
    """A prepared answer with {placeholders}, offered by "/" in the composer. It never sends by itself.

    Common without line and owner; of one line with a line; personal with an owner.
    """

    folder = models.ForeignKey(
        TemplateFolder,
        verbose_name=_("folder"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="templates",
    )
    shortcut = models.CharField(
        _("shortcut"),
        max_length=30,
        validators=[RegexValidator(r"^[\w\-]+$", _("Letters, digits, “-” and “_” only."))],
        help_text=_("What is typed after “/”."),
    )
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"), max_length=4000)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="ru")
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("only in line"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="templates",
    )
    owner = models.ForeignKey(
        Operator,
        verbose_name=_("personal, of"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="templates",
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("on"), default=True)

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        ordering = ["position", "shortcut"]
        constraints = [
            models.UniqueConstraint(
                fields=["shortcut", "language", "queue", "owner"],
                name="template_shortcut_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"/{self.shortcut} {self.title}"
