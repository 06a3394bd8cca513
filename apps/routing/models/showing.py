from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.conversations.models import Conversation
from apps.core.numbers import numbered
from apps.operators.models import Queue
from apps.routing.models.ledger import Promise
from apps.routing.models.promised import Pause


class Showing(models.Model):
    """A public promise as it stood before the customer's eyes when he began a conversation, or began it anew.

    Nothing else makes a public promise owed. Text and terms are those that were shown, whatever became of the
    promise since; ``seq`` is the message with which he began.
    """

    conversation = models.ForeignKey(
        Conversation, verbose_name=_("conversation"), on_delete=models.PROTECT, related_name="showings"
    )
    seq = models.PositiveIntegerField(_("from message"))
    promise = models.ForeignKey(
        Promise, verbose_name=_("public promise"), on_delete=models.PROTECT, related_name="showings"
    )
    # Whose hours count; empty where it was said for several lines: those of the line where he came to stand.
    line = models.ForeignKey(
        Queue, verbose_name=_("line"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    text = models.CharField(_("text"), max_length=200)
    shown_at = models.DateTimeField(_("shown at"))
    begun_at = models.DateTimeField(_("began to write at"))
    what = models.CharField(_("what is promised"), max_length=10, choices=Promise.What)
    seconds = models.PositiveIntegerField(_("within, seconds"))
    business_hours = models.BooleanField(_("only in the line's hours"))
    pause = models.CharField(_("settling waits"), max_length=8, choices=Pause)
    requests_a_day = models.PositiveSmallIntegerField(
        _("requests of one customer in 24 hours, at most"), null=True, blank=True
    )
    compensation_code = models.CharField(_("compensation"), max_length=40)

    class Meta:
        verbose_name = _("showing of a promise")
        verbose_name_plural = _("showings of promises")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="showing_once_a_beginning")
        ]
        indexes = [
            # Showings for which no clock was begun yet are looked for among the latest.
            models.Index(fields=["begun_at"], name="showing_latest"),
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}/{self.seq}: {self.promise_id}"
