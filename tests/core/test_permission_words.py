"""Permissions and links between rows as an administrator reads them in Russian."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.utils import translation

from apps.core.backoffice import history
from apps.core.backoffice.permissions import words_of
from apps.core.models.people import GroupPermission
from apps.operators.models import Operator, SkillLevel

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("codename", "words"),
    [
        ("change_queue", "Линия: изменять"),
        ("view_conversation", "Обращение: смотреть"),
        ("configure_all_lines", "Линия: Может настраивать все линии, а не только свои"),
    ],
)
def test_a_permission_is_named_by_its_page_and_what_it_opens(codename, words):
    permission = Permission.objects.get(codename=codename)
    with translation.override("ru"):
        assert words_of(permission) == words


def test_the_history_of_a_group_names_the_permission_it_was_given():
    group = Group.objects.create(name="night shift")
    group.permissions.add(Permission.objects.get(codename="change_queue"))
    with translation.override("ru"):
        (change,) = [
            each
            for each in history.read(group, [history.Kept(GroupPermission, "group")])
            if each.table == "grouppermission"
        ]
    assert (change.what, change.differences[0].name, change.differences[0].after) == (
        "Право",
        "Право",
        "Линия: изменять",
    )


def test_a_link_is_called_by_what_it_links():
    with translation.override("ru"):
        assert history.title_of(history.Kept(SkillLevel, "operator")) == "Навык"
        assert history.title_of(history.Kept(Operator, "pgh_obj")) == "Оператор"
