"""Lines and hours in the back office: what a save announces, who wins when two save, what history takes back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.conversations.models import Conversation
from apps.core.actors import SYSTEM
from apps.core.models import Event
from apps.operators.models import Calendar, CalendarInterval, Queue, QueueMembership
from apps.operators.services import announcing
from apps.routing import selectors
from apps.routing.services import placement
from apps.routing.tasks import publish_rules
from tests.events import forget_events
from tests.factories import dialogues, organisation, people, roles
from tests.factories.people import NOW
from tests.operators.test_admin_reach import page, queue_form

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return roles.browser(roles.staff("administrator"))


@pytest.fixture
def cards() -> Queue:
    return organisation.line("Cards")


def announced(kind: str) -> list[dict[str, Any]]:
    return list(Event.objects.filter(kind=kind).order_by("pk").values_list("details", flat=True))


def rows(*queues: Queue, **values: object) -> dict[str, object]:
    """The editable list as the browser posts it: with what was on the screen beside each cell."""
    data: dict[str, object] = {
        "form-TOTAL_FORMS": len(queues),
        "form-INITIAL_FORMS": len(queues),
        "_save": "Save",
    }
    for place, queue in enumerate(queues):
        data |= {
            f"form-{place}-id": queue.pk,
            f"form-{place}-priority": queue.priority,
            f"initial-form-{place}-priority": queue.priority,
            f"form-{place}-is_active": "on" if queue.is_active else "",
            f"initial-form-{place}-is_active": str(queue.is_active),
        }
    return {**data, **{name.replace("__", "-"): value for name, value in values.items()}}


# --- what is announced --------------------------------------------------------------------------------------


def test_a_priority_changed_in_the_list_is_announced_once(client: Client, cards: Queue) -> None:
    common = organisation.common_line()
    client.post(page("queue_changelist"), rows(cards, common, form__0__priority=70))
    cards.refresh_from_db()
    assert cards.priority == 70
    assert announced("queue.changed") == [{"queue": cards.pk, "fields": ["priority"]}]


def test_an_untouched_save_announces_nothing(client: Client, cards: Queue) -> None:
    client.post(page("queue_changelist"), rows(cards))
    assert announced("queue.changed") == []


def test_a_bulk_switch_announces_every_line_that_changed(client: Client, cards: Queue) -> None:
    off = organisation.line("Off", is_active=False)
    client.post(page("queue_changelist"), {"action": "switch_off", "_selected_action": [cards.pk, off.pk]})
    assert announced("queue.changed") == [{"queue": cards.pk, "fields": ["is_active"]}]


def test_a_member_who_joins_and_one_who_leaves_get_their_rights_anew(client: Client, cards: Queue) -> None:
    leaves, joins = people.operator("Анна", lines=(cards,)), people.operator("Борис")
    kept = QueueMembership.objects.get(operator=leaves)
    form = queue_form(cards) | {
        "memberships-TOTAL_FORMS": 2,
        "memberships-INITIAL_FORMS": 1,
        "memberships-0-id": kept.pk,
        "memberships-0-queue": cards.pk,
        "memberships-0-operator": leaves.pk,
        "memberships-0-DELETE": "on",
        "memberships-1-queue": cards.pk,
        "memberships-1-operator": joins.pk,
    }
    assert client.post(page("queue_change", cards.pk), form).status_code == 302
    assert [member.operator_id for member in cards.memberships.all()] == [joins.pk]
    assert {each["user"] for each in announced("staff.rights_changed")} == {leaves.pk, joins.pk}
    assert announced("queue.changed") == [{"queue": cards.pk, "fields": ["memberships"]}]


def test_a_deleted_line_tells_its_members(client: Client, cards: Queue) -> None:
    anna = people.operator("Анна", lines=(cards,))
    client.post(page("queue_delete", cards.pk), {"post": "yes"})
    assert not Queue.objects.filter(pk=cards.pk).exists()
    assert [each["user"] for each in announced("staff.rights_changed")] == [anna.pk]


def test_another_common_line_takes_over_from_the_former_one(client: Client, cards: Queue) -> None:
    common = organisation.common_line()
    client.post(page("queue_change", cards.pk), queue_form(cards, is_default="on"))
    common.refresh_from_db()
    assert (Queue.objects.get(is_default=True), common.is_default) == (cards, False)


def test_the_common_line_is_neither_switched_off_nor_deleted(client: Client) -> None:
    common = organisation.common_line()
    answer = client.post(page("queue_change", common.pk), queue_form(common, is_default="on", is_active=""))
    assert answer.status_code == 200
    assert client.post(page("queue_delete", common.pk), {"post": "yes"}).status_code == 403
    common.refresh_from_db()
    assert common.is_active


# --- two who save -------------------------------------------------------------------------------------------


def test_a_stale_list_writes_over_nobody(client: Client, cards: Queue) -> None:
    stale = rows(cards, form__0__priority=5)
    Queue.objects.filter(pk=cards.pk).update(priority=90)
    answer = client.post(page("queue_changelist"), stale)
    cards.refresh_from_db()
    assert (answer.status_code, cards.priority) == (200, 90)
    assert "90" in str(answer.context["cl"].formset.errors)


def test_a_stale_cell_that_was_not_touched_is_not_written_back(client: Client, cards: Queue) -> None:
    stale = rows(cards, form__0__is_active="")
    Queue.objects.filter(pk=cards.pk).update(priority=90)
    client.post(page("queue_changelist"), stale)
    cards.refresh_from_db()
    assert (cards.priority, cards.is_active) == (90, False)


# --- history ------------------------------------------------------------------------------------------------


def test_history_shows_who_changed_what_and_takes_it_back(client: Client, cards: Queue) -> None:
    client.post(page("queue_change", cards.pk), queue_form(cards, priority=40, name="Cards and accounts"))
    answer = client.get(page("queue_history", cards.pk))
    change = answer.context["changes"][0]
    assert change.who.startswith("administrator")
    assert {(each.before, each.after) for each in change.differences} == {
        ("0", "40"),
        ("Cards", "Cards and accounts"),
    }
    forget_events()
    done = client.post(page("queue_undo", cards.pk, "queue", change.number))
    cards.refresh_from_db()
    assert (done.status_code, cards.priority, cards.name) == (302, 0, "Cards")
    assert announced("queue.changed") == [{"queue": cards.pk, "fields": ["name", "priority"]}]


def test_taking_back_a_removal_brings_the_member_back(client: Client, cards: Queue) -> None:
    anna = people.operator("Анна", lines=(cards,))
    QueueMembership.objects.all().delete()
    changes = client.get(page("queue_history", cards.pk)).context["changes"]
    change = next(each for each in changes if each.label == "delete")
    client.post(page("queue_undo", cards.pk, "queuemembership", change.number))
    assert [member.operator for member in cards.memberships.all()] == [anna]
    assert [each["user"] for each in announced("staff.rights_changed")] == [anna.pk]


def test_history_of_one_line_does_not_undo_another(client: Client, cards: Queue) -> None:
    other = organisation.line("Other")
    Queue.objects.filter(pk=other.pk).update(priority=9)
    change = client.get(page("queue_history", other.pk)).context["changes"][0]
    assert client.post(page("queue_undo", cards.pk, "queue", change.number)).status_code == 404
    other.refresh_from_db()
    assert other.priority == 9


def test_an_auditor_sees_history_and_takes_nothing_back(cards: Queue) -> None:
    Queue.objects.filter(pk=cards.pk).update(priority=9)
    auditor = roles.browser(roles.staff("auditor"))
    answer = auditor.get(page("queue_history", cards.pk))
    number = answer.context["changes"][0].number
    assert "undo" not in answer.content.decode()
    assert auditor.post(page("queue_undo", cards.pk, "queue", number)).status_code == 403
    cards.refresh_from_db()
    assert cards.priority == 9


# --- every setting changes behaviour ------------------------------------------------------------------------


def test_a_raised_line_stands_first_among_what_waits(client: Client, cards: Queue) -> None:
    loans = organisation.line("Loans")
    anna = people.operator("Анна", lines=(cards, loans))
    first = dialogues.conversation(line=cards)
    second = dialogues.conversation(line=loans)
    assert waiting(anna) == [first.pk, second.pk]
    client.post(page("queue_changelist"), rows(loans, form__0__priority=50))
    publish_rules()
    assert waiting(anna) == [second.pk, first.pk]


def waiting(operator: Any) -> list[int]:
    found, _next = selectors.section(people.sight(operator), "waiting", now=NOW)
    return [row.pk for row in found]


def test_pages_of_what_waits_follow_priority_without_gaps(
    cards: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    urgent = organisation.line("Urgent", priority=10)
    anna = people.operator("Анна", lines=(cards, urgent))
    late = [dialogues.conversation(line=cards).pk for _ in range(3)]
    soon = [dialogues.conversation(line=urgent).pk for _ in range(2)]
    monkeypatch.setattr(selectors, "PAGE", 2)
    seen, cursor = [], None
    for _page in range(3):
        found, cursor = selectors.section(people.sight(anna), "waiting", now=NOW, after=cursor)
        seen += [row.pk for row in found]
    assert seen == [*soon, *late]
    assert cursor is None


@pytest.mark.parametrize("cursor", [["x", NOW.isoformat(), 1], [1, 2], [1, "never", 1]])
def test_an_odd_cursor_is_refused(cursor: list[object]) -> None:
    anna = people.operator("Анна")
    with pytest.raises(ValueError, match=r"."):
        selectors.section(people.sight(anna), "waiting", now=NOW, after=cursor)


def test_hours_edited_to_closed_send_what_waits_out_of_hours_and_back(client: Client, cards: Queue) -> None:
    calendar = Calendar.objects.create(name="Days")
    Queue.objects.filter(pk=cards.pk).update(calendar=calendar)
    whole_week = [
        CalendarInterval(calendar=calendar, weekday=day, opens="00:00", closes="00:00") for day in range(7)
    ]
    CalendarInterval.objects.bulk_create(whole_week)
    waits = dialogues.conversation(line=cards)
    CalendarInterval.objects.all().delete()
    announcing.hours_changed(calendar.pk, actor=SYSTEM, now=NOW)
    assert placement.follow_hours(cards.pk, now=NOW) == 1
    assert Conversation.objects.get(pk=waits.pk).state == "offline"
    for interval in whole_week:
        interval.pk = None
    CalendarInterval.objects.bulk_create(whole_week)
    announcing.hours_changed(calendar.pk, actor=SYSTEM, now=NOW)
    assert placement.follow_hours(cards.pk, now=NOW) == 1
    assert Conversation.objects.get(pk=waits.pk).state == "queued"


def test_edited_hours_are_announced_for_every_line_that_keeps_them(client: Client, cards: Queue) -> None:
    calendar = Calendar.objects.create(name="Days")
    loans = organisation.line("Loans")
    Queue.objects.filter(pk__in=[cards.pk, loans.pk]).update(calendar=calendar)
    form = {
        "name": "Days",
        "time_zone": "Europe/Moscow",
        "intervals-TOTAL_FORMS": 1,
        "intervals-INITIAL_FORMS": 0,
        "intervals-0-weekday": 0,
        "intervals-0-opens": "09:00",
        "intervals-0-closes": "18:00",
        "exceptions-TOTAL_FORMS": 0,
        "exceptions-INITIAL_FORMS": 0,
    }
    assert client.post(page("calendar_change", calendar.pk), form).status_code == 302
    assert announced("queue.changed") == [
        {"queue": queue.pk, "fields": ["hours"]} for queue in sorted((cards, loans), key=lambda each: each.pk)
    ]


def test_another_calendar_on_a_line_counts_as_new_hours(client: Client, cards: Queue) -> None:
    calendar = Calendar.objects.create(name="Days")
    client.post(page("queue_change", cards.pk), queue_form(cards, calendar=calendar.pk))
    assert announced("queue.changed") == [{"queue": cards.pk, "fields": ["hours"]}]


def test_search_finds_a_line_by_its_name_for_customers(client: Client, cards: Queue) -> None:
    Queue.objects.filter(pk=cards.pk).update(public_name_en="Plastic")
    found = client.get(reverse("admin:operators_queue_changelist"), {"q": "plastic"})
    assert [row.pk for row in found.context["cl"].result_list] == [cards.pk]
