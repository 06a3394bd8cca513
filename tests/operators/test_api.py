"""REST over the organisation: a token sees the lines of its grants and the people who work there."""

from __future__ import annotations

from datetime import time, timedelta
from typing import Any

import pytest

from apps.core import clock
from apps.core.models import Event
from apps.operators.models import (
    BreakReason,
    Operator,
    Presence,
    Queue,
    ReplyTemplate,
    Shift,
    Tag,
    WorkSetting,
)
from tests.api import Integration, codes
from tests.factories import organisation, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def bank() -> tuple[Queue, Queue, Operator, Operator]:
    cards, loans = organisation.line("Cards", priority=10), organisation.line("Loans")
    anna = people.operator("Anna", lines=(cards, loans), state="online")
    oleg = people.operator("Oleg", lines=(loans,), state="offline")
    return cards, loans, anna, oleg


def names(answer: Any, field: str = "name") -> list[str]:
    return [each[field] for each in answer.json()["items"]]


class TestLines:
    def test_line_tells_its_members_and_hours(self, bank: Any) -> None:
        cards, _loans, anna, _oleg = bank
        assert Integration().get(f"queues/{cards.pk}/").json() == {
            "id": cards.pk,
            "name": "Cards",
            "public_name_ru": "",
            "public_name_en": "",
            "priority": 10,
            "is_default": False,
            "is_active": True,
            "open": True,
            "members": [anna.pk],
        }

    def test_lines_without_a_grant_are_404_and_not_listed(self, bank: Any) -> None:
        cards, loans, _anna, _oleg = bank
        limited = Integration(lines=[cards])
        assert names(limited.get("queues/")) == ["Cards"]
        assert limited.get(f"queues/{loans.pk}/").json() == limited.get("queues/999999/").json()

    def test_filters_narrow_the_list(self, bank: Any) -> None:
        Queue.objects.filter(name="Loans").update(is_active=False)
        # Every installation has its common line beside the two of the bank.
        common = list(Queue.objects.filter(is_default=True).values_list("name", flat=True))
        assert sorted(names(Integration().get("queues/", is_active="true"))) == sorted([*common, "Cards"])


class TestOperators:
    def test_operator_shows_only_lines_the_token_knows(self, bank: Any) -> None:
        cards, loans, anna, _oleg = bank
        found = Integration(lines=[cards]).get(f"operators/{anna.pk}/").json()
        assert (found["public_name"], found["queues"]) == ("Anna", [cards.pk])
        assert found["presence"]["state"] == "online"
        assert Integration().get(f"operators/{anna.pk}/").json()["queues"] == sorted([cards.pk, loans.pk])

    def test_operators_of_other_lines_are_404_and_not_listed(self, bank: Any) -> None:
        cards, _loans, _anna, oleg = bank
        limited = Integration(lines=[cards])
        assert names(limited.get("operators/"), "public_name") == ["Anna"]
        for path in (f"operators/{oleg.pk}/", f"operators/{oleg.pk}/presence/"):
            assert limited.get(path).status_code == 404

    def test_filters_narrow_the_list(self, bank: Any) -> None:
        cards, loans, _anna, _oleg = bank
        crm = Integration()
        assert names(crm.get("operators/", queue=loans.pk), "public_name") == ["Anna", "Oleg"]
        assert names(crm.get("operators/", queue=cards.pk), "public_name") == ["Anna"]
        assert names(crm.get("operators/", presence="offline"), "public_name") == ["Oleg"]


class TestPresence:
    def test_break_is_set_with_its_reason_and_attributed_to_the_token(self, bank: Any) -> None:
        _cards, _loans, anna, _oleg = bank
        reason, crm = BreakReason.objects.create(name_ru="Обед"), Integration()
        path = f"operators/{anna.pk}/presence/"
        answer = crm.send("PUT", path, {"state": "break", "reason": reason.pk})
        assert (answer.status_code, answer.json()["state"]) == (200, "break")
        assert crm.get(path).json() == answer.json()
        event = Event.objects.get(kind="presence.changed")
        assert (event.subject_id, event.actor_kind, event.actor_id) == (anna.pk, "integration", crm.token.pk)
        assert (answer.json()["cause"], answer.json()["sent_by"]) == ("sent", crm.token.user_id)

    def test_going_home_may_have_a_reason_and_coming_back_leaves_no_trace_of_who_sent(
        self, bank: Any
    ) -> None:
        _cards, _loans, anna, _oleg = bank
        reason, crm = BreakReason.objects.create(name_ru="Болезнь"), Integration()
        path = f"operators/{anna.pk}/presence/"
        home = crm.send("PUT", path, {"state": "offline", "reason": reason.pk}).json()
        assert (home["state"], home["reason"], home["cause"]) == ("offline", reason.pk, "sent")
        back = crm.send("PUT", path, {"state": "online"}).json()
        assert (back["state"], back["reason"], back["cause"], back["sent_by"]) == ("online", None, "", None)

    def test_nobody_is_brought_to_work_outside_his_shift_where_that_is_forbidden(self, bank: Any) -> None:
        _cards, _loans, _anna, oleg = bank
        WorkSetting.objects.create(pk=1, works_outside_shift=False)
        Shift.objects.create(
            operator=oleg, date=clock.now().date() + timedelta(days=9), begins=time(9), ends=time(18)
        )
        answer = Integration().send("PUT", f"operators/{oleg.pk}/presence/", {"state": "online"})
        assert codes(answer) == (409, "off_shift")
        assert Presence.objects.get(operator=oleg).state == "offline"

    def test_foreign_operator_stays_as_he_is(self, bank: Any) -> None:
        cards, _loans, _anna, oleg = bank
        answer = Integration(lines=[cards]).send("PUT", f"operators/{oleg.pk}/presence/", {"state": "online"})
        assert answer.status_code == 404
        assert Presence.objects.get(operator=oleg).state == "offline"
        assert not Event.objects.filter(kind="presence.changed").exists()

    @pytest.mark.parametrize(
        "body", [{}, {"state": "asleep"}, {"state": "break"}, {"state": "online", "since": 1}]
    )
    def test_odd_states_are_refused(self, bank: Any, body: dict[str, Any]) -> None:
        _cards, _loans, anna, _oleg = bank
        assert Integration().send("PUT", f"operators/{anna.pk}/presence/", body).status_code == 400
        assert Presence.objects.get(operator=anna).state == "online"

    def test_who_never_came_to_work_is_offline(self) -> None:
        new = Operator.objects.create(user=people.user(), public_name="New")
        assert Integration().get(f"operators/{new.pk}/presence/").json()["state"] == "offline"

    def test_reading_scope_does_not_set(self, bank: Any) -> None:
        _cards, _loans, anna, _oleg = bank
        reader = Integration(can=["organisation:read"])
        answer = reader.send("PUT", f"operators/{anna.pk}/presence/", {"state": "offline"})
        assert codes(answer) == (403, "scope_missing")


class TestTexts:
    def test_personal_templates_and_those_of_foreign_lines_are_hidden(self, bank: Any) -> None:
        cards, loans, anna, _oleg = bank
        common = ReplyTemplate.objects.create(shortcut="hello", title="Hello", text="Hello, {customer}!")
        ReplyTemplate.objects.create(shortcut="card", title="Card", text="…", queue=cards)
        foreign = ReplyTemplate.objects.create(shortcut="loan", title="Loan", text="…", queue=loans)
        own = ReplyTemplate.objects.create(shortcut="mine", title="Mine", text="…", owner=anna)
        limited = Integration(lines=[cards])
        assert names(limited.get("templates/"), "shortcut") == ["hello", "card"]
        assert limited.get(f"templates/{common.pk}/").json()["text"] == "Hello, {customer}!"
        for hidden in (foreign, own):
            assert limited.get(f"templates/{hidden.pk}/").status_code == 404
        assert names(Integration().get("templates/", shortcut="loan"), "shortcut") == ["loan"]

    def test_tags_and_break_reasons_are_listed(self) -> None:
        tag = Tag.objects.create(name="complaint")
        reason = BreakReason.objects.create(name_ru="Обед", name_en="Lunch")
        crm = Integration()
        assert crm.get("tags/").json()["items"] == [
            {"id": tag.pk, "name": "complaint", "colour": "#7a8699", "is_active": True}
        ]
        assert crm.get("break-reasons/").json()["items"] == [
            {"id": reason.pk, "name_ru": "Обед", "name_en": "Lunch", "is_active": True}
        ]


def test_query_counts_do_not_grow_with_rows(bank: Any, django_assert_max_num_queries: Any) -> None:
    crm = Integration()
    lists = ("queues/", "operators/", "templates/", "tags/")

    def count(path: str) -> int:
        crm.get(path)
        with django_assert_max_num_queries(14) as queries:
            assert crm.get(path).status_code == 200
        return len(queries)

    def fill(number: int) -> None:
        for each in range(number):
            line = organisation.line(f"L{Queue.objects.count()}-{each}")
            people.operator(lines=(line,))
            ReplyTemplate.objects.create(shortcut=f"t{line.pk}", title="T", text="…", queue=line)
            Tag.objects.create(name=f"tag {line.pk}")

    fill(2)
    before = {path: count(path) for path in lists}
    fill(18)
    assert {path: count(path) for path in lists} == before
