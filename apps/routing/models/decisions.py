from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation
from apps.core.numbers import numbered
from apps.operators.models import Queue
from apps.routing.models.rules import RuleSet


class Decision(models.Model):
    """Why a conversation was placed or assigned as it was: ids, codes and numbers, never words of a person."""

    class Kind(models.TextChoices):
        PLACEMENT = "placement", _("line chosen")
        ASSIGNMENT = "assignment", _("operator chosen")

    class Reason(models.TextChoices):
        DEPARTMENT = "department", _("the customer chose the department")
        RULE = "rule", _("a rule")
        CHANNEL = "channel", _("the channel's line")
        DEFAULT = "default", _("the common line")
        SAME_LINE = "same_line", _("continued in the line it was in")
        TRANSFER = "transfer", _("transferred by hand")
        INTEGRATION = "integration", _("asked for by an integration")
        ACCEPT = "accept", _("accepted by hand")
        TAKE_OVER = "take_over", _("taken over by hand")
        LAST_OPERATOR = "last_operator", _("the operator who held it last")
        POLICY = "policy", _("the line's policy")
        KEPT = "kept", _("asked before the others")
        OVERFLOW = "overflow", _("its line could not cope")
        ESCALATED = "escalated", _("escalated by a rule")
        OUTSIDE = "outside", _("an outside line gave it back")
        HOLDER_FULL = "holder_full", _("its holder was full")
        HANDED_BACK = "handed_back", _("a colleague did not take it")
        BOT = "bot", _("a bot had it")
        RETURNED = "returned", _("given back by its holder")
        HOLDER_GONE = "holder_gone", _("its holder was gone")
        WOKEN = "woken", _("came back from snooze")
        OPENED = "opened", _("the line opened")
        REPAIRED = "repaired", _("the watchdog's finding was repaired")

    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.PROTECT, related_name="decisions"
    )
    kind = models.CharField(_("decision"), max_length=10, choices=Kind)
    reason = models.CharField(_("because"), max_length=14, choices=Reason)
    queue = models.ForeignKey(
        Queue, verbose_name=_("line"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("operator"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # By which version of the rules; empty where a person decided.
    rule_set = models.ForeignKey(
        RuleSet,
        verbose_name=_("version of the rules"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    # What was looked at: rejected lines with reason, load and capacity at that moment.
    details = models.JSONField(_("details"), default=dict)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        indexes = [
            models.Index(fields=["conversation", "id"], name="decision_story"),
            # The admin's list by reason, newest first.
            models.Index(fields=["reason", "-id"], name="decision_reason"),
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}: {self.get_reason_display()}"
