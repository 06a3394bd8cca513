from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.channels.models import Channel
from apps.conversations.models import Conversation
from apps.core.history import tracked
from apps.core.numbers import numbered
from apps.operators.models import Operator, Queue, Tag
from apps.routing.models.ledger import Promise
from apps.routing.models.promised import LIMITS, Pause
from apps.routing.models.rules import Category
from apps.routing.models.showing import Showing
from apps.routing.promising.running import Run
from apps.routing.promising.terms import Place


@tracked()
class ServicePolicy(models.Model):
    """How quickly conversations of a line, a customer category or a channel are to be answered and settled.

    Of the policies that fit a conversation the most specific one counts, then the one that stands first. A clock
    keeps the seconds with which it began: a change is for what comes after it.
    """

    name = models.CharField(_("name"), max_length=80, unique=True)
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("line"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: in every line."),
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("customer category"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: for every customer."),
    )
    channel = models.ForeignKey(
        Channel,
        verbose_name=_("channel"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: in every channel."),
    )
    first_seconds = models.PositiveIntegerField(
        _("first answer within, seconds"), null=True, blank=True, validators=LIMITS
    )
    next_seconds = models.PositiveIntegerField(
        _("each next answer within, seconds"), null=True, blank=True, validators=LIMITS
    )
    resolution_seconds = models.PositiveIntegerField(
        _("settled within, seconds"), null=True, blank=True, validators=LIMITS
    )
    business_hours = models.BooleanField(
        _("only in the line's hours"),
        default=True,
        help_text=_("The clock stands still while the line is closed. Off: round the clock."),
    )
    pause = models.CharField(
        _("settling waits"),
        max_length=8,
        choices=Pause,
        default=Pause.ANSWERED,
        help_text=_("When the clock of settling stands still. Answers never wait: it is we who owe them."),
    )
    last_word_may_stay = models.BooleanField(
        _("a last word may stay unanswered"),
        default=False,
        db_default=False,
        help_text=_(
            "On: who was answered and writes once more (“thanks”) may be closed in time without another answer; "
            "that is counted beside the share. Off: closing answers nobody, and the next answer breaks at its moment."
        ),
    )
    warn_percent = models.PositiveSmallIntegerField(
        _("warn at, %"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(99)],
        help_text=_("Of the time promised. Empty: no warning."),
    )
    order = models.PositiveSmallIntegerField(
        _("order"), default=0, help_text=_("Of equally specific policies the lower number counts.")
    )
    is_active = models.BooleanField(_("on"), default=True)
    # What was asked before nobody had promised anything for: clocks never begin earlier.
    since = models.DateTimeField(_("works from"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("service policy")
        verbose_name_plural = _("service policies")
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(first_seconds__isnull=False)
                | models.Q(next_seconds__isnull=False)
                | models.Q(resolution_seconds__isnull=False),
                name="service_policy_promises_something",
            ),
            models.CheckConstraint(
                condition=models.Q(warn_percent__isnull=True) | models.Q(warn_percent__range=(1, 99)),
                name="service_policy_warns_in_time",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def fits(self, place: Place) -> bool:
        wanted = (
            (self.queue_id, place.line),
            (self.channel_id, place.channel),
            (self.category_id, place.category),
        )
        return all(own in (None, there) for own, there in wanted)

    def specificity(self) -> int:
        """How many of line, channel and category it names."""
        return sum(each is not None for each in (self.queue_id, self.channel_id, self.category_id))

    def seconds_for(self, kind: str) -> int | None:
        """What it promises of this kind; None: nothing."""
        found: int | None = getattr(self, f"{kind}_seconds")
        return found

    def clean(self) -> None:
        if self.first_seconds is None and self.next_seconds is None and self.resolution_seconds is None:
            raise ValidationError(_("Name at least one time: first answer, next answer or settling."))


@tracked()
class PolicyAction(models.Model):
    """What follows when a clock of a policy nears its end, or has passed it unanswered."""

    class Moment(models.TextChoices):
        WARNING = "warning", _("at the warning")
        BREACH = "breach", _("when it is broken")

    class Act(models.TextChoices):
        RAISE = "raise", _("raise it in its line")
        MOVE = "move", _("send it to another line")
        NOTIFY = "notify", _("notify")
        TAG = "tag", pgettext_lazy("verb", "tag it")

    # What each act is done with.
    OBJECTS: ClassVar[Mapping[str, tuple[str, ...]]] = {
        Act.RAISE: ("rank",),
        Act.MOVE: ("queue",),
        Act.TAG: ("tag",),
        Act.NOTIFY: ("operator", "group"),
    }

    policy = models.ForeignKey(ServicePolicy, on_delete=models.CASCADE, related_name="actions")
    moment = models.CharField(_("when"), max_length=7, choices=Moment, default=Moment.BREACH)
    act = models.CharField(_("what"), max_length=6, choices=Act)
    rank = models.SmallIntegerField(
        _("to rank"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-100), MaxValueValidator(100)],
        help_text=_("Raise: above customers of a lower rank."),
    )
    queue = models.ForeignKey(
        Queue, verbose_name=_("line"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    operator = models.ForeignKey(
        Operator, verbose_name=_("whom"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    group = models.ForeignKey(
        "auth.Group",
        verbose_name=_("group"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    tag = models.ForeignKey(
        Tag, verbose_name=_("tag"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("action of a policy")
        verbose_name_plural = _("actions of policies")
        ordering = ["moment", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(act="raise", rank__isnull=False)
                | models.Q(act="move", queue__isnull=False)
                | models.Q(act="tag", tag__isnull=False)
                | (
                    models.Q(act="notify")
                    & (models.Q(operator__isnull=False) | models.Q(group__isnull=False))
                ),
                name="policy_action_has_its_object",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_moment_display()}: {self.get_act_display()}"

    def clean(self) -> None:
        wanted = self.OBJECTS.get(self.act, ())
        if all(getattr(self, name) is None for name in wanted):
            raise ValidationError({name: _("This action needs it.") for name in wanted})


class ClockKind(models.TextChoices):
    """What a clock measures."""

    FIRST = "first", _("first answer")
    NEXT = "next", _("next answer")
    RESOLUTION = "resolution", _("settling")
    PROMISE = "promise", _("public promise")


class ClockState(models.TextChoices):
    """``broken`` stays broken, whenever the answer comes."""

    RUNNING = "running", _("running")
    PAUSED = "paused", _("waits for the customer")
    KEPT = "kept", pgettext_lazy("clock", "kept")
    BROKEN = "broken", _("broken")
    CANCELLED = "cancelled", _("does not count")


class CancelReason(models.TextChoices):
    """Why a clock ended without being kept or broken."""

    NONE = "", "—"
    CLOSED = "closed", _("his last word was closed without an answer")
    CLOSED_BY_CUSTOMER = "closed_by_customer", _("the customer closed it")
    CONTACT_LEFT = "contact_left", _("the customer left a contact instead of waiting")
    NO_POLICY = "no_policy", _("nothing is promised where it stands now")
    FORCE_MAJEURE = "force_majeure", _("force majeure")
    TOO_MANY = "too_many", _("further requests of the day are promised nothing")


class Clock(models.Model):
    """One promise of one turn of a conversation: from the customer's message ``turn`` until it is answered.

    ``spent`` seconds have run before ``resumed_at``; while it stands still neither ``due_at`` nor ``resumed_at`` is
    set. Policy and seconds are those with which it began; a move to where another policy counts takes that one's,
    and what has run stays run. ``met_at`` of a broken clock is when the answer came after all.
    """

    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.PROTECT, related_name="clocks"
    )
    kind = models.CharField(_("promised"), max_length=10, choices=ClockKind)
    turn = models.PositiveIntegerField(_("from message"))
    policy = models.ForeignKey(
        ServicePolicy,
        verbose_name=_("service policy"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clocks",
    )
    promise = models.ForeignKey(
        Promise,
        verbose_name=_("public promise"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clocks",
    )
    # What the customer was shown: only with it is a public promise owed.
    showing = models.ForeignKey(
        Showing,
        verbose_name=_("as shown"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="clocks",
    )
    # Where the conversation stood when its terms were chosen: elsewhere they are chosen again.
    line = models.ForeignKey(Queue, verbose_name=_("line"), on_delete=models.PROTECT, related_name="+")
    category = models.ForeignKey(
        Category,
        verbose_name=_("customer category"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    seconds = models.PositiveIntegerField(_("promised, seconds"))
    business_hours = models.BooleanField(_("only in the line's hours"))
    pause = models.CharField(_("waits"), max_length=8, choices=Pause)
    warn_percent = models.PositiveSmallIntegerField(_("warn at, %"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=ClockState, default=ClockState.RUNNING)
    started_at = models.DateTimeField(_("from"))
    spent = models.FloatField(_("run before, seconds"), default=0)
    resumed_at = models.DateTimeField(_("runs since"), null=True, blank=True)
    due_at = models.DateTimeField(_("promised until"), null=True, blank=True)
    warn_at = models.DateTimeField(_("warning at"), null=True, blank=True)
    warned_at = models.DateTimeField(_("warned"), null=True, blank=True)
    broken_at = models.DateTimeField(_("broken at"), null=True, blank=True)
    met_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    taken = models.FloatField(_("taken, seconds"), null=True, blank=True)
    cancelled_because = models.CharField(_("because"), max_length=20, choices=CancelReason, blank=True)

    class Meta:
        verbose_name = _("promise clock")
        verbose_name_plural = _("promise clocks")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "kind", "turn"], name="clock_once_a_turn"),
            models.CheckConstraint(
                condition=models.Q(kind__in=["first", "next", "resolution"], promise__isnull=True)
                & models.Q(policy__isnull=False)
                | models.Q(kind="promise", policy__isnull=True, promise__isnull=False),
                name="clock_has_one_source",
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["running", "paused", "kept", "broken", "cancelled"]),
                name="clock_state_is_known",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="running")
                | models.Q(resumed_at__isnull=False, due_at__isnull=False, ended_at__isnull=True),
                name="clock_runs_to_a_moment",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="paused")
                | models.Q(resumed_at__isnull=True, due_at__isnull=True, ended_at__isnull=True),
                name="clock_paused_stands_still",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="kept") | models.Q(met_at__isnull=False, ended_at__isnull=False),
                name="clock_kept_by_an_answer",
            ),
            models.CheckConstraint(
                condition=models.Q(state="broken", broken_at__isnull=False)
                | (~models.Q(state="broken") & models.Q(broken_at__isnull=True)),
                name="clock_broken_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(state="cancelled") & ~models.Q(cancelled_because="")
                | (~models.Q(state="cancelled") & models.Q(cancelled_because="")),
                name="clock_cancelled_because",
            ),
            models.CheckConstraint(condition=models.Q(spent__gte=0), name="clock_never_runs_back"),
        ]
        indexes = [
            # What is due, and what is to be warned of, every two seconds.
            models.Index(fields=["due_at"], name="clock_due", condition=models.Q(state="running")),
            models.Index(
                fields=["warn_at"],
                name="clock_warn",
                condition=models.Q(state="running", warned_at__isnull=True, warn_at__isnull=False),
            ),
            # Clocks of a conversation that wait for something: an answer that is late is late until it comes.
            models.Index(
                fields=["conversation"], name="clock_open", condition=models.Q(ended_at__isnull=True)
            ),
            # Shares kept and broken by policy, promise and line.
            models.Index(fields=["policy", "line", "started_at"], name="clock_by_policy"),
            models.Index(
                fields=["promise", "started_at"],
                name="clock_by_promise",
                condition=models.Q(promise__isnull=False),
            ),
            # The admin's list of one state, newest first.
            models.Index(fields=["state", "-id"], name="clock_by_state"),
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}/{self.turn}: {self.get_kind_display()}"

    @property
    def run(self) -> Run:
        return Run(seconds=self.seconds, spent=self.spent, resumed_at=self.resumed_at)

    @property
    def place(self) -> Place:
        return Place(self.line_id, self.channel_id, self.category_id)


class Notice(models.Model):
    """A member of staff is to know of a clock: written with the warning or the breach, shown on his screen."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("whom"), on_delete=models.CASCADE, related_name="+"
    )
    clock = models.ForeignKey(
        Clock, verbose_name=_("promise clock"), on_delete=models.CASCADE, related_name="notices"
    )
    moment = models.CharField(_("when"), max_length=7, choices=PolicyAction.Moment)
    at = models.DateTimeField(_("told"))

    class Meta:
        verbose_name = _("notice of a clock")
        verbose_name_plural = _("notices of clocks")
        constraints = [models.UniqueConstraint(fields=["clock", "moment", "user"], name="notice_once")]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.clock_id}"
