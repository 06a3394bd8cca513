"""What is one for the whole bank is written by who has all lines, whatever else his group was given."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.db.models import Model
from django.test import RequestFactory
from django.urls import reverse

from apps.core.admin_site import our_site
from apps.operators.models import BreakReason, DeclineReason, Skill
from apps.routing.models import Category, Segment
from tests.factories import organisation, roles

pytestmark = pytest.mark.django_db
HOUSE_WIDE = (Category, Segment, Skill, BreakReason, DeclineReason)


def a_row(model: type[Model]) -> Model:
    words = {"name": "Important"} if model in (Category, Segment, Skill) else {"name_ru": "Important"}
    return model._default_manager.create(**words, **({"code": "important"} if model is Category else {}))


def everything_of(model: type[Model]) -> list[Permission]:
    named = {"content_type__app_label": model._meta.app_label, "content_type__model": model._meta.model_name}
    return list(Permission.objects.filter(**named))


@pytest.mark.parametrize("model", HOUSE_WIDE)
def test_who_runs_single_lines_looks_and_writes_nothing(model: type[Model]) -> None:
    account = roles.staff("supervisor", lines=(organisation.line("Ours"),))
    account.groups.get().permissions.add(*everything_of(model))
    row, supervisor = a_row(model), roles.browser(account)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    listed, page = reverse(f"{name}_changelist"), reverse(f"{name}_change", args=[row.pk])
    assert [supervisor.get(door).status_code for door in (listed, page)] == [200, 200]
    before = list(model._default_manager.values())
    doors = [page, reverse(f"{name}_add"), reverse(f"{name}_delete", args=[row.pk])]
    assert [supervisor.post(door, {"post": "yes"}).status_code for door in doors] == [403] * 3
    supervisor.post(listed, {"action": "delete_selected", "_selected_action": [row.pk], "post": "yes"})
    assert list(model._default_manager.values()) == before


@pytest.mark.parametrize("role", ["administrator", "head supervisor"])
@pytest.mark.parametrize("model", HOUSE_WIDE)
def test_who_has_all_lines_writes(model: type[Model], role: str) -> None:
    request = RequestFactory().get("/")
    request.user = roles.staff(role)
    page = our_site()._registry[model]
    assert (page.has_change_permission(request), page.has_add_permission(request)) == (True, True)
