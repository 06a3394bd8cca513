from __future__ import annotations

import secrets

from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.channels.adapters.registry import kind_choices
from apps.core.fields import EncryptedBinaryField, EncryptedTextField
from apps.core.history import tracked
from apps.core.models.brand import validate_colour


def new_public_key() -> str:
    """A key that names a channel on the bank's pages; it is public and opens nothing by itself."""
    return secrets.token_urlsafe(12)


@tracked(exclude=("webhook_secret",))
class Channel(models.Model):
    """A configured connection to customers: this site's widget, that app."""

    class FormField(models.TextChoices):
        NAME = "name", pgettext_lazy("person", "name")
        PHONE = "phone", _("phone")
        EMAIL = "email", _("e-mail")

    kind = models.CharField(_("kind"), max_length=20, choices=kind_choices)
    name = models.CharField(_("name"), max_length=80, unique=True)
    public_key = models.CharField(
        _("public key"), max_length=32, unique=True, default=new_public_key, editable=False
    )
    is_active = models.BooleanField(
        _("on"), default=True, help_text=_("Off: nobody can write here; conversations stay as they are.")
    )
    allowed_sites = ArrayField(
        models.CharField(max_length=200),
        verbose_name=_("sites"),
        default=list,
        blank=True,
        help_text=_("Addresses of pages that may show the widget, such as https://bank.example. One a line."),
    )
    accent = models.CharField(
        _("colour"),
        max_length=7,
        blank=True,
        validators=[validate_colour],
        help_text=_("Empty: the bank's own."),
    )
    title_ru = models.CharField(_("title, Russian"), max_length=80, blank=True)
    title_en = models.CharField(_("title, English"), max_length=80, blank=True)
    greeting_ru = models.TextField(_("greeting, Russian"), blank=True)
    greeting_en = models.TextField(_("greeting, English"), blank=True)
    promise_ru = models.CharField(_("promise, Russian"), max_length=200, blank=True)
    promise_en = models.CharField(_("promise, English"), max_length=200, blank=True)
    closed_text_ru = models.TextField(_("text when closed, Russian"), blank=True)
    closed_text_en = models.TextField(_("text when closed, English"), blank=True)
    form_fields = ArrayField(
        models.CharField(max_length=10, choices=FormField),
        verbose_name=_("asked before the chat"),
        default=list,
        blank=True,
    )
    form_required = models.BooleanField(_("answers are required"), default=False)
    edit_minutes = models.PositiveSmallIntegerField(
        _("customer may change a message for, minutes"),
        default=15,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("0 forbids it."),
    )
    text_limit = models.PositiveIntegerField(
        _("longest message, characters"),
        default=4000,
        validators=[MinValueValidator(100), MaxValueValidator(16_000)],
    )
    accepts_files = models.BooleanField(_("customer may send files"), default=True)
    asks_rating = models.BooleanField(_("ask for a rating after closing"), default=True)
    visitor_days = models.PositiveSmallIntegerField(
        _("remember a visitor for, days"), default=365, validators=[MinValueValidator(1)]
    )
    continues_chats = models.BooleanField(
        _("chats may be continued here"),
        default=True,
        db_default=True,
        help_text=_("Offered to who waits in a chat, where his line offers to continue in a messenger."),
    )
    sends_letters = models.BooleanField(
        _("answers go by e-mail to who has left"),
        default=True,
        db_default=True,
        help_text=_("To the address that the bank knows, else to the one the customer left in the chat."),
    )
    letter_gone_seconds = models.PositiveIntegerField(
        _("he counts as gone after, seconds"),
        default=60,
        db_default=60,
        validators=[MinValueValidator(10), MaxValueValidator(24 * 3600)],
        help_text=_("Without an open chat for so long."),
    )
    letter_unread_seconds = models.PositiveIntegerField(
        _("an answer waits to be read for, seconds"),
        default=120,
        db_default=120,
        validators=[MinValueValidator(10), MaxValueValidator(7 * 24 * 3600)],
    )
    letter_pause_minutes = models.PositiveSmallIntegerField(
        _("at most one letter of a conversation in, minutes"),
        default=15,
        db_default=15,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("What is answered meanwhile goes together in the next one. 0: no limit."),
    )
    webhook_secret = EncryptedTextField(
        _("webhook secret"), blank=True, help_text=_("Key by which incoming webhooks prove themselves.")
    )
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("channel")
        verbose_name_plural = _("channels")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def text(self, name: str, language: str) -> str:
        """A text of the channel in the reader's language, or in the other one where that is empty."""
        first, second = ("en", "ru") if language == "en" else ("ru", "en")
        return str(getattr(self, f"{name}_{first}") or getattr(self, f"{name}_{second}"))


@tracked(exclude=("secret",))
class ChannelKey(models.Model):
    """A key with which the bank signs who its customer is. Two may be active, for rotation."""

    class Algorithm(models.TextChoices):
        HS256 = "HS256", "HS256"
        EDDSA = "EdDSA", "EdDSA"

    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.CASCADE, related_name="keys"
    )
    name = models.CharField(_("key id"), max_length=40, help_text=_("The token's “kid”."))
    algorithm = models.CharField(_("algorithm"), max_length=6, choices=Algorithm, default=Algorithm.HS256)
    secret = EncryptedTextField(
        _("key"), help_text=_("HS256: a secret of at least 32 bytes. EdDSA: the public key in PEM.")
    )
    secret_set_at = models.DateTimeField(_("set at"), default=timezone.now, editable=False)
    is_active = models.BooleanField(_("on"), default=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)

    class Meta:
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        constraints = [models.UniqueConstraint(fields=["channel", "name"], name="channel_key_name_once")]

    def __str__(self) -> str:
        return f"{self.channel} · {self.name}"


class UsedToken(models.Model):
    """The jti of a signed token that was used: it signs nobody in again while it could still be valid."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="+")
    jti = models.CharField(max_length=80)
    expires_at = models.DateTimeField(db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "jti"], name="signed_token_once")]

    def __str__(self) -> str:
        return self.jti


class Visitor(models.Model):
    """A browser or an app that opened the chat. Appears when the chat is opened, before anything is written.

    ``external_id`` is the identity's address in the channel; the bearer token is kept as SHA-256 only.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="visitors")
    external_id = models.CharField(max_length=80)
    token_digest = models.CharField(max_length=64, unique=True)
    site = models.CharField(max_length=200, blank=True)
    language = models.CharField(_("language"), max_length=5, default="ru")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    page_url = models.CharField(_("page"), max_length=1000, blank=True)
    page_title = models.CharField(_("page title"), max_length=200, blank=True)
    browser = models.CharField(_("browser"), max_length=300, blank=True)
    address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    created_at = models.DateTimeField(_("first seen"))
    seen_at = models.DateTimeField(_("last seen"))
    expires_at = models.DateTimeField(_("token valid until"))

    class Meta:
        verbose_name = _("visitor")
        verbose_name_plural = _("visitors")
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="visitor_once_per_channel")
        ]

    def __str__(self) -> str:
        return self.external_id


class InboundUpdate(models.Model):
    """A raw item from a provider, stored before it is understood; the provider's 200 follows the commit.

    Body and headers are kept as received, encrypted. What fails three times is parked with its traceback and
    can be replayed; the others go on.
    """

    class State(models.TextChoices):
        PENDING = "pending", _("waiting")
        DONE = "done", _("understood")
        PARKED = "parked", _("parked")

    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.PROTECT, related_name="updates"
    )
    external_id = models.CharField(_("provider's number"), max_length=200)
    headers = EncryptedTextField(blank=True)
    body = EncryptedBinaryField()
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.PENDING)
    attempts = models.PositiveSmallIntegerField(_("tries"), default=0)
    error = models.TextField(_("error"), blank=True)
    received_at = models.DateTimeField(_("received at"))
    done_at = models.DateTimeField(_("understood at"), null=True, blank=True)

    class Meta:
        verbose_name = _("incoming update")
        verbose_name_plural = _("incoming updates")
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="update_once_per_channel"),
            # Any other state would be drained by nobody.
            models.CheckConstraint(
                condition=models.Q(state__in=["pending", "done", "parked"]), name="update_state_is_known"
            ),
        ]
        indexes = [
            # The ingest drain: oldest first within a channel.
            models.Index(
                fields=["channel", "id"], name="update_pending", condition=models.Q(state="pending")
            ),
            # Retention deletes in batches by age.
            models.Index(fields=["received_at"], name="update_age"),
        ]

    def __str__(self) -> str:
        return self.external_id
