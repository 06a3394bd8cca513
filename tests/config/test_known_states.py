"""What the database itself refuses: a state that no code knows, another past than the one that was written."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from django.apps import apps
from django.db import IntegrityError, ProgrammingError, models, transaction
from django.db.models import QuerySet

from apps.channels.events import UpdatesAccepted
from apps.channels.models import InboundUpdate
from apps.core import clock
from apps.core.actors import SYSTEM
from apps.core.events import announce
from apps.core.models import Event
from tests.factories import organisation

STATES = {"state", "outcome", "verification"}


def fields_of_state() -> Iterator[tuple[type[models.Model], models.Field]]:
    for model in apps.get_models():
        if model.__module__.startswith("apps.") and not hasattr(model, "pgh_obj"):
            yield from ((model, field) for field in model._meta.fields if field.name in STATES)


def listed(model: type[models.Model], name: str) -> set[str]:
    """What the model's constraint on this column lets in."""
    for constraint in model._meta.constraints:
        if isinstance(constraint, models.CheckConstraint) and constraint.name.endswith("_is_known"):
            (condition,) = constraint.condition.children
            if condition[0] == f"{name}__in":
                return set(condition[1])
    return set()


def test_every_column_of_states_lets_in_exactly_the_states_there_are() -> None:
    found = list(fields_of_state())
    assert len(found) >= 8
    for model, field in found:
        assert listed(model, field.name) == {value for value, _label in field.flatchoices}, model


@pytest.mark.django_db
def test_a_state_that_nobody_knows_is_refused() -> None:
    update = InboundUpdate.objects.create(
        channel=organisation.channel(), external_id="1", body=b"{}", received_at=clock.now()
    )
    with pytest.raises(IntegrityError, match="update_state_is_known"), transaction.atomic():
        InboundUpdate.objects.filter(pk=update.pk).update(state="pendign")
    update.refresh_from_db()
    assert update.state == "pending"


@pytest.mark.django_db
@pytest.mark.parametrize("change", [lambda rows: rows.update(kind="forged"), lambda rows: rows.delete()])
def test_what_happened_is_neither_rewritten_nor_erased(change: Callable[[QuerySet[Event]], object]) -> None:
    organisation.channel()
    announce(UpdatesAccepted(channel=1, count=1), actor=SYSTEM, now=clock.now())
    before = list(Event.objects.values_list("pk", "kind"))
    assert before
    with pytest.raises(ProgrammingError, match="append_only"), transaction.atomic():
        change(Event.objects.all())
    assert list(Event.objects.values_list("pk", "kind")) == before
