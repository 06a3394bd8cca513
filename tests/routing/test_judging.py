"""Conditions against facts: every kind, every comparison, and how a rule takes them together."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from apps.routing.models.rules import Comparison, Kind
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.frozen import Content, FrozenCondition, FrozenLine, FrozenRule
from apps.routing.ruling.judging import COMPARED, SEEN, RuleVerdict, judge, number
from tests.factories.people import NOW

FACTS = Facts(
    now=NOW,
    channel=7,
    channel_kind="web",
    address="vip@bank.example",
    page="https://bank.example/Business/cards?utm=1",
    language="en",
    verification="signed",
    topic=3,
    attributes={"tariff": "Premium", "turnover": "1 500 000,50", "products": ["card", "loan"], "vip": True},
    acts={"contract_signed": NOW - timedelta(days=3)},
    open_calendars=frozenset({2}),
)


def condition(
    kind: str, comparison: str, *values: Any, name: str = "", group: str = "all"
) -> FrozenCondition:
    return FrozenCondition(id=1, group=group, kind=kind, comparison=comparison, name=name, values=values)


def verdict(*conditions: FrozenCondition) -> RuleVerdict:
    rule = FrozenRule(id=1, name="rule", conditions=conditions)
    (line,) = judge(Content(lines=(FrozenLine(id=1, name="line", priority=0, rules=(rule,)),)), FACTS)
    return line.rules[0]


@pytest.mark.parametrize(
    ("kind", "comparison", "values", "name", "met"),
    [
        (Kind.CHANNEL, "is", (7, 8), "", True),
        (Kind.CHANNEL, "is", (8,), "", False),
        (Kind.CHANNEL_KIND, "is", ("web",), "", True),
        (Kind.ADDRESS, "is", ("VIP@bank.example",), "", True),
        (Kind.ADDRESS, "contains", ("@bank.",), "", True),
        (Kind.PAGE, "contains", ("/business/",), "", True),
        (Kind.PAGE, "starts", ("https://bank.example/business",), "", True),
        (Kind.PAGE, "starts", ("/business",), "", False),
        (Kind.PAGE, "matches", (r"/business/\w+",), "", True),
        (Kind.PAGE, "matches", (r"^/business",), "", False),
        (Kind.LANGUAGE, "is", ("ru",), "", False),
        (Kind.VERIFICATION, "is", ("code", "signed"), "", True),
        (Kind.TOPIC, "is", (3,), "", True),
        (Kind.ATTRIBUTE, "is", ("premium",), "tariff", True),
        (Kind.ATTRIBUTE, "is", ("loan",), "products", True),
        (Kind.ATTRIBUTE, "is", ("true",), "vip", True),
        (Kind.ATTRIBUTE, "is", ("1",), "vip", False),
        (Kind.ATTRIBUTE, "is", ("1500000.5",), "turnover", True),
        (Kind.ATTRIBUTE, "at_least", ("1000000",), "turnover", True),
        (Kind.ATTRIBUTE, "at_most", ("1000000",), "turnover", False),
        (Kind.ATTRIBUTE, "at_least", ("1",), "tariff", False),
        (Kind.ATTRIBUTE, "known", (), "tariff", True),
        (Kind.ATTRIBUTE, "known", (), "region", False),
        (Kind.ATTRIBUTE, "contains", ("rem",), "tariff", True),
        (Kind.EVENT, "known", (), "contract_signed", True),
        (Kind.EVENT, "known", (), "card_closed", False),
        (Kind.EVENT, "within", ("3",), "contract_signed", True),
        (Kind.EVENT, "within", ("2",), "contract_signed", False),
        (Kind.EVENT, "within", ("2",), "card_closed", False),
        (Kind.HOURS, "open", (2, 5), "", True),
        (Kind.HOURS, "open", (5,), "", False),
    ],
)
def test_a_condition_is_met_by_what_it_asks_for(
    kind: str, comparison: str, values: tuple[Any, ...], name: str, met: bool
) -> None:
    assert verdict(condition(kind, comparison, *values, name=name)).holds is met


def test_every_kind_and_every_comparison_has_its_answer() -> None:
    assert set(SEEN) == set(Kind.values)
    assert set(COMPARED) == set(Comparison.values)


YES = ("channel", "is", 7)
NO = ("channel", "is", 8)


@pytest.mark.parametrize(
    ("groups", "holds"),
    [
        ({}, False),
        ({"all": [YES, YES]}, True),
        ({"all": [YES, NO]}, False),
        ({"any": [NO, YES]}, True),
        ({"any": [NO, NO]}, False),
        ({"none": [NO, NO]}, True),
        ({"none": [NO, YES]}, False),
        ({"all": [YES], "any": [NO, YES], "none": [NO]}, True),
        ({"all": [YES], "any": [NO], "none": [NO]}, False),
        ({"all": [NO], "any": [YES], "none": [NO]}, False),
    ],
)
def test_a_rule_takes_its_groups_together(groups: dict[str, list[Any]], holds: bool) -> None:
    asked = [condition(*each, group=group) for group, each_of in groups.items() for each in each_of]
    assert verdict(*asked).holds is holds


def test_a_decision_keeps_codes_and_numbers_and_no_words_of_a_person() -> None:
    seen = [
        verdict(condition(*asked[:2], "x", name=asked[2])).conditions[0].seen
        for asked in (
            ("attribute", "is", "tariff"),
            ("attribute", "is", "turnover"),
            ("page", "is", ""),
            ("event", "known", "contract_signed"),
            ("address", "is", ""),
        )
    ]
    assert seen == ["Premium", "…", "bank.example/Business/cards", "2026-11-17T09:00:00+00:00", "…"]


def test_a_pattern_that_stalls_other_engines_costs_nothing() -> None:
    evil = "^(a+)+$"
    facts = Facts(now=NOW, page="a" * 1999 + "b")
    rule = FrozenRule(id=1, name="evil", conditions=(condition("page", "matches", evil),))
    content = Content(lines=(FrozenLine(id=1, name="line", priority=0, rules=(rule,)),))
    assert judge(content, facts)[0].rules[0].holds is False


@pytest.mark.parametrize(
    ("text", "value"),
    [("1 500,50", "1500.50"), ("12", "12"), (True, None), ("x", None), ("NaN", None), (None, None)],
)
def test_numbers_are_read_as_banks_write_them(text: Any, value: str | None) -> None:
    found = number(text)
    assert (None if found is None else str(found)) == value
