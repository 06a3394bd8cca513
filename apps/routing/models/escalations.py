from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation
from apps.core.history import tracked
from apps.core.numbers import numbered
from apps.operators.models import Operator, Queue
from apps.routing.models.rules import Category


@tracked()
class Escalation(models.Model):
    """When a conversation goes from the first line to the second by itself: once a conversation and rule."""

    class When(models.TextChoices):
        UNANSWERED = "unanswered", _("nobody has answered for so many seconds")
        WORDS = "words", _("the customer used one of the words")
        CATEGORY = "category", _("the customer is of the category")
        UNVERIFIED = "unverified", _("who he is has to be verified")

    class Act(models.TextChoices):
        LINE = "line", _("to another line")
        OPERATOR = "operator", _("to a person")
        RAISE = "raise", _("raise it in its line")

    name = models.CharField(_("name"), max_length=80, unique=True)
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("in line"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("Empty: in every line."),
    )
    when = models.CharField(_("when"), max_length=10, choices=When)
    seconds = models.PositiveIntegerField(
        _("seconds"), null=True, blank=True, validators=[MinValueValidator(1), MaxValueValidator(7 * 86400)]
    )
    words = ArrayField(
        models.CharField(max_length=60),
        verbose_name=_("words"),
        default=list,
        blank=True,
        help_text=_("One a line, in any form: “claim” finds “claims”, “жалоба” finds “жалобу”."),
    )
    category = models.ForeignKey(
        Category,
        verbose_name=_("customer category"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )
    act = models.CharField(_("what follows"), max_length=8, choices=Act)
    to_queue = models.ForeignKey(
        Queue, verbose_name=_("to line"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    to_operator = models.ForeignKey(
        Operator,
        verbose_name=_("to whom"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
        help_text=_("It waits for him in the line, first of all; he must be a member of it."),
    )
    wait_seconds = models.PositiveIntegerField(
        _("waits for him, seconds"),
        default=300,
        validators=[MinValueValidator(1), MaxValueValidator(86400)],
        help_text=_("Then anybody of the line may take it."),
    )
    rank = models.SmallIntegerField(
        _("to rank"),
        null=True,
        blank=True,
        validators=[MinValueValidator(-100), MaxValueValidator(100)],
    )
    order = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("on"), default=True)
    since = models.DateTimeField(_("works from"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("escalation rule")
        verbose_name_plural = _("escalation rules")
        ordering = ["order", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(when="unanswered", seconds__isnull=False)
                | (models.Q(when="words") & ~models.Q(words=[]))
                | models.Q(when="category", category__isnull=False)
                | models.Q(when="unverified"),
                name="escalation_knows_when",
            ),
            models.CheckConstraint(
                condition=models.Q(act="line", to_queue__isnull=False)
                | models.Q(act="operator", to_operator__isnull=False)
                | models.Q(act="raise", rank__isnull=False),
                name="escalation_knows_whereto",
            ),
            models.CheckConstraint(
                condition=models.Q(queue__isnull=True)
                | models.Q(to_queue__isnull=True)
                | ~models.Q(queue=models.F("to_queue")),
                name="escalation_not_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        asked = {"unanswered": "seconds", "words": "words", "category": "category"}.get(self.when)
        given = {"line": "to_queue", "operator": "to_operator", "raise": "rank"}.get(self.act)
        for name in (asked, given):
            if name and getattr(self, name) in (None, []):
                raise ValidationError({name: _("This rule needs it.")})
        if self.queue_id is not None and self.queue_id == self.to_queue_id:
            raise ValidationError({"to_queue": _("Choose another line than the one it comes from.")})


class EscalationRun(models.Model):
    """A rule has met a conversation; it has its effect once. Which words it were is not kept.

    ``found``: words of the rule were there, and the conversation does not stand in the rule's line yet.
    """

    class Outcome(models.TextChoices):
        FOUND = "found", _("words found")
        DONE = "done", _("carried out")
        REFUSED = "refused", _("not possible")

    rule = models.ForeignKey(
        Escalation, verbose_name=_("escalation rule"), on_delete=models.PROTECT, related_name="runs"
    )
    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.PROTECT, related_name="escalations"
    )
    # The number of the message that made it so, where it was one.
    message = models.PositiveIntegerField(_("message"), null=True, blank=True)
    outcome = models.CharField(_("outcome"), max_length=7, choices=Outcome, default=Outcome.DONE)
    refusal = models.CharField(_("because"), max_length=30, blank=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("escalation")
        verbose_name_plural = _("escalations")
        constraints = [
            models.UniqueConstraint(fields=["rule", "conversation"], name="escalation_once"),
            models.CheckConstraint(
                condition=models.Q(outcome__in=["found", "done", "refused"]),
                name="escalation_outcome_is_known",
            ),
        ]
        indexes = [
            # What still has to have its effect, every two seconds.
            models.Index(fields=["rule"], name="escalation_found", condition=models.Q(outcome="found")),
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}: {self.rule_id}"
