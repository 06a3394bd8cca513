"""A supervisor of one line knows nothing of another: not in lists, pages, choices, search, counts or exports."""

from __future__ import annotations

import json

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from apps.core.models import User
from apps.operators import reach
from apps.operators.models import Calendar, Operator, Queue, QueueMembership, ReplyTemplate, TemplateFolder
from apps.routing.ruling.frozen import Terms
from config.roles import seed_roles
from tests.factories import organisation, people, roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Queue:
    return organisation.line("Ours")


@pytest.fixture
def theirs() -> Queue:
    return organisation.line("Theirs")


@pytest.fixture
def supervisor(ours: Queue) -> User:
    return roles.staff("supervisor", lines=(ours,))


@pytest.fixture
def client(supervisor: User) -> Client:
    return roles.browser(supervisor)


def ordinary(name: str, *lines: Queue) -> Operator:
    """An operator in the seeded group of operators."""
    found = people.operator(name, lines=lines)
    found.user.groups.set([seed_roles()["operator"]])
    return found


def page(name: str, *args: object) -> str:
    return reverse(f"admin:operators_{name}", args=args)


def no_rows(*inlines: str) -> dict[str, object]:
    """Tables of a form without a row."""
    return {f"{inline}-{count}_FORMS": 0 for inline in inlines for count in ("TOTAL", "INITIAL")}


# What a line says of how its work is given: the columns that a version of the rules freezes.
OFFERING = tuple(name for name in Terms.__struct_fields__ if name != "outside_id")


def queue_form(queue: Queue, **values: object) -> dict[str, object]:
    return {
        "name": queue.name,
        "public_name_ru": "",
        "public_name_en": "",
        "is_active": "on",
        "priority": queue.priority,
        "calendar": "",
        "out_of_hours": queue.out_of_hours,
        "last_minutes": queue.last_minutes,
        "last_minutes_closed": "on",
        "reopen_hours": queue.reopen_hours,
        "shares_history": "on",
        **{name: getattr(queue, name) for name in OFFERING if getattr(queue, name) is not False},
        **no_rows("memberships", "skill_needs", "overflows", "letter_texts"),
        **values,
    }


def test_the_list_of_lines_holds_only_his_own(client: Client, ours: Queue, theirs: Queue) -> None:
    answer = client.get(page("queue_changelist"))
    assert [row.name for row in answer.context["cl"].result_list] == ["Ours"]
    assert answer.context["cl"].result_count == 1
    assert "Theirs" not in answer.content.decode()


@pytest.mark.parametrize("what", ["change", "history", "delete"])
def test_a_foreign_line_has_no_page(client: Client, theirs: Queue, what: str) -> None:
    answer = client.get(page(f"queue_{what}", theirs.pk))
    assert answer.status_code in (302, 403, 404)
    assert "Theirs" not in answer.content.decode()


def test_a_foreign_line_cannot_be_written(client: Client, theirs: Queue) -> None:
    client.post(page("queue_change", theirs.pk), queue_form(theirs, name="Mine now", priority=999))
    theirs.refresh_from_db()
    assert (theirs.name, theirs.priority) == ("Theirs", 0)


def test_a_foreign_line_cannot_be_slipped_into_the_list(client: Client, ours: Queue, theirs: Queue) -> None:
    client.post(
        page("queue_changelist"),
        {
            "form-TOTAL_FORMS": 1,
            "form-INITIAL_FORMS": 1,
            "form-0-id": theirs.pk,
            "form-0-priority": 999,
            "form-0-is_active": "on",
            "_save": "Save",
        },
    )
    theirs.refresh_from_db()
    assert theirs.priority == 0


def test_a_bulk_action_leaves_foreign_lines_alone(client: Client, ours: Queue, theirs: Queue) -> None:
    client.post(page("queue_changelist"), {"action": "switch_off", "_selected_action": [ours.pk, theirs.pk]})
    ours.refresh_from_db()
    theirs.refresh_from_db()
    assert (ours.is_active, theirs.is_active) == (False, True)


def test_he_neither_adds_nor_deletes_lines(client: Client, ours: Queue) -> None:
    assert client.get(page("queue_add")).status_code == 403
    assert client.post(page("queue_delete", ours.pk), {"post": "yes"}).status_code == 403
    assert Queue.objects.filter(pk=ours.pk).exists()


def test_he_does_not_make_his_line_the_common_one(client: Client, ours: Queue) -> None:
    common = organisation.common_line()
    client.post(page("queue_change", ours.pk), queue_form(ours, is_default="on"))
    ours.refresh_from_db()
    common.refresh_from_db()
    assert (ours.is_default, common.is_default) == (False, True)


def test_autocomplete_and_search_know_no_foreign_operators(client: Client, theirs: Queue) -> None:
    ordinary("Борис", theirs)
    query = {
        "app_label": "operators",
        "model_name": "queuemembership",
        "field_name": "operator",
        "term": "Борис",
    }
    found = json.loads(client.get(reverse("admin:autocomplete"), query).content)
    assert found["results"] == []
    listed = client.get(page("operator_changelist"), {"q": "Борис"})
    assert listed.context["cl"].result_count == 0


def test_a_foreign_operator_cannot_be_chosen_as_a_member(client: Client, ours: Queue, theirs: Queue) -> None:
    boris = ordinary("Борис", theirs)
    form = queue_form(ours) | {
        "memberships-TOTAL_FORMS": 1,
        "memberships-0-operator": boris.pk,
        "memberships-0-queue": ours.pk,
    }
    answer = client.post(page("queue_change", ours.pk), form)
    assert answer.status_code == 200
    assert not QueueMembership.objects.filter(queue=ours, operator=boris).exists()


def test_filters_offer_no_foreign_lines(client: Client, ours: Queue, theirs: Queue) -> None:
    for name in ("replytemplate_changelist", "operator_changelist"):
        assert "Theirs" not in client.get(page(name)).content.decode()


def test_a_shared_operator_is_shown_without_his_other_lines(
    client: Client, ours: Queue, theirs: Queue
) -> None:
    shared = ordinary("Вера", ours, theirs)
    listed = client.get(page("operator_changelist")).content.decode()
    assert "Вера" in listed
    assert "Theirs" not in listed
    assert "Theirs" not in client.get(page("operator_change", shared.pk)).content.decode()


def test_shared_hours_are_shown_without_the_other_lines(client: Client, ours: Queue, theirs: Queue) -> None:
    calendar = Calendar.objects.create(name="Days")
    Queue.objects.filter(pk__in=[ours.pk, theirs.pk]).update(calendar=calendar)
    for address in (page("calendar_changelist"), page("calendar_change", calendar.pk)):
        shown = client.get(address).content.decode()
        assert "Days" in shown
        assert "Theirs" not in shown
    whole = roles.browser(roles.staff("administrator")).get(page("calendar_changelist")).content.decode()
    assert "Ours, Theirs" in whole


def test_shared_hours_are_not_his_to_change(client: Client, ours: Queue, theirs: Queue) -> None:
    calendar = Calendar.objects.create(name="Days")
    Queue.objects.filter(pk__in=[ours.pk, theirs.pk]).update(calendar=calendar)
    form = {"name": "Mine", "time_zone": "Europe/Moscow"}
    assert client.post(page("calendar_change", calendar.pk), form).status_code == 403
    calendar.refresh_from_db()
    assert calendar.name == "Days"


def test_a_folder_counts_only_the_templates_he_may_see(client: Client, ours: Queue, theirs: Queue) -> None:
    folder = TemplateFolder.objects.create(name="Greetings")
    for shortcut, queue in (("common", None), ("ours", ours), ("theirs", theirs)):
        ReplyTemplate.objects.create(shortcut=shortcut, title=shortcut, text="Hi", folder=folder, queue=queue)
    counted = [
        row.counted
        for browser in (client, roles.browser(roles.staff("administrator")))
        for row in browser.get(page("templatefolder_changelist")).context["cl"].result_list
    ]
    assert counted == [2, 3]


def test_foreign_templates_are_not_listed_opened_or_exported(
    client: Client, ours: Queue, theirs: Queue
) -> None:
    ReplyTemplate.objects.create(shortcut="ours", title="Ours", text="open", queue=ours)
    hidden = ReplyTemplate.objects.create(shortcut="secret", title="Secret", text="closed", queue=theirs)
    assert "secret" not in client.get(page("replytemplate_changelist")).content.decode()
    assert client.get(page("replytemplate_change", hidden.pk)).status_code == 302
    assert "closed" not in client.get(page("replytemplate_export")).content.decode()


def test_a_template_is_not_made_for_a_foreign_line_or_for_everybody(client: Client, theirs: Queue) -> None:
    form = {"shortcut": "x", "language": "ru", "title": "X", "text": "X", "is_active": "on", "position": 0}
    for queue in (theirs.pk, ""):
        answer = client.post(page("replytemplate_add"), {**form, "queue": queue})
        assert answer.status_code == 200
    assert not ReplyTemplate.objects.exists()


def test_a_text_for_everybody_is_seen_and_not_changed(client: Client) -> None:
    common = ReplyTemplate.objects.create(shortcut="hi", title="Hi", text="Hi")
    assert client.get(page("replytemplate_change", common.pk)).status_code == 200
    answer = client.post(page("replytemplate_change", common.pk), {"text": "Bye"})
    assert answer.status_code == 403
    client.post(
        page("replytemplate_changelist"),
        {
            "form-TOTAL_FORMS": 1,
            "form-INITIAL_FORMS": 1,
            "form-0-id": common.pk,
            "form-0-position": 77,
            "initial-form-0-position": 0,
            "_save": "Save",
        },
    )
    common.refresh_from_db()
    assert (common.text, common.position, common.is_active) == ("Hi", 0, True)


def test_he_runs_the_account_of_his_own_operator_only(supervisor: User, ours: Queue, theirs: Queue) -> None:
    assert reach.manages(supervisor, ordinary("Анна", ours))
    assert not reach.manages(supervisor, ordinary("Вера", ours, theirs))
    assert not reach.manages(supervisor, Operator.objects.get(pk=supervisor.pk))
    stronger = ordinary("Глеб", ours)
    stronger.user.groups.add(Group.objects.create(name="readers of everything"))
    assert not reach.manages(supervisor, stronger)


def test_he_sets_no_password_of_somebody_who_sees_more(client: Client, ours: Queue, theirs: Queue) -> None:
    shared = ordinary("Вера", ours, theirs)
    before = shared.user.password
    answer = client.post(
        page("operator_change", shared.pk),
        {"public_name": "Вера", "capacity": 5, "is_active": "on", "password": "a very long new password"},
    )
    assert answer.status_code == 403
    shared.user.refresh_from_db()
    assert shared.user.password == before


def new_operator(line: Queue, **values: object) -> dict[str, object]:
    return {
        "public_name": "Новая",
        "title": "",
        "capacity": 4,
        "is_active": "on",
        "username": "novaya",
        "language": "ru",
        "password": "a very long new password",
        "groups": [seed_roles()["operator"].pk],
        **no_rows("skill_levels", "limits"),
        "memberships-TOTAL_FORMS": 1,
        "memberships-INITIAL_FORMS": 0,
        "memberships-0-queue": line.pk,
        **values,
    }


def test_he_adds_an_operator_to_his_line(client: Client, ours: Queue) -> None:
    answer = client.post(page("operator_add"), new_operator(ours))
    assert answer.status_code == 302, answer.context["errors"]
    made = Operator.objects.get(user__username="novaya")
    assert [member.queue for member in made.memberships.all()] == [ours]
    assert [group.name for group in made.user.groups.all()] == ["operator"]
    assert (made.capacity, made.user.is_staff, made.user.check_password("a very long new password")) == (
        4,
        False,
        True,
    )


@pytest.mark.parametrize("role", ["administrator", "supervisor", "auditor"])
def test_he_gives_nobody_a_group_that_is_not_his_to_give(client: Client, ours: Queue, role: str) -> None:
    answer = client.post(page("operator_add"), new_operator(ours, groups=[seed_roles()[role].pk]))
    assert answer.status_code == 200
    assert not User.objects.filter(username="novaya").exists()


def test_he_makes_nobody_in_a_foreign_line_or_in_none(client: Client, ours: Queue, theirs: Queue) -> None:
    assert client.post(page("operator_add"), new_operator(theirs)).status_code == 200
    none = new_operator(ours) | {"memberships-TOTAL_FORMS": 0}
    assert client.post(page("operator_add"), none).status_code == 200
    assert not User.objects.filter(username="novaya").exists()


def test_he_takes_over_no_existing_account(client: Client, ours: Queue) -> None:
    boss = people.user("boss", is_staff=True)
    answer = client.post(page("operator_add"), new_operator(ours, username="boss", password=""))
    assert answer.status_code == 200
    assert not Operator.objects.filter(pk=boss.pk).exists()


def test_pages_of_accounts_groups_and_tokens_are_closed_to_him(client: Client) -> None:
    for name in ("core_user", "auth_group", "core_apitoken", "core_event", "core_webhooksubscription"):
        assert client.get(reverse(f"admin:{name}_changelist")).status_code == 403


def test_taking_back_a_change_does_not_carry_a_template_out_of_his_lines(
    client: Client, ours: Queue, theirs: Queue
) -> None:
    moved = ReplyTemplate.objects.create(shortcut="x", title="X", text="X", queue=theirs)
    moved.queue = ours
    moved.save()
    from apps.core.history import event_model

    last = event_model(ReplyTemplate).objects.latest("pgh_id")
    answer = client.post(page("replytemplate_undo", moved.pk, "replytemplate", last.pgh_id))
    assert answer.status_code == 403
    moved.refresh_from_db()
    assert moved.queue == ours
