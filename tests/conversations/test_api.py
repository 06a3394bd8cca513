"""REST over conversations, messages, deliveries and ratings: what it does, and what it hides."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.conversations.models import Conversation, Delivery, Message, Rating
from apps.core.models import Event
from apps.operators.models import Tag
from tests.api import Integration, codes
from tests.factories import dialogues, organisation, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def two() -> tuple[Integration, Conversation, Conversation]:
    """An integration of one line, a conversation of that line, and one of another line."""
    mine, other = organisation.line("Mine"), organisation.line("Other")
    ours = dialogues.conversation("Our words", line=mine)
    theirs = dialogues.conversation("Their words", line=other)
    return Integration(lines=[mine]), ours, theirs


def delivery_of(conversation: Conversation) -> Delivery:
    """A message of it on its way to a messenger."""
    message = conversation.messages.order_by("seq").first()
    moments = {"due_at": people.NOW, "created_at": people.NOW, "changed_at": people.NOW}
    return Delivery.objects.create(
        message=message,
        place=message.pk,
        conversation=conversation,
        identity_id=conversation.identity_id,
        **moments,
    )


def state_of(conversation: Conversation) -> tuple[Any, ...]:
    row = Conversation.objects.get(pk=conversation.pk)
    return row.rev, row.state, row.line_id, row.holder_id, Message.objects.filter(conversation=row).count()


class TestReading:
    def test_conversation_tells_its_place_and_its_people(self) -> None:
        anna = people.operator("Анна", lines=(line := organisation.line(),))
        conversation = dialogues.conversation("Где карта?", line=line, holder=anna)
        found = Integration().get(f"conversations/{conversation.pk}/").json()
        assert found["id"] == conversation.pk
        assert (found["state"], found["queue"], found["holder"]) == ("assigned", line.pk, anna.pk)
        assert (found["customer"], found["last_text"]) == (conversation.customer_id, "Где карта?")
        assert found["tags"] == []
        assert "preferred" not in found

    def test_messages_come_in_their_order_page_by_page(self) -> None:
        conversation = dialogues.conversation("one")
        crm = Integration()
        for text in ("two", "three"):
            crm.post(f"conversations/{conversation.pk}/messages/", {"text": text})
        first = crm.get(f"conversations/{conversation.pk}/messages/", limit=2).json()
        rest = crm.get(f"conversations/{conversation.pk}/messages/", limit=2, after=first["next"]).json()
        assert [each["text"] for each in first["items"] + rest["items"]] == ["one", "two", "three"]
        assert rest["next"] is None
        assert (
            crm.get(f"conversations/{conversation.pk}/messages/{first['items'][0]['id']}/").json()
            == (first["items"][0])
        )

    def test_pages_of_conversations_hold_each_once_newest_first(self) -> None:
        made = [dialogues.conversation().pk for _number in range(5)]
        crm, seen, after = Integration(), [], None
        while True:
            page = crm.get("conversations/", limit=2, **({"after": after} if after else {})).json()
            assert set(page) == {"items", "next"}
            seen += [each["id"] for each in page["items"]]
            after = page["next"]
            if after is None:
                break
        assert seen == made[::-1]

    @pytest.mark.parametrize(
        ("query", "expected"),
        [
            ({"state": "queued"}, ["ours"]),
            ({"is_open": "true"}, ["ours", "theirs"]),
            ({"is_open": "false"}, []),
            ({"holder": "{anna}"}, ["theirs"]),
            ({"queue": "{line}"}, ["ours"]),
            ({"customer": "{customer}"}, ["ours"]),
            ({"tag": "{tag}"}, ["ours"]),
            ({"opened_from": "2026-11-20T09:00:00Z"}, ["ours", "theirs"]),
            ({"opened_to": "2026-11-20T09:00:00Z"}, []),
            ({"closed_from": "2020-01-01T00:00:00Z"}, []),
        ],
    )
    def test_filters_narrow_the_list(self, query: dict[str, str], expected: list[str]) -> None:
        line, other = organisation.line(), organisation.line()
        anna = people.operator("Анна", lines=(other,))
        ours, theirs = dialogues.conversation(line=line), dialogues.conversation(line=other, holder=anna)
        tag, crm = Tag.objects.create(name="complaint"), Integration()
        assert crm.send("PUT", f"conversations/{ours.pk}/tags/", {"tags": [tag.pk]}).status_code == 200
        values = {"anna": anna.pk, "line": line.pk, "customer": ours.customer_id, "tag": tag.pk}
        found = crm.get("conversations/", **{name: each.format(**values) for name, each in query.items()})
        names = {ours.pk: "ours", theirs.pk: "theirs"}
        assert sorted(names[each["id"]] for each in found.json()["items"]) == expected

    @pytest.mark.parametrize(
        "query",
        [
            {"state": "assigned' OR 1=1"},
            {"state__in": "queued"},
            {"holder__password__startswith": "a"},
            {"customer__attributes__x": "1"},
            {"queue": "1 OR 1=1"},
            {"order_by": "id"},
            {"limit": "0"},
            {"limit": "201"},
            {"after": "1;DROP"},
            {"after": "9" * 30},
            {"holder": "9" * 30},
            {"opened_from": "yesterday"},
            {"opened_from": "0125-10-05T14:53:14+23:59"},
            {"opened_from": "0001-01-01T00:00:00+23:59"},
        ],
    )
    def test_anything_but_declared_filters_is_refused(self, query: dict[str, str]) -> None:
        answer = Integration().get("conversations/", **query)
        assert codes(answer) == (400, "invalid")
        assert set(answer.json()["errors"]) == set(query)

    def test_words_are_found_in_what_one_may_read(self, two: Any) -> None:
        crm, ours, _theirs = two
        found = crm.get("messages/", search="words").json()
        assert [each["conversation"] for each in found] == [ours.pk]

    def test_query_counts_do_not_grow_with_rows(self) -> None:
        line = organisation.line()
        anna = people.operator("Анна", lines=(line,), capacity=50)
        crm = Integration()

        def fill(number: int) -> Conversation:
            for _each in range(number):
                conversation = dialogues.conversation(line=line, holder=anna)
                Rating.objects.create(conversation=conversation, score=5, operator=anna.user, at=people.NOW)
                delivery_of(conversation)
            return conversation

        lists = ("conversations/", "deliveries/", "ratings/", "assignments/", "customers/", "identities/")
        few = fill(2)
        before = {name: counted(crm, name) for name in (*lists, f"conversations/{few.pk}/messages/")}
        fill(18)
        for number in range(18):
            crm.post(f"conversations/{few.pk}/messages/", {"text": f"answer {number}"})
        after = {name: counted(crm, name) for name in before}
        assert after == before
        assert all(queries <= 14 for queries in after.values()), after


def counted(crm: Integration, path: str) -> int:
    crm.get(path)
    with CaptureQueriesContext(connection) as queries:
        assert crm.get(path, limit=50).status_code == 200
    return len(queries)


class TestForeign:
    """A1: without sight there is no row, no count and no change; foreign and missing look alike."""

    READS = ("", "messages/", "messages/{message}/")
    WRITES = (
        ("POST", "messages/", {"text": "Hello"}),
        ("POST", "messages/", {"text": "Hello", "note": True}),
        ("POST", "transfer/", {"queue": 1}),
        ("POST", "transfer/", {"operator": 1}),
        ("POST", "close/", {}),
        ("PUT", "tags/", {"tags": []}),
    )

    @pytest.mark.parametrize("path", READS)
    def test_reading_is_404_as_if_it_did_not_exist(self, two: Any, path: str) -> None:
        crm, _ours, theirs = two
        path = path.format(message=theirs.messages.get().pk)
        foreign = crm.get(f"conversations/{theirs.pk}/{path}")
        missing = crm.get(f"conversations/999999/{path}")
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json() == missing.json()

    @pytest.mark.parametrize(("method", "path", "body"), WRITES)
    def test_writing_is_404_and_changes_nothing(self, two: Any, method: str, path: str, body: Any) -> None:
        crm, _ours, theirs = two
        before, events = state_of(theirs), Event.objects.count()
        foreign = crm.send(method, f"conversations/{theirs.pk}/{path}", body)
        missing = crm.send(method, f"conversations/999999/{path}", body)
        assert foreign.status_code == missing.status_code == 404
        assert foreign.json() == missing.json()
        assert (state_of(theirs), Event.objects.count()) == (before, events)

    def test_message_of_another_conversation_is_no_message_of_ours(self, two: Any) -> None:
        crm, ours, theirs = two
        second = dialogues.conversation(line=ours.line)
        for message in (theirs.messages.get(), second.messages.get()):
            assert crm.get(f"conversations/{ours.pk}/messages/{message.pk}/").status_code == 404

    def test_lists_show_and_count_nothing_foreign(self, two: Any) -> None:
        crm, ours, theirs = two
        for conversation in (ours, theirs):
            Rating.objects.create(conversation=conversation, score=3, at=people.NOW)
            delivery_of(conversation)
        for path in ("conversations/", "ratings/", "deliveries/"):
            page = crm.get(path).json()
            assert set(page) == {"items", "next"}
            assert {each.get("conversation", each["id"]) for each in page["items"]} == {ours.pk}
        assert crm.get("conversations/", customer=theirs.customer_id).json()["items"] == []
        foreign = Delivery.objects.get(conversation=theirs)
        assert crm.get(f"deliveries/{foreign.pk}/").status_code == 404

    def test_account_with_the_metadata_grant_alone_reads_nothing(self, two: Any) -> None:
        _crm, ours, _theirs = two
        looker = Integration(rights=["see_metadata"])
        assert looker.get("conversations/").json() == {"items": [], "next": None}
        assert looker.get(f"conversations/{ours.pk}/").status_code == 404
        assert looker.get("messages/", search="words").json() == []

    def test_deactivated_account_loses_everything_at_once(self, two: Any) -> None:
        crm, ours, _theirs = two
        crm.user.is_active = False
        crm.user.save()
        assert crm.get(f"conversations/{ours.pk}/").status_code == 401


class TestWriting:
    def test_answer_is_the_service_accounts_and_the_tokens_act(self, two: Any) -> None:
        crm, ours, _theirs = two
        answer = crm.post(f"conversations/{ours.pk}/messages/", {"text": "Card 4111 1111 1111 1111 is ready"})
        assert answer.status_code == 201
        found = answer.json()
        assert found["author"] == {"kind": "operator", "id": crm.user.pk, "name": str(crm.user)}
        assert "4111 1111 1111 1111" not in found["text"]
        event = Event.objects.get(kind="message.sent")
        assert (event.actor_kind, event.actor_id) == ("integration", crm.token.pk)

    def test_note_is_for_staff_only(self, two: Any) -> None:
        crm, ours, _theirs = two
        found = crm.post(f"conversations/{ours.pk}/messages/", {"text": "VIP", "note": True}).json()
        assert (found["kind"], found["staff_only"]) == ("note", True)

    @pytest.mark.parametrize(
        "extra",
        [
            {"author": 1},
            {"author_kind": "customer"},
            {"staff_only": False},
            {"conversation": 2},
            {"id": 7},
            {"seq": 1},
            {"at": "2020-01-01T00:00:00Z"},
            {"is_staff": True},
        ],
    )
    def test_unknown_and_read_only_fields_are_refused(self, two: Any, extra: dict[str, Any]) -> None:
        crm, ours, _theirs = two
        before = state_of(ours)
        answer = crm.post(f"conversations/{ours.pk}/messages/", {"text": "Hello", **extra})
        assert codes(answer) == (400, "invalid")
        assert [each["code"] for each in answer.json()["errors"][next(iter(extra))]] == ["unknown_field"]
        assert state_of(ours) == before

    @pytest.mark.parametrize(
        "body",
        [
            b"",
            b"{",
            b"[]",
            b"7",
            b'"x"',
            b'{"text": 7}',
            b'{"text": null}',
            b'{"text": "x", "note": "yes"}',
            b'{"text": "a\\u0000b"}',
            b'{"text": "\\ud800"}',
            b'{"text": NaN}',
            b'{"text": "x", "reply_to": true}',
        ],
    )
    def test_odd_bodies_are_refused_and_change_nothing(self, two: Any, body: bytes) -> None:
        crm, ours, _theirs = two
        before = state_of(ours)
        answer = crm.post(f"conversations/{ours.pk}/messages/", body)
        assert answer.status_code == 400
        assert answer["Content-Type"] == "application/problem+json"
        assert state_of(ours) == before

    def test_quote_of_another_conversation_is_refused(self, two: Any) -> None:
        crm, ours, theirs = two
        body = {"text": "Hello", "reply_to": theirs.messages.get().pk}
        assert crm.post(f"conversations/{ours.pk}/messages/", body).status_code == 400

    def test_account_without_the_right_to_answer_is_403(self, two: Any) -> None:
        _crm, ours, _theirs = two
        reader = Integration(rights=["see_text"])
        before = state_of(ours)
        for path in ("messages/", "close/"):
            body = {"text": "Hello"} if path == "messages/" else {}
            assert codes(reader.post(f"conversations/{ours.pk}/{path}", body)) == (403, "forbidden")
        assert state_of(ours) == before

    def test_tags_are_set_and_unknown_ones_refused(self, two: Any) -> None:
        crm, ours, _theirs = two
        tag = Tag.objects.create(name="complaint")
        assert crm.send("PUT", f"conversations/{ours.pk}/tags/", {"tags": [tag.pk]}).json() == {
            "tags": [tag.pk]
        }
        assert crm.send("PUT", f"conversations/{ours.pk}/tags/", {"tags": [tag.pk + 1]}).status_code == 404
        assert crm.get(f"conversations/{ours.pk}/").json()["tags"] == [tag.pk]

    def test_closed_conversation_takes_notes_and_no_answers(self, two: Any) -> None:
        crm, ours, _theirs = two
        closed = crm.post(f"conversations/{ours.pk}/close/", {})
        assert (closed.status_code, closed.json()["state"]) == (200, "closed")
        refused = crm.post(f"conversations/{ours.pk}/messages/", {"text": "Hello"})
        assert codes(refused) == (409, "closed")
        noted = crm.post(f"conversations/{ours.pk}/messages/", {"text": "Checked", "note": True})
        assert noted.status_code == 201


class TestStarting:
    def test_first_words_open_a_conversation_in_the_customers_name(self) -> None:
        known = dialogues.conversation()
        crm = Integration()
        answer = crm.post(
            "conversations/", {"identity": known.identity_id, "text": "Call me back", "thread": "callback-1"}
        )
        assert answer.status_code == 201
        started = Conversation.objects.get(pk=answer.json()["conversation"])
        message = started.messages.get()
        assert (started.customer_id, started.thread) == (known.customer_id, "callback-1")
        assert (message.author_kind, message.text) == ("customer", "Call me back")
        event = Event.objects.get(kind="conversation.started_for_customer")
        assert (event.actor_kind, event.actor_id, event.subject_id) == (
            "integration",
            crm.token.pk,
            started.pk,
        )

    def test_open_conversation_of_the_thread_is_409(self) -> None:
        known, crm = dialogues.conversation(), Integration()
        before = state_of(known)
        refused = crm.post("conversations/", {"identity": known.identity_id, "text": "Again"})
        assert codes(refused) == (409, "already_open")
        assert (state_of(known), Conversation.objects.count()) == (before, 1)

    def test_foreign_identity_looks_like_a_missing_one(self, two: Any) -> None:
        crm, _ours, theirs = two
        body = {"text": "Hello", "thread": "new"}
        foreign = crm.post("conversations/", {**body, "identity": theirs.identity_id})
        missing = crm.post("conversations/", {**body, "identity": 10**9})
        assert foreign.status_code == missing.status_code == 404
        assert Conversation.objects.count() == 2

    def test_missing_line_is_404(self) -> None:
        known = dialogues.conversation()
        body = {"identity": known.identity_id, "text": "Hello", "thread": "new", "queue": 10**9}
        assert Integration().post("conversations/", body).status_code == 404
        assert Conversation.objects.count() == 1


def test_detail_of_a_delivery_tells_each_try() -> None:
    conversation = dialogues.conversation()
    row = delivery_of(conversation)
    row.attempts.create(outcome="transient", error="time-out", started_at=people.NOW)
    found = Integration().get(f"deliveries/{row.pk}/").json()
    assert [(each["outcome"], each["error"]) for each in found["attempts"]] == [("transient", "time-out")]
