"""What becomes of leads: steps, owners, who sees and changes them, REST and what webhooks are told."""

from __future__ import annotations

from typing import Any

import pytest

from apps.conversations.models import Right
from apps.core.actors import Actor
from apps.core.errors import Conflict, DomainError, Invalid
from apps.core.models import Event
from apps.operators.models import Queue
from apps.routing.models import Lead, LeadRequest
from apps.routing.services import leads
from config.subjects import SUBJECTS
from tests.api import Integration, codes
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW, sight

pytestmark = pytest.mark.django_db


def lead(queue: Queue | None = None, *, phone: str = "+7 916 000-00-00", **values: Any) -> Lead:
    """An open lead with one request."""
    identity = dialogues.identity()
    found = Lead.objects.create(
        queue=queue or organisation.common_line(),
        channel=identity.channel,
        customer=identity.customer,
        name="Anna",
        phone=phone,
        phone_key="".join(each for each in phone if each.isdigit()),
        created_at=NOW,
        changed_at=NOW,
        **values,
    )
    LeadRequest.objects.create(
        lead=found,
        identity=identity,
        client_id=f"request-{found.pk}",
        wanted="callback",
        occasion="waiting",
        question="Where is my card?",
        at=NOW,
    )
    return found


def move(found: Lead, who: Any, to: str, reason: str = "") -> Lead:
    return leads.move(sight(who), found.pk, to=to, reason=reason, actor=Actor.staff(who.pk), now=NOW)


def test_whoever_begins_with_a_lead_owns_it() -> None:
    line = organisation.line()
    found, anna = lead(line), people.operator(lines=(line,))
    begun = move(found, anna, "in_work")
    assert (begun.state, begun.owner_id) == ("in_work", anna.pk)
    assert Event.objects.get(kind="lead.changed").details == {
        "lead": found.pk,
        "change": "state",
        "line": line.pk,
        "state": "in_work",
        "owner": anna.pk,
        "other": None,
    }


def test_the_same_step_twice_is_one() -> None:
    line = organisation.line()
    found, anna = lead(line), people.operator(lines=(line,))
    move(found, anna, "done")
    assert move(found, anna, "done").closed_at == NOW
    assert Event.objects.filter(kind="lead.changed").count() == 1


def test_a_failure_needs_a_reason() -> None:
    line = organisation.line()
    found, anna = lead(line), people.operator(lines=(line,))
    with pytest.raises(Invalid):
        move(found, anna, "failed", "  ")
    found.refresh_from_db()
    assert found.state == "new"
    assert move(found, anna, "failed", "Nobody answers").reason == "Nobody answers"


@pytest.mark.parametrize(("state", "to"), [("done", "failed"), ("failed", "new"), ("new", "joined")])
def test_an_impossible_step_is_a_conflict(state: str, to: str) -> None:
    line = organisation.line()
    anna = people.operator(lines=(line,))
    closed = {"closed_at": NOW, "reason": "x"} if state in ("done", "failed") else {}
    found = lead(line, state=state, **closed)
    with pytest.raises(Conflict):
        move(found, anna, to, "why")
    found.refresh_from_db()
    assert found.state == state


def test_a_finished_lead_is_not_taken_up_beside_an_open_one_of_the_same_contact() -> None:
    line = organisation.line()
    anna = people.operator(lines=(line,))
    old = lead(line, state="done", closed_at=NOW)
    lead(line)
    with pytest.raises(Conflict) as refusal:
        move(old, anna, "in_work")
    old.refresh_from_db()
    assert (refusal.value.code, old.state) == ("another_open", "done")


def test_only_who_reads_the_line_can_own_its_lead() -> None:
    line = organisation.line()
    found, anna = lead(line), people.operator(lines=(line,))
    stranger = people.operator("Boris", lines=(organisation.line(),))
    with pytest.raises(Invalid):
        leads.give(sight(anna), found.pk, stranger.pk, actor=Actor.staff(anna.pk), now=NOW)
    found.refresh_from_db()
    assert found.owner_id is None
    given = leads.give(sight(anna), found.pk, anna.pk, actor=Actor.staff(anna.pk), now=NOW)
    assert given.owner_id == anna.pk


@pytest.mark.parametrize(
    ("rights", "code"), [((), "not_found"), ((Right.TEXT,), "forbidden"), ((Right.METADATA,), "forbidden")]
)
def test_without_the_right_to_answer_nothing_changes(rights: tuple[str, ...], code: str) -> None:
    line = organisation.line()
    found, anna = lead(line), people.operator(lines=(line,), rights=rights)
    with pytest.raises(DomainError) as refusal:
        move(found, anna, "in_work")
    found.refresh_from_db()
    assert (refusal.value.code, found.state) == (code, "new")


def test_a_lead_is_told_only_to_who_may_know_of_its_line() -> None:
    mine, other = organisation.line(), organisation.line()
    anna = people.operator(lines=(mine,))
    here, there = lead(mine), lead(other)
    assert SUBJECTS["lead"](anna.user, {here.pk, there.pk}) == {here.pk}


# --- REST ---------------------------------------------------------------------------------------------------


def test_leads_of_visible_lines_are_listed_with_their_contacts() -> None:
    mine, other = organisation.line(), organisation.line()
    found = lead(mine)
    lead(other)
    page = Integration(lines=[mine]).get("leads/", state="new").json()
    (row,) = page["items"]
    assert (row["id"], row["phone"], row["requests"][0]["question"]) == (
        found.pk,
        "+7 916 000-00-00",
        "Where is my card?",
    )


def test_without_the_right_to_personal_data_the_contact_is_null() -> None:
    line = organisation.line()
    found = lead(line)
    row = Integration(lines=[line], rights=(Right.TEXT,)).get(f"leads/{found.pk}/").json()
    assert (row["name"], row["phone"], row["email"], row["state"]) == (None, None, None, "new")


def test_a_crm_takes_a_lead_and_finishes_it() -> None:
    found, crm = lead(), Integration()
    assert crm.send("PATCH", f"leads/{found.pk}/", {"state": "in_work"}).json()["state"] == "in_work"
    answer = crm.send("PATCH", f"leads/{found.pk}/", {"state": "failed", "reason": "Wrong number"})
    assert (answer.status_code, answer.json()["reason"]) == (200, "Wrong number")
    kinds = Event.objects.filter(subject_kind="lead").values_list("kind", "actor_kind")
    assert list(kinds) == [("lead.changed", "integration"), ("lead.changed", "integration")]


@pytest.mark.parametrize("body", [{}, {"state": "joined"}, {"phone": "1"}, {"owner": "7"}, {"reason": "x"}])
def test_what_is_no_change_is_refused(body: dict[str, Any]) -> None:
    found = lead()
    assert codes(Integration().send("PATCH", f"leads/{found.pk}/", body)) == (400, "invalid")
    found.refresh_from_db()
    assert (found.state, found.phone) == ("new", "+7 916 000-00-00")


def test_owner_and_state_change_together_or_not_at_all() -> None:
    found, crm = lead(), Integration()
    anna = people.operator(lines=(found.queue,))
    path = f"leads/{found.pk}/"
    assert codes(crm.send("PATCH", path, {"owner": anna.pk, "state": "failed"})) == (400, "reason_missing")
    found.refresh_from_db()
    assert found.owner_id is None


def test_a_foreign_lead_is_not_there() -> None:
    found = lead(organisation.line())
    stranger = Integration(lines=[organisation.line()])
    assert codes(stranger.get(f"leads/{found.pk}/")) == (404, "not_found")
    assert codes(stranger.send("PATCH", f"leads/{found.pk}/", {"state": "done"})) == (404, "not_found")
    found.refresh_from_db()
    assert found.state == "new"


def test_a_token_without_the_scope_is_refused() -> None:
    found = lead()
    reader = Integration(can=["leads:read"])
    assert codes(reader.send("PATCH", f"leads/{found.pk}/", {"state": "done"}))[0] == 403
    assert codes(Integration(can=["conversations:read"]).get("leads/"))[0] == 403
