from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.conversations.models.customers import Customer, Identity
from apps.conversations.querysets import ConversationQuerySet
from apps.core.actors import ActorKind
from apps.core.numbers import numbered
from apps.operators.models import Queue, Tag


class State(models.TextChoices):
    """Where a conversation stands. Only ``services.lifecycle.move`` writes it."""

    NEW = "new", _("new")  # just opened, not yet placed; longer than 5 s is a fault
    BOT = "bot", _("with the bot")
    QUEUED = "queued", _("waiting")  # in its line, nobody holds it
    ASSIGNED = "assigned", _("in work")  # exactly one operator holds it
    SNOOZED = "snoozed", _("snoozed")  # waits for the customer or for a moment
    OFFLINE = "offline", _("out of hours")  # came while its line was closed
    CLOSED = "closed", _("closed")


class CloseReason(models.TextChoices):
    """What made it end, where that is not simply who closed it."""

    NO_REACTION = "no_reaction", _("the customer did not react")
    CONTACT_LEFT = "contact_left", _("the customer left a contact instead of waiting")


class Conversation(models.Model):
    """One request of one customer, from the first message to closing, over any of his channels.

    The unit of assignment, promise, rating and statistics. People know it by its number, the primary key.
    """

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="conversations"
    )
    thread = models.CharField(_("thread"), max_length=80, blank=True, default="")
    # The identity last written from, with its channel: answers go there.
    identity = models.ForeignKey(
        Identity, verbose_name=_("identity"), on_delete=models.PROTECT, related_name="+"
    )
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.PROTECT, related_name="+", db_index=False
    )
    line = models.ForeignKey(
        Queue,
        verbose_name=_("line"),
        on_delete=models.PROTECT,
        related_name="conversations",
        db_index=False,
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.NEW)
    state_since = models.DateTimeField(_("in this state since"))
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("held by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="held_conversations",
    )
    # What the customer wants, as a bot or an integration found it: a code.
    intent = models.CharField(_("wants"), max_length=60, blank=True)
    # Answered and silent for the line's time: its holder keeps it, but it takes no place of his.
    idle = models.BooleanField(_("silent"), default=False)
    preferred = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("preferably"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # The department the customer chose; routing checks that the channel offers it.
    requested_line = models.ForeignKey(
        Queue,
        verbose_name=_("line asked for"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    # The mailbox or number the first message was sent to, where a channel has several.
    written_to = models.CharField(_("written to"), max_length=200, blank=True)
    snoozed_until = models.DateTimeField(_("snoozed until"), null=True, blank=True)

    seq = models.PositiveIntegerField(default=0)  # number of the last message
    rev = models.PositiveIntegerField(default=0)  # rises with every visible change
    opened_at = models.DateTimeField(_("opened at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)
    closed_by = models.CharField(_("closed by"), max_length=12, choices=ActorKind, blank=True)
    close_reason = models.CharField(_("closed because"), max_length=12, choices=CloseReason, blank=True)
    last_at = models.DateTimeField(_("last message at"))
    last_text = models.CharField(_("last message"), max_length=160, blank=True)
    last_author = models.CharField(max_length=12, blank=True)
    # The first customer message nobody has answered yet.
    awaiting_since = models.DateTimeField(_("unanswered since"), null=True, blank=True)
    first_answer_at = models.DateTimeField(_("first answered at"), null=True, blank=True)
    unread = models.PositiveIntegerField(_("unread"), default=0)
    staff_read_seq = models.PositiveIntegerField(default=0)
    customer_delivered_seq = models.PositiveIntegerField(default=0)
    customer_read_seq = models.PositiveIntegerField(default=0)
    tags = models.ManyToManyField(Tag, through="conversations.ConversationTag", verbose_name=_("tags"))

    objects = ConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("conversation")
        verbose_name_plural = _("conversations")
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "thread"],
                condition=~models.Q(state="closed"),
                name="conversation_one_open_per_thread",
            ),
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["new", "bot", "queued", "assigned", "snoozed", "offline", "closed"]
                ),
                name="conversation_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(state="assigned", holder__isnull=False)
                | (~models.Q(state="assigned") & models.Q(holder__isnull=True)),
                name="conversation_held_only_when_assigned",
            ),
            models.CheckConstraint(
                condition=models.Q(idle=False) | models.Q(state="assigned"),
                name="conversation_idle_only_when_assigned",
            ),
            models.CheckConstraint(
                condition=models.Q(state="closed", closed_at__isnull=False)
                | (~models.Q(state="closed") & models.Q(closed_at__isnull=True)),
                name="conversation_closed_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(state="snoozed") | models.Q(snoozed_until__isnull=True),
                name="conversation_snoozed_until_only_then",
            ),
        ]
        indexes = [
            # The back office's list of one line or one channel, newest first.
            models.Index(fields=["line", "-id"], name="conversation_of_line"),
            models.Index(fields=["channel", "-id"], name="conversation_of_channel"),
            # Sections of the workspace and counters of a line: open conversations by line and state.
            models.Index(
                fields=["line", "state", "state_since"],
                name="conversation_open_by_line",
                condition=~models.Q(state="closed"),
            ),
            # "Mine".
            models.Index(
                fields=["holder"], name="conversation_by_holder", condition=models.Q(state="assigned")
            ),
            # "Recent" and reports: closed, newest first, keyset by (closed_at, id).
            models.Index(
                fields=["line", "-closed_at", "-id"],
                name="conversation_closed",
                condition=models.Q(state="closed"),
            ),
            # History of a customer, keyset by id.
            models.Index(fields=["customer", "-id"], name="conversation_by_customer"),
            # Snoozed ones whose moment has come.
            models.Index(
                fields=["snoozed_until"],
                name="conversation_wake",
                condition=models.Q(snoozed_until__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return numbered(self.pk)


class ConversationTag(models.Model):
    """A tag on a conversation, with who put it there."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="tagging")
    tag = models.ForeignKey(Tag, on_delete=models.CASCADE, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField()

    class Meta:
        verbose_name = _("mark on a conversation")
        verbose_name_plural = _("marks on conversations")
        constraints = [models.UniqueConstraint(fields=["conversation", "tag"], name="tag_once")]

    def __str__(self) -> str:
        return numbered(self.conversation_id)


class Draft(models.Model):
    """What an operator has typed and not sent. One per operator and conversation."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    text = models.TextField()
    note = models.BooleanField(default=False)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "conversation"], name="draft_once")]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id}"


class Rating(models.Model):
    """The customer's mark of a closed conversation, 1 to 5; may be changed until the next conversation."""

    conversation = models.OneToOneField(
        Conversation, verbose_name=_("conversation"), on_delete=models.CASCADE, related_name="rating"
    )
    score = models.PositiveSmallIntegerField(
        _("mark"), validators=[MinValueValidator(1), MaxValueValidator(5)]
    )
    comment = models.TextField(_("comment"), blank=True, max_length=2000)
    operator = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("operator"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("rating")
        verbose_name_plural = _("ratings")
        constraints = [
            models.CheckConstraint(condition=models.Q(score__range=(1, 5)), name="rating_is_1_to_5")
        ]

    def __str__(self) -> str:
        return f"{numbered(self.conversation_id)}: {self.score}"
