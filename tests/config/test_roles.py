"""Groups that every installation begins with: what a later version brings, and what a bank changed."""

from __future__ import annotations

import pghistory
import pytest
from django.contrib.auth.models import Group, Permission
from django.core.management import call_command

from apps.conversations.models import Grant, Right, Scope
from config import roles
from config.roles import ROLES, Role, seed, seed_roles

pytestmark = pytest.mark.django_db


def installed_before(monkeypatch: pytest.MonkeyPatch, *, lacked: str, without: str) -> None:
    """An installation of a version that knew neither this permission nor this role."""
    earlier = {
        code: Role(role.name, role.permissions - {lacked}, role.grants)
        for code, role in ROLES.items()
        if code != without
    }
    monkeypatch.setattr(roles, "ROLES", earlier)
    seed(only_new=True)
    monkeypatch.setattr(roles, "ROLES", ROLES)


def may(group: str) -> set[str]:
    return set(Permission.objects.filter(group__name=group).values_list("codename", flat=True))


def test_an_upgrade_brings_a_new_right_and_a_new_group_once(monkeypatch: pytest.MonkeyPatch) -> None:
    installed_before(monkeypatch, lacked="routing.export_obligation", without="head supervisor")
    assert "export_obligation" not in may("supervisor")
    assert not Group.objects.filter(name="head supervisor").exists()
    given = seed(only_new=True)
    assert given["supervisor"].rights == ("routing.export_obligation",)
    assert given["auditor"].rights == ()
    assert len(given["head supervisor"].rights) == len(may("head supervisor")) + 5
    assert {code for code, each in seed(only_new=True).items() if each.rights} == set()


def test_what_the_bank_took_from_a_group_stays_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    installed_before(monkeypatch, lacked="routing.export_obligation", without="head supervisor")
    supervisor = Group.objects.get(name="supervisor")
    supervisor.permissions.remove(Permission.objects.get(codename="export_lead"))
    Grant.objects.filter(group=supervisor, right=Right.PERSONAL).delete()
    Grant.objects.filter(group=supervisor, right=Right.TEXT).update(scope=Scope.ALL)
    assert seed(only_new=True)["supervisor"].rights == ("routing.export_obligation",)
    assert "export_lead" not in may("supervisor")
    assert dict(supervisor.grants.values_list("right", "scope")) == {
        Right.TEXT: Scope.ALL,
        **dict.fromkeys((Right.ANSWER, Right.PICK, Right.TAKE_OVER), Scope.OWN),
    }
    supervisor.permissions.remove(Permission.objects.get(codename="export_obligation"))
    assert seed(only_new=True)["supervisor"].rights == ()


def test_a_deleted_group_stays_deleted_and_a_renamed_one_is_known_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed_before(monkeypatch, lacked="routing.export_obligation", without="head supervisor")
    Group.objects.get(name="auditor").delete()
    Group.objects.filter(name="supervisor").update(name="Супервизоры")
    given = seed(only_new=True)
    assert given["auditor"].group is None
    assert not Group.objects.filter(name__in=("auditor", "supervisor")).exists()
    assert "export_obligation" in may("Супервизоры")
    assert "auditor" in seed_roles()  # asked for by hand, it is made again


def test_a_group_of_the_banks_own_under_such_a_name_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    installed_before(monkeypatch, lacked="routing.export_obligation", without="head supervisor")
    own = Group.objects.create(name="head supervisor")
    own.permissions.add(Permission.objects.get(codename="view_queue"))
    assert seed(only_new=True)["head supervisor"].rights == ()
    assert may("head supervisor") == {"view_queue"}


def test_a_group_that_somebody_made_in_the_back_office_is_given_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    installed_before(monkeypatch, lacked="routing.export_obligation", without="head supervisor")
    with pghistory.context(user=1):
        own = Group.objects.create(name="head supervisor")
        own.permissions.set(Permission.objects.filter(group__name="supervisor"))
        Grant.objects.create(group=own, right=Right.TEXT, scope=Scope.OWN)
    before = may("head supervisor")
    assert seed(only_new=True)["head supervisor"].rights == ()
    assert may("head supervisor") == before
    assert list(own.grants.values_list("right", flat=True)) == [Right.TEXT]


def test_the_command_says_what_it_gave(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    installed_before(monkeypatch, lacked="routing.export_obligation", without="bot")
    call_command("seed_roles", new=True)
    said = capsys.readouterr().out
    assert "supervisor: supervisor\n  + routing.export_obligation\n" in said
    assert "bot: bot\n  + answer\n" in said
