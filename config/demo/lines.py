"""Lines of the demo bank: for people, and six for businesses; how each gives its work, and where it overflows."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from apps.operators.models import Calendar, LineSkill, Overflow, Queue, Skill
from apps.routing.models import KindWeight

WEEKDAYS, DAYTIME = "Будни 9–18", "Ежедневно 9–21"
# Skills that are languages; every other one is a product.
LANGUAGES = {"Английский": "en", "Русский": "ru"}


@dataclass(frozen=True)
class Line:
    """``needs``: skill -> (level, seconds after which it falls by one). ``terms``: columns of the line."""

    name: str
    english: str
    priority: int
    hours: str | None = None
    needs: dict[str, tuple[int, int]] = field(default_factory=dict)
    terms: dict[str, Any] = field(default_factory=dict)


LINES = {
    # Given without asking: nobody weighs whether to take a theft.
    "fraud": Line(
        "Антифрод",
        "Suspicious payments",
        100,
        terms={"offering": "automatic", "accept_seconds": 0, "policy": "longest_idle"},
    ),
    # Offered, with half a minute to accept; the client's own assistant first.
    "assistants": Line(
        "Бизнес-ассистенты",
        "Business assistants",
        60,
        terms={
            "offering": "automatic",
            "accept_seconds": 30,
            "prefers_manager_seconds": 180,
            "prefers_last_seconds": 90,
            "wrap_up_seconds": 20,
        },
    ),
    "kassa": Line(
        "Касса: поддержка",
        "Cash desk support",
        50,
        needs={"Касса": (4, 60)},
        terms={"offering": "automatic", "accept_seconds": 40, "policy": "best_skill"},
    ),
    "accounting": Line(
        "Бухгалтерия",
        "Bookkeeping",
        40,
        WEEKDAYS,
        needs={"Бухгалтерия": (3, 300)},
        terms={"offering": "both", "policy": "longest_idle"},
    ),
    "support": Line(
        "Техническая поддержка",
        "Technical support",
        30,
        terms={
            "offering": "both",
            "accept_seconds": 45,
            "policy": "round_robin",
            "matches_language": True,
            "language_relax_seconds": 60,
        },
    ),
    # Who waits here sees his place and an honest range, and may ask to be called back.
    "cards": Line(
        "Карты и счета",
        "Cards and accounts",
        20,
        terms={
            "offering": "pull",
            "tells_position": True,
            "tells_estimate": True,
            "offer_callback_seconds": 300,
        },
    ),
    # At night the chat asks for a contact: a credit is talked about, not written about.
    "loans": Line(
        "Кредиты и ипотека",
        "Loans and mortgages",
        20,
        DAYTIME,
        terms={"offering": "pull", "out_of_hours": "form", "last_minutes": 15},
    ),
    "kassa_sales": Line(
        "Касса: продажи",
        "Cash desk sales",
        10,
        WEEKDAYS,
        terms={"offering": "both", "idle_minutes": 5},
    ),
    # A partner's people answer here, in their own system (partner.py).
    "insurance": Line(
        "Страхование: партнёр", "Insurance", 8, terms={"offering": "automatic", "accept_seconds": 90}
    ),
    # Letters wait for whoever has a quiet minute; who wrote one is not watched for silence.
    "mail": Line("Почта", "Letters", 5, terms={"offering": "pull", "idle_minutes": 0, "reopen_hours": 168}),
    "common": Line("Общая линия", "General questions", 0, terms={"offering": "pull"}),
}
# From, when, limit, to.
WAYS = (
    ("kassa", Overflow.By.WAIT, 180, "support"),
    ("kassa_sales", Overflow.By.NO_STAFF, 600, "assistants"),
    ("support", Overflow.By.LENGTH, 15, "common"),
)
WEIGHTS = {"web": "1", "app": "0.8", "telegram": "0.7", "email": "0.5"}


def make_lines(calendars: dict[str, Calendar]) -> dict[str, Queue]:
    """The lines by their code."""
    for name, language in LANGUAGES.items():
        Skill.objects.create(name=name, language=language)
    return {code: _line(code, line, calendars) for code, line in LINES.items()}


def _line(code: str, line: Line, calendars: dict[str, Calendar]) -> Queue:
    values = {"name": line.name, "public_name_en": line.english, "priority": line.priority, **line.terms}
    values |= {"calendar": calendars[line.hours] if line.hours else None}
    if code == "common":
        # Every installation has a common line from its first migration on: the demo gives it a name.
        queue, _created = Queue.objects.update_or_create(is_default=True, defaults=values)
    else:
        queue = Queue.objects.create(**values)
    for skill, (level, relax) in line.needs.items():
        LineSkill.objects.create(queue=queue, skill=skill_called(skill), level=level, relax_seconds=relax)
    return queue


def skill_called(name: str) -> Skill:
    found, _made = Skill.objects.get_or_create(name=name)
    return found


def add_ways(lines: dict[str, Queue]) -> None:
    """Where lines overflow."""
    for line, by, limit, reserve in WAYS:
        Overflow.objects.create(queue=lines[line], by=by, limit=limit, reserve=lines[reserve])


def weigh_kinds() -> None:
    """What each kind of channel takes of an operator's capacity, of the kinds there are here."""
    known = {kind for kind, _label in KindWeight._meta.get_field("kind").flatchoices}
    for kind in WEIGHTS.keys() & known:
        KindWeight.objects.create(kind=kind, units=Decimal(WEIGHTS[kind]))
