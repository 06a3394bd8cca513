from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.conversations.models import Customer
from apps.core.fields import EncryptedTextField
from apps.core.history import tracked
from apps.routing.models.rules import Category

# What waits for an answer is placed without it after three seconds (services/sweeps.py).
LONGEST_WAIT_MS = 2500


@tracked(exclude=("secret",))
class LookupSetting(models.Model):
    """How the bank's own system is asked who a customer is before he is placed. There is one row."""

    is_on = models.BooleanField(_("on"), default=False)
    url = models.URLField(
        _("address"),
        max_length=500,
        blank=True,
        help_text=_(
            "It is sent the bank's number of the customer, and answers with category and attributes."
        ),
    )
    header = models.CharField(_("header of the key"), max_length=60, default="Authorization")
    secret = EncryptedTextField(_("key"), blank=True)
    timeout_ms = models.PositiveSmallIntegerField(
        _("time to answer, ms"),
        default=800,
        validators=[MinValueValidator(50), MaxValueValidator(LONGEST_WAIT_MS)],
        help_text=_("Whoever is not answered for in time is placed by what is known without it."),
    )
    keep_minutes = models.PositiveSmallIntegerField(
        _("an answer holds, minutes"),
        default=10,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("0: every new conversation asks."),
    )
    channels = models.ManyToManyField(
        Channel,
        verbose_name=_("only in these channels"),
        blank=True,
        related_name="+",
        help_text=_("None chosen: in all."),
    )
    default_category = models.ForeignKey(
        Category,
        verbose_name=_("category without an answer"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
        help_text=_("Of customers whose category is not known and who could not be asked about."),
    )

    class Meta:
        verbose_name = _("asking the bank's system")
        verbose_name_plural = _("asking the bank's system")
        constraints = [
            models.CheckConstraint(condition=models.Q(pk=1), name="lookup_setting_is_one_row"),
            models.CheckConstraint(
                condition=models.Q(is_on=False) | ~models.Q(url=""), name="lookup_on_has_address"
            ),
            models.CheckConstraint(
                condition=models.Q(timeout_ms__range=(50, LONGEST_WAIT_MS)), name="lookup_waits_in_bounds"
            ),
        ]

    def __str__(self) -> str:
        return str(capfirst(self._meta.verbose_name))


class LookupOutcome(models.TextChoices):
    """What came of asking."""

    FOUND = "found", _("answered")
    UNKNOWN = "unknown", _("does not know him")
    LATE = "late", _("no answer in time")
    UNREACHABLE = "unreachable", _("not reached")
    REFUSED = "refused", _("the address is not allowed")
    STATUS = "status", _("answered with an error")
    BAD = "bad", _("the answer is not understood")
    LARGE = "large", _("the answer is too long")
    PAUSED = "paused", _("not asked: it failed several times lately")


class Lookup(models.Model):
    """What came of asking about a customer last. Keeps no words: the answer itself is in his attributes."""

    customer = models.OneToOneField(
        Customer, verbose_name=_("customer"), on_delete=models.CASCADE, primary_key=True, related_name="+"
    )
    asked_at = models.DateTimeField(_("when"))
    outcome = models.CharField(_("outcome"), max_length=12, choices=LookupOutcome)
    took_ms = models.PositiveIntegerField(_("took, ms"), default=0)

    class Meta:
        verbose_name = _("question to the bank's system")
        verbose_name_plural = _("questions to the bank's system")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(outcome__in=LookupOutcome.values), name="lookup_outcome_is_known"
            )
        ]
        indexes = [
            # The latest ones: whether it answers at all, and how often it failed.
            models.Index(fields=["-asked_at"], name="lookup_latest"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id}: {self.outcome}"
