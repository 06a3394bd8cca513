from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked

LEVELS = (MinValueValidator(1), MaxValueValidator(5))  # of a skill: 1 knows a little, 5 best


@tracked()
class Skill(models.Model):
    """Something an operator is good at: a product, a language. Lines and rules may need it at a level."""

    name = models.CharField(_("name"), max_length=60, unique=True)
    language = models.CharField(
        _("is the language"),
        max_length=5,
        choices=settings.LANGUAGES,
        blank=True,
        help_text=_("Lines that match the customer's language look for whoever has this skill."),
    )

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["language"], condition=~models.Q(language=""), name="skill_one_per_language"
            )
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class Operator(models.Model):
    """A member of staff who answers customers."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        on_delete=models.CASCADE,
        primary_key=True,
        related_name="operator",
    )
    public_name = models.CharField(_("name for customers"), max_length=80)
    title = models.CharField(
        _("position"), max_length=80, blank=True, help_text=_("Shown to customers under the name.")
    )
    avatar = models.ForeignKey(
        "core.StoredFile",
        verbose_name=_("picture"),
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="+",
    )
    capacity = models.PositiveSmallIntegerField(
        _("holds at once"),
        default=5,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("In units: what a conversation weighs is said for each kind of channel."),
    )
    skills = models.ManyToManyField(
        Skill,
        through="operators.SkillLevel",
        verbose_name=_("skills"),
        blank=True,
        related_name="operators",
    )
    is_active = models.BooleanField(_("works here"), default=True)

    class Meta:
        verbose_name = _("operator")
        verbose_name_plural = _("operators")
        ordering = ["public_name"]
        permissions = [
            # A mark on groups: whoever runs lines may put the operators he makes into such a group.
            ("given_by_supervisors", _("Supervisors may put operators into this group")),
        ]

    def __str__(self) -> str:
        return self.public_name


@tracked()
class SkillLevel(models.Model):
    """How well an operator knows something, 1 to 5."""

    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="skill_levels"
    )
    skill = models.ForeignKey(Skill, verbose_name=_("skill"), on_delete=models.CASCADE, related_name="levels")
    level = models.PositiveSmallIntegerField(_("level, 1 to 5"), default=3, validators=LEVELS)

    class Meta:
        verbose_name = _("skill")
        verbose_name_plural = _("skills")
        constraints = [
            models.UniqueConstraint(fields=["operator", "skill"], name="skill_level_once"),
            models.CheckConstraint(condition=models.Q(level__range=(1, 5)), name="skill_level_is_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"
