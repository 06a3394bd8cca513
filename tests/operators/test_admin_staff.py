"""Staff in the back office: a change of rights reaches sockets, sessions and tickets."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from apps.core.actors import SYSTEM
from apps.core.models import Event, SocketTicket, User
from apps.core.sockets import Close
from apps.operators.services import tickets
from apps.operators.services.presence import set_presence
from apps.routing.tasks import publish_rules
from tests.factories import organisation, people, roles
from tests.factories.people import NOW
from tests.operators.test_admin_lines import announced
from tests.operators.test_admin_reach import page
from tests.sockets import Staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return roles.browser(roles.staff("administrator"))


def account_form(user: User, **values: object) -> dict[str, object]:
    return {
        "username": user.username,
        "is_active": "on",
        "display_name": user.display_name,
        "language": user.language,
        "time_zone": user.time_zone,
        "groups": list(user.groups.values_list("pk", flat=True)),
        **values,
    }


def account(name: str, *args: object) -> str:
    return reverse(f"admin:core_user_{name}", args=args)


def test_groups_changed_close_the_sockets_of_that_user_only(client: Client) -> None:
    anna = people.operator("Анна").user
    client.post(account("change", anna.pk), account_form(anna, groups=[]))
    assert announced("staff.rights_changed") == [{"user": anna.pk, "signed_out": False}]


def test_a_switched_off_account_is_out_for_good(client: Client) -> None:
    anna = people.operator("Анна").user
    hers = roles.browser(anna)
    tickets.issue(anna.pk, "key", now=NOW)
    client.post(account("change", anna.pk), account_form(anna, is_active=""))
    assert announced("staff.rights_changed") == [{"user": anna.pk, "signed_out": True}]
    assert not SocketTicket.objects.filter(user=anna).exists()
    assert hers.get("/workspace/").status_code == 302


def test_a_bulk_switch_off_spares_oneself_and_superusers(client: Client) -> None:
    admin = User.objects.get(pk=client.session["_auth_user_id"])
    root = people.user("root", is_superuser=True)
    anna = people.user("anna")
    chosen = [admin.pk, root.pk, anna.pk]
    client.post(account("changelist"), {"action": "switch_off", "_selected_action": chosen})
    found = dict(User.objects.filter(pk__in=chosen).values_list("username", "is_active"))
    assert found == {admin.username: True, "root": True, "anna": False}
    assert [each["user"] for each in announced("staff.rights_changed")] == [anna.pk]


def test_a_new_password_ends_sessions_and_tickets(client: Client) -> None:
    anna = people.operator("Анна").user
    hers = roles.browser(anna)
    tickets.issue(anna.pk, "key", now=NOW)
    new = {
        "password1": "a very long new password",
        "password2": "a very long new password",
        "usable_password": "true",
    }
    answer = client.post(reverse("admin:auth_user_password_change", args=[anna.pk]), new)
    assert answer.status_code == 302
    assert [each["user"] for each in announced("staff.rights_changed")] == [anna.pk]
    assert not SocketTicket.objects.filter(user=anna).exists()
    assert hers.get("/workspace/").status_code == 302


def test_ones_own_new_password_is_announced_as_well() -> None:
    anna = people.user("anna")
    hers = roles.browser(anna)
    form = {
        "oldpassword": "correct horse battery",
        "password1": "a very long new one",
        "password2": "a very long new one",
    }
    assert hers.post(reverse("account_change_password"), form).status_code == 302
    assert [each["user"] for each in announced("staff.rights_changed")] == [anna.pk]


def test_an_administrator_makes_no_superuser_and_changes_none(client: Client) -> None:
    root, anna = people.user("root", is_superuser=True), people.user("anna")
    client.post(account("change", anna.pk), account_form(anna, is_superuser="on"))
    assert client.post(account("change", root.pk), account_form(root, is_active="")).status_code == 403
    new = {"password1": "a very long new password", "password2": "a very long new password"}
    assert client.post(reverse("admin:auth_user_password_change", args=[root.pk]), new).status_code == 403
    assert not User.objects.get(pk=anna.pk).is_superuser
    assert User.objects.get(pk=root.pk).is_active


def test_history_of_an_account_does_not_bring_a_superuser_back(client: Client) -> None:
    former = people.user("former", is_superuser=True)
    former.is_superuser = False
    former.save()
    change = client.get(account("history", former.pk)).context["changes"][0]
    answer = client.post(reverse("admin:core_user_undo", args=[former.pk, "user", change.number]))
    assert answer.status_code == 403
    assert not User.objects.get(pk=former.pk).is_superuser


def test_history_tells_of_groups_and_never_of_passwords(client: Client) -> None:
    anna = people.user("anna")
    anna.groups.add(Group.objects.create(name="night shift"))
    anna.set_password("quite another password")
    anna.save()
    shown = client.get(account("history", anna.pk)).content.decode()
    assert "night shift" in shown
    assert anna.password not in shown
    assert "md5$" not in shown


def test_grants_of_a_group_reach_all_its_members(client: Client) -> None:
    group = Group.objects.create(name="readers")
    members = [people.user("one"), people.user("two")]
    group.user_set.set(members)
    form = {
        "name": "readers",
        "grants-TOTAL_FORMS": 1,
        "grants-INITIAL_FORMS": 0,
        "grants-0-right": "see_text",
        "grants-0-scope": "all",
    }
    assert client.post(reverse("admin:auth_group_change", args=[group.pk]), form).status_code == 302
    assert {each["user"] for each in announced("staff.rights_changed")} == {user.pk for user in members}


def test_a_grant_for_one_line_names_it(client: Client) -> None:
    group = Group.objects.create(name="readers")
    form = {
        "name": "readers",
        "grants-TOTAL_FORMS": 1,
        "grants-INITIAL_FORMS": 0,
        "grants-0-right": "see_text",
        "grants-0-scope": "line",
    }
    assert client.post(reverse("admin:auth_group_change", args=[group.pk]), form).status_code == 200
    assert not group.grants.exists()


def test_an_operator_switched_off_can_still_be_sent_home(client: Client) -> None:
    line = organisation.line()
    anna = people.operator("Анна", lines=(line,))
    client.post(page("operator_changelist"), {"action": "switch_off", "_selected_action": [anna.pk]})
    anna.refresh_from_db()
    assert not anna.is_active
    assert announced("queue.changed") == [{"queue": line.pk, "fields": ["members"]}]
    assert set_presence(anna.pk, state="offline", actor=SYSTEM, now=NOW).state == "offline"


def test_seeded_groups_are_made_once_and_keep_what_was_changed() -> None:
    from config.roles import ROLES, seed_roles

    groups = seed_roles()
    assert set(groups) == {
        "administrator",
        "head supervisor",
        "supervisor",
        "operator",
        "auditor",
        "bot",
        "integration",
    }
    groups["operator"].permissions.add(Permission.objects.get(codename="view_queue"))
    groups["operator"].grants.all().delete()
    seed_roles()
    assert groups["operator"].grants.count() == 0
    assert groups["operator"].permissions.count() == 2
    assert {len(role.permissions) for role in ROLES.values()} == {
        group.permissions.count() - (code == "operator") for code, group in groups.items()
    }


@pytest.mark.parametrize(
    ("role", "code"), [("operator", 403), ("supervisor", 200), ("administrator", 200), ("auditor", 200)]
)
def test_the_door_is_open_to_staff_only(role: str, code: int) -> None:
    assert roles.browser(roles.staff(role)).get("/admin/", follow=True).status_code == code


def test_strangers_are_sent_to_the_one_sign_in() -> None:
    answer = Client().get("/admin/operators/queue/")
    assert answer.status_code == 302
    door = Client().get(answer["Location"])
    assert door["Location"] == "/accounts/login/?next=/admin/operators/queue/"


@pytest.mark.parametrize(
    "next_page", ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:1"]
)
def test_language_and_sign_in_lead_nowhere_else(client: Client, next_page: str) -> None:
    answer = client.post(reverse("admin:own_language"), {"language": "en", "next": next_page})
    assert answer["Location"] == "/admin/"
    assert client.get("/admin/login/", {"next": next_page})["Location"] == "/admin/"


@pytest.mark.django_db(transaction=True)
class TestSockets:
    def change(self, client: Client, user: User, **values: Any) -> None:
        assert client.post(account("change", user.pk), account_form(user, **values)).status_code == 302

    @pytest.mark.parametrize(
        ("values", "code"), [({"is_active": ""}, Close.UNAUTHORISED), ({"groups": []}, Close.RESYNC)]
    )
    def test_open_sockets_hear_it_within_five_seconds(self, values: dict[str, Any], code: int) -> None:
        line = organisation.common_line()
        anna = people.operator("Анна", lines=(line,)).user
        client = roles.browser(roles.staff("administrator"))

        async def scenario() -> int:
            async with Staff() as socket:
                assert (await socket.hello(anna))["type"] == "welcome"
                await sync_to_async(self.change)(client, anna, **values)
                return await asyncio.wait_for(socket.closed_with(), 5)

        assert async_to_sync(scenario)() == code

    def test_open_screens_are_told_of_a_new_priority(self) -> None:
        line = organisation.common_line()
        anna = people.operator("Анна", lines=(line,)).user
        client = roles.browser(roles.staff("administrator"))
        from tests.operators.test_admin_lines import rows

        async def scenario() -> dict[str, Any]:
            async with Staff() as socket:
                await socket.hello(anna)
                data = rows(line, form__0__priority=7)
                await sync_to_async(client.post)(page("queue_changelist"), data)
                await socket.wait_for("catalogue_changed")
                await sync_to_async(publish_rules)()
                await socket.wait_for("catalogue_changed")
                return await socket.ask("catalogue")

        catalogue = async_to_sync(scenario)()
        assert [(each["id"], each["priority"]) for each in catalogue["lines"]] == [(line.pk, 7)]
        fields = (
            Event.objects.filter(kind="queue.changed")
            .order_by("pk")
            .values_list("details__fields", flat=True)
        )
        assert list(fields) == [["priority"], ["live_priority"]]
