"""The pages of leads: whose they are to see, what of them is shown, buttons, history and the file."""

from __future__ import annotations

import pytest
from django.test import Client

from apps.conversations.models import Grant, Right, Scope
from apps.core.models import Event
from apps.operators.models import Queue
from apps.routing.models import Lead, LeadRequest
from tests.factories import organisation, people, roles
from tests.routing.test_leads import lead

pytestmark = pytest.mark.django_db

PAGE = "/admin/routing/lead/"


@pytest.fixture
def mine() -> Queue:
    return organisation.line("Mine")


@pytest.fixture
def client(mine: Queue) -> Client:
    return roles.browser(roles.staff("supervisor", lines=(mine,)))


def work(client: Client, found: Lead, **values: object) -> Lead:
    client.post(f"{PAGE}{found.pk}/work/", values)
    return Lead.objects.get(pk=found.pk)


def test_a_supervisor_sees_the_leads_of_his_lines_only(client: Client, mine: Queue) -> None:
    ours, theirs = lead(mine), lead(organisation.line())
    assert [row.pk for row in client.get(PAGE).context["cl"].result_list] == [ours.pk]
    assert client.get(f"{PAGE}{theirs.pk}/change/").status_code == 302
    assert client.post(f"{PAGE}{theirs.pk}/work/", {"state": "done"}).status_code == 404
    theirs.refresh_from_db()
    assert theirs.state == "new"


def test_contact_and_question_are_on_the_page_of_who_may_read_them(client: Client, mine: Queue) -> None:
    page = client.get(f"{PAGE}{lead(mine).pk}/change/").content.decode()
    assert "+7 916 000-00-00" in page
    assert "Where is my card?" in page


def test_who_only_knows_of_it_reads_neither_contact_nor_question() -> None:
    found = lead()
    Lead.objects.filter(pk=found.pk).update(state="failed", reason="Rude on the phone", closed_at=people.NOW)
    administrator = roles.browser(roles.staff("administrator"))
    for address in (PAGE, f"{PAGE}{found.pk}/change/"):
        page = administrator.get(address).content.decode()
        assert "🔒" in page
        assert not any(word in page for word in ("916", "Anna", "Where is my card?", "Rude"))
    assert work(administrator, found, state="in_work").state == "failed"
    assert Lead.objects.get(pk=found.pk).reason == "Rude on the phone"


def test_personal_data_needs_its_own_right(mine: Queue) -> None:
    user = roles.staff("auditor", lines=(mine,))
    Grant.objects.create(group=people.group("readers"), right=Right.TEXT, scope=Scope.OWN)
    user.groups.add(people.group("readers"))
    page = roles.browser(user).get(f"{PAGE}{lead(mine).pk}/change/").content.decode()
    assert "Where is my card?" in page
    assert "916" not in page


def test_buttons_bring_a_lead_on_and_say_who_did(client: Client, mine: Queue) -> None:
    found = lead(mine)
    begun = work(client, found, state="in_work")
    assert (begun.state, begun.owner is not None) == ("in_work", True)
    assert work(client, found, state="failed", reason="").state == "in_work"
    assert work(client, found, state="failed", reason="Nobody answers").reason == "Nobody answers"
    page = client.get(f"{PAGE}{found.pk}/change/")
    assert len(page.context["changes"]) == 2
    *_refused, said = page.context["messages"]
    assert (said.level_tag, str(Lead.objects.get(pk=found.pk).get_state_display()) in str(said)) == (
        "success",
        True,
    )
    # What has failed already is not asked why once more.
    assert b"lead-reason" not in page.content


def test_an_owner_is_given_and_taken(client: Client, mine: Queue) -> None:
    found, anna = lead(mine), people.operator(lines=(mine,))
    stranger = people.operator(lines=(organisation.line(),))
    assert work(client, found, owner=anna.pk).owner_id == anna.pk
    assert work(client, found, owner=stranger.pk).owner_id == anna.pk
    assert work(client, found, owner="").owner_id is None


def test_open_ones_are_found_by_a_filter(client: Client, mine: Queue) -> None:
    ours = lead(mine)
    lead(mine, phone="+7 495 000-00-00", state="done", closed_at=people.NOW)
    assert [row.pk for row in client.get(PAGE, {"open": "1"}).context["cl"].result_list] == [ours.pk]
    assert list(client.get(PAGE, {"open": "mine"}).context["cl"].result_list) == []


def test_the_file_holds_what_the_list_would_show_and_is_written_down(client: Client, mine: Queue) -> None:
    ours = lead(mine)
    Lead.objects.filter(pk=ours.pk).update(name="=HYPERLINK(1)")
    LeadRequest.objects.filter(lead=ours).update(preferred="After six")
    lead(organisation.line(), phone="+7 495 000-00-00")
    text = client.get(f"{PAGE}export/").content.decode()
    assert len(text.splitlines()) == 2
    assert "'=HYPERLINK(1)" in text
    assert "'+7 916 000-00-00" in text
    assert "After six" in text
    event = Event.objects.get(kind="leads.exported")
    assert (event.details["rows"], event.details["personal"]) == (1, True)


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_without_the_right_to_export_there_is_no_file(role: str) -> None:
    client = roles.browser(roles.staff(role))
    assert client.get(f"{PAGE}export/").status_code == 403
    assert not Event.objects.filter(kind="leads.exported").exists()
