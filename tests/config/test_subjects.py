"""Who sees what happened: every subject of an event has a rule, and accounts and channels are not everybody's."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.urls import reverse

from apps.channels.events import UpdatesAccepted
from apps.core.actors import SYSTEM
from apps.core.events import announce, kinds
from apps.core.models import User
from apps.operators.services import announcing
from config.subjects import SUBJECTS
from tests.events import forget_events
from tests.factories import organisation, people, roles, rules


def test_every_wired_event_is_about_something_that_somebody_may_see() -> None:
    assert {event.subject_kind for event in kinds().values()} <= SUBJECTS.keys()


def journal(reader: User) -> list[tuple[str, int]]:
    """Kind and subject of the rows that the reader's journal shows."""
    answer = roles.browser(reader).get(reverse("admin:core_event_changelist"))
    assert answer.status_code == 200
    return [(each.kind, each.subject_id) for each in answer.context["cl"].result_list]


@pytest.mark.django_db
def test_changed_rights_and_accepted_updates_stand_in_the_journal_of_administrator_and_auditor() -> None:
    anna = people.operator()
    channel = organisation.channel()
    forget_events()
    announcing.rights_changed([anna.pk], actor=SYSTEM, now=people.NOW)
    announce(UpdatesAccepted(channel=channel.pk, count=1), actor=SYSTEM, now=people.NOW)
    both = [("updates.accepted", channel.pk), ("staff.rights_changed", anna.pk)]
    assert journal(roles.staff("administrator")) == both
    assert journal(roles.staff("auditor")) == both


@pytest.mark.django_db
@pytest.mark.parametrize("role", ["supervisor", "operator"])
def test_accounts_and_channels_are_nobody_elses_even_of_ones_own_line(role: str) -> None:
    line = organisation.line()
    reader, anna = roles.staff(role, lines=(line,)), people.operator(lines=(line,))
    assert SUBJECTS["operator"](reader, {anna.pk}) == {anna.pk}
    assert SUBJECTS["user"](reader, {anna.pk, reader.pk}) == set()
    assert SUBJECTS["channel"](reader, {organisation.channel().pk}) == set()


@pytest.mark.django_db
def test_that_a_version_of_the_rules_works_is_told_to_who_has_every_line() -> None:
    forget_events()
    version = rules.publish()
    told = [("rules.in_force", version.pk)]
    assert journal(roles.staff("administrator")) == told
    assert journal(roles.staff("auditor")) == told
    user = people.user("half", is_staff=True)
    user.user_permissions.set(Permission.objects.filter(codename__in=["view_event", "view_ruleset"]))
    assert journal(user) == []
