from __future__ import annotations

import uuid

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.core.fields import EncryptedTextField
from apps.core.history import tracked


@tracked(exclude=("digest", "last_used_at"))
class ApiToken(models.Model):
    """A key of one integration. Shown once, kept as SHA-256; sees what its service account may see."""

    name = models.CharField(_("integration"), max_length=80, unique=True)
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("service account"),
        on_delete=models.CASCADE,
        related_name="api_token",
    )
    digest = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(_("ends with"), max_length=4, editable=False)
    scopes = ArrayField(
        models.CharField(max_length=40), verbose_name=pgettext_lazy("token", "may"), default=list
    )
    created_at = models.DateTimeField(_("created at"))
    expires_at = models.DateTimeField(_("valid until"))
    revoked_at = models.DateTimeField(_("revoked at"), null=True, blank=True)
    last_used_at = models.DateTimeField(_("last used"), null=True, blank=True)

    class Meta:
        verbose_name = _("API token")
        verbose_name_plural = _("API tokens")

    def __str__(self) -> str:
        return self.name


class IdempotentRequest(models.Model):
    """A write already asked for under this key: the same key gets the same answer for 24 hours."""

    token = models.ForeignKey(ApiToken, on_delete=models.CASCADE, related_name="+")
    key = models.CharField(max_length=80)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True)
    body = models.JSONField(null=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["token", "key"], name="idempotency_key_once")]

    def __str__(self) -> str:
        return self.key


@tracked(exclude=("secret", "old_secret"))
class WebhookSubscription(models.Model):
    """An address of the bank that is told of events of the chosen kinds."""

    name = models.CharField(_("name"), max_length=80)
    url = models.URLField(_("address"), max_length=500)
    kinds = ArrayField(models.CharField(max_length=60), verbose_name=_("events"), default=list)
    token = models.ForeignKey(
        ApiToken,
        verbose_name=_("sees as"),
        on_delete=models.CASCADE,
        related_name="webhooks",
        help_text=_("Only events of conversations that this integration may see are sent."),
    )
    secret = EncryptedTextField(_("signing key"))
    secret_set_at = models.DateTimeField(_("set at"), default=timezone.now, editable=False)
    old_secret = EncryptedTextField(
        _("previous signing key"),
        blank=True,
        help_text=_("While set, every request carries both signatures."),
    )
    is_active = models.BooleanField(_("on"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("webhook")
        verbose_name_plural = _("webhooks")

    def __str__(self) -> str:
        return self.name


class WebhookDelivery(models.Model):
    """One event on its way to one subscription. The receiver sees the same ``id`` on every try."""

    class State(models.TextChoices):
        WAITING = "waiting", _("waiting")
        SENT = "sent", _("sent")
        FAILED = "failed", _("given up")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    subscription = models.ForeignKey(
        WebhookSubscription, verbose_name=_("webhook"), on_delete=models.CASCADE, related_name="deliveries"
    )
    event = models.ForeignKey(
        "core.Event", verbose_name=_("event"), on_delete=models.CASCADE, related_name="+"
    )
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.WAITING)
    attempts_made = models.PositiveSmallIntegerField(_("tries"), default=0)
    due_at = models.DateTimeField(_("next try"))
    created_at = models.DateTimeField(_("created at"))

    class Meta:
        verbose_name = _("webhook delivery")
        verbose_name_plural = _("webhook deliveries")
        constraints = [
            models.UniqueConstraint(fields=["subscription", "event"], name="webhook_event_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=["waiting", "sent", "failed"]), name="webhook_state_is_known"
            ),
        ]
        indexes = [
            # The drain: what is due now, oldest first.
            models.Index(fields=["due_at"], name="webhook_due", condition=models.Q(state="waiting")),
            # The admin's list of those given up, newest first: few among millions that were sent.
            models.Index(fields=["-event", "-id"], name="webhook_failed", condition=models.Q(state="failed")),
        ]

    def __str__(self) -> str:
        return str(self.id)


class WebhookAttempt(models.Model):
    """One try of a webhook delivery: when, how long, what came back. Never the body of the answer."""

    delivery = models.ForeignKey(WebhookDelivery, on_delete=models.CASCADE, related_name="attempts")
    at = models.DateTimeField(_("when"))
    duration_ms = models.PositiveIntegerField(_("took, ms"))
    status = models.PositiveSmallIntegerField(_("answer"), null=True, blank=True)
    error = models.CharField(_("error"), max_length=200, blank=True)

    class Meta:
        verbose_name = _("webhook attempt")
        verbose_name_plural = _("webhook attempts")

    def __str__(self) -> str:
        return f"{self.at:%H:%M:%S} {self.status or self.error}"
