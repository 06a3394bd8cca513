from __future__ import annotations

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from apps.channels.models import Channel
from apps.conversations.querysets import CustomerQuerySet


class Verification(models.TextChoices):
    """How surely an identity is the person it says."""

    ANONYMOUS = "anonymous", _("anonymous")
    CLAIMED = "claimed", _("says so himself")
    CODE = "code", _("confirmed by code")
    SIGNED = "signed", _("signed by the bank")

    @classmethod
    def trusted(cls) -> tuple[str, str]:
        """Levels that open the person's history in other channels."""
        return cls.CODE, cls.SIGNED


class Customer(models.Model):
    """A person who writes to the bank. ``bank_id`` is the bank's own number for him, once known."""

    bank_id = models.CharField(_("bank's number"), max_length=80, null=True, blank=True, unique=True)
    name = models.CharField(pgettext_lazy("person", "name"), max_length=120, blank=True)
    phone = models.CharField(_("phone"), max_length=32, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    # The bank itself said that it is his; otherwise he typed it.
    email_vouched = models.BooleanField(_("the bank vouches for the e-mail"), default=False, db_default=False)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="ru")
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True)
    # Keys come from the bank's signed token or its REST call, never from the page.
    attributes = models.JSONField(_("attributes"), default=dict, blank=True)
    # His personal manager, when the bank has given him one: asked first where the line says so.
    manager = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("personal manager"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    merged_into = models.ForeignKey(
        "self",
        verbose_name=_("joined into"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("first seen"))

    objects = CustomerQuerySet.as_manager()

    class Meta:
        verbose_name = _("customer")
        verbose_name_plural = _("customers")
        constraints = [
            models.CheckConstraint(condition=~models.Q(bank_id=""), name="customer_bank_id_not_blank"),
            models.CheckConstraint(
                condition=models.Q(merged_into__isnull=True) | ~models.Q(merged_into=models.F("id")),
                name="customer_not_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return self.name or str(_("Customer %(number)s")) % {"number": self.pk}


class Identity(models.Model):
    """A person's address in one channel: a browser, an app user, a messenger account."""

    customer = models.ForeignKey(
        Customer, verbose_name=_("customer"), on_delete=models.PROTECT, related_name="identities"
    )
    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.PROTECT, related_name="+"
    )
    external_id = models.CharField(_("address in the channel"), max_length=200)
    name = models.CharField(_("name there"), max_length=120, blank=True)
    verification = models.CharField(
        _("verified"), max_length=10, choices=Verification, default=Verification.ANONYMOUS
    )
    created_at = models.DateTimeField(_("first seen"))

    class Meta:
        verbose_name = _("identity")
        verbose_name_plural = _("identities")
        constraints = [
            models.UniqueConstraint(fields=["channel", "external_id"], name="identity_once_per_channel"),
            models.CheckConstraint(
                condition=models.Q(verification__in=["anonymous", "claimed", "code", "signed"]),
                name="identity_verification_is_known",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.channel} · {self.name or self.external_id}"

    @property
    def is_trusted(self) -> bool:
        """Whether the person behind it may read what he wrote elsewhere."""
        return self.verification in Verification.trusted()


class Merge(models.Model):
    """Two customers found to be one: who said so, why, how surely. Can be undone.

    ``moved`` keeps what belonged to the absorbed customer (ids of identities and conversations, and the threads
    that had to be renamed), so that undoing needs no guess.
    """

    class Reason(models.TextChoices):
        SIGNED = "signed", _("signed in")
        MANUAL = "manual", _("by hand")
        LINK = "link", _("came by the link of a chat")

    kept = models.ForeignKey(
        Customer, verbose_name=_("kept"), on_delete=models.PROTECT, related_name="merges"
    )
    absorbed = models.ForeignKey(
        Customer, verbose_name=_("absorbed"), on_delete=models.PROTECT, related_name="+"
    )
    reason = models.CharField(_("reason"), max_length=10, choices=Reason)
    confidence = models.PositiveSmallIntegerField(_("confidence, %"), default=100)
    author = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("author"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    moved = models.JSONField(default=dict)
    at = models.DateTimeField(_("when"))
    undone_at = models.DateTimeField(_("undone at"), null=True, blank=True)
    undone_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("undone by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        verbose_name = _("merge")
        verbose_name_plural = _("merges")
        constraints = [
            models.UniqueConstraint(
                fields=["absorbed"], condition=models.Q(undone_at__isnull=True), name="merge_absorbed_once"
            ),
            models.CheckConstraint(
                condition=models.Q(confidence__lte=100), name="merge_confidence_is_percent"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.absorbed_id} → {self.kept_id}"
