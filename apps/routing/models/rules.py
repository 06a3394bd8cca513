from __future__ import annotations

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.history import tracked
from apps.core.models.brand import validate_colour
from apps.operators.models import LEVELS, Queue, Skill


@tracked()
class Rule(models.Model):
    """Which conversations belong to a line. A line may have several rules: one that holds is enough.

    A rule holds when every condition of "all" is met, at least one of "any" (if there are such), and none of
    "none". A rule without conditions holds for nothing: a half-made rule must not swallow the bank.
    """

    name = models.CharField(_("name"), max_length=120)
    queue = models.ForeignKey(Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="rules")
    beats_choice = models.BooleanField(
        _("goes before the customer's choice"),
        default=False,
        help_text=_("Otherwise whoever chose a department goes there, whatever this rule says."),
    )
    is_active = models.BooleanField(_("on"), default=True)

    class Meta:
        verbose_name = _("rule")
        verbose_name_plural = _("rules")
        ordering = ["-queue__priority", "queue_id", "id"]

    def __str__(self) -> str:
        return self.name


@tracked()
class RuleSkill(models.Model):
    """A skill that conversations placed by a rule need, besides those of the line."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="skill_needs")
    skill = models.ForeignKey(Skill, verbose_name=_("skill"), on_delete=models.CASCADE, related_name="+")
    level = models.PositiveSmallIntegerField(_("level, 1 to 5"), default=1, validators=LEVELS)
    relax_seconds = models.PositiveIntegerField(
        _("one level less each, seconds"),
        default=0,
        validators=[MaxValueValidator(24 * 3600)],
        help_text=_("0: it never relaxes."),
    )

    class Meta:
        verbose_name = _("skill needed")
        verbose_name_plural = _("skills needed")
        constraints = [
            models.UniqueConstraint(fields=["rule", "skill"], name="rule_skill_once"),
            models.CheckConstraint(condition=models.Q(level__range=(1, 5)), name="rule_skill_is_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"


@tracked()
class Segment(models.Model):
    """Customers of one sort, by what is known of them: built once, used by many rules and categories."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("segment")
        verbose_name_plural = _("segments")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class Category(models.Model):
    """How much a customer matters to the bank: in a line, a higher rank is served first.

    A customer is of a category when its conditions hold, or when the bank's system names its code in the
    attribute ``category``; of several the one with the highest rank. Without one the rank is 0.
    """

    name = models.CharField(_("name"), max_length=60, unique=True)
    code = models.SlugField(_("code"), max_length=30, unique=True)
    rank = models.SmallIntegerField(
        _("rank"),
        default=1,
        validators=[MinValueValidator(-100), MaxValueValidator(100)],
        help_text=_("Higher is served first; others have 0."),
    )
    colour = models.CharField(_("colour"), max_length=7, default="#b8860b", validators=[validate_colour])
    is_active = models.BooleanField(_("on"), default=True)

    class Meta:
        verbose_name = _("customer category")
        verbose_name_plural = _("customer categories")
        ordering = ["-rank", "id"]

    def __str__(self) -> str:
        return self.name


class Group(models.TextChoices):
    """How the conditions of a rule are taken together."""

    ALL = "all", pgettext_lazy("conditions", "all of these")
    ANY = "any", pgettext_lazy("conditions", "one of these at least")
    NONE = "none", pgettext_lazy("conditions", "none of these")


class Kind(models.TextChoices):
    """What a condition looks at."""

    CHANNEL = "channel", _("channel")
    CHANNEL_KIND = "channel_kind", _("kind of channel")
    ADDRESS = "address", _("mailbox or number written to")
    PAGE = "page", _("page of the site")
    LANGUAGE = "language", _("customer's language")
    VERIFICATION = "verification", _("how surely he is known")
    ATTRIBUTE = "attribute", _("what the bank knows of him")
    EVENT = "event", _("what he did at the bank")
    PAGE_EVENT = "page_event", _("what the page or the app says he did")
    SEGMENT = "segment", _("segment")
    INTENT = "intent", _("what he wants, as found by the bot")
    TOPIC = "topic", _("department chosen")
    HOURS = "hours", _("hours")


class Comparison(models.TextChoices):
    """How a condition compares what it sees with its values."""

    IS = "is", _("is one of")
    CONTAINS = "contains", _("contains one of")
    STARTS = "starts", _("begins with one of")
    MATCHES = "matches", _("matches the pattern")
    AT_LEAST = "at_least", _("is at least")
    AT_MOST = "at_most", _("is at most")
    KNOWN = "known", _("is known")
    OPEN = "open", _("are open")
    WITHIN = "within", _("in the last days")


@tracked()
class Condition(models.Model):
    """One question about a conversation, answered with yes or no. Its negation stands in the group "none".

    It belongs to exactly one rule, segment or category; the latter two ask about the customer only.
    """

    rule = models.ForeignKey(Rule, null=True, blank=True, on_delete=models.CASCADE, related_name="conditions")
    segment = models.ForeignKey(
        Segment, null=True, blank=True, on_delete=models.CASCADE, related_name="conditions"
    )
    category = models.ForeignKey(
        Category, null=True, blank=True, on_delete=models.CASCADE, related_name="conditions"
    )
    group = models.CharField(_("together"), max_length=4, choices=Group, default=Group.ALL)
    kind = models.CharField(_("what"), max_length=12, choices=Kind)
    # The attribute's or the event's code; empty for other kinds.
    name = models.CharField(_("which"), max_length=60, blank=True)
    comparison = models.CharField(_("how"), max_length=8, choices=Comparison)
    # Numbers of channels, lines or calendars; words, codes and levels as text.
    values = models.JSONField(_("values"), default=list, blank=True)

    class Meta:
        verbose_name = _("condition")
        verbose_name_plural = _("conditions")
        ordering = ["group", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(rule__isnull=False, segment__isnull=True, category__isnull=True)
                | models.Q(rule__isnull=True, segment__isnull=False, category__isnull=True)
                | models.Q(rule__isnull=True, segment__isnull=True, category__isnull=False),
                name="condition_has_one_owner",
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.get_comparison_display()}"


class RuleSet(models.Model):
    """Rules and priorities of lines as they were when somebody published them. Never changed afterwards.

    The newest whose moment has come is what dispatch reads; one that was called off before its moment is not.
    """

    content = models.JSONField(encoder=DjangoJSONEncoder)
    digest = models.CharField(max_length=64)
    effective_at = models.DateTimeField(_("works from"))
    published_at = models.DateTimeField(_("published"))
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("published by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    note = models.CharField(_("why"), max_length=200, blank=True)
    called_off_at = models.DateTimeField(_("called off"), null=True, blank=True)
    # When somebody first saw it at work: it is announced once.
    took_effect_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("version of the rules")
        verbose_name_plural = _("versions of the rules")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(effective_at__gte=models.F("published_at")), name="ruleset_not_in_the_past"
            ),
            models.CheckConstraint(
                condition=models.Q(called_off_at__isnull=True)
                | models.Q(called_off_at__lt=models.F("effective_at")),
                name="ruleset_called_off_in_time",
            ),
        ]
        indexes = [
            # The one that works now.
            models.Index(
                fields=["-effective_at", "-id"],
                name="ruleset_in_force",
                condition=models.Q(called_off_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return str(_("Version %(number)s")) % {"number": self.pk}


@tracked()
class RulesSetting(models.Model):
    """How rules are published. There is one row."""

    publishes_at_once = models.BooleanField(
        _("publish each change at once"),
        default=True,
        help_text=_("Otherwise changes of rules and priorities wait until somebody publishes them together."),
    )

    class Meta:
        verbose_name = _("publishing of rules")
        verbose_name_plural = _("publishing of rules")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="rules_setting_is_one_row")]

    def __str__(self) -> str:
        return str(capfirst(self._meta.verbose_name))
