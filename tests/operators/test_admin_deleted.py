"""What was deleted is listed with its last values and can be restored; nobody sees what was never his."""

from __future__ import annotations

from datetime import time
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.urls import reverse

from apps.channels.models import Channel, ChannelKey
from apps.conversations.models import Grant, Right, Scope
from apps.core.models import ApiToken, Event, WebhookSubscription
from apps.core.services import webhooks
from apps.operators.models import (
    Calendar,
    CalendarException,
    CalendarInterval,
    Operator,
    Queue,
    QueueMembership,
    ReplyTemplate,
    Tag,
    TemplateFolder,
)
from tests.events import forget_events
from tests.factories import organisation, people, roles

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    return roles.browser(roles.staff("administrator"))


@pytest.fixture
def cards() -> Queue:
    organisation.common_line()
    return organisation.line("Cards")


def template(**values: Any) -> ReplyTemplate:
    values = {"shortcut": "hello", "title": "Greeting", "text": "Good day", "language": "en", **values}
    return ReplyTemplate.objects.create(**values)


def page(name: str, *args: object, app: str = "operators") -> str:
    return reverse(f"admin:{app}_{name}", args=args)


def deletions(client: Client, model: str, app: str = "operators") -> list[Any]:
    answer = client.get(page(f"{model}_deleted", app=app))
    assert answer.status_code == 200
    return list(answer.context["deletions"])


def delete(client: Client, row: Any) -> None:
    label = f"{row._meta.app_label}_{row._meta.model_name}"
    answer = client.post(reverse(f"admin:{label}_delete", args=[row.pk]), {"post": "yes"})
    assert answer.status_code == 302


def restore(client: Client, row: Any, number: int) -> str:
    """Press the button of a deletion; what the next page says."""
    label = f"{row._meta.app_label}_{row._meta.model_name}"
    answer = client.post(reverse(f"admin:{label}_restore", args=[number]), follow=True)
    return " ".join(str(each) for each in answer.context["messages"])


def test_a_deleted_template_stands_there_with_who_when_and_its_last_values(client: Client) -> None:
    gone = template(text="Good day, {customer_name}")
    delete(client, gone)
    (found,) = deletions(client, "replytemplate")
    assert found.name == "/hello Greeting"
    assert found.change.who.startswith("administrator")
    assert "Good day, {customer_name}" in [each.before for each in found.change.differences]
    assert (found.restorable, found.obstacle) == (True, "")


def test_the_newest_deletion_stands_first_and_the_rest_on_further_pages(client: Client) -> None:
    for number in range(52):
        Tag.objects.create(name=f"tag {number:02}").delete()
    first = client.get(page("tag_deleted"))
    second = client.get(page("tag_deleted"), {"p": 2})
    assert [each.name for each in first.context["deletions"]][:2] == ["tag 51", "tag 50"]
    assert [each.name for each in second.context["deletions"]] == ["tag 01", "tag 00"]
    assert "?p=2" in first.content.decode()


def test_a_list_without_deletions_says_so(client: Client) -> None:
    answer = client.get(page("tag_deleted"))
    assert answer.context["deletions"] == []
    assert "nothing" in answer.content.decode()


@pytest.mark.parametrize("role", ["administrator", "supervisor", "auditor"])
def test_the_list_of_templates_leads_there(role: str, cards: Queue) -> None:
    answer = roles.browser(roles.staff(role, lines=(cards,))).get(page("replytemplate_changelist"))
    assert page("replytemplate_deleted") in answer.content.decode()


def test_a_restored_template_has_its_number_and_values_and_screens_hear_of_it(client: Client) -> None:
    folder = TemplateFolder.objects.create(name="Common")
    gone = template(folder=folder, position=7, is_active=False)
    delete(client, gone)
    forget_events()
    said = restore(client, gone, deletions(client, "replytemplate")[0].change.number)
    back = ReplyTemplate.objects.get()
    kept = ("pk", "shortcut", "title", "text", "language", "position", "is_active", "folder_id")
    assert [getattr(back, name) for name in kept] == [getattr(gone, name) for name in kept]
    assert "/hello Greeting" in said
    assert list(Event.objects.values_list("kind", "details__what")) == [("texts.changed", "templates")]
    assert deletions(client, "replytemplate") == []
    assert client.get(page("replytemplate_history", back.pk)).status_code == 200


def test_a_template_whose_folder_is_gone_comes_back_without_it(client: Client) -> None:
    folder = TemplateFolder.objects.create(name="Common")
    gone = template(folder=folder)
    delete(client, gone)
    delete(client, folder)
    said = restore(client, gone, deletions(client, "replytemplate")[0].change.number)
    assert ReplyTemplate.objects.get().folder is None
    assert f"№ {folder.pk}" in said


def test_a_shortcut_that_is_taken_stands_in_the_way(client: Client) -> None:
    gone = template()
    delete(client, gone)
    other = template(text="Another")
    said = restore(client, gone, deletions(client, "replytemplate")[0].change.number)
    assert "уже существует" in said
    assert list(ReplyTemplate.objects.values_list("pk", "text")) == [(other.pk, "Another")]
    assert len(deletions(client, "replytemplate")) == 1


def test_a_template_whose_line_is_gone_waits_for_the_line(client: Client, cards: Queue) -> None:
    gone = template(queue=cards)
    delete(client, cards)
    (found,) = deletions(client, "replytemplate")
    said = restore(client, gone, found.change.number)
    assert f"№ {cards.pk}" in said
    assert not ReplyTemplate.objects.exists()


def test_a_restored_line_brings_its_members_and_names_what_is_to_be_restored_elsewhere(
    client: Client, cards: Queue
) -> None:
    anna = people.operator("Анна", lines=(cards,))
    former = people.operator("Борис", lines=(cards,))
    QueueMembership.objects.filter(operator=former).delete()
    gone = template(queue=cards)
    delete(client, cards)
    forget_events()
    said = restore(client, cards, deletions(client, "queue")[0].change.number)
    back = Queue.objects.get(pk=cards.pk)
    assert (back.name, back.priority) == ("Cards", cards.priority)
    assert [member.operator_id for member in back.memberships.all()] == [anna.pk]
    assert ": 1" in said
    assert {"queue.changed", "staff.rights_changed"} <= set(Event.objects.values_list("kind", flat=True))
    restore(client, gone, deletions(client, "replytemplate")[0].change.number)
    assert ReplyTemplate.objects.get().queue_id == cards.pk


def test_hours_come_back_with_their_days(client: Client) -> None:
    hours = Calendar.objects.create(name="Weekdays")
    CalendarInterval.objects.create(calendar=hours, weekday=0, opens=time(9), closes=time(18))
    CalendarException.objects.create(calendar=hours, date="2026-12-31")
    delete(client, hours)
    restore(client, hours, deletions(client, "calendar")[0].change.number)
    back = Calendar.objects.get(pk=hours.pk)
    assert [(each.weekday, each.opens, each.closes) for each in back.intervals.all()] == [
        (0, time(9), time(18))
    ]
    assert [str(each.date) for each in back.exceptions.all()] == ["2026-12-31"]


def test_a_group_comes_back_with_its_rights(client: Client, cards: Queue) -> None:
    group = Group.objects.create(name="Night shift")
    group.permissions.set(Group.objects.get(name="operator").permissions.all()[:1])
    Grant.objects.create(group=group, right=Right.TEXT, scope=Scope.LINE, queue=cards)
    granted = group.permissions.count()
    delete(client, group)
    restore(client, group, deletions(client, "group", app="auth")[0].change.number)
    back = Group.objects.get(pk=group.pk)
    assert back.permissions.count() == granted
    assert [(each.right, each.queue_id) for each in back.grants.all()] == [(Right.TEXT, cards.pk)]


# --- secrets ------------------------------------------------------------------------------------------------


def test_a_webhook_comes_back_with_a_new_key_and_the_page_tells_no_old_one(client: Client) -> None:
    token = ApiToken.objects.create(
        name="CRM", user=people.user("crm"), digest="d" * 64, last_four="wxyz", scopes=[],
        created_at="2026-01-01T00:00Z", expires_at="2027-01-01T00:00Z",
    )  # fmt: skip
    secret = webhooks.new_secret()
    hook = WebhookSubscription.objects.create(
        name="CRM", url="https://crm.example/", kinds=["message.sent"], token=token, secret=secret
    )
    delete(client, hook)
    assert secret not in client.get(page("webhooksubscription_deleted", app="core")).content.decode()
    restore(client, hook, deletions(client, "webhooksubscription", app="core")[0].change.number)
    back = WebhookSubscription.objects.get(pk=hook.pk)
    assert back.url == "https://crm.example/"
    assert back.secret
    assert back.secret != secret


def test_a_channel_comes_back_without_its_keys_and_says_so(client: Client) -> None:
    channel = Channel.objects.create(name="Site", kind="web", public_key="k" * 20)
    ChannelKey.objects.create(channel=channel, name="Main", algorithm="HS256", secret="s" * 40)
    delete(client, channel)
    assert "s" * 40 not in client.get(page("channel_deleted", app="support_channels")).content.decode()
    said = restore(client, channel, deletions(client, "channel", app="support_channels")[0].change.number)
    back = Channel.objects.get(pk=channel.pk)
    assert (back.name, back.public_key, back.keys.count()) == ("Site", "k" * 20, 0)
    assert "(" in said


def test_a_token_cannot_come_back_without_its_secret(client: Client) -> None:
    token = ApiToken.objects.create(
        name="CRM", user=people.user("crm"), digest="d" * 64, last_four="wxyz", scopes=[],
        created_at="2026-01-01T00:00Z", expires_at="2027-01-01T00:00Z",
    )  # fmt: skip
    number = token.pk
    token.delete()
    (found,) = deletions(client, "apitoken", app="core")
    assert not found.restorable
    assert found.obstacle
    restore(client, token, found.change.number)
    assert not ApiToken.objects.filter(pk=number).exists()


# --- whose --------------------------------------------------------------------------------------------------


def test_a_supervisor_sees_deleted_templates_of_his_lines_only(cards: Queue) -> None:
    theirs = organisation.line("Theirs")
    own, foreign, common = (
        template(queue=cards),
        template(queue=theirs, title="Zqforeign"),
        template(shortcut="all"),
    )
    for row in (own, foreign, common):
        ReplyTemplate.objects.filter(pk=row.pk).delete()
    supervisor = roles.browser(roles.staff("supervisor", lines=(cards,)))
    answer = supervisor.get(page("replytemplate_deleted"))
    assert [each.name for each in answer.context["deletions"]] == ["/all Greeting", "/hello Greeting"]
    assert [each.restorable for each in answer.context["deletions"]] == [False, True]
    assert "Zqforeign" not in answer.content.decode()


def test_a_supervisor_restores_neither_a_foreign_template_nor_a_common_one(cards: Queue) -> None:
    foreign, common = template(queue=organisation.line("Theirs")), template(shortcut="all")
    supervisor = roles.browser(roles.staff("supervisor", lines=(cards,)))
    every = roles.browser(roles.staff("administrator"))
    for row in (foreign, common):
        ReplyTemplate.objects.filter(pk=row.pk).delete()
    of_all, of_theirs = (each.change.number for each in deletions(every, "replytemplate"))
    assert supervisor.post(page("replytemplate_restore", of_theirs)).status_code == 404
    assert supervisor.post(page("replytemplate_restore", of_all)).status_code == 403
    assert not ReplyTemplate.objects.exists()


@pytest.mark.parametrize("model", ["queue", "calendar", "operator"])
def test_a_supervisor_sees_no_deleted_lines_hours_or_people(cards: Queue, model: str) -> None:
    anna = people.operator("Zqanna", lines=(cards,))
    Operator.objects.filter(pk=anna.pk).delete()
    Calendar.objects.create(name="Zqhours").delete()
    organisation.line("Zqline").delete()
    supervisor = roles.browser(roles.staff("supervisor", lines=(cards,)))
    answer = supervisor.get(page(f"{model}_deleted"))
    assert (answer.status_code, answer.context["deletions"]) == (200, [])


def test_an_auditor_sees_deletions_and_restores_none(client: Client) -> None:
    gone = template()
    delete(client, gone)
    auditor = roles.browser(roles.staff("auditor"))
    (found,) = deletions(auditor, "replytemplate")
    assert not found.restorable
    assert auditor.post(page("replytemplate_restore", found.change.number)).status_code == 403
    assert not ReplyTemplate.objects.exists()


def test_an_operator_has_no_such_page(cards: Queue) -> None:
    anna = people.operator("Анна", lines=(cards,))
    answer = roles.browser(anna.user).get(page("replytemplate_deleted"))
    assert answer.status_code in (302, 403)


def test_a_restored_row_is_not_restored_twice(client: Client) -> None:
    gone = template()
    delete(client, gone)
    number = deletions(client, "replytemplate")[0].change.number
    restore(client, gone, number)
    assert client.post(page("replytemplate_restore", number)).status_code == 404
    assert client.get(page("replytemplate_restore", number)).status_code == 405
    assert ReplyTemplate.objects.count() == 1
