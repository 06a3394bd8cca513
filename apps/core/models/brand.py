from __future__ import annotations

import re

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked


def validate_colour(value: str) -> None:
    """Accept #rrggbb only: the value is printed into style sheets."""
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", value):
        raise ValidationError(_("Write the colour as #1a5fb4."))


@tracked()
class Brand(models.Model):
    """How the bank looks in widget, workspace, admin and letters. There is one row."""

    name = models.CharField(_("bank's name"), max_length=80, default="Otklik")
    name_en = models.CharField(
        _("bank's name in English"),
        max_length=80,
        blank=True,
        default="",
        db_default="",
        help_text=_("Empty: the same."),
    )
    accent = models.CharField(_("main colour"), max_length=7, default="#2457d6", validators=[validate_colour])
    logo = models.ForeignKey(
        "core.StoredFile",
        verbose_name=_("logo"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )

    class Meta:
        verbose_name = _("look of the bank")
        verbose_name_plural = _("look of the bank")
        constraints = [models.CheckConstraint(condition=models.Q(pk=1), name="brand_is_one_row")]

    def __str__(self) -> str:
        return self.called(get_language() or "")

    def called(self, language: str) -> str:
        """The bank's name for readers of a language."""
        return (language == "en" and self.name_en) or self.name

    def on_accent(self) -> str:
        """White or near black, whichever is read better on the main colour (WCAG 2.2, relative luminance)."""
        channels = (int(self.accent[start : start + 2], 16) / 255 for start in (1, 3, 5))
        red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
        return "#ffffff" if 0.2126 * red + 0.7152 * green + 0.0722 * blue < 0.179 else "#14171f"
