"""Whoever adds a setting of offering shows what it changes: a column that no test of settings names fails here."""

from __future__ import annotations

from pathlib import Path

import pytest

from apps.operators.models import DeclineReason, LineSkill, Overflow, SkillLevel
from apps.routing.models import KindWeight, OperatorLimit
from apps.routing.ruling.frozen import Terms

HERE = Path(__file__).parent
TRIED = "".join(path.read_text() for path in [*HERE.glob("test_settings_of_*.py"), HERE / "offering.py"])
LINKS = {"id", "queue", "operator", "name_ru", "name_en", "position"}
COLUMNS = [
    (model.__name__, field.name)
    for model in (LineSkill, Overflow, SkillLevel, KindWeight, OperatorLimit, DeclineReason)
    for field in model._meta.concrete_fields
    if field.name not in LINKS
]


@pytest.mark.parametrize(
    ("owner", "name"), [*(("Queue", name) for name in Terms.__struct_fields__), *COLUMNS]
)
def test_every_setting_of_offering_is_tried(owner: str, name: str) -> None:
    assert f"{name}=" in TRIED or f'"{name}"' in TRIED
