"""Attacks on the choice of who answers: by customers, by operators and supervisors beyond their reach, by odd dates."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from apps.channels.models import ChannelKey
from apps.conversations.models import Conversation, Customer, Participant, Right, Role
from apps.conversations.services import inbound
from apps.core import clock as core_clock
from apps.operators.admin.template_file import LARGEST
from apps.operators.models import Queue, QueueMembership
from apps.routing import selectors
from apps.routing.models import (
    Assignment,
    Department,
    ForceMajeure,
    Lead,
    LeadRequest,
    LookupSetting,
    Obligation,
    RuleSet,
)
from apps.routing.models.rules import Comparison, Kind
from apps.routing.services import contacts, dispatch, handling, offers, placement, upkeep
from apps.routing.stories import known_to, one, story
from tests.factories import dialogues, hours, organisation, people, roles
from tests.factories.pages import fields_of
from tests.factories.people import NOW
from tests.factories.promises import greeted, promise
from tests.factories.rules import publish, rule

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(seconds=5)


# --- customers ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("offered", [False, True])
def test_a_department_that_the_channel_does_not_offer_opens_no_rule(offered: bool) -> None:
    common, private = organisation.common_line(), organisation.line("Private banking", priority=9)
    rule(
        private, {"kind": Kind.TOPIC, "comparison": Comparison.IS, "values": [private.pk]}, beats_choice=True
    )
    publish()
    identity = dialogues.identity()
    if offered:
        Department.objects.create(channel=identity.channel, queue=private)
    stored = inbound.receive(
        identity, text="Let me in", client_id="department-9", now=NOW, requested_line=private.pk
    )
    placement.route(stored.conversation_id, now=NOW)
    found = Conversation.objects.get(pk=stored.conversation_id)
    assert found.line_id == (private.pk if offered else common.pk)


def left(identity: Any, **values: str) -> Lead:
    filled = {"wanted": "answer", "name": "", "phone": "", "email": "", "question": "Where?", "preferred": ""}
    asked = contacts.request(**{**filled, "client_id": f"left-{LeadRequest.objects.count():08}", **values})
    return contacts.leave(identity, asked, conversation_id=None, department=None, now=hours.NIGHT)


def test_a_stranger_who_types_a_clients_telephone_changes_nothing_of_his_lead() -> None:
    hours.common_line(out_of_hours="form")
    client, stranger = dialogues.identity(), dialogues.identity()
    Customer.objects.filter(pk=client.customer_id).update(bank_id="MB-1")
    lead = left(client, name="Anna", phone="+7 916 000-00-00")
    other = left(dialogues.identity(), email="thief@example.com")
    again = left(stranger, name="Anna", phone="8 916 000 00 00", email="thief@example.com")
    lead.refresh_from_db()
    other.refresh_from_db()
    assert (again.pk, lead.email, other.state, lead.customer_id) == (lead.pk, "", "new", client.customer_id)
    assert LeadRequest.objects.filter(lead=lead).count() == 2


def test_the_client_himself_completes_his_lead() -> None:
    hours.common_line(out_of_hours="form")
    client = dialogues.identity()
    Customer.objects.filter(pk=client.customer_id).update(bank_id="MB-1")
    left(client, phone="+7 916 000-00-00")
    assert left(client, phone="+7 916 000-00-00", email="anna@example.com").email == "anna@example.com"


# --- operators ------------------------------------------------------------------------------------------


def test_what_a_line_offers_is_not_taken_by_who_has_left_it() -> None:
    line = organisation.line(offering="automatic", accept_seconds=30)
    anna = people.operator(lines=(line,))
    publish()
    conversation = dialogues.conversation(line=line)
    dispatch.dispatch(now=NOW)
    assert Assignment.objects.get(conversation=conversation).operator_id == anna.pk
    QueueMembership.objects.filter(operator=anna).delete()
    with pytest.raises(offers.NotOffered):
        handling.accept(people.sight(anna), conversation.pk, now=LATER)
    conversation.refresh_from_db()
    assert (conversation.state, conversation.holder_id) == ("queued", None)


def test_what_he_put_aside_is_not_in_his_list_once_the_line_is_not_his() -> None:
    line = organisation.line()
    anna = people.operator(lines=(line,))
    conversation = dialogues.conversation(line=line, holder=anna)
    handling.snooze(people.sight(anna), conversation.pk, until=None, now=LATER)
    mine = [row.pk for row in selectors.section(people.sight(anna), "mine", now=LATER)[0]]
    QueueMembership.objects.filter(operator=anna).delete()
    after = [row.pk for row in selectors.section(people.sight(anna), "mine", now=LATER)[0]]
    assert (mine, after) == ([conversation.pk], [])


def test_a_rule_about_the_person_is_not_answered_by_its_mark_to_who_may_not_know() -> None:
    organisation.common_line()
    loans, debtors = organisation.line("Loans", priority=5), organisation.line("Debtors", priority=9)
    rule(loans, {"kind": Kind.CHANNEL_KIND, "comparison": Comparison.IS, "values": ["web"]})
    debt = {"kind": Kind.ATTRIBUTE, "comparison": Comparison.AT_LEAST, "name": "debt", "values": [100]}
    rule(debtors, debt, name="In debt")
    publish()
    conversation = dialogues.conversation()
    reader = people.operator(lines=(loans, debtors), rights=(Right.TEXT,))
    with translation.override("en"):
        placed, _waits = story(people.sight(reader), conversation.pk, now=NOW)
        mine = {loans.pk: "Loans"}
        foreign = one(conversation.decisions.get(), known_to(True, mine, ruled=mine))
    marks = {each.text: each.mark for each in placed.told}
    assert marks["Rule “In debt”"] == marks["The line “Debtors”, priority 9"] == ""
    assert marks["The line “Loans”, priority 5: chosen"] == "yes"
    # To who has not that line, not even which rules it has.
    assert not any("In debt" in each.text or "debt" in each.text for each in foreign.told)


# --- supervisors ----------------------------------------------------------------------------------------


def owed_in(line: Queue) -> Obligation:
    now = core_clock.now()
    promise(since=now - timedelta(days=9))
    conversation = greeted(line=line, now=now - timedelta(hours=1))
    upkeep.act_on_due(now=now)
    return Obligation.objects.get(conversation=conversation)


def test_who_only_takes_part_does_not_decide_what_another_line_owes() -> None:
    ours, theirs = organisation.line("Ours"), organisation.line("Theirs")
    account = roles.staff("supervisor", lines=(ours,))
    found = owed_in(theirs)
    Participant.objects.create(
        conversation=found.conversation, user=account, role=Role.HELPER, since=core_clock.now()
    )
    address = f"{reverse('admin:routing_obligation_decide')}?ids={found.pk},{'9' * 30}"
    answer = roles.browser(account).post(address, {"decision": "waived", "reason": "Mine"})
    found.refresh_from_db()
    assert (answer.status_code, found.state) == (404, "open")


def test_who_runs_single_lines_does_not_put_his_before_the_others() -> None:
    ours = organisation.line("Ours", priority=1)
    supervisor = roles.browser(roles.staff("supervisor", lines=(ours,)))
    address = reverse("admin:operators_queue_change", args=[ours.pk])
    typed = {**fields_of(supervisor.get(address), "queue_form"), "priority": "999", "name": "Ours still"}
    assert supervisor.post(address, typed).status_code == 302
    listed = reverse("admin:operators_queue_changelist")
    rows = {**fields_of(supervisor.get(listed), "changelist-form"), "form-0-priority": "999", "_save": "Save"}
    del rows["form-0-is_active"]
    assert supervisor.post(listed, rows).status_code == 302
    ours.refresh_from_db()
    assert (ours.name, ours.is_active, ours.priority) == ("Ours still", False, 1)


def test_who_runs_single_lines_does_not_go_before_what_a_customer_chose() -> None:
    ours = organisation.line("Ours")
    supervisor = roles.browser(roles.staff("supervisor", lines=(ours,)))
    made = rule(ours)
    address = reverse("admin:routing_rule_change", args=[made.pk])
    typed = {**fields_of(supervisor.get(address), "rule_form"), "beats_choice": "on", "name": "Everybody"}
    assert supervisor.post(address, typed).status_code == 302
    made.refresh_from_db()
    assert (made.name, made.beats_choice) == ("Everybody", False)


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_nobody_reads_the_key_of_the_banks_system(role: str) -> None:
    LookupSetting.objects.update_or_create(pk=1, defaults={"secret": "zq-key-of-the-crm", "header": "X-Key"})
    answer = roles.browser(roles.staff(role)).get(reverse("admin:routing_lookupsetting_change", args=[1]))
    assert (answer.status_code, "X-Key" in answer.content.decode()) == (200, True)
    assert "zq-key" not in answer.content.decode()


@pytest.mark.parametrize("role", ["administrator", "auditor"])
def test_nobody_reads_the_secrets_of_a_channel(role: str) -> None:
    channel = organisation.channel(webhook_secret="zq-of-the-webhook")
    ChannelKey.objects.create(channel=channel, name="main", algorithm="HS256", secret="zq-of-the-key" * 3)
    address = reverse("admin:support_channels_channel_change", args=[channel.pk])
    answer = roles.browser(roles.staff(role)).get(address)
    assert (answer.status_code, "zq-of" in answer.content.decode()) == (200, False)


# --- dates of other ages --------------------------------------------------------------------------------


@pytest.fixture
def boss() -> Client:
    return roles.browser(roles.staff("administrator"))


@pytest.mark.parametrize("day", ["0001-01-01", "1999-12-31", "2100-01-01", "9999-12-31"])
def test_a_day_of_another_age_is_refused_and_breaks_no_page(boss: Client, day: str) -> None:
    typed = {"begins_at_0": day, "begins_at_1": "00:00", "reason": "Fire"}
    assert boss.post(reverse("admin:routing_forcemajeure_add"), typed).status_code == 200
    tried = {"moment_0": day, "moment_1": "00:00", "channel": organisation.channel().pk, "language": "ru"}
    tried |= {"verification": "anonymous", "version": "in_force", "events": "signed = 36500"}
    assert boss.post(reverse("admin:routing_rule_try"), tried).context["found"] is None
    asked = {"day": day, "within_seconds": "60"}
    assert boss.post(reverse("admin:analytics_whatifrun_add"), asked).status_code == 200
    scheduled = {"effective_at_0": day, "effective_at_1": "00:00"}
    assert boss.post(reverse("admin:routing_ruleset_publish"), scheduled).status_code == 200
    assert (ForceMajeure.objects.count(), RuleSet.objects.filter(note="").count()) == (0, 0)


def test_a_file_of_too_many_rows_is_refused_before_any_is_looked_up(boss: Client) -> None:
    rows = "operator,date,from,to,note\n" + "anna,2026-12-01,09:00,18:00,x\n" * (LARGEST + 1)
    sent = {"format": "0", "import_file": SimpleUploadedFile("shifts.csv", rows.encode())}
    with CaptureQueriesContext(connection) as asked:
        result = boss.post(reverse("admin:operators_shift_import"), sent).context["result"]
    assert (result.has_errors(), len(result.rows), len(asked) < 100) == (True, 0, True)


def test_a_cell_without_an_end_is_refused_in_words(boss: Client) -> None:
    rows = 'date,kind,hours_of,note\n2026-01-01,off,,"' + "x" * 200_000
    sent = {"file": SimpleUploadedFile("days.csv", rows.encode())}
    answer = boss.post(reverse("admin:operators_productionday_import"), sent)
    assert (answer.status_code, bool(answer.context["form"].errors)) == (200, True)


def test_a_filter_over_rows_without_numbers_answers(boss: Client) -> None:
    address = reverse("admin:core_webhookdelivery_changelist")
    assert boss.get(f"{address}?state=failed").status_code == 200
