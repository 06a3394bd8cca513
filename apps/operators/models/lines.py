from __future__ import annotations

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.history import tracked
from apps.operators.models.hours import Calendar
from apps.operators.models.people import LEVELS, Operator, Skill

DAY = 24 * 3600  # seconds; longer waits inside a line are no setting but a mistake
_WITHIN_A_DAY = [MaxValueValidator(DAY)]


class Offering(models.TextChoices):
    """How work comes to the members of a line."""

    AUTOMATIC = "automatic", _("it is offered to them")
    PULL = "pull", _("they take it themselves")
    BOTH = "both", _("both")


class Policy(models.TextChoices):
    """Who of several free members is offered the next conversation."""

    LEAST_BUSY = "least_busy", _("the least busy, by his capacity")
    LONGEST_IDLE = "longest_idle", _("who has had nothing new for longest")
    ROUND_ROBIN = "round_robin", _("in turn")
    BEST_SKILL = "best_skill", _("who knows it best")


class OutOfHours(models.TextChoices):
    """What becomes of a message that comes while the line is closed."""

    APART = "apart", _("it is taken and stands apart until the line opens")
    WAITS = "waits", _("it is taken and waits in the line like any other")
    FORM = "form", _("the chat asks for a contact and the question instead")


@tracked(exclude=("live_priority",))
class Queue(models.Model):
    """A waiting line: conversations of one sort, waiting for its members."""

    name = models.CharField(_("name"), max_length=80, unique=True)
    public_name_ru = models.CharField(
        _("name for customers, Russian"), max_length=80, blank=True, help_text=_("Empty: the name above.")
    )
    public_name_en = models.CharField(_("name for customers, English"), max_length=80, blank=True)
    priority = models.IntegerField(
        _("priority"),
        default=0,
        help_text=_("Conversations of a line with a higher number are offered first."),
        validators=[MinValueValidator(-1000), MaxValueValidator(1000)],
    )
    calendar = models.ForeignKey(
        Calendar,
        verbose_name=_("hours"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="queues",
        help_text=_("Empty: always open."),
    )
    is_default = models.BooleanField(
        _("common line"), default=False, help_text=_("Takes what no other line takes. There is exactly one.")
    )
    is_active = models.BooleanField(_("on"), default=True, help_text=_("Off: takes no new conversations."))
    shares_history = models.BooleanField(
        _("shares its history"),
        default=True,
        help_text=_("Whoever holds a conversation of a customer may read his earlier ones of this line."),
    )
    reopen_hours = models.PositiveSmallIntegerField(
        _("reopens for, hours"),
        default=24,
        validators=[MaxValueValidator(24 * 90)],
        help_text=_("A customer's message this long after closing continues the same conversation."),
    )
    offering = models.CharField(
        _("work"),
        max_length=9,
        choices=Offering,
        default=Offering.BOTH,
        help_text=_("Taking a certain conversation out of turn needs a right of its own."),
    )
    policy = models.CharField(_("offered to"), max_length=12, choices=Policy, default=Policy.LEAST_BUSY)
    outside = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("served outside by"),
        null=True,
        blank=True,
        limit_choices_to={"is_service": True, "api_token__isnull": False},
        on_delete=models.PROTECT,
        related_name="outside_lines",
        help_text=_(
            "A partner's system takes and answers its conversations by REST and webhooks. What it does not accept "
            "in time goes back to where it came from. Empty: operators answer."
        ),
    )
    accept_seconds = models.PositiveIntegerField(
        _("time to accept, seconds"),
        default=30,
        validators=_WITHIN_A_DAY,
        help_text=_("Then it is offered to somebody else. 0: given without asking."),
    )
    prefers_last_seconds = models.PositiveIntegerField(
        _("waits for the last operator, seconds"),
        default=60,
        validators=_WITHIN_A_DAY,
        help_text=_("Who answered the customer last is asked first, for this long. 0: not."),
    )
    prefers_manager_seconds = models.PositiveIntegerField(
        _("waits for the personal manager, seconds"),
        default=120,
        validators=_WITHIN_A_DAY,
        help_text=_("The customer's personal manager is asked first, for this long. 0: not."),
    )
    matches_language = models.BooleanField(
        _("matches the customer's language"),
        default=False,
        help_text=_("Only who has the skill of that language is offered the conversation."),
    )
    language_relax_seconds = models.PositiveIntegerField(
        _("for this long, seconds"),
        default=0,
        validators=_WITHIN_A_DAY,
        help_text=_("Whoever waits longer may get anybody. 0: never."),
    )
    idle_minutes = models.PositiveSmallIntegerField(
        _("silent conversation frees its place after, minutes"),
        default=15,
        validators=[MaxValueValidator(24 * 60)],
        help_text=_("Answered, and the customer says nothing: its holder may be given another. 0: never."),
    )
    own_wait_seconds = models.PositiveIntegerField(
        _("then waits for its holder, seconds"),
        default=120,
        validators=_WITHIN_A_DAY,
        help_text=_("When the customer writes again and the holder is full. After that anybody may take it."),
    )
    wrap_up_seconds = models.PositiveIntegerField(
        _("after-work, seconds"),
        default=0,
        validators=_WITHIN_A_DAY,
        help_text=_(
            "After closing a conversation nothing new is offered for this long; it can be cut short."
        ),
    )
    out_of_hours = models.CharField(
        _("out of hours"),
        max_length=5,
        choices=OutOfHours,
        default=OutOfHours.APART,
        help_text=_("A form is for the chat on the site and in the app; elsewhere a message stands apart."),
    )
    last_minutes = models.PositiveSmallIntegerField(
        _("last minutes before closing"),
        default=0,
        validators=[MaxValueValidator(4 * 60)],
        help_text=_("New conversations in them are treated as below. 0: like all others."),
    )
    last_minutes_closed = models.BooleanField(
        _("in them as out of hours"),
        default=True,
        help_text=_("Off: they are taken as ever, and only the text below is told."),
    )
    last_minutes_text_ru = models.CharField(
        _("told then, Russian"), max_length=300, blank=True, help_text=_("Empty: a text of ours.")
    )
    last_minutes_text_en = models.CharField(_("told then, English"), max_length=300, blank=True)
    tells_position = models.BooleanField(
        _("tells the place in line"),
        default=False,
        help_text=_("Who waits in the chat sees how many stand before him."),
    )
    tells_estimate = models.BooleanField(
        _("tells the time of waiting"),
        default=False,
        help_text=_(
            "As a range, from who is at work now and what they do; nothing is told while it is unknown."
        ),
    )
    offer_contact_seconds = models.PositiveIntegerField(
        _("offers to leave a contact after, seconds"),
        null=True,
        blank=True,
        validators=_WITHIN_A_DAY,
        help_text=_("Of waiting. Empty: never."),
    )
    offer_callback_seconds = models.PositiveIntegerField(
        _("offers to be called back after, seconds"),
        null=True,
        blank=True,
        validators=_WITHIN_A_DAY,
        help_text=_("Of waiting. Empty: never."),
    )
    offer_messenger_seconds = models.PositiveIntegerField(
        _("offers to continue in a messenger after, seconds"),
        null=True,
        blank=True,
        validators=_WITHIN_A_DAY,
        help_text=_(
            "Of waiting; the place in line is kept. In which messengers, their channels say. Empty: never."
        ),
    )
    skills = models.ManyToManyField(
        Skill, through="operators.LineSkill", verbose_name=_("skills needed"), related_name="+"
    )
    members = models.ManyToManyField(
        "operators.Operator",
        through="operators.QueueMembership",
        related_name="queues",
        verbose_name=_("members"),
    )
    # The priority that works now: of the version of the rules in force. Only publishing writes it.
    live_priority = models.IntegerField(default=0, editable=False)

    class Meta:
        verbose_name = _("line")
        verbose_name_plural = _("lines")
        ordering = ["-priority", "id"]
        permissions = [("configure_all_lines", _("Can configure every line, not only one's own"))]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"], condition=models.Q(is_default=True), name="queue_one_default"
            ),
            # What a partner does not take must have somewhere to go back to, and a moment at which it does.
            models.CheckConstraint(
                condition=models.Q(outside__isnull=True) | models.Q(is_default=False, accept_seconds__gt=0),
                name="queue_outside_gives_back",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def public_name(self, language: str) -> str:
        """The name a customer reads."""
        english = self.public_name_en if language == "en" else ""
        return english or self.public_name_ru or self.name

    def public_names(self) -> dict[str, str]:
        """The same in each language, for a line of the system that screens word."""
        return {language: self.public_name(language) for language in ("ru", "en")}

    def last_minutes_text(self, language: str) -> str:
        """What is told before closing; empty: the chat's own words."""
        english = self.last_minutes_text_en if language == "en" else ""
        return english or self.last_minutes_text_ru


@tracked()
class QueueMembership(models.Model):
    """An operator's place in a line: with it its conversations are his to see and to accept."""

    queue = models.ForeignKey(
        Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="memberships"
    )
    operator = models.ForeignKey(
        Operator, verbose_name=_("operator"), on_delete=models.CASCADE, related_name="memberships"
    )

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["queue", "operator"], name="membership_once")]

    def __str__(self) -> str:
        return f"{self.operator} — {self.queue}"


class EditedHours(models.Model):
    """The hours of a line were edited, and what waits there has not followed yet. Written with the edit itself."""

    queue = models.OneToOneField(Queue, primary_key=True, on_delete=models.CASCADE, related_name="+")
    # As of this moment it is asked whether the edit closed the line: a day that ends later closes it by itself.
    at = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.queue_id}: {self.at}"


@tracked()
class LineSkill(models.Model):
    """A skill that a line's conversations need, at a level that falls while the customer waits."""

    queue = models.ForeignKey(
        Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="skill_needs"
    )
    skill = models.ForeignKey(Skill, verbose_name=_("skill"), on_delete=models.CASCADE, related_name="+")
    level = models.PositiveSmallIntegerField(_("level, 1 to 5"), default=1, validators=LEVELS)
    relax_seconds = models.PositiveIntegerField(
        _("one level less each, seconds"),
        default=0,
        validators=_WITHIN_A_DAY,
        help_text=_("0: it never relaxes."),
    )

    class Meta:
        verbose_name = _("skill needed")
        verbose_name_plural = _("skills needed")
        constraints = [
            models.UniqueConstraint(fields=["queue", "skill"], name="line_skill_once"),
            models.CheckConstraint(condition=models.Q(level__range=(1, 5)), name="line_skill_is_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.skill} {self.level}"


@tracked()
class Overflow(models.Model):
    """When a line cannot cope, its conversations go on to a reserve line that is open and has not had them yet."""

    class By(models.TextChoices):
        WAIT = "wait", _("one has waited so many seconds")
        LENGTH = "length", _("more than so many wait")
        NO_STAFF = "no_staff", _("nobody has been at work for so many seconds")

    queue = models.ForeignKey(
        Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="overflows"
    )
    by = models.CharField(_("when"), max_length=8, choices=By)
    limit = models.PositiveIntegerField(_("limit"), validators=_WITHIN_A_DAY)
    reserve = models.ForeignKey(
        Queue, verbose_name=_("reserve line"), on_delete=models.CASCADE, related_name="+"
    )

    class Meta:
        verbose_name = _("overflow")
        verbose_name_plural = _("overflows")
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(fields=["queue", "by", "reserve"], name="overflow_once"),
            models.CheckConstraint(
                condition=~models.Q(queue=models.F("reserve")), name="overflow_not_into_itself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_by_display()} {self.limit} → {self.reserve}"
