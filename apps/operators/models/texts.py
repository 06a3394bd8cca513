from __future__ import annotations

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.core.models.brand import validate_colour
from apps.operators.models.lines import Queue
from apps.operators.models.people import Operator


@tracked()
class Tag(models.Model):
    """A mark that staff put on conversations."""

    name = models.CharField(_("name"), max_length=40, unique=True)
    colour = models.CharField(_("colour"), max_length=7, default="#7a8699", validators=[validate_colour])
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("tag")
        verbose_name_plural = _("tags")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class TemplateFolder(models.Model):
    """A shelf of reply templates."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("template folder")
        verbose_name_plural = _("template folders")
        ordering = ["position", "name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class ReplyTemplate(models.Model):
    """A prepared answer with {placeholders}, offered by "/" in the composer. It never sends by itself.

    Common without line and owner; of one line with a line; personal with an owner.
    """

    folder = models.ForeignKey(
        TemplateFolder,
        verbose_name=_("folder"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="templates",
    )
    shortcut = models.CharField(
        _("shortcut"),
        max_length=30,
        validators=[RegexValidator(r"^[\w\-]+$", _("Letters, digits, “-” and “_” only."))],
        help_text=_("What is typed after “/”."),
    )
    title = models.CharField(_("title"), max_length=120)
    text = models.TextField(_("text"), max_length=4000)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="ru")
    queue = models.ForeignKey(
        Queue,
        verbose_name=_("only in line"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="templates",
    )
    owner = models.ForeignKey(
        Operator,
        verbose_name=_("personal, of"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="templates",
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)
    is_active = models.BooleanField(_("on"), default=True)

    class Meta:
        verbose_name = _("reply template")
        verbose_name_plural = _("reply templates")
        ordering = ["position", "shortcut"]
        constraints = [
            models.UniqueConstraint(
                fields=["shortcut", "language", "queue", "owner"],
                name="template_shortcut_once",
                nulls_distinct=False,
            )
        ]

    def __str__(self) -> str:
        return f"/{self.shortcut} {self.title}"
