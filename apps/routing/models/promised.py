"""What internal policies and public promises have in common."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST = 90 * 24 * 3600
LIMITS = [MinValueValidator(1), MaxValueValidator(LONGEST)]


class Pause(models.TextChoices):
    """When the clock of settling a request stands still."""

    NEVER = "never", _("never")
    SNOOZED = "snoozed", _("while it is snoozed")
    ANSWERED = "answered", _("while the customer is waited for, snoozed or not")
