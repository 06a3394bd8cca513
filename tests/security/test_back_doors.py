"""Side doors of the back office: addresses with columns, the history's undo, the page of an operator (A1, A25)."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.test import Client
from django.urls import reverse

from apps.core.models import User
from apps.operators import reach
from apps.operators.models import Operator, Queue
from config.roles import seed_roles
from tests.factories import dialogues, organisation, people, roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Queue:
    return organisation.line("Ours")


# --- guessing by the address ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query",
    [
        {"last_text__icontains": "тайна"},
        {"last_text__regex": "^т"},
        {"last_text": "тайна"},
        {"customer": "1"},
        {"customer_id": "1"},
        {"customer__phone__startswith": "+7"},
        {"thread": ""},
        {"messages__text__icontains": "тайна"},
    ],
    ids=str,
)
def test_who_sees_padlocks_cannot_guess_words_by_columns_in_the_address(
    ours: Queue, query: dict[str, str]
) -> None:
    dialogues.conversation("тайна", line=ours)
    auditor = roles.browser(roles.staff("auditor"))
    address = reverse("admin:conversations_conversation_changelist")
    assert auditor.get(address).context["cl"].result_count == 1
    answer = auditor.get(address, query)
    assert answer.status_code == 400
    assert "тайна" not in answer.content.decode()


def test_the_filters_that_a_list_offers_still_work(ours: Queue) -> None:
    found = dialogues.conversation("слова", line=ours)
    auditor = roles.browser(roles.staff("auditor"))
    address = reverse("admin:conversations_conversation_changelist")
    for query in ({"state__exact": found.state}, {"line": ours.pk}, {"channel__id__exact": found.channel_id}):
        answer = auditor.get(address, query)
        assert [row.pk for row in answer.context["cl"].result_list] == [found.pk], query


def test_accounts_are_not_found_by_what_their_passwords_look_like() -> None:
    admin = roles.browser(roles.staff("administrator"))
    answer = admin.get(reverse("admin:core_user_changelist"), {"password__startswith": "md5"})
    assert answer.status_code == 400


@pytest.mark.parametrize(
    "address", ["/admin/core/event/?kind=%00", "/widget/%00/", "/hooks/a%00b/", "/?lang=%00"]
)
def test_a_nul_in_an_address_is_a_bad_request(client: Client, address: str) -> None:
    assert client.get(address).status_code == 400
    assert client.post(address).status_code == 400


# --- taking back ------------------------------------------------------------------------------------------


def test_a_supervisor_does_not_take_back_what_he_may_not_set(ours: Queue) -> None:
    ours.shares_history = False
    ours.save()
    last = ours._meta.apps.get_model("operators", "QueueEvent").objects.order_by("-pgh_id").first()
    supervisor = roles.browser(roles.staff("supervisor", lines=(ours,)))
    address = reverse("admin:operators_queue_undo", args=[ours.pk, "queue", last.pgh_id])
    assert supervisor.post(address).status_code == 403
    ours.refresh_from_db()
    assert not ours.shares_history


def test_a_supervisor_takes_back_what_is_his_to_set(ours: Queue) -> None:
    before = ours.accept_seconds
    ours.accept_seconds = before + 7
    ours.save()
    last = ours._meta.apps.get_model("operators", "QueueEvent").objects.order_by("-pgh_id").first()
    supervisor = roles.browser(roles.staff("supervisor", lines=(ours,)))
    address = reverse("admin:operators_queue_undo", args=[ours.pk, "queue", last.pgh_id])
    assert supervisor.post(address).status_code == 302
    ours.refresh_from_db()
    assert ours.accept_seconds == before


# --- passwords of the stronger ----------------------------------------------------------------------------


def operator_of(account: User) -> Operator:
    return Operator.objects.create(user=account, public_name="Главный")


def test_an_administrator_does_not_get_a_superusers_password_through_his_operators_page() -> None:
    boss = operator_of(people.user("boss", is_staff=True, is_superuser=True))
    password = boss.user.password
    admin = roles.browser(roles.staff("administrator"))
    form = {
        "public_name": "Главный",
        "title": "",
        "capacity": 5,
        "is_active": "on",
        "password": "a new long secret",
    }
    form |= {"memberships-TOTAL_FORMS": 0, "memberships-INITIAL_FORMS": 0}
    answer = admin.post(reverse("admin:operators_operator_change", args=[boss.pk]), form)
    assert answer.status_code == 403
    boss.user.refresh_from_db()
    assert boss.user.password == password


def test_who_has_all_lines_but_no_accounts_runs_only_ordinary_operators(ours: Queue) -> None:
    lead = people.user("lead", is_staff=True)
    permissions = Permission.objects.filter(codename__in=["configure_all_lines", "change_operator"])
    leads = Group.objects.create(name="leads")
    leads.permissions.set(permissions)
    lead.groups.add(leads)
    ordinary = people.operator("Анна", lines=(ours,))
    ordinary.user.groups.set([seed_roles()["operator"]])
    stronger = operator_of(roles.staff("administrator"))
    assert reach.manages(lead, ordinary)
    assert not reach.manages(lead, stronger)
