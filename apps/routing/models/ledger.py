from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.conversations.models import Conversation
from apps.core.history import tracked
from apps.core.numbers import numbered
from apps.operators.models import Queue
from apps.routing.models.promised import LIMITS, Pause
from apps.routing.models.rules import Category
from apps.routing.promising.terms import Place


@tracked()
class Promise(models.Model):
    """What the bank promises its customers aloud, and what it owes when it fails.

    It is owed to whom the chat showed it as he began to write (``Showing``), and to nobody else. A promise of a line
    or a channel goes before the bank's.
    """

    class What(models.TextChoices):
        FIRST = "first", _("the first answer")
        EVERY = "every", _("every answer")
        RESOLUTION = "resolution", _("settling the request")

    name = models.CharField(_("name"), max_length=80, unique=True)
    text_ru = models.CharField(
        _("text, Russian"), max_length=200, help_text=_("“We answer in 10 minutes, or a month is free.”")
    )
    text_en = models.CharField(_("text, English"), max_length=200, blank=True)
    what = models.CharField(_("what is promised"), max_length=10, choices=What, default=What.FIRST)
    seconds = models.PositiveIntegerField(_("within, seconds"), default=600, validators=LIMITS)
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("line"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: in every line."),
    )
    business_hours = models.BooleanField(
        _("only in the line's hours"),
        default=True,
        help_text=_("Out of hours it is neither shown nor promised. Off: round the clock."),
    )
    pause = models.CharField(_("settling waits"), max_length=8, choices=Pause, default=Pause.ANSWERED)
    requests_a_day = models.PositiveSmallIntegerField(
        _("requests of one customer in 24 hours, at most"),
        null=True,
        blank=True,
        help_text=_(
            "Further ones are answered as well, and nothing is promised for them. Empty: any number."
        ),
    )
    compensation_code = models.SlugField(
        _("compensation, code"), max_length=40, help_text=_("For the bank's systems: free_month.")
    )
    compensation_ru = models.CharField(_("compensation, Russian"), max_length=200)
    compensation_en = models.CharField(_("compensation, English"), max_length=200, blank=True)
    waived_alone = models.PositiveSmallIntegerField(
        _("obligations one person may waive alone in 24 hours"),
        null=True,
        blank=True,
        help_text=_(
            "Each further one needs a second person, whoever confirms needs none. Empty: any number."
        ),
    )
    order = models.PositiveSmallIntegerField(
        _("order"), default=0, help_text=_("Of equally specific promises the lower number counts.")
    )
    is_active = models.BooleanField(_("on"), default=True)
    since = models.DateTimeField(_("works from"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("public promise")
        verbose_name_plural = _("public promises")
        ordering = ["order", "id"]

    def __str__(self) -> str:
        return self.name

    def fits(self, place: Place) -> bool:
        """Whether it is given there; ``channels`` and ``exclusions`` are best prefetched."""
        given = {each.channel_id for each in self.channels.all()}
        refused = self.exclusions.all()
        return (
            self.queue_id in (None, place.line)
            and (not given or place.channel in given)
            and place.channel not in {each.channel_id for each in refused}
            and place.category not in {each.category_id for each in refused} - {None}
        )

    def specificity(self) -> int:
        """A line's goes before a channel's, a channel's before the bank's."""
        return 2 * (self.queue_id is not None) + bool(self.channels.all())

    def text(self, language: str) -> str:
        """The promise in the reader's language."""
        return (self.text_en if language == "en" else "") or self.text_ru

    def compensation(self, language: str) -> str:
        return (self.compensation_en if language == "en" else "") or self.compensation_ru


@tracked()
class PromiseChannel(models.Model):
    """A channel in which a promise is given. A promise without channels is given in all of them."""

    promise = models.ForeignKey(Promise, on_delete=models.CASCADE, related_name="channels")
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("channel of a promise")
        verbose_name_plural = _("channels of promises")
        constraints = [models.UniqueConstraint(fields=["promise", "channel"], name="promise_channel_once")]

    def __str__(self) -> str:
        return str(self.channel)


@tracked()
class PromiseExclusion(models.Model):
    """Customers of a category, or a channel, to whom a promise is not given."""

    promise = models.ForeignKey(Promise, on_delete=models.CASCADE, related_name="exclusions")
    category = models.ForeignKey(
        Category,
        verbose_name=_("customer category"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("exclusion")
        verbose_name_plural = _("exclusions")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(category__isnull=False, channel__isnull=True)
                | models.Q(category__isnull=True, channel__isnull=False),
                name="promise_exclusion_of_one",
            ),
            models.UniqueConstraint(
                fields=["promise", "category", "channel"],
                name="promise_exclusion_once",
                nulls_distinct=False,
            ),
        ]

    def __str__(self) -> str:
        return str(self.category or self.channel)


@tracked()
class ForceMajeure(models.Model):
    """A stretch of time in which nothing, or one promise less, is promised: a fire, a provider that is down."""

    promise = models.ForeignKey(
        Promise,
        verbose_name=_("public promise"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: all of them."),
    )
    begins_at = models.DateTimeField(_("from"))
    ends_at = models.DateTimeField(_("to"), null=True, blank=True, help_text=_("Empty: until it is ended."))
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        verbose_name = _("force majeure")
        verbose_name_plural = _("force majeure")
        ordering = ["-begins_at"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__isnull=True) | models.Q(ends_at__gt=models.F("begins_at")),
                name="force_majeure_in_order",
            )
        ]

    def __str__(self) -> str:
        return self.reason


class ObligationState(models.TextChoices):
    OPEN = "open", pgettext_lazy("obligation", "open")
    CONFIRMED = "confirmed", _("confirmed")
    WAIVED = "waived", _("waived")


class Obligation(models.Model):
    """What the bank owes a customer for a public promise that it broke: one for a promise and a conversation.

    Written in the transaction of the breach, with its proof: events, moments, seconds promised and taken.
    """

    promise = models.ForeignKey(
        Promise, verbose_name=_("public promise"), on_delete=models.PROTECT, related_name="obligations"
    )
    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.PROTECT, related_name="obligations"
    )
    line = models.ForeignKey(Queue, verbose_name=_("line"), on_delete=models.PROTECT, related_name="+")
    clock = models.OneToOneField(
        "routing.Clock", verbose_name=_("promise clock"), on_delete=models.PROTECT, related_name="obligation"
    )
    compensation_code = models.CharField(_("compensation"), max_length=40)
    turn = models.PositiveIntegerField(_("from message"))
    promised_seconds = models.PositiveIntegerField(_("promised, seconds"))
    # Empty until the answer comes.
    taken_seconds = models.FloatField(_("taken, seconds"), null=True, blank=True)
    started_at = models.DateTimeField(_("asked at"))
    due_at = models.DateTimeField(_("promised until"))
    answered_at = models.DateTimeField(_("answered at"), null=True, blank=True)
    # Rows of the log: the customer's message, and the answer once it came.
    asked_event = models.BigIntegerField(_("event of the question"), null=True, blank=True)
    answered_event = models.BigIntegerField(_("event of the answer"), null=True, blank=True)
    # The house closed it without an answer: when, and the row of the log that says who.
    closed_at = models.DateTimeField(_("closed without an answer at"), null=True, blank=True)
    closed_event = models.BigIntegerField(_("event of the closing"), null=True, blank=True)
    created_at = models.DateTimeField(_("written at"))
    state = models.CharField(_("state"), max_length=9, choices=ObligationState, default=ObligationState.OPEN)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)
    reason = models.CharField(_("reason"), max_length=300, blank=True)
    # Who wanted to waive it where that takes two: somebody else decides.
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("waiver asked for by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    asked_at = models.DateTimeField(_("asked for at"), null=True, blank=True)
    asked_reason = models.CharField(
        _("asked for because"), max_length=300, blank=True, default="", db_default=""
    )

    class Meta:
        verbose_name = _("obligation")
        verbose_name_plural = _("obligations")
        permissions = [
            ("export_obligation", _("Can export obligations")),
            ("audit_obligation", _("Can see clocks and obligations without reading conversations")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["promise", "conversation"], name="obligation_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["open", "confirmed", "waived"]),
                name="obligation_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="open", decided_at__isnull=True, decided_by__isnull=True)
                | (~models.Q(state="open") & models.Q(decided_at__isnull=False, decided_by__isnull=False)),
                name="obligation_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="waived") | ~models.Q(reason=""),
                name="obligation_waived_for_a_reason",
            ),
            models.CheckConstraint(
                condition=models.Q(asked_by__isnull=True, asked_at__isnull=True)
                | (models.Q(asked_by__isnull=False, asked_at__isnull=False) & ~models.Q(asked_reason="")),
                name="obligation_asked_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="waived")
                | models.Q(asked_by__isnull=True)
                | ~models.Q(asked_by=models.F("decided_by")),
                name="obligation_waived_by_a_second",
            ),
        ]
        indexes = [
            # The admin's list of one state, newest first.
            models.Index(fields=["state", "-id"], name="obligation_by_state"),
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}: {self.promise}"

    @property
    def owed(self) -> str:
        """The compensation in the reader's language, or its code where the promise has no words for it."""
        return self.promise.compensation(get_language() or "ru") or self.compensation_code
