"""What takes the place of the chat when its customer has left: a letter with the answers he has not read."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.conversations.models.conversations import Conversation
from apps.conversations.models.customers import Identity
from apps.core.history import tracked
from apps.core.numbers import numbered
from apps.operators.models import Queue


class GivenEmail(models.Model):
    """The e-mail that somebody left in the chat, so that answers come there when he is gone.

    Nobody vouches for it: it is sent what was written to this very address of his in the chat, and nothing else.
    """

    identity = models.OneToOneField(
        Identity, verbose_name=_("identity"), on_delete=models.CASCADE, related_name="given_email"
    )
    email = models.EmailField(_("e-mail"))
    given_at = models.DateTimeField(_("given at"))

    class Meta:
        verbose_name = _("e-mail left in the chat")
        verbose_name_plural = _("e-mails left in the chat")

    def __str__(self) -> str:
        return self.email


class UnreadAnswer(models.Model):
    """A conversation in which something is perhaps unread; goes when it was read or a letter has taken it.

    Made by a reader of the log, so that writing an answer costs nothing more. ``gone_since``: when the customer was
    first found to have no socket; empty while he has one.
    """

    conversation = models.OneToOneField(
        Conversation, on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    gone_since = models.DateTimeField(null=True)
    look_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return numbered(self.conversation_id)


class Letter(models.Model):
    """One e-mail to a customer who is not in the chat: the answers that piled up, or a reminder's words.

    The answers are those after ``after_seq`` up to ``upto_seq``, as they read when it leaves. A try is committed
    before it begins (``begun_at``): a letter that is still *sending* long after lost its worker, and perhaps left.
    """

    class Purpose(models.TextChoices):
        ANSWERS = "answers", pgettext_lazy("letter", "answers")
        REMINDER = "reminder", pgettext_lazy("letter", "reminder")

    class State(models.TextChoices):
        QUEUED = "queued", pgettext_lazy("letter", "queued")
        SENDING = "sending", pgettext_lazy("letter", "sending")
        SENT = "sent", pgettext_lazy("letter", "sent")
        FAILED = "failed", pgettext_lazy("letter", "failed")
        UNCERTAIN = "uncertain", pgettext_lazy("letter", "perhaps not sent")
        DROPPED = "dropped", pgettext_lazy("letter", "not needed")  # he came back before it left

    class Trouble(models.TextChoices):
        ADDRESS = "address", _("the address was refused")
        CONTENT = "content", _("the mail server refused the letter")
        SERVER = "server", _("the mail server cannot be reached")
        LOST = "lost", _("the connection was lost while sending")

    # Of its Message-ID: the same at every try.
    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversation"),
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
    )
    identity = models.ForeignKey(
        Identity, verbose_name=_("identity"), on_delete=models.PROTECT, related_name="+"
    )
    purpose = models.CharField(_("kind"), max_length=8, choices=Purpose, default=Purpose.ANSWERS)
    words = models.CharField(_("words of a reminder"), max_length=500, blank=True)
    email = models.EmailField(pgettext_lazy("delivery", "to"))
    # Whether the bank says that this is his address, or only he himself.
    vouched = models.BooleanField(_("the bank vouches for the address"))
    after_seq = models.PositiveIntegerField(default=0)
    upto_seq = models.PositiveIntegerField(default=0)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.QUEUED)
    trouble = models.CharField(_("trouble"), max_length=7, choices=Trouble, blank=True)
    smtp_code = models.PositiveSmallIntegerField(_("code of the mail server"), null=True, blank=True)
    attempts_made = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("due at"))
    claimed_at = models.DateTimeField(null=True, blank=True)
    begun_at = models.DateTimeField(_("last try at"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"))
    changed_at = models.DateTimeField(_("changed at"))

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "purpose"],
                condition=Q(state__in=["queued", "sending"]),
                name="letter_one_on_its_way",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["queued", "sending", "sent", "failed", "uncertain", "dropped"]),
                name="letter_state_is_known",
            ),
            models.CheckConstraint(
                condition=Q(purpose__in=["answers", "reminder"]), name="letter_purpose_is_known"
            ),
            models.CheckConstraint(
                condition=Q(trouble__in=["", "address", "content", "server", "lost"]),
                name="letter_trouble_is_known",
            ),
            models.CheckConstraint(
                condition=~Q(purpose="reminder") | ~Q(words=""), name="letter_reminder_has_words"
            ),
            models.CheckConstraint(
                condition=Q(claimed_at__isnull=True) | Q(state="sending"), name="letter_claimed_only_then"
            ),
        ]
        indexes = [
            # The drain, and what killed workers left behind.
            models.Index(
                fields=["due_at", "id"], name="letter_open", condition=Q(state__in=["queued", "sending"])
            ),
            models.Index(fields=["conversation", "id"], name="letter_story"),
            # The admin's list of those that did not arrive.
            models.Index(
                fields=["state", "-id"], name="letter_trouble", condition=Q(state__in=["failed", "uncertain"])
            ),
            # Whether an address was refused before, and how much it got of late.
            models.Index(fields=["email", "-id"], name="letter_to_address"),
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}: {self.state}"


@tracked()
class LetterText(models.Model):
    """What letters of a line say in one language around the answers; what is empty is said in built-in words."""

    queue = models.ForeignKey(
        Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="letter_texts"
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    subject = models.CharField(
        pgettext_lazy("letter", "subject"),
        max_length=150,
        blank=True,
        help_text=_("Empty: “{bank}: an answer to your question”."),
    )
    opening = models.TextField(
        _("opening words"),
        max_length=1000,
        blank=True,
        help_text=_("Empty: “You wrote to us in the chat. We answered while you were away:”."),
    )
    closing = models.TextField(
        _("closing words"),
        max_length=1000,
        blank=True,
        help_text=_("Empty: “To go on, write to us in the chat.”. A button into the chat follows."),
    )

    class Meta:
        verbose_name = _("words of letters")
        verbose_name_plural = _("letters to customers who left: words before and after the answers")
        ordering = ["language"]
        constraints = [models.UniqueConstraint(fields=["queue", "language"], name="letter_text_once")]

    def __str__(self) -> str:
        return self.get_language_display()

    def clean(self) -> None:
        if not (self.subject or self.opening or self.closing):
            raise ValidationError(_("Fill in at least one of the texts, or remove the row."))
