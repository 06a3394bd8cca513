"""Pages of the back office in the reader's words: groups, marks, what a deletion takes along, who may only look."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.core.admin.event_words import KINDS, SUBJECTS
from apps.core.backoffice.marks import mark
from apps.core.events import kinds
from apps.operators.models import Skill
from tests.factories import organisation, people, roles

pytestmark = pytest.mark.django_db


def page(client: Client, name: str, *args: Any) -> str:
    answer = client.get(reverse(f"admin:{name}", args=args))
    assert answer.status_code == 200
    return answer.content.decode()


@pytest.mark.parametrize(("language", "word"), [("ru", "Супервизор"), ("en", "Supervisor")])
def test_a_seeded_group_is_called_in_the_readers_language(language: str, word: str) -> None:
    administrator = roles.staff("administrator")
    administrator.language = language
    administrator.save()
    group = Group.objects.get(name="supervisor")
    client = roles.browser(administrator)
    assert word in page(client, "auth_group_changelist")
    assert f"<h1>{word}</h1>" in page(client, "auth_group_change", group.pk)
    assert word in page(client, "core_user_changelist")
    assert Group.objects.get(pk=group.pk).name == "supervisor"


def test_a_group_of_the_banks_own_is_called_as_it_is_named() -> None:
    with translation.override("ru"):
        assert str(Group(name="Ночная смена")) == "Ночная смена"


def test_a_harmless_no_is_a_dash_and_no_alarm() -> None:
    with translation.override("ru"):
        assert 'aria-label="нет">–</span>' in mark(False)
        assert 'aria-label="да">✓</span>' in mark(True)
    administrator = roles.staff("administrator")
    people.operator("Анна")
    text = page(roles.browser(administrator), "core_user_changelist")
    assert "icon-no.svg" not in text
    assert "False" not in text


def test_no_page_of_an_account_speaks_of_other_ways_to_sign_in() -> None:
    client = roles.browser(roles.staff("administrator"))
    anna = people.user("anna")
    pages = [
        page(client, "core_user_add"),
        page(client, "core_user_change", anna.pk),
        page(client, "auth_user_password_change", anna.pk),
    ]
    for text in pages:
        assert "LDAP" not in text
        assert "usable_password" not in text


def test_the_page_of_an_account_shows_nothing_of_its_hash() -> None:
    anna = people.user("anna")
    text = page(roles.browser(roles.staff("administrator")), "core_user_change", anna.pk)
    assert "Пароль задан." in text
    assert anna.password.split("$")[1][:6] not in text


def test_a_new_account_needs_its_password() -> None:
    client = roles.browser(roles.staff("administrator"))
    answer = client.post(reverse("admin:core_user_add"), {"username": "zoya", "display_name": "Зоя"})
    assert set(answer.context["adminform"].form.errors) == {"password1", "password2"}


def test_a_deletion_names_no_links_that_nobody_named() -> None:
    skill = Skill.objects.create(name="Английский")
    people.operator("Анна").skills.add(skill)
    text = page(roles.browser(roles.staff("administrator")), "operators_skill_delete", skill.pk)
    assert "Удалить «Английский»?" in text
    assert "Operator_skills object" not in text
    assert "operator-skill" not in text


def test_who_may_only_look_sees_no_boxes_that_only_change() -> None:
    line = organisation.line()
    anna = people.operator("Анна", lines=(line,))
    auditor = roles.browser(roles.staff("auditor"))
    operator = page(auditor, "operators_operator_change", anna.pk)
    assert "Без фотографии" not in operator
    assert "field-upload" not in operator
    assert "field-password" not in operator
    assert "field-capacity" in operator
    assert "field-password" not in page(auditor, "core_user_change", anna.pk)
    group = page(auditor, "auth_group_change", Group.objects.get(name="auditor").pk)
    assert "Can view" not in group


def test_a_list_without_rows_says_so() -> None:
    client = roles.browser(roles.staff("administrator"))
    assert "Здесь пока пусто." in page(client, "core_apitoken_changelist")
    found = client.get(reverse("admin:operators_queue_changelist"), {"q": "нет такой"}).content.decode()
    assert "Ничего не нашлось." in found


def test_every_kind_of_event_has_its_words() -> None:
    assert set(KINDS) == set(kinds())
    assert {event.subject_kind for event in kinds().values()} == set(SUBJECTS)
