"""REST: following the event log, and only what one may see of it."""

from __future__ import annotations

from typing import Any

import pytest

from apps.core.api import log as api_log
from apps.core.models import Event
from tests.api import Integration, codes
from tests.factories import dialogues, organisation, people

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("settled_at_once")]


def walked(crm: Integration, **query: Any) -> list[dict[str, Any]]:
    """Everything from the beginning, page by page, until a page is empty and the position stands still."""
    found: list[dict[str, Any]] = []
    after: dict[str, str] = {}
    while True:
        page = crm.get("events/", **query, **after).json()
        found += page["items"]
        if not page["items"] and page["next"] == after.get("after"):
            return found
        after = {"after": page["next"]}


def test_events_of_visible_subjects_come_once_and_in_order() -> None:
    mine, other = organisation.line(), organisation.line()
    ours = dialogues.conversation(line=mine)
    dialogues.conversation(line=other)
    found = walked(Integration(lines=[mine]), limit=2)
    expected = Event.objects.filter(subject_kind="conversation", subject_id=ours.pk).order_by("xid", "pk")
    assert [each["id"] for each in found if each["subject"]["kind"] == "conversation"] == [
        each.pk for each in expected
    ]
    assert {each["subject"]["id"] for each in found if each["subject"]["kind"] == "customer"} == {
        ours.customer_id
    }


def test_account_that_sees_little_still_gets_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(api_log, "SCANNED", 2)
    mine, other = organisation.line(), organisation.line()
    for _number in range(3):
        dialogues.conversation(line=other)
    ours = dialogues.conversation(line=mine)
    crm = Integration(lines=[mine])
    first = crm.get("events/").json()
    assert first["items"] == []
    after, found = first["next"], []
    for _page in range(20):
        page = crm.get("events/", after=after).json()
        found, after = found + page["items"], page["next"]
    assert {each["subject"]["id"] for each in found} == {ours.pk, ours.customer_id}


def test_page_that_waits_for_news_begins_where_it_ended() -> None:
    crm = Integration()
    dialogues.conversation()
    walked(crm)
    last = crm.get("events/", limit=200).json()["next"]
    assert crm.get("events/", after=last).json() == {"items": [], "next": last}
    later = dialogues.conversation()
    assert {each["subject"]["id"] for each in crm.get("events/", after=last).json()["items"]} == {
        later.pk,
        later.customer_id,
    }


def test_filters_narrow_the_log() -> None:
    ours, _theirs = dialogues.conversation(), dialogues.conversation()
    crm = Integration()
    assert {each["kind"] for each in walked(crm, kind="message.received")} == {"message.received"}
    found = walked(crm, subject_kind="conversation", subject=ours.pk)
    assert {each["subject"]["id"] for each in found} == {ours.pk}
    assert codes(crm.get("events/", kind="user.password_changed")) == (400, "invalid")
    assert codes(crm.get("events/", after="1.2.3")) == (400, "invalid")


def test_staff_accounts_are_nobodys_subject() -> None:
    from apps.core.actors import SYSTEM
    from apps.core.events import announce
    from apps.operators.events import StaffRightsChanged

    announce(StaffRightsChanged(user=people.user().pk), actor=SYSTEM, now=people.NOW)
    assert walked(Integration()) == []


def test_events_hold_ids_and_codes_and_no_word_of_a_person() -> None:
    anna = people.operator("Анна", lines=(line := organisation.line(),))
    conversation = dialogues.conversation("Моя тайна", line=line, holder=anna)
    crm = Integration()
    crm.post(f"conversations/{conversation.pk}/messages/", {"text": "Наш ответ"})
    words = str(walked(crm))
    assert "identity.appeared" in words
    for word in (
        conversation.identity.external_id,
        "тайна",
        "ответ",
        "Иван",
        "Анна",
        crm.plain,
        crm.token.digest,
    ):
        assert word not in words
