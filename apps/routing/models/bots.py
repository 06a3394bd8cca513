"""What bots have."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.bots.models import Bot
from apps.conversations.models import Conversation
from apps.core.numbers import numbered
from apps.routing.models.rules import Category


class BotEnd(models.TextChoices):
    """Why a bot has it no longer. Those of ``apps.bots.services.trouble`` are among them."""

    RETURNED = "returned", _("the bot gave it back")
    SILENT = "silent", _("the bot did not answer in time")
    OFF = "off", _("the bot was switched off")
    NO_TOKEN = "no_token", _("its token does not work")
    NO_RIGHT = "no_right", _("it may not answer there")
    READS_MORE = "reads_more", _("it may read more than it is handed")
    OTHER_ACCOUNT = "other_account", _("the bot answers as another integration")
    TRANSFERRED = "transferred", _("transferred")
    TAKEN_OVER = "taken_over", _("taken over")
    ESCALATED = "escalated", _("escalated")
    CLOSED = "closed", _("closed")
    REPAIRED = "repaired", _("the watchdog's finding was repaired")

    @classmethod
    def back_to_people(cls) -> frozenset[str]:
        """Nobody asked for it: the bot gave it back, or could not keep it."""
        asked = {cls.TRANSFERRED, cls.TAKEN_OVER, cls.ESCALATED, cls.CLOSED, cls.REPAIRED}
        return frozenset(cls.values) - asked


class BotStay(models.Model):
    """A bot has a conversation, from–to. The conversation keeps its line meanwhile, and goes back to it."""

    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.PROTECT, related_name="bot_stays"
    )
    bot = models.ForeignKey(Bot, verbose_name=_("bot"), on_delete=models.PROTECT, related_name="stays")
    # As whom it answers: the bot may be given another account meanwhile, and then this one sees nothing more.
    account = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("answers as"), on_delete=models.PROTECT, related_name="+"
    )
    # The operator who held it before, to whom it goes back if he is at work and has room.
    came_from = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("came from"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # The customer's, followed while the bot has it: rules of escalation ask for it.
    category = models.ForeignKey(
        Category,
        verbose_name=_("customer category"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    from_seq = models.PositiveIntegerField()  # what it says comes after this message
    started_at = models.DateTimeField(_("from"))
    ended_at = models.DateTimeField(_("to"), null=True, blank=True)
    end_reason = models.CharField(_("ended because"), max_length=14, choices=BotEnd, blank=True)

    class Meta:
        verbose_name = _("stay with a bot")
        verbose_name_plural = _("stays with bots")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation"], condition=models.Q(ended_at__isnull=True), name="bot_stay_one_open"
            ),
            models.CheckConstraint(
                condition=models.Q(ended_at__isnull=True, end_reason="")
                | models.Q(ended_at__isnull=False, end_reason__in=BotEnd.values),
                name="bot_stay_end_is_known",
            ),
        ]
        indexes = [
            # What bots have now: read by every sweep and every look of the watchdog.
            models.Index(fields=["bot"], name="bot_stay_open", condition=models.Q(ended_at__isnull=True)),
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}: {self.bot_id}"
