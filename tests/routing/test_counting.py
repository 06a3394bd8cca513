"""The database counts whom a segment holds for exactly as the rules judge each of them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.django import TestCase

from apps.conversations.events import CustomerActed
from apps.conversations.models import Customer, Identity
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.routing.ruling import counting, judging
from apps.routing.ruling.facts import Facts
from apps.routing.ruling.frozen import Content, FrozenCategory, FrozenCondition, FrozenSegment
from tests.factories import dialogues, organisation
from tests.factories.people import NOW

LETTERS = st.text("аБяёZq5,.  -_%\\'\"\u00a0", max_size=6)
NUMBERS = st.one_of(st.integers(-50, 50), st.floats(-20, 20).map(lambda value: round(value, 2)))
VALUES = st.one_of(LETTERS, NUMBERS, NUMBERS.map(str), st.booleans(), st.none())
ATTRIBUTES = st.dictionaries(
    st.sampled_from(["tariff", "turnover"]), st.one_of(VALUES, st.lists(VALUES, max_size=3)), max_size=2
)
WORDS = st.one_of(LETTERS.filter(bool), NUMBERS.map(str), st.sampled_from(["true", "False", "5,0", "5"]))


def _condition(
    kind: str, comparison: str, values: Any, name: str = "", group: str = "all"
) -> FrozenCondition:
    return FrozenCondition(
        id=1, group=group, kind=kind, comparison=comparison, name=name, values=tuple(values)
    )


GROUPS = st.sampled_from(["all", "any", "none"])
ABOUT_WORDS = st.builds(
    _condition,
    st.just("attribute"),
    st.sampled_from(["is", "contains", "starts", "known"]),
    st.lists(WORDS, min_size=1, max_size=3),
    st.sampled_from(["tariff", "turnover", "region"]),
    GROUPS,
)
ABOUT_NUMBERS = st.builds(
    _condition,
    st.just("attribute"),
    st.sampled_from(["at_least", "at_most"]),
    st.lists(NUMBERS.map(str), min_size=1, max_size=2),
    st.sampled_from(["tariff", "turnover"]),
    GROUPS,
)
ABOUT_EVENTS = st.builds(
    _condition,
    st.just("event"),
    st.sampled_from(["within", "known"]),
    st.sampled_from([["3"], ["30"]]),
    st.sampled_from(["contract_signed", "card_closed"]),
    GROUPS,
)
ABOUT_THE_REST = st.builds(
    _condition,
    st.sampled_from(["language", "verification"]),
    st.just("is"),
    st.sampled_from([["ru"], ["signed", "code"], ["en", "anonymous"]]),
    st.just(""),
    GROUPS,
)
CONDITIONS = st.lists(st.one_of(ABOUT_WORDS, ABOUT_NUMBERS, ABOUT_EVENTS, ABOUT_THE_REST), max_size=4)


class CountingTest(TestCase):
    """Each example rolls back by itself."""

    @settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(
        attributes=ATTRIBUTES,
        language=st.sampled_from(["ru", "en"]),
        verification=st.sampled_from(["anonymous", "signed"]),
        days=st.dictionaries(
            st.sampled_from(["contract_signed", "card_closed"]), st.sampled_from([1, 10, 100]), max_size=2
        ),
        conditions=CONDITIONS,
        inner=CONDITIONS,
    )
    def test_sql_says_of_a_customer_what_the_rules_say(
        self,
        attributes: dict[str, Any],
        language: str,
        verification: str,
        days: dict[str, int],
        conditions: list[FrozenCondition],
        inner: list[FrozenCondition],
    ) -> None:
        identity = dialogues.identity(organisation.channel())
        Identity.objects.filter(pk=identity.pk).update(verification=verification)
        Customer.objects.filter(pk=identity.customer_id).update(attributes=attributes, language=language)
        for code, ago in days.items():
            did(identity.customer_id, code, ago)
        facts = Facts(
            now=NOW,
            language=language,
            verification=verification,
            attributes=attributes,
            acts={code: NOW - timedelta(days=ago) for code, ago in days.items()},
        )
        of_segment = [*conditions, _condition("segment", "is", [7])]
        for asked in (conditions, of_segment):
            wanted = judged(asked, inner, facts)
            found = counting.count(asked, segments={7: tuple(inner)}, now=NOW)
            assert (found.number, found.of) == (int(wanted), 1)


def judged(conditions: list[FrozenCondition], inner: list[FrozenCondition], facts: Facts) -> bool:
    content = Content(
        segments=(FrozenSegment(id=7, name="inner", conditions=tuple(inner)),),
        categories=(FrozenCategory(id=1, name="c", code="c", rank=1, conditions=tuple(conditions)),),
    )
    return judging.category_of(content, judging.sorted_in(content, facts)) is not None


def did(customer_id: int, code: str, ago: int, *, claimed: bool = False) -> None:
    moment = (NOW - timedelta(days=ago)).isoformat()
    event = CustomerActed(customer=customer_id, code=code, happened_at=moment, claimed=claimed)
    announce(event, actor=SYSTEM, now=NOW)


@pytest.mark.django_db
def test_what_only_a_page_says_and_who_was_joined_into_another_count_as_the_rules_see_them() -> None:
    kept, joined = (dialogues.identity(organisation.channel()).customer for _number in range(2))
    joined.merged_into = kept
    joined.save()
    asked = [_condition("event", "known", [], name="contract_signed")]
    did(kept.pk, "contract_signed", 1, claimed=True)
    assert counting.count(asked, now=NOW) == counting.Count(0, 1)
    did(joined.pk, "contract_signed", 1)
    assert counting.count(asked, now=NOW) == counting.Count(1, 1)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("kind", "comparison"),
    [("page", "contains"), ("attribute", "matches"), ("page_event", "known"), ("channel", "is")],
)
def test_what_is_not_about_the_customer_is_not_counted(kind: str, comparison: str) -> None:
    with pytest.raises(counting.Uncountable):
        counting.count([_condition(kind, comparison, ["x"], name="a")], now=NOW)


@pytest.mark.django_db
def test_a_large_table_is_sampled_and_the_number_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    Customer.objects.bulk_create(
        [Customer(language="en" if n % 4 else "ru", created_at=NOW) for n in range(2000)]
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE conversations_customer")
    monkeypatch.setattr(counting, "COUNTED", 1000)
    found = counting.count([_condition("language", "is", ["ru"])], now=NOW)
    assert (found.is_exact, found.of) == (False, 2000)
    assert found.number in range(400, 601)


@pytest.mark.django_db
def test_counting_is_cut_off_after_three_seconds_and_the_transaction_goes_on(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A page that counts while somebody types must not keep the database busy."""
    assert counting._PATIENCE_MS == 3000
    monkeypatch.setattr(counting, "_PATIENCE_MS", 50)
    slow = ("(pg_sleep(c.id * 0 + 20) IS NOT NULL)", [])
    monkeypatch.setattr(counting, "holds", lambda *_asked, **_values: slow)
    dialogues.identity(organisation.channel())
    found = counting.count([_condition("language", "is", ["ru"])], now=NOW)
    assert (found.number, found.is_exact) == (None, False)
    assert Customer.objects.count() == 1
