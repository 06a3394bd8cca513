"""Conversations in the back office: to look at, within one's sight, in lists that never count a large table."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.conversations.models import Conversation, Merge, Message, Rating
from apps.conversations.services import people as persons
from apps.core.backoffice import large
from apps.core.models import Event
from apps.operators.models import Queue
from apps.routing.models import BotStay
from tests.factories import bots, dialogues, organisation, people, roles
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db
LISTS = [
    "conversations_conversation",
    "conversations_message",
    "conversations_delivery",
    "conversations_rating",
    "conversations_merge",
    "routing_decision",
    "routing_assignment",
    "routing_queueentry",
    "routing_botstay",
]


@pytest.fixture
def ours() -> Queue:
    return organisation.line("Ours")


@pytest.fixture
def theirs() -> Queue:
    return organisation.line("Theirs")


@pytest.fixture
def client(ours: Queue) -> Client:
    return roles.browser(roles.staff("supervisor", lines=(ours,)))


def listed(client: Client, name: str, **query: object) -> list[int]:
    answer = client.get(reverse(f"admin:{name}_changelist"), query)
    assert answer.status_code == 200, name
    return [row.pk for row in answer.context["cl"].result_list]


def lived(line: Queue, words: str) -> Conversation:
    """A conversation with everything that lists show."""
    anna = people.operator("Анна", lines=(line,))
    found = dialogues.conversation(words, by=dialogues.identity(name="Иван Тайный"), line=line, holder=anna)
    Rating.objects.create(conversation=found, score=1, comment=words, operator=anna.user, at=NOW)
    bot = bots.bot(f"Бот {found.pk}")
    BotStay.objects.create(conversation=found, bot=bot, account=bot.account, from_seq=1, started_at=NOW)
    other = dialogues.identity().customer
    persons.merge(kept=found.customer, absorbed=other, reason="manual", author_id=anna.pk, now=NOW)
    return found


@pytest.mark.parametrize("name", LISTS)
def test_a_supervisor_finds_nothing_of_a_foreign_line(client: Client, theirs: Queue, name: str) -> None:
    hidden = lived(theirs, "чужие слова")
    for query in ({}, {"q": hidden.pk}, {"line": theirs.pk}, {"q": f"№ {hidden.pk}"}):
        answer = client.get(reverse(f"admin:{name}_changelist"), query, follow=True)
        assert answer.context["cl"].result_count == 0
        assert list(answer.context["cl"].result_list) == []
        for word in ("чужие слова", "Иван Тайный", "Theirs"):
            assert word not in answer.content.decode()


def test_a_supervisor_opens_nothing_of_a_foreign_line(client: Client, theirs: Queue) -> None:
    hidden = lived(theirs, "чужие слова")
    rows = {
        "conversations_conversation": hidden.pk,
        "conversations_message": hidden.messages.first().pk,
        "conversations_rating": hidden.rating.pk,
        "conversations_merge": Merge.objects.get().pk,
        "routing_assignment": hidden.assignments.first().pk,
        "routing_botstay": hidden.bot_stays.get().pk,
    }
    for name, number in rows.items():
        assert client.get(reverse(f"admin:{name}_change", args=[number])).status_code == 302, name
    merge = Merge.objects.get()
    client.post(reverse("admin:conversations_merge_part", args=[merge.pk]))
    merge.refresh_from_db()
    assert merge.undone_at is None


@pytest.mark.parametrize("name", [name for name in LISTS if name != "conversations_delivery"])
def test_a_supervisor_sees_his_own_line(client: Client, ours: Queue, name: str) -> None:
    found = lived(ours, "наши слова")
    assert listed(client, name)
    if name not in ("conversations_merge",):
        assert listed(client, name, q=found.pk)


def test_the_page_of_a_conversation_reads_as_it_went(client: Client, ours: Queue) -> None:
    found = lived(ours, "<script>alert(1)</script>")
    answer = client.get(reverse("admin:conversations_conversation_change", args=[found.pk]))
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.content.decode()
    assert "<script>alert" not in answer.content.decode()
    assert [message.seq for message in answer.context["thread"]] == list(range(1, found.seq + 1))


def test_with_metadata_alone_there_is_a_padlock_and_no_word(ours: Queue) -> None:
    found = lived(ours, "тайные слова")
    auditor = roles.browser(roles.staff("auditor"))
    list_page = auditor.get(reverse("admin:conversations_conversation_changelist")).content.decode()
    page = auditor.get(reverse("admin:conversations_conversation_change", args=[found.pk])).content.decode()
    for text in (list_page, page):
        assert f"№ {found.pk}" in text
        assert "🔒" in text
        assert "тайные слова" not in text
        assert "Иван Тайный" not in text
    for name in LISTS[1:]:
        assert listed(auditor, name) == []


def test_a_deleted_message_says_nothing_any_more(client: Client, ours: Queue) -> None:
    found = lived(ours, "удалённые слова")
    Rating.objects.all().delete()
    message = Message.objects.filter(conversation=found, author_kind="customer").get()
    Message.objects.filter(pk=message.pk).update(deleted_at=NOW)
    Conversation.objects.update(last_text="")
    for address in (
        reverse("admin:conversations_message_changelist"),
        reverse("admin:conversations_message_change", args=[message.pk]),
        reverse("admin:conversations_conversation_change", args=[found.pk]),
    ):
        assert "удалённые слова" not in client.get(address).content.decode()


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("page", ["add", "change", "delete"])
def test_nothing_here_is_written(client: Client, ours: Queue, name: str, page: str) -> None:
    lived(ours, "слова")
    args = [] if page == "add" else listed(client, name)[:1]
    if page != "add" and not args:
        return
    answer = client.post(reverse(f"admin:{name}_{page}", args=args), {"post": "yes", "state": "closed"})
    assert answer.status_code == 403


def test_lists_count_no_further_than_they_page(
    client: Client, ours: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(large, "CAP", 2)
    by = dialogues.identity()
    for _number in range(4):
        conversation = dialogues.conversation(by=dialogues.identity(by.channel), line=ours)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        answer = client.get(reverse("admin:conversations_conversation_changelist"))
    assert not [query for query in queries if "COUNT(" in query["sql"].upper()]
    assert answer.context["cl"].paginator.capped
    assert "2+" in answer.content.decode()
    assert listed(client, "conversations_conversation", q=conversation.pk) == [conversation.pk]


def test_a_filter_without_an_index_looks_at_the_latest_rows_and_says_so(
    client: Client, ours: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = lived(ours, "слова")
    page, first = reverse("admin:conversations_message_changelist"), Message.objects.order_by("pk").first()
    assert first is not None
    asked = {"author_kind__exact": first.author_kind}
    assert first.pk in listed(client, "conversations_message", **asked)
    monkeypatch.setattr(large, "HORIZON", 1)
    assert first.pk not in listed(client, "conversations_message", **asked)
    assert client.get(page, asked).context["cl"].horizon == 1
    assert first.pk in listed(client, "conversations_message")
    assert first.pk in listed(client, "conversations_message", q=conversation.pk, **asked)
    assert listed(client, "conversations_conversation", state__exact="assigned") == [conversation.pk]


@pytest.mark.parametrize("words", ["abc", "-1", "1 OR 1=1", "9" * 30, "١٢", "%"])
def test_an_odd_number_finds_nothing_and_breaks_nothing(client: Client, ours: Queue, words: str) -> None:
    lived(ours, "слова")
    for name in LISTS:
        assert listed(client, name, q=words) == []


def test_a_merge_is_undone_by_who_may(client: Client, ours: Queue) -> None:
    lived(ours, "слова")
    merge = Merge.objects.get()
    address = reverse("admin:conversations_merge_part", args=[merge.pk])
    assert client.post(address).status_code == 403
    administrator = roles.staff("administrator")
    from apps.conversations.models import Grant

    Grant.objects.create(group=administrator.groups.get(), right="see_text", scope="all")
    boss = roles.browser(administrator)
    assert boss.get(address).status_code == 405
    boss.post(address)
    merge.refresh_from_db()
    assert merge.undone_by == administrator
    assert boss.post(address).status_code == 302
    assert Event.objects.filter(kind="customer.merge_undone").count() == 1


def test_the_journal_leaves_out_what_one_may_not_see(ours: Queue, theirs: Queue) -> None:
    seen, hidden = lived(ours, "слова"), lived(theirs, "слова")
    supervisor = roles.staff("supervisor", lines=(ours,))
    from django.contrib.auth.models import Permission

    supervisor.user_permissions.add(Permission.objects.get(codename="view_event"))
    client = roles.browser(supervisor)
    answer = client.get(reverse("admin:core_event_changelist"))
    subjects = {
        event.subject_id for event in answer.context["cl"].result_list if event.subject_kind == "conversation"
    }
    assert subjects == {seen.pk}
    foreign = Event.objects.filter(subject_kind="conversation", subject_id=hidden.pk).first()
    assert client.get(reverse("admin:core_event_change", args=[foreign.pk])).status_code in (302, 403)
