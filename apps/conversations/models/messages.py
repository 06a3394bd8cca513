from __future__ import annotations

from django.conf import settings
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVector
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.conversations.models.conversations import Conversation
from apps.conversations.models.customers import Identity
from apps.core.models.files import StoredFile
from apps.core.numbers import numbered


class AuthorKind(models.TextChoices):
    CUSTOMER = "customer", _("customer")
    OPERATOR = "operator", _("operator")
    BOT = "bot", _("bot")
    SYSTEM = "system", _("system")


class MessageKind(models.TextChoices):
    TEXT = "text", _("text")
    FILE = "file", _("file")
    NOTE = "note", _("note")
    SYSTEM = "system", _("system")


# The code of words to the customer that send him on: they are seen, and they are nobody's answer.
IN_PASSING = "in_passing"


class Message(models.Model):
    """One utterance. ``seq`` is its place in the conversation, without gaps; providers' clocks are not asked.

    ``identity`` is where it came from or goes to; notes and system lines have none. A system line is ``code``
    with ``params``, worded on the reader's screen in his language; of other messages it is
    ``IN_PASSING`` or empty. ``staff_only`` never reaches a customer.
    ``rev`` is the conversation's number at the last change of this message: catching up asks for rev > last.
    """

    conversation = models.ForeignKey(
        Conversation,
        on_delete=models.PROTECT,
        related_name="messages",
        db_index=False,
        verbose_name=_("conversation"),
    )
    seq = models.PositiveIntegerField()
    rev = models.PositiveIntegerField()
    kind = models.CharField(_("kind"), max_length=8, choices=MessageKind, default=MessageKind.TEXT)
    author_kind = models.CharField(_("author"), max_length=8, choices=AuthorKind)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("member of staff"),
    )
    identity = models.ForeignKey(
        Identity,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        db_index=False,
        verbose_name=_("identity"),
    )
    # NULL, not "", where the sender gave none: NULLs never collide.
    client_id = models.CharField(max_length=64, null=True, blank=True)  # noqa: DJ001
    text = models.TextField(_("text"), blank=True)
    code = models.CharField(max_length=40, blank=True)
    params = models.JSONField(default=dict, blank=True)
    staff_only = models.BooleanField(_("for staff only"), default=False)
    reply_to = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.SET_NULL, related_name="+", db_index=False
    )
    at = models.DateTimeField(_("when"))
    edited_at = models.DateTimeField(_("edited at"), null=True, blank=True)
    deleted_at = models.DateTimeField(_("deleted at"), null=True, blank=True)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        constraints = [
            models.UniqueConstraint(fields=["conversation", "seq"], name="message_seq_once"),
            models.UniqueConstraint(
                fields=["identity", "client_id"],
                condition=models.Q(author_kind="customer", client_id__isnull=False),
                name="message_client_id_once_per_identity",
            ),
            models.UniqueConstraint(
                fields=["author", "client_id"],
                condition=models.Q(author__isnull=False, client_id__isnull=False),
                name="message_client_id_once_per_user",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="note") | models.Q(staff_only=True),
                name="message_note_is_staff_only",
            ),
            models.CheckConstraint(
                condition=models.Q(kind__in=["text", "file", "note", "system"]), name="message_kind_is_known"
            ),
            models.CheckConstraint(
                condition=models.Q(author_kind__in=["customer", "operator", "bot", "system"]),
                name="message_author_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(author_kind="customer", identity__isnull=False)
                | ~models.Q(author_kind="customer"),
                name="message_customer_has_identity",
            ),
        ]
        indexes = [
            # Words of a conversation's story; "russian" stems Russian and English alike.
            GinIndex(SearchVector("text", config="russian"), name="message_words"),
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}/{self.seq}"


class MessageVersion(models.Model):
    """What a message said before it was edited or deleted, by whom and when: changes are facts, not losses."""

    class Change(models.TextChoices):
        EDIT = "edit", _("edited")
        DELETE = "delete", _("deleted")
        REDACT = "redact", _("card number hidden")

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="versions")
    change = models.CharField(_("change"), max_length=6, choices=Change)
    text = models.TextField(_("text before"), blank=True)
    by_kind = models.CharField(_("by"), max_length=12)
    by_id = models.BigIntegerField(null=True)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("message version")
        verbose_name_plural = _("message versions")

    def __str__(self) -> str:
        return f"{self.message_id} {self.change}"


class Attachment(models.Model):
    """A file that belongs to a message. A file is attached once."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    file = models.OneToOneField(StoredFile, on_delete=models.PROTECT, related_name="attachment")
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("attachment")
        verbose_name_plural = _("attachments")
        ordering = ["position"]

    def __str__(self) -> str:
        return str(self.file)
