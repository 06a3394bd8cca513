"""How work is given, on the pages of lines, operators, skills and weights: what is announced, refused and told."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.urls import reverse

from apps.core.actors import SYSTEM
from apps.operators.models import DeclineReason, LineSkill, Operator, Overflow, Queue, Skill, SkillLevel
from apps.routing.models import KindWeight, OperatorLimit
from apps.routing.services import publishing
from apps.routing.subscribers import PUBLISHED
from tests.factories import organisation, people, roles
from tests.factories.people import NOW
from tests.operators.test_admin_lines import announced
from tests.operators.test_admin_reach import page, queue_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    account = roles.staff("administrator")
    account.language = "en"
    account.save(update_fields=["language"])
    return roles.browser(account)


@pytest.fixture
def cards() -> Queue:
    return organisation.line("Cards")


@pytest.fixture
def reserve() -> Queue:
    return organisation.line("Reserve")


def with_row(queue: Queue, inline: str, **values: object) -> dict[str, object]:
    """The form of a line with one new row in one of its tables."""
    row = {f"{inline}-0-{name}": value for name, value in values.items()}
    return queue_form(queue, **{f"{inline}-TOTAL_FORMS": 1, f"{inline}-0-queue": queue.pk, **row})


def way_out(queue: Queue, reserve: Queue, **values: object) -> dict[str, object]:
    return with_row(queue, "overflows", **{"by": "wait", "limit": 60, "reserve": reserve.pk, **values})


# --- a line -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("offering", "automatic"),
        ("policy", "best_skill"),
        ("accept_seconds", 45),
        ("prefers_last_seconds", 5),
        ("prefers_manager_seconds", 6),
        ("matches_language", "on"),
        ("language_relax_seconds", 7),
        ("idle_minutes", 8),
        ("own_wait_seconds", 9),
        ("wrap_up_seconds", 10),
    ],
)
def test_each_setting_is_saved_announced_by_its_name_and_published(
    client: Client, cards: Queue, name: str, value: object
) -> None:
    publishing.publish(actor=SYSTEM, now=NOW)
    assert client.post(page("queue_change", cards.pk), queue_form(cards, **{name: value})).status_code == 302
    assert announced("queue.changed") == [{"queue": cards.pk, "fields": [name]}]
    assert name in PUBLISHED
    publishing.publish_if_at_once(actor=SYSTEM, now=NOW)
    saved = getattr(publishing.current(now=NOW).terms_of(cards.pk), name)
    assert saved == (True if value == "on" else value)


def test_a_skill_that_a_line_needs_is_chosen_in_words_and_published(client: Client, cards: Queue) -> None:
    loans = Skill.objects.create(name="Loans")
    assert "★★★★☆" in client.get(page("queue_change", cards.pk)).content.decode()
    form = with_row(cards, "skill_needs", skill=loans.pk, level=4, relax_seconds=60)
    assert client.post(page("queue_change", cards.pk), form).status_code == 302
    need = LineSkill.objects.get()
    assert (need.skill, need.level, need.relax_seconds) == (loans, 4, 60)
    assert announced("queue.changed") == [{"queue": cards.pk, "fields": ["skill_needs"]}]
    assert "skill_needs" in PUBLISHED


def test_a_way_out_is_saved_and_announced(client: Client, cards: Queue, reserve: Queue) -> None:
    assert client.post(page("queue_change", cards.pk), way_out(cards, reserve)).status_code == 302
    made = Overflow.objects.get()
    assert (made.queue, made.by, made.limit, made.reserve) == (cards, "wait", 60, reserve)
    assert announced("queue.changed") == [{"queue": cards.pk, "fields": ["overflows"]}]
    assert "overflows" in PUBLISHED


def test_no_line_overflows_into_itself(client: Client, cards: Queue) -> None:
    answer = client.post(page("queue_change", cards.pk), way_out(cards, cards))
    assert answer.status_code == 200
    assert "does not overflow into itself" in str(answer.context["inline_admin_formsets"][2].formset.errors)
    assert not Overflow.objects.exists()


def test_no_line_overflows_into_one_that_is_off(client: Client, cards: Queue) -> None:
    off = organisation.line("Off", is_active=False)
    assert client.post(page("queue_change", cards.pk), way_out(cards, off)).status_code == 200
    assert not Overflow.objects.exists()


def test_a_way_out_into_a_line_switched_off_later_stays_and_is_told(
    client: Client, cards: Queue, reserve: Queue
) -> None:
    made = Overflow.objects.create(queue=cards, by="wait", limit=60, reserve=reserve)
    Queue.objects.filter(pk=reserve.pk).update(is_active=False)
    assert "“Reserve” is off" in client.get(page("queue_change", cards.pk)).content.decode()
    form = way_out(cards, reserve, id=made.pk) | {"overflows-INITIAL_FORMS": 1, "priority": 5}
    assert client.post(page("queue_change", cards.pk), form).status_code == 302
    assert Overflow.objects.get() == made


def test_a_circle_is_saved_and_warned_of(client: Client, cards: Queue, reserve: Queue) -> None:
    Overflow.objects.create(queue=reserve, by="wait", limit=60, reserve=cards)
    answer = client.post(page("queue_change", cards.pk), way_out(cards, reserve))
    assert answer.status_code == 302
    said = [str(each) for each in get_messages(answer.wsgi_request)]
    assert any("Cards → Reserve → Cards" in each for each in said)
    assert "Cards → Reserve → Cards" in client.get(page("queue_change", cards.pk)).content.decode()


def test_the_page_of_a_line_tells_its_settings_in_sentences(client: Client, reserve: Queue) -> None:
    line = organisation.line(
        "Cash desk", offering="automatic", accept_seconds=0, policy="best_skill", wrap_up_seconds=20
    )
    LineSkill.objects.create(queue=line, skill=Skill.objects.create(name="Tills"), level=4, relax_seconds=60)
    Overflow.objects.create(queue=line, by="length", limit=15, reserve=reserve)
    shown = client.get(page("queue_change", line.pk)).content.decode()
    for sentence in (
        "A conversation is given to the member who knows the subject best at once, without asking.",
        "Only for who knows: Tills ★★★★☆, one level less each 60 s.",
        "For 20 s after closing one, its operator is offered nothing.",
        "Those behind the first 15 go on to “Reserve”.",
    ):
        assert sentence in shown
    assert "in words" not in client.get(page("queue_add")).content.decode().lower()


# --- whoever runs single lines ------------------------------------------------------------------------------


def test_a_supervisor_sends_overflow_only_into_lines_of_his_own(cards: Queue, reserve: Queue) -> None:
    supervisor = roles.browser(roles.staff("supervisor", lines=(cards,)))
    assert ">Reserve</option>" not in supervisor.get(page("queue_change", cards.pk)).content.decode()
    assert supervisor.post(page("queue_change", cards.pk), way_out(cards, reserve)).status_code == 200
    assert not Overflow.objects.exists()
    both = roles.browser(roles.staff("supervisor", lines=(cards, reserve)))
    assert both.post(page("queue_change", cards.pk), way_out(cards, reserve)).status_code == 302
    assert Overflow.objects.get().reserve == reserve


def test_a_supervisor_changes_weights_and_reasons_of_nobody(cards: Queue) -> None:
    supervisor = roles.browser(roles.staff("supervisor", lines=(cards,)))
    weight = KindWeight.objects.create(kind="web", units=1)
    reason = DeclineReason.objects.create(name_ru="Не мой вопрос")
    pages = {
        reverse("admin:routing_kindweight_change", args=[weight.pk]): {"kind": "web", "units": "2"},
        page("declinereason_change", reason.pk): {"name_ru": "Другое", "position": 0},
    }
    for address, form in pages.items():
        assert supervisor.get(address).status_code == 200
        assert supervisor.post(address, form).status_code == 403
    weight.refresh_from_db()
    reason.refresh_from_db()
    assert (weight.units, reason.name_ru) == (1, "Не мой вопрос")


# --- operators, skills, weights -----------------------------------------------------------------------------


def operator_form(operator: Operator, **values: object) -> dict[str, object]:
    tables = ("memberships", "skill_levels", "limits")
    return {
        "public_name": operator.public_name,
        "title": "",
        "capacity": operator.capacity,
        "is_active": "on",
        **{f"{table}-{count}_FORMS": 0 for table in tables for count in ("TOTAL", "INITIAL")},
        **values,
    }


def test_levels_and_limits_are_set_on_the_operators_page(client: Client, cards: Queue) -> None:
    anna, loans = people.operator("Анна", lines=(cards,)), Skill.objects.create(name="Loans")
    form: dict[str, Any] = {
        "skill_levels-TOTAL_FORMS": 1,
        "skill_levels-0-operator": anna.pk,
        "skill_levels-0-skill": loans.pk,
        "skill_levels-0-level": 5,
        "limits-TOTAL_FORMS": 1,
        "limits-0-operator": anna.pk,
        "limits-0-kind": "web",
        "limits-0-at_most": 2,
        "capacity": 7,
    }
    answer = client.post(page("operator_change", anna.pk), operator_form(anna, **form))
    assert answer.status_code == 302
    anna.refresh_from_db()
    assert anna.capacity == 7
    assert SkillLevel.objects.get(operator=anna, skill=loans).level == 5
    assert OperatorLimit.objects.get(operator=anna, kind="web").at_most == 2
    assert [each["user"] for each in announced("staff.rights_changed")] == [anna.pk]


@pytest.mark.parametrize("level", [0, 6, "x"])
def test_a_level_that_does_not_exist_is_refused(client: Client, cards: Queue, level: object) -> None:
    anna, loans = people.operator("Анна", lines=(cards,)), Skill.objects.create(name="Loans")
    form: dict[str, Any] = {
        "skill_levels-TOTAL_FORMS": 1,
        "skill_levels-0-operator": anna.pk,
        "skill_levels-0-skill": loans.pk,
        "skill_levels-0-level": level,
    }
    assert client.post(page("operator_change", anna.pk), operator_form(anna, **form)).status_code == 200
    assert not SkillLevel.objects.exists()


def test_a_skill_says_which_language_it_is_once(client: Client) -> None:
    Skill.objects.create(name="English", language="en")
    add = page("skill_add")
    assert client.post(add, {"name": "Anglais", "language": "en"}).status_code == 200
    assert client.post(add, {"name": "Русский", "language": "ru"}).status_code == 302
    assert dict(Skill.objects.values_list("name", "language")) == {"English": "en", "Русский": "ru"}
    assert announced("texts.changed")[-1]["what"] == "skills"


def test_a_changed_weight_is_announced_once(client: Client) -> None:
    add = reverse("admin:routing_kindweight_add")
    assert client.post(add, {"kind": "web", "units": "0.5"}).status_code == 302
    assert client.post(add, {"kind": "web", "units": "2"}).status_code == 200
    assert client.post(add, {"kind": "app", "units": "0"}).status_code == 200
    assert [float(row.units) for row in KindWeight.objects.all()] == [0.5]
    assert [each["what"] for each in announced("texts.changed")] == ["weights"]
