from __future__ import annotations

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext

from apps.channels.models import Channel
from apps.conversations.models import Conversation
from apps.core.history import tracked
from apps.core.numbers import numbered
from apps.operators.models import Queue

WEEK = 7 * 24 * 60  # minutes


@tracked()
class SilencePolicy(models.Model):
    """What a line does about a customer who was answered and says nothing."""

    queue = models.OneToOneField(
        Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="silence_policy"
    )
    is_active = models.BooleanField(_("on"), default=True)
    counts_open_hours = models.BooleanField(
        _("only open hours count"),
        default=True,
        help_text=_("Off: the clock runs at night as well, and steps are taken then."),
    )
    by_letter = models.BooleanField(
        _("by e-mail where no other channel reaches him"),
        default=False,
        db_default=False,
        help_text=_(
            "To the address that the bank knows, else to one he left in a chat. He reads the step's words and nothing "
            "else."
        ),
    )

    class Meta:
        verbose_name = _("silence of the customer")
        verbose_name_plural = _("silence of the customer")
        ordering = ["queue__name"]

    def __str__(self) -> str:
        return str(self.queue)


@tracked()
class SilenceStep(models.Model):
    """Something done once after so many minutes of silence, counted from the operator's last answer."""

    class Action(models.TextChoices):
        REMIND = "remind", _("remind him")
        REACH = "reach", _("remind him by another channel")
        SNOOZE = "snooze", _("put it aside until he writes")
        CLOSE = "close", _("close it")

    policy = models.ForeignKey(SilencePolicy, on_delete=models.CASCADE, related_name="steps")
    after_minutes = models.PositiveIntegerField(
        _("after, minutes"), validators=[MinValueValidator(1), MaxValueValidator(WEEK)]
    )
    action = models.CharField(
        _("what is done"),
        max_length=6,
        choices=Action,
        help_text=_(
            "By another channel: the first of those below where he is known and may be written to, then by e-mail if "
            "that is on."
        ),
    )
    text_ru = models.CharField(_("words to the customer, Russian"), max_length=500, blank=True)
    text_en = models.CharField(
        _("words to the customer, English"),
        max_length=500,
        blank=True,
        help_text=_("Empty: the Russian ones."),
    )

    class Meta:
        verbose_name = _("step")
        verbose_name_plural = _("steps")
        ordering = ["after_minutes", "id"]
        constraints = [
            models.UniqueConstraint(fields=["policy", "after_minutes"], name="silence_step_once_a_minute"),
            models.UniqueConstraint(
                fields=["policy"], condition=models.Q(action="close"), name="silence_closes_once"
            ),
            models.CheckConstraint(
                condition=models.Q(action__in=["remind", "reach", "snooze", "close"]),
                name="silence_action_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(after_minutes__gte=1), name="silence_step_takes_a_minute"
            ),
            models.CheckConstraint(
                condition=~models.Q(action__in=["remind", "reach"]) | ~models.Q(text_ru=""),
                name="silence_reminder_has_words",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.after_minutes} {pgettext('unit', 'min')}: {self.get_action_display()}"

    def clean(self) -> None:
        if self.action in (self.Action.REMIND, self.Action.REACH) and not self.text_ru:
            raise ValidationError({"text_ru": _("A reminder needs words.")})

    def text(self, language: str) -> str:
        """The words in the customer's language; empty: nothing is said."""
        return (self.text_en if language == "en" else "") or self.text_ru


@tracked()
class SilenceChannel(models.Model):
    """A channel in which a silent customer may be reminded when he does not answer where he wrote, in their order."""

    policy = models.ForeignKey(SilencePolicy, on_delete=models.CASCADE, related_name="channels")
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.CASCADE, related_name="+"
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("other channel")
        verbose_name_plural = _("other channels, tried in this order")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["policy", "channel"], name="silence_channel_once")]

    def __str__(self) -> str:
        return str(self.channel)


class SilenceTaken(models.Model):
    """A step that was taken in one silence of one conversation: never twice, and where to go on from.

    ``since`` is the operator's answer after which nothing was heard; his next answer begins another silence.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="silence_taken")
    since = models.DateTimeField(_("silent since"))
    step = models.ForeignKey(SilenceStep, on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(_("when"))

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "since", "step"], name="silence_step_taken_once")
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}: {self.step_id}"
