from __future__ import annotations

from django.conf import settings
from django.contrib.auth.models import Group
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.channels.models import Channel
from apps.conversations.models.conversations import Conversation
from apps.core.history import tracked
from apps.operators.models import Queue


class Right(models.TextChoices):
    """What a grant lets a group do with conversations. *See text* includes *see metadata*."""

    METADATA = "see_metadata", _("see that it exists")
    TEXT = "see_text", pgettext_lazy("right", "read")
    PERSONAL = "see_personal", _("see personal data")
    ANSWER = "answer", _("accept and answer")
    PICK = "pick", _("take any waiting one, out of turn")
    TAKE_OVER = "take_over", _("take over from a colleague")


class Scope(models.TextChoices):
    OWN = "own", _("lines one is a member of")
    LINE = "line", _("one line")
    ALL = "all", _("all lines")


@tracked()
class Grant(models.Model):
    """A right of a group over conversations of some lines and channels. There is no other way to see one."""

    group = models.ForeignKey(Group, verbose_name=_("group"), on_delete=models.CASCADE, related_name="grants")
    right = models.CharField(_("right"), max_length=14, choices=Right)
    scope = models.CharField(_("where"), max_length=4, choices=Scope, default=Scope.OWN)
    queue = models.ForeignKey(
        Queue, verbose_name=_("line"), null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    channel = models.ForeignKey(
        Channel,
        verbose_name=_("only in channel"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="+",
    )

    class Meta:
        verbose_name = _("grant")
        verbose_name_plural = _("grants")
        constraints = [
            models.UniqueConstraint(
                fields=["group", "right", "scope", "queue", "channel"],
                name="grant_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                condition=models.Q(scope="line", queue__isnull=False)
                | (~models.Q(scope="line") & models.Q(queue__isnull=True)),
                name="grant_line_only_with_line_scope",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.group}: {self.get_right_display()}"


class Role(models.TextChoices):
    HOLDER = "holder", _("holder")
    HELPER = "helper", _("helper")
    OBSERVER = "observer", _("observer")
    BOT = "bot", _("bot")


class Participant(models.Model):
    """A member of staff's part in a conversation, from–to. An open one gives sight; holder and helper answer.

    Somebody whose part has ended is a former holder: it shows in "recent" and gives no right by itself. The
    application of a bot sees this conversation and no other of its customer, and answers while the bot has it.
    """

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="participants")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(_("role"), max_length=8, choices=Role)
    since = models.DateTimeField(_("from"))
    until = models.DateTimeField(_("to"), null=True, blank=True)
    # A bot's name in the customer's language, as his messages show it; people have names of their own.
    called = models.CharField(_("called"), max_length=60, blank=True, default="", db_default="")

    class Meta:
        verbose_name = _("participant")
        verbose_name_plural = _("participants")
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "user", "role"],
                condition=models.Q(until__isnull=True),
                name="participant_once_at_a_time",
            )
        ]
        indexes = [
            # Sight by participation, and "recent" by the moment it ended.
            models.Index(
                fields=["user", "conversation"],
                name="participant_open",
                condition=models.Q(until__isnull=True),
            ),
            models.Index(
                fields=["user", "-until"], name="participant_recent", condition=models.Q(until__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.conversation_id}: {self.role}"
