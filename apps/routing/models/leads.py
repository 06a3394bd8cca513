from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Customer, Identity
from apps.core.numbers import numbered
from apps.operators.models import Queue


class LeadState(models.TextChoices):
    NEW = "new", pgettext_lazy("lead", "new")
    IN_WORK = "in_work", _("in work")
    DONE = "done", pgettext_lazy("lead", "done")
    FAILED = "failed", pgettext_lazy("lead", "failed")
    JOINED = "joined", _("joined to another")


class Wanted(models.TextChoices):
    ANSWER = "answer", _("an answer")
    CALLBACK = "callback", _("a call")


class Occasion(models.TextChoices):
    OUT_OF_HOURS = "out_of_hours", _("out of hours")
    WAITING = "waiting", _("instead of waiting")


OPEN_LEAD = models.Q(state__in=[LeadState.NEW, LeadState.IN_WORK])


class Lead(models.Model):
    """A contact that a customer left instead of a chat: somebody has to get back to him.

    While one is open, the same telephone or e-mail in the same line adds to it and makes no second one:
    ``phone_key`` and ``email_key`` are the forms in which they are compared.
    """

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="leads"
    )
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.PROTECT, related_name="+"
    )
    queue = models.ForeignKey(Queue, verbose_name=_("line"), on_delete=models.PROTECT, related_name="leads")
    conversation = models.ForeignKey(
        Conversation,
        verbose_name=_("conversation"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="leads",
    )
    name = models.CharField(pgettext_lazy("person", "name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    phone_key = models.CharField(max_length=32, blank=True, editable=False)
    email_key = models.CharField(max_length=254, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=LeadState, default=LeadState.NEW)
    reason = models.CharField(_("why it failed"), max_length=200, blank=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("owner"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    joined_into = models.ForeignKey(
        "self",
        verbose_name=_("joined to"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="joined",
    )
    created_at = models.DateTimeField(_("left at"))
    changed_at = models.DateTimeField(_("changed at"))
    closed_at = models.DateTimeField(_("closed at"), null=True, blank=True)

    class Meta:
        verbose_name = _("lead")
        verbose_name_plural = _("leads")
        ordering = ["-id"]
        permissions = [("export_lead", _("Can export leads"))]
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "phone_key"],
                condition=OPEN_LEAD & ~models.Q(phone_key=""),
                name="lead_one_open_per_phone",
            ),
            models.UniqueConstraint(
                fields=["queue", "email_key"],
                condition=OPEN_LEAD & ~models.Q(email_key=""),
                name="lead_one_open_per_email",
            ),
            models.CheckConstraint(
                condition=~models.Q(phone_key="") | ~models.Q(email_key=""), name="lead_can_be_reached"
            ),
            models.CheckConstraint(
                condition=models.Q(state__in=["new", "in_work", "done", "failed", "joined"]),
                name="lead_state_is_known",
            ),
            models.CheckConstraint(
                condition=models.Q(closed_at__isnull=True, state__in=["new", "in_work"])
                | models.Q(closed_at__isnull=False, state__in=["done", "failed", "joined"]),
                name="lead_closed_has_moment",
            ),
            models.CheckConstraint(
                condition=models.Q(state="joined", joined_into__isnull=False)
                | (~models.Q(state="joined") & models.Q(joined_into__isnull=True)),
                name="lead_joined_names_the_other",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="failed") | ~models.Q(reason=""), name="lead_failed_with_reason"
            ),
        ]
        indexes = [
            # Lists by line, newest first; open ones are looked for first.
            models.Index(fields=["queue", "-id"], name="lead_of_line"),
            models.Index(fields=["queue", "created_at"], name="lead_open", condition=OPEN_LEAD),
        ]

    def __str__(self) -> str:
        return numbered(self.pk)

    @property
    def is_open(self) -> bool:
        return self.state in (LeadState.NEW, LeadState.IN_WORK)


class LeadRequest(models.Model):
    """What the customer asked for, each time he left the contact."""

    lead = models.ForeignKey(Lead, on_delete=models.CASCADE, related_name="requests")
    wanted = models.CharField(_("wants"), max_length=8, choices=Wanted)
    occasion = models.CharField(_("left"), max_length=12, choices=Occasion)
    # As he typed it this time: what does not fit the lead it was joined to stays readable here.
    name = models.CharField(pgettext_lazy("person", "name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    question = models.TextField(_("question"), blank=True, max_length=4000)
    preferred = models.CharField(_("convenient time"), max_length=80, blank=True)
    identity = models.ForeignKey(
        Identity, verbose_name=_("identity"), on_delete=models.PROTECT, related_name="+"
    )
    client_id = models.CharField(max_length=64, editable=False)
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("request")
        verbose_name_plural = _("requests")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["identity", "client_id"], name="lead_request_once"),
            models.CheckConstraint(
                condition=models.Q(wanted__in=["answer", "callback"]), name="lead_request_wanted_is_known"
            ),
        ]

    def __str__(self) -> str:
        return self.get_wanted_display()
