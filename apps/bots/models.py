from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.operators.models import Queue


@tracked()
class Bot(models.Model):
    """An automatic colleague to whom a conversation may be handed: an integration that answers by REST."""

    name_ru = models.CharField(
        _("name, Russian"), max_length=60, unique=True, help_text=_("Customers read it beside its answers.")
    )
    name_en = models.CharField(_("name, English"), max_length=60, blank=True)
    account = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("answers as"),
        limit_choices_to={"is_service": True, "api_token__isnull": False},
        on_delete=models.PROTECT,
        related_name="bot",
        help_text=_(
            "An integration whose groups may answer in these lines, and read none of them: it reads what it is "
            "handed, as long as it has it."
        ),
    )
    answer_seconds = models.PositiveSmallIntegerField(
        _("time to answer, seconds"),
        default=30,
        validators=[MinValueValidator(5), MaxValueValidator(600)],
        help_text=_(
            "Each time the customer writes, and when it is handed a conversation. Then it goes back to people."
        ),
    )
    closes_after_hours = models.PositiveSmallIntegerField(
        _("closes after the customer's silence, hours"),
        default=24,
        db_default=24,
        validators=[MinValueValidator(1), MaxValueValidator(168)],
        help_text=_(
            "It has answered, and the customer has said nothing since. Where the line has a policy of silence, its "
            "steps come first."
        ),
    )
    is_active = models.BooleanField(
        _("on"),
        default=True,
        help_text=_("Switched off, everything it has goes back to people within seconds."),
    )

    class Meta:
        verbose_name = _("bot")
        verbose_name_plural = _("bots")
        ordering = ["name_ru", "id"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(answer_seconds__range=(5, 600)), name="bot_answers_in_time"
            ),
            models.CheckConstraint(
                condition=models.Q(closes_after_hours__range=(1, 168)), name="bot_closes_in_a_week"
            ),
        ]

    def __str__(self) -> str:
        return self.name_ru

    def name(self, language: str) -> str:
        """The name in the reader's language."""
        return (language == "en" and self.name_en) or self.name_ru

    def names(self) -> dict[str, str]:
        """The name in each language, for lines that each reader's screen words."""
        return {"ru": self.name("ru"), "en": self.name("en")}


@tracked()
class BotLine(models.Model):
    """A line from which a bot may be given conversations. A bot without lines may be given them from every line."""

    bot = models.ForeignKey(Bot, on_delete=models.CASCADE, related_name="lines")
    queue = models.ForeignKey(Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("line of a bot")
        verbose_name_plural = _("lines of bots")
        constraints = [models.UniqueConstraint(fields=["bot", "queue"], name="bot_line_once")]

    def __str__(self) -> str:
        return str(self.queue)
