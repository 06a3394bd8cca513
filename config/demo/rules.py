"""Which conversations belong to which line of the demo bank, and which customers matter more.

The case is a bank for small businesses: a known client goes to his assistants whatever he asks, the product's own
mailbox stands above the general one, and who came by an advertisement is rung up by sales.
"""

from __future__ import annotations

from typing import Any

from apps.operators.models import Queue
from apps.routing.models import Category, Condition, Rule, Segment

KASSA_MAILBOX, GENERAL_MAILBOX = "kassa@meridian.example", "help@meridian.example"
KNOWN = ("signed", "code")
# A condition: together, what, how, values, which.
Asked = tuple[str, str, str, list[Any], str]

SEGMENTS: dict[str, tuple[Asked, ...]] = {
    "Бизнес": (("all", "attribute", "known", [], "business"),),
    "Большой оборот": (("all", "attribute", "at_least", [3_000_000], "turnover"),),
}
# name, code, rank, colour, conditions
CATEGORIES: tuple[tuple[str, str, int, str, tuple[Asked, ...]], ...] = (
    ("VIP", "vip", 20, "#8a6d00", (("any", "segment", "is", ["Большой оборот"], ""),)),
    ("Премиум", "premium", 10, "#6a4c93", (("all", "attribute", "is", ["premium"], "tariff"),)),
)
# name, line, conditions
RULES: tuple[tuple[str, str, tuple[Asked, ...]], ...] = (
    (
        "Известный клиент-бизнес",
        "assistants",
        (
            ("all", "segment", "is", ["Бизнес"], ""),
            ("all", "verification", "is", [*KNOWN], ""),
        ),
    ),
    ("Письмо в ящик Кассы", "kassa", (("all", "address", "is", [KASSA_MAILBOX], ""),)),
    (
        "Пишет со страниц Кассы",
        "kassa",
        (
            ("all", "page", "contains", ["/kassa"], ""),
            ("none", "page", "contains", ["utm_campaign"], ""),
        ),
    ),
    (
        "Подписал договор на бухгалтерию",
        "accounting",
        (("all", "event", "within", [365], "accounting_signed"),),
    ),
    (
        "Спрашивает на страницах помощи",
        "support",
        (
            ("any", "page", "contains", ["/help", "/app"], ""),
            ("any", "intent", "is", ["app_trouble"], ""),
        ),
    ),
    (
        "Пришёл по рекламе Кассы",
        "kassa_sales",
        (
            ("all", "page", "contains", ["utm_campaign=kassa"], ""),
            ("none", "verification", "is", [*KNOWN], ""),
        ),
    ),
    ("Любой другой ящик банка", "mail", (("all", "address", "contains", ["@meridian.example"], ""),)),
)


def write_rules(lines: dict[str, Queue]) -> None:
    """Segments first: rules and categories name them by number."""
    numbers = {name: _segment(name, asked) for name, asked in SEGMENTS.items()}
    for name, code, rank, colour, asked in CATEGORIES:
        category = Category.objects.create(name=name, code=code, rank=rank, colour=colour)
        _conditions({"category": category}, asked, numbers)
    for name, line, asked in RULES:
        _conditions({"rule": Rule.objects.create(name=name, queue=lines[line])}, asked, numbers)


def _segment(name: str, asked: tuple[Asked, ...]) -> int:
    segment = Segment.objects.create(name=name)
    _conditions({"segment": segment}, asked, {})
    return segment.pk


def _conditions(owner: dict[str, Any], asked: tuple[Asked, ...], segments: dict[str, int]) -> None:
    for group, kind, comparison, values, name in asked:
        found = [segments[each] for each in values] if kind == "segment" else values
        Condition.objects.create(
            **owner, group=group, kind=kind, comparison=comparison, values=found, name=name
        )
