"""Suggestions while somebody types the name of a line, a colleague or a skill."""

from __future__ import annotations

import pytest

from apps.operators.models import Skill
from tests.factories import organisation, people, roles

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("model", "field", "typed", "found"),
    [
        ("skilllevel", "skill", "Англ", "Английский"),
        ("lineskill", "skill", "Англ", "Английский"),
        ("queuemembership", "operator", "Бор", "Борис"),
    ],
)
def test_what_is_typed_is_found(model: str, field: str, typed: str, found: str) -> None:
    Skill.objects.create(name="Английский")
    people.operator("Борис", lines=(organisation.line("Карты"),))
    asked = {"app_label": "operators", "model_name": model, "field_name": field, "term": typed}
    answer = roles.browser(roles.staff("administrator")).get("/admin/autocomplete/", asked)
    assert [each["text"] for each in answer.json()["results"]] == [found]
