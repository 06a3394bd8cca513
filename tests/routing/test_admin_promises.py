"""Promises in the back office: whose policies, whose obligations, and what a change does."""

from __future__ import annotations

import csv
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from apps.conversations.models import Grant, Scope
from apps.core import clock as core_clock
from apps.core.models import Event, User
from apps.operators.models import Queue
from apps.routing import promise_figures
from apps.routing.admin import ledger as ledger_pages
from apps.routing.admin.promises import in_words
from apps.routing.admin.showing import hindrances
from apps.routing.models import (
    Clock,
    Escalation,
    ForceMajeure,
    Obligation,
    Promise,
    PromiseChannel,
    ServicePolicy,
)
from apps.routing.services import clocks, handling, upkeep
from config import roles as seeded
from tests.api import Integration, codes
from tests.factories import dialogues, organisation, people, roles
from tests.factories.pages import fields_of
from tests.factories.promises import escalation, greeted, policy, promise, weekdays

pytestmark = pytest.mark.django_db


@pytest.fixture
def ours() -> Queue:
    return organisation.line("Ours")


@pytest.fixture
def theirs() -> Queue:
    return organisation.line("Theirs")


@pytest.fixture
def supervisor(ours: Queue) -> User:
    return roles.staff("supervisor", lines=(ours,))


@pytest.fixture
def client(supervisor: User) -> Client:
    return roles.browser(supervisor)


@pytest.fixture
def boss() -> Client:
    return roles.browser(roles.staff("administrator"))


def page(name: str, *args: object) -> str:
    return reverse(f"admin:routing_{name}", args=args)


def form(client: Client, address: str, model: str, **changes: Any) -> dict[str, Any]:
    """What the page's form sends when only this is changed."""
    found = fields_of(client.get(address), f"{model}_form")
    return {**found, **changes}


def broken(line: Queue) -> Obligation:
    """What is owed for a promise broken in a line an hour ago."""
    now = core_clock.now()
    if not Promise.objects.exists():
        promise(since=now - timedelta(days=9))
    conversation = greeted(line=line, now=now - timedelta(hours=1))
    upkeep.act_on_due(now=now)
    return Obligation.objects.get(conversation=conversation)


def warned(client: Client, address: str) -> list[str]:
    return [str(each) for each in client.get(address).context["messages"]]


# --- policies -----------------------------------------------------------------------------------------


def test_a_supervisor_of_a_line_sees_common_policies_and_his_own_and_no_other(
    client: Client, ours: Queue, theirs: Queue
) -> None:
    common, own = policy(first_seconds=600), policy(first_seconds=60, queue=ours)
    foreign = policy(first_seconds=30, queue=theirs)
    shown = client.get(page("servicepolicy_changelist")).context["cl"].result_list
    assert {row.pk for row in shown} == {common.pk, own.pk}
    assert client.get(page("servicepolicy_change", foreign.pk)).status_code == 302
    assert b"_save" in client.get(page("servicepolicy_change", own.pk)).content
    assert b"_save" not in client.get(page("servicepolicy_change", common.pk)).content
    refused = client.post(page("servicepolicy_change", common.pk), {"name": "Mine now"})
    assert refused.status_code == 403
    common.refresh_from_db()
    assert common.name != "Mine now"


def test_a_supervisor_of_a_line_promises_for_his_line_only(
    client: Client, ours: Queue, theirs: Queue
) -> None:
    address = page("servicepolicy_add")
    for line in ("", theirs.pk):
        sent = form(client, address, "servicepolicy", name="Quick", first_seconds=60, queue=line)
        assert client.post(address, sent).status_code == 200
        assert not ServicePolicy.objects.exists()
    sent = form(client, address, "servicepolicy", name="Quick", first_seconds=60, queue=ours.pk)
    assert client.post(address, sent).status_code == 302
    assert ServicePolicy.objects.get().queue == ours


def test_a_policy_that_promises_nothing_is_refused_in_words(boss: Client) -> None:
    address = page("servicepolicy_add")
    answer = boss.post(address, form(boss, address, "servicepolicy", name="Empty"))
    assert answer.status_code == 200
    assert answer.context["adminform"].form.errors
    assert not ServicePolicy.objects.exists()


def test_a_change_of_what_is_promised_counts_from_now_and_another_name_does_not(boss: Client) -> None:
    made = policy(first_seconds=600)
    before = made.since
    address = page("servicepolicy_change", made.pk)
    boss.post(address, form(boss, address, "servicepolicy", name="Renamed"))
    made.refresh_from_db()
    assert (made.name, made.since) == ("Renamed", before)
    boss.post(address, form(boss, address, "servicepolicy", first_seconds=60))
    made.refresh_from_db()
    assert made.since > before + timedelta(days=1)


@pytest.mark.parametrize(
    ("values", "channel", "words"),
    [
        ({}, {}, []),
        ({"text_en": ""}, {}, ["no English text"]),
        ({"text_ru": "Ответим " + "очень " * 20 + "быстро"}, {}, ["longer than 120"]),
        ({}, {"kind": "null"}, ["show no greeting", "No chat shows it"]),
        ({"queue": True}, {}, ["No chat shows it"]),
        ({"queue": True, "is_active": False}, {}, []),
    ],
)
def test_what_keeps_a_promise_from_being_shown_is_said_on_its_page(
    boss: Client, ours: Queue, values: dict[str, Any], channel: dict[str, str], words: list[str]
) -> None:
    made = promise(**{**values, **({"queue": ours} if "queue" in values else {})})
    PromiseChannel.objects.create(promise=made, channel=organisation.channel(**channel))
    assert len(warned(boss, page("promise_change", made.pk))) == len(words)
    with translation.override("en"):
        told = list(hindrances(made))
    assert all(word in said for word, said in zip(words, told, strict=True))


def test_the_list_says_how_it_was_kept_and_only_of_ones_own_lines(
    boss: Client, client: Client, ours: Queue, theirs: Queue
) -> None:
    now = core_clock.now()
    made = policy(first_seconds=600, since=now - timedelta(days=30))
    for line, state in ((ours, "kept"), (theirs, "broken"), (theirs, "broken")):
        conversation = dialogues.conversation(line=line, now=now - timedelta(hours=1))
        clocks.keep(conversation.pk, now=now - timedelta(hours=1))
        moment = {"met_at": now} if state == "kept" else {"broken_at": now}
        Clock.objects.filter(conversation=conversation).update(state=state, ended_at=now, **moment)
    old = Clock.objects.filter(line=theirs).latest("pk")
    Clock.objects.filter(pk=old.pk).update(started_at=now - timedelta(days=8))
    address = page("servicepolicy_changelist")
    (row,) = boss.get(address).context["cl"].result_list
    assert (row.pk, row.share.percent, row.share.n) == (made.pk, 50.0, 2)
    (row,) = client.get(address).context["cl"].result_list
    assert (row.share.percent, row.share.n) == (100.0, 1)


def test_an_action_at_the_warning_needs_a_warning(boss: Client) -> None:
    made = policy({"moment": "warning", "act": "raise", "rank": 5}, first_seconds=600, warn_percent=50)
    address = page("servicepolicy_change", made.pk)
    assert boss.post(address, form(boss, address, "servicepolicy", warn_percent="")).status_code == 200
    made.refresh_from_db()
    assert made.warn_percent == 50


@pytest.mark.parametrize(
    ("business_hours", "is_active", "closes", "warns"),
    [
        (False, True, True, True),
        (True, True, True, False),
        (False, False, True, False),
        (False, True, False, False),
    ],
)
def test_a_promise_that_runs_while_its_line_is_closed_says_so(
    boss: Client, ours: Queue, business_hours: bool, is_active: bool, closes: bool, warns: bool
) -> None:
    if closes:
        Queue.objects.filter(pk=ours.pk).update(calendar=weekdays())
    values = {"queue": ours, "business_hours": business_hours, "is_active": is_active}
    pages = (
        page("servicepolicy_change", policy(first_seconds=600, **values).pk),
        page("promise_change", promise(**values).pk),
    )
    for address in pages:
        assert (ours.name in " ".join(warned(boss, address))) is warns


def test_of_lines_that_are_not_his_the_warning_says_nothing(
    client: Client, ours: Queue, theirs: Queue
) -> None:
    Queue.objects.update(calendar=weekdays())
    address = page("servicepolicy_change", policy(first_seconds=600).pk)
    [told] = client.get(address).context["messages"]
    assert (ours.name in str(told), theirs.name in str(told)) == (True, False)


# --- public promises ------------------------------------------------------------------------------------


def test_what_the_bank_says_aloud_is_not_for_who_runs_single_lines(client: Client, boss: Client) -> None:
    made = promise()
    assert client.get(page("promise_change", made.pk)).status_code == 200
    assert client.get(page("promise_add")).status_code == 403
    assert client.post(page("promise_change", made.pk), {"name": "x"}).status_code == 403
    assert client.get(page("forcemajeure_add")).status_code == 403
    assert boss.get(page("promise_add")).status_code == 200


def test_open_chats_are_called_back_when_a_promise_or_force_majeure_changes(boss: Client) -> None:
    made = promise()
    address = page("promise_change", made.pk)
    assert boss.post(address, form(boss, address, "promise", seconds=300)).status_code == 302
    told = Event.objects.filter(kind="texts.changed", details__what="promises")
    assert told.count() == 1
    address = page("forcemajeure_add")
    sent = form(boss, address, "forcemajeure", reason="Пожар")
    sent |= {"begins_at_0": "20.11.2026", "begins_at_1": "09:00:00"}
    assert boss.post(address, sent).status_code == 302
    assert (ForceMajeure.objects.count(), told.count()) == (1, 2)


# --- obligations ----------------------------------------------------------------------------------------


def test_a_supervisor_decides_about_what_his_lines_owe(client: Client, ours: Queue, supervisor: User) -> None:
    found = broken(ours)
    assert client.get(page("obligation_change", found.pk)).context["may_decide"] is True
    address = f"{page('obligation_decide')}?ids={found.pk}"
    assert client.post(address, {"decision": "waived", "reason": " "}).status_code == 200
    found.refresh_from_db()
    assert found.state == "open"
    assert client.post(address, {"decision": "waived", "reason": "Тест"}).status_code == 302
    found.refresh_from_db()
    assert (found.state, found.reason, found.decided_by) == ("waived", "Тест", supervisor)
    assert client.get(address).status_code == 404


def test_a_waiver_that_takes_two_waits_on_the_page_with_who_asked_and_why(
    client: Client, ours: Queue, supervisor: User
) -> None:
    found = broken(ours)
    found.promise.waived_alone = 0
    found.promise.save()
    address = f"{page('obligation_decide')}?ids={found.pk}"
    client.post(address, {"decision": "waived", "reason": "Тест"})
    found.refresh_from_db()
    assert (found.state, found.asked_by) == ("open", supervisor)
    second = roles.browser(roles.staff("head supervisor", lines=(ours,)))
    assert "Тест" in second.get(address).content.decode()
    assert client.post(address, {"decision": "waived", "reason": "Сам"}).status_code == 302
    found.refresh_from_db()
    assert found.state == "open"
    second.post(address, {"decision": "waived", "reason": "Согласен"})
    found.refresh_from_db()
    assert (found.state, found.reason) == ("waived", "Согласен")


def test_the_page_says_what_was_shown_and_speaks_of_waivers_once_there_is_one(
    client: Client, ours: Queue
) -> None:
    found = broken(ours)
    address = page("obligation_change", found.pk)
    shown = client.get(address).content.decode()
    assert "Ответим за 10 минут или месяц бесплатно" in shown
    assert "field-asked_by" not in shown
    assert "field-decided_by" not in shown
    found.promise.waived_alone = 0
    found.promise.save()
    client.post(f"{page('obligation_decide')}?ids={found.pk}", {"decision": "waived", "reason": "Тест"})
    assert "field-asked_by" in client.get(address).content.decode()
    client.post(f"{page('obligation_decide')}?ids={found.pk}", {"decision": "confirmed", "reason": ""})
    assert "field-decided_by" in client.get(address).content.decode()


def test_the_proof_names_the_closing(client: Client, ours: Queue) -> None:
    now = core_clock.now()
    promise(since=now - timedelta(days=9))
    anna = people.operator(lines=(ours,))
    conversation = greeted(line=ours, holder=anna, now=now - timedelta(hours=1))
    handling.close(people.sight(anna), conversation.pk, now=now - timedelta(minutes=55))
    upkeep.act_on_due(now=now)
    found = Obligation.objects.get()
    shown = client.get(page("obligation_change", found.pk)).content.decode()
    assert reverse("admin:core_event_change", args=[found.closed_event]) in shown
    rows = list(csv.DictReader(text_of(client.get(page("obligation_export"))).splitlines()))
    assert rows[0]["shown_text"] == "Ответим за 10 минут или месяц бесплатно"
    assert rows[0]["closed_at"] == (now - timedelta(minutes=55)).isoformat()


def test_several_are_confirmed_from_the_list(client: Client, ours: Queue) -> None:
    rows = [broken(ours), broken(ours)]
    chosen = {"action": "decide", "_selected_action": [row.pk for row in rows]}
    answer = client.post(page("obligation_changelist"), chosen)
    assert answer.status_code == 302
    assert client.post(answer.url, {"decision": "confirmed", "reason": ""}).status_code == 302
    assert set(Obligation.objects.values_list("state", flat=True)) == {"confirmed"}


def test_what_another_line_owes_does_not_exist_for_him(client: Client, theirs: Queue) -> None:
    found = broken(theirs)
    assert list(client.get(page("obligation_changelist")).context["cl"].result_list) == []
    assert client.get(page("obligation_change", found.pk)).status_code == 302
    address = f"{page('obligation_decide')}?ids={found.pk}"
    assert client.post(address, {"decision": "confirmed"}).status_code == 404
    assert str(found.conversation_id) not in text_of(client.get(page("obligation_export")))
    found.refresh_from_db()
    assert found.state == "open"


@pytest.mark.parametrize("name", ["obligation", "clock"])
def test_an_auditor_sees_what_is_owed_in_every_line_and_a_padlock_where_the_words_are(
    ours: Queue, name: str
) -> None:
    found = broken(ours)
    account = roles.staff("auditor")
    auditor = roles.browser(account)
    row = found if name == "obligation" else found.clock
    assert list(auditor.get(page(f"{name}_changelist")).context["cl"].result_list) == [row]
    assert auditor.get(page(f"{name}_change", row.pk)).status_code == 200
    assert auditor.get(page("obligation_export")).status_code == 403
    words = auditor.get(reverse("admin:conversations_message_changelist"))
    assert list(words.context["cl"].result_list) == []
    account.groups.get().permissions.remove(Permission.objects.get(codename="audit_obligation"))
    blind = roles.browser(User.objects.get(pk=account.pk))
    assert list(blind.get(page(f"{name}_changelist")).context["cl"].result_list) == []


def test_an_auditor_who_knows_of_one_line_only_sees_no_other(ours: Queue, theirs: Queue) -> None:
    broken(theirs)
    account = roles.staff("auditor", lines=(ours,))
    Grant.objects.filter(group__user=account).update(scope=Scope.OWN)
    assert list(roles.browser(account).get(page("obligation_changelist")).context["cl"].result_list) == []


def test_an_upgrade_lets_auditors_of_an_earlier_version_see_what_is_owed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    now = seeded.ROLES
    before = replace(now["auditor"], permissions=now["auditor"].permissions - {"routing.audit_obligation"})
    monkeypatch.setattr(seeded, "ROLES", {"auditor": before})
    seeded.seed(only_new=True)
    monkeypatch.setattr(seeded, "ROLES", now)
    assert seeded.seed(only_new=True)["auditor"].rights == ("routing.audit_obligation",)


def test_who_only_looks_decides_nothing(ours: Queue) -> None:
    found = broken(ours)
    auditor = roles.browser(roles.staff("auditor", lines=(ours,)))
    address = f"{page('obligation_decide')}?ids={found.pk}"
    assert auditor.post(address, {"decision": "confirmed"}).status_code == 403
    assert page("obligation_decide") not in auditor.get(page("obligation_change", found.pk)).content.decode()
    found.refresh_from_db()
    assert found.state == "open"


def text_of(answer: Any) -> str:
    sent = b"".join(answer.streaming_content) if answer.streaming else answer.content
    # The mark by which Excel knows that it is UTF-8.
    assert sent.startswith(b"\xef\xbb\xbf")
    return sent.decode("utf-8-sig")


def test_the_file_holds_what_was_decided_by_whom_and_why_and_the_log_says_who_took_it(
    client: Client, ours: Queue, supervisor: User
) -> None:
    found = broken(ours)
    decided = {"decision": "waived", "reason": "=a test"}
    client.post(f"{page('obligation_decide')}?ids={found.pk}", decided)
    rows = list(csv.DictReader(text_of(client.get(page("obligation_export"))).splitlines()))
    assert [row["conversation_id"] for row in rows] == [str(found.conversation_id)]
    assert (rows[0]["compensation_code"], rows[0]["promised_seconds"]) == ("free_month", "600")
    assert rows[0]["due_at"] == found.due_at.isoformat()
    assert (rows[0]["decided_by"], rows[0]["reason"]) == (supervisor.username, "'=a test")
    event = Event.objects.get(kind="obligations.exported")
    assert (event.actor_id, event.details) == (supervisor.pk, {"user": supervisor.pk, "rows": 1})


@pytest.mark.parametrize(
    ("asked", "rows"), [("", 1), ("?state__exact=open", 1), ("?state__exact=waived", 0), ("?line={line}", 1)]
)
def test_the_file_holds_what_the_list_shows(client: Client, ours: Queue, asked: str, rows: int) -> None:
    broken(ours)
    query = asked.format(line=ours.pk)
    assert text_of(client.get(page("obligation_export") + query)).count("\n") == 1 + rows
    assert (
        page("obligation_export") + query
        in client.get(page("obligation_changelist") + query).content.decode()
    )


def test_the_file_ends_after_the_newest(client: Client, ours: Queue, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ledger_pages, "EXPORTED", 1)
    broken(ours)
    newest = broken(ours)
    [row] = csv.DictReader(text_of(client.get(page("obligation_export"))).splitlines())
    assert row["id"] == str(newest.pk)
    assert Event.objects.get(kind="obligations.exported").details["rows"] == 1


def test_without_the_right_to_export_there_is_no_file_and_no_button(
    client: Client, supervisor: User, ours: Queue
) -> None:
    broken(ours)
    supervisor.groups.get().permissions.remove(Permission.objects.get(codename="export_obligation"))
    assert client.get(page("obligation_export")).status_code == 403
    listed = client.get(page("obligation_changelist"))
    assert (listed.status_code, page("obligation_export") in listed.content.decode()) == (200, False)
    assert not Event.objects.filter(kind="obligations.exported").exists()


@pytest.mark.parametrize(
    ("role", "status"), [("administrator", 200), ("head supervisor", 200), ("auditor", 403)]
)
def test_which_roles_are_given_the_export_of_obligations(role: str, status: int) -> None:
    assert roles.browser(roles.staff(role)).get(page("obligation_export")).status_code == status


def test_a_filter_that_makes_no_sense_gives_no_file(client: Client, ours: Queue) -> None:
    broken(ours)
    assert client.get(page("obligation_export") + "?created_at__gte=yesterday").status_code == 302
    assert not Event.objects.filter(kind="obligations.exported").exists()


def test_the_proof_is_read_with_links_to_its_events(client: Client, ours: Queue) -> None:
    found = broken(ours)
    text = client.get(page("obligation_change", found.pk)).content.decode()
    assert reverse("admin:core_event_change", args=[found.asked_event]) in text


# --- escalation -----------------------------------------------------------------------------------------


def test_words_are_typed_one_a_line_and_those_of_every_text_are_refused(boss: Client, theirs: Queue) -> None:
    address = page("escalation_add")
    sent = form(boss, address, "escalation", name="Claims", when="words", act="line", to_queue=theirs.pk)
    assert boss.post(address, {**sent, "words": "и"}).status_code == 200
    assert not Escalation.objects.exists()
    assert boss.post(address, {**sent, "words": "Жалоба\n\n в  суд \nжалоба"}).status_code == 302
    assert Escalation.objects.get().words == ["жалоба", "в суд"]
    # "в" says nothing and is not looked for, so that every "суд" meets it; "жалоба" meets what it says.
    assert [text.count("суд") for text in warned(boss, page("escalation_changelist"))] == [2, 0]


def test_of_a_rule_only_what_its_choices_need_is_shown_and_kept(boss: Client, theirs: Queue) -> None:
    address = page("escalation_add")
    shown = boss.get(address)
    for box, values in (("when", '{"unanswered": ["seconds"]'), ("act", '{"line": ["to_queue"]')):
        field = shown.context["adminform"].form.fields[box]
        assert field.widget.attrs["data-shows"].startswith(values)
    assert b"admin/shows.js" in shown.content
    sent = form(boss, address, "escalation", name="Late", when="unanswered", seconds=60, act="raise", rank=5)
    stray = {"words": "жалоба", "to_queue": theirs.pk}
    assert boss.post(address, {**sent, **stray}).status_code == 302
    made = Escalation.objects.get()
    assert (made.seconds, made.rank, made.words, made.to_queue) == (60, 5, [], None)


def test_a_rule_of_another_line_is_not_his(client: Client, ours: Queue, theirs: Queue) -> None:
    foreign = escalation(when="unverified", act="raise", rank=1, queue=theirs)
    escalation(when="unverified", act="raise", rank=1, queue=ours)
    shown = client.get(page("escalation_changelist")).context["cl"].result_list
    assert [row.queue for row in shown] == [ours]
    assert client.post(page("escalation_delete", foreign.pk), {"post": "yes"}).status_code in (302, 403)
    assert Escalation.objects.filter(pk=foreign.pk).exists()


# --- REST -----------------------------------------------------------------------------------------------


def test_rest_lists_what_is_owed_in_the_lines_an_integration_sees(ours: Queue, theirs: Queue) -> None:
    found, other = broken(ours), broken(theirs)
    rows = Integration(lines=[ours]).get("obligations/").json()["items"]
    assert [(row["id"], row["compensation"], row["state"]) for row in rows] == [
        (found.pk, "free_month", "open")
    ]
    every = Integration().get("obligations/", state="open").json()["items"]
    assert {row["id"] for row in every} == {found.pk, other.pk}
    assert Integration().get("obligations/", state="waived").json()["items"] == []
    assert codes(Integration(can=["conversations:read"]).get("obligations/"))[0] == 403


# --- lists ----------------------------------------------------------------------------------------------


def asked_for(client: Client, name: str) -> int:
    with CaptureQueriesContext(connection) as queries:
        assert client.get(page(f"{name}_changelist")).status_code == 200
    return len(queries)


@pytest.mark.parametrize("name", ["clock", "obligation", "servicepolicy", "promise", "escalation"])
def test_a_list_asks_as_much_for_two_rows_as_for_six(name: str, client: Client, ours: Queue) -> None:
    def add(count: int) -> None:
        for _each in range(count):
            broken(ours)
            policy(first_seconds=60, queue=ours)
            promise(queue=ours, is_active=False)
            escalation(when="unverified", act="line", to_queue=organisation.common_line(), queue=ours)

    add(2)
    client.get(page(f"{name}_changelist"))
    few = asked_for(client, name)
    add(4)
    assert asked_for(client, name) == few


def test_shares_leave_out_what_does_not_count_and_say_how_many_there_were(ours: Queue, theirs: Queue) -> None:
    now = core_clock.now()
    made = policy(first_seconds=600, since=now - timedelta(days=9))
    outcomes = ("kept", "kept", "broken", "cancelled", "running")
    for line in (ours, theirs):
        for state in outcomes:
            conversation = dialogues.conversation(line=line, now=now - timedelta(hours=1))
            clocks.keep(conversation.pk, now=now - timedelta(hours=1))
            moments: dict[str, Any] = {
                "kept": {"met_at": now, "ended_at": now},
                "broken": {"broken_at": now},
                "cancelled": {"cancelled_because": "closed", "ended_at": now},
            }.get(state, {})
            Clock.objects.filter(conversation=conversation).update(state=state, **moments)
    day = {"since": now - timedelta(days=1), "until": now}
    share = promise_figures.shares("policy", **day)[made.pk]
    assert (share.kept, share.broken, share.running, share.cancelled) == (4, 2, 2, 2)
    assert (share.n, share.percent) == (6, 66.7)
    assert promise_figures.shares("line", lines=[theirs.pk], **day).keys() == {theirs.pk}
    assert promise_figures.shares("policy", since=now, until=now + timedelta(1)) == {}
    assert promise_figures.Share().percent is None


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(45, "45 s"), (600, "10 min"), (5400, "1 h 30 min"), (90061, "1 d 1 h"), (0, "0 s")],
)
def test_a_stretch_of_time_is_told_in_words(seconds: int, words: str) -> None:
    with translation.override("en"):
        assert in_words(seconds) == words
