"""Nobody sees what is not theirs: every address and every frame is tried on another line's things (A1, A21).

The walk reads the resolver and the table of frames itself. A new parameter or field that nothing here fills
fails the test: say in FILLED what a stranger would try.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, get_args

import msgspec
import pytest
from allauth.account.utils import user_pk_to_url_str
from asgiref.sync import async_to_sync, sync_to_async
from django.conf import settings
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from apps.conversations.models import Conversation, Grant, Right
from apps.core import clock
from apps.core.models import User
from apps.core.services import tokens
from apps.routing.services import handling
from config.frames import FRAMES
from config.scopes import SCOPES
from tests.adapters import null
from tests.factories import organisation, people, roles
from tests.security import foreign
from tests.sockets import Customer, Socket, Staff

METHODS = ("get", "post", "put", "patch", "delete")
# Numbers that nothing has: what is not his must look as these do.
NOWHERE = 888_000_001
NO_FILE = "88800000-0000-4000-8000-000000000001"
ALL_RIGHTS = (Right.TEXT, Right.PERSONAL, Right.ANSWER, Right.TAKE_OVER)


# --- addresses ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Route:
    """An address with the names of its parameters; ``model`` is set for pages of the admin about one row."""

    pattern: str
    parameters: tuple[str, ...]
    model: Any = None

    def url(self, values: dict[str, object]) -> str:
        return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda match: str(values[match[1]]), self.pattern)


def routes() -> Iterator[Route]:
    for text in _patterns(get_resolver(), ""):
        if re.search(r"[\^$()]", text):
            # Nets for what matched nothing else: they lead nowhere by themselves.
            assert text in NETS, f"say what {text} is"
            continue
        yield Route(text, tuple(re.findall(r"<(?:\w+:)?(\w+)>", text)), _admin_model(text))


def _patterns(resolver: Any, before: str) -> Iterator[str]:
    for each in resolver.url_patterns:
        text = before + str(each.pattern)
        if isinstance(each, URLResolver):
            yield from _patterns(each, text)
        else:
            assert isinstance(each, URLPattern)
            yield text


def _admin_model(text: str) -> Any:
    found = re.match(r"admin/(\w+)/(\w+)/", text)
    if found is None:
        return None
    named = {(m._meta.app_label, m._meta.model_name): m for m in admin.site._registry}
    return named.get((found[1], found[2]))


NETS = {
    "api/v1/^.*$",
    "admin/(?P<url>.*)$",
    *(
        each
        for each in _patterns(get_resolver(), "")
        if re.fullmatch(r"admin/\^\(\?P<app_label>[\w|]+\)/\$", each)
    ),
}

# Whose pages are for everybody: no parameter of theirs names a customer's thing.
PUBLIC = {
    "widget/<str:version>.js",
    "widget/<str:public_key>/",
    "hooks/<str:public_key>/",
    "accounts/password/reset/<slug:uidb36>/<str:key>/",
}


def filled(there: foreign.Foreign) -> dict[str, object]:
    """What a stranger writes into an address, by the parameter's name."""
    return {
        "conversation_id": there.conversation.pk,
        "message_id": there.message.pk,
        "delivery_id": there.delivery.pk,
        "customer_id": there.conversation.customer_id,
        "identity_id": there.conversation.identity_id,
        "file_id": there.file.pk,
        "visitor_id": there.visitor.pk,
        "template_id": there.template.pk,
        "lead_id": there.lead.pk,
        "queue_id": there.line.pk,
        "operator_id": there.holder.pk,
        "public_key": there.channel.public_key,
        "content_type_id": ContentType.objects.get_for_model(Conversation).pk,
        "version": "1.0.0",
        "table": "conversation",
        "number": 1,
        "id": there.holder.pk,
        "token": "zz" * 20,
        "uidb36": user_pk_to_url_str(there.holder.user),
        "key": "c1a2b3-" + "0" * 32,
    }


# Names of lines and colleagues are no secret among staff; the rows themselves are still asked for.
KNOWN_TO_ALL = {"queue_id", "operator_id", "id", "table", "number", "content_type_id"}


def nowhere(values: dict[str, object], parameters: tuple[str, ...]) -> dict[str, object]:
    """The same address with numbers that nothing has."""
    other = {name: NOWHERE if isinstance(value, int) else value for name, value in values.items()}
    return {**values, **{name: other[name] for name in parameters}, "file_id": NO_FILE}


def said(response: Any) -> str:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    return body.decode("utf-8", "replace") + response.headers.get("Location", "")


def alike(text: str) -> str:
    """An answer without what differs by chance: the number asked for, one-time keys, moments."""
    text = re.sub(r"777000\d\d\d|888000\d\d\d|(?:777|888)00000-0000-4000-8000-000000000001", "#", text)
    text = re.sub(r'(nonce|csrfmiddlewaretoken)[^>]*?(value=)?"[^"]+"', "", text)
    return re.sub(r"\d{4}-\d\d-\d\d[T ][\d:.+Z-]+", "@", text)


class Actor:
    """Somebody who asks over HTTP; signs in again when an address signed him out."""

    def __init__(self, user: User, token: str | None = None) -> None:
        self.user = user
        self.client = Client()
        self.headers = {"Authorization": f"Bearer {token}"} if token else {}

    def ask(self, method: str, url: str) -> Any:
        if not self.headers and "_auth_user_id" not in self.client.session:
            self.client.force_login(self.user, backend="django.contrib.auth.backends.ModelBackend")
        # "… with ID … doesn't exist" waits for the next page: it only says what was asked for.
        self.client.cookies.pop("messages", None)
        options: dict[str, Any] = {} if method == "get" else {"content_type": "application/json"}
        return getattr(self.client, method)(url, headers=self.headers, **options)


@pytest.fixture
def there() -> foreign.Foreign:
    organisation.common_line()
    return foreign.world()


def operator_actor(there: foreign.Foreign) -> Actor:
    return Actor(people.operator("Свой", lines=(there.own_line,), rights=ALL_RIGHTS).user)


def supervisor_actor(there: foreign.Foreign) -> Actor:
    return Actor(roles.staff("supervisor", lines=(there.own_line,)))


def integration_actor(there: foreign.Foreign) -> Actor:
    user = people.operator("Робот", lines=(there.own_line,), rights=ALL_RIGHTS).user
    User.objects.filter(pk=user.pk).update(is_service=True)
    user.refresh_from_db()
    now = clock.now()
    _token, plain = tokens.issue(
        name="CRM", user=user, scopes=list(SCOPES), expires_at=now + timedelta(days=1), now=now
    )
    return Actor(user, plain)


@pytest.mark.django_db
@pytest.mark.parametrize("actor", [operator_actor, supervisor_actor, integration_actor])
def test_no_address_gives_away_another_lines_things(actor: Any, there: foreign.Foreign) -> None:
    somebody = actor(there)
    values = filled(there)
    before = foreign.snapshot()
    problems: list[str] = []
    walked = 0
    for route in routes():
        own = {**values, "object_id": _row_of(route.model)} if "object_id" in route.parameters else values
        missing = set(route.parameters) - set(own)
        assert not missing, f"say in filled() what a stranger tries as {missing} in {route.pattern}"
        # The admin knows nothing but reading and posting.
        for method in METHODS[:2] if route.pattern.startswith("admin/") else METHODS:
            answer = somebody.ask(method, route.url(own))
            text = said(answer)
            where = f"{method.upper()} /{route.pattern} -> {answer.status_code}"
            if answer.status_code >= 500:
                problems.append(where)
            own_words = {str(own.get(name)) for name in route.parameters}
            if told := there.leaks(text.replace(route.url(own), "")) - own_words:
                problems.append(f"{where} told {told}")
            if _names_a_customers_thing(route):
                other = somebody.ask(method, route.url(nowhere(own, route.parameters)))
                if answer.status_code in (200, 201, 204, 403):
                    problems.append(where)
                if (answer.status_code, alike(text)) != (other.status_code, alike(said(other))):
                    problems.append(f"{where} is unlike {other.status_code} for what is nowhere")
            walked += 1
    assert not problems, "\n".join(problems)
    assert walked > 100
    assert foreign.snapshot() == before


def _names_a_customers_thing(route: Route) -> bool:
    named = set(route.parameters) - KNOWN_TO_ALL - {"object_id"}
    return bool(named) and route.pattern not in PUBLIC


def _row_of(model: Any) -> object:
    """A row of the model, of the other line where lines matter."""
    found = model.objects.order_by("pk").last() if model is not None else None
    return found.pk if found is not None else NOWHERE


@pytest.mark.django_db
def test_the_admin_finds_nothing_of_another_line_by_search(there: foreign.Foreign) -> None:
    somebody = supervisor_actor(there)
    asked = 0
    for model, page in admin.site._registry.items():
        if not page.search_fields:
            continue
        label = f"{model._meta.app_label}/{model._meta.model_name}"
        for query in ("zqmark", str(foreign.FIRST_NUMBER)):
            answer = somebody.ask("get", f"/admin/{label}/?q={query}")
            told = there.leaks(said(answer).replace(query, ""))
            assert not told, f"/admin/{label}/?q={query} told {told}"
            asked += 1
    assert asked > 4


@pytest.mark.django_db
def test_the_admin_completes_nothing_of_another_line(there: foreign.Foreign) -> None:
    somebody = supervisor_actor(there)
    for model, page in admin.site._registry.items():
        for name in page.autocomplete_fields:
            query = f"app_label={model._meta.app_label}&model_name={model._meta.model_name}&field_name={name}"
            for term in ("zqmark", "777"):
                answer = somebody.ask("get", f"/admin/autocomplete/?{query}&term={term}")
                assert not there.leaks(said(answer)), f"{query} {term}"


# --- frames ---------------------------------------------------------------------------------------------


def asked(frame: type[msgspec.Struct], there: foreign.Foreign) -> list[dict[str, Any]]:
    """What a stranger puts into a frame: the least it takes, and everything it takes, for each of its choices."""
    values = {
        "conversation": there.conversation.pk,
        "message": there.message.pk,
        "reply_to": there.message.pk,
        "delivery": there.delivery.pk,
        "letter": there.letter.pk,
        "ids": [there.conversation.pk, there.closed.pk],
        "files": [str(there.file.pk)],
        "tags": [there.tag.pk],
        "line": there.own_line.pk,
        "channel": there.conversation.channel_id,
        "department": there.line.pk,
        "operator": there.holder.pk,
        "bot": 1,
        "seq": 1,
        "before": 1000,
        "after_rev": 0,
        "after": None,
        "text": "zqmark",
        "comment": "мимо",
        "note": True,
        "client_id": f"stranger-{frame.__name__}",
        "until": (clock.now() + timedelta(hours=1)).isoformat(),
        "state": "online",
        "reason": None,
        "score": 1,
        "new_topic": False,
        "form": {"name": "Чужой"},
        "jwt": "a.b.c",
        "url": "https://bank.example/",
        "title": "страница",
        "code": "form_opened",
        "shown": False,
        "name": "Чужой",
        "phone": "+79160000000",
        "email": "stranger@bank.example",
        "question": "вопрос",
        "preferred": "",
    }
    names = [each for each in frame.__struct_fields__ if each != "ref"]
    choices = _choices(frame)
    missing = set(names) - set(values) - set(choices)
    assert not missing, f"say in asked() what a stranger puts into {missing} of {frame.__name__}"
    if frame.__name__ == "HistoryFrame":
        values["before"] = {"conversation": there.conversation.pk + 50, "seq": 100}
    needed = {each.name for each in msgspec.structs.fields(frame) if each.required}
    full = {name: values[name] for name in names if name in values}
    least = {name: value for name, value in full.items() if name in needed}
    found = [least, full] if least != full else [full]
    for name, options in choices.items():
        found = [{**each, name: option} for each in found for option in options]
    if "line" in names and "operator" in names:
        found += [{**least, name: values[name]} for name in ("line", "operator", "bot") if name in names]
    return found


def _choices(frame: type[msgspec.Struct]) -> dict[str, tuple[str, ...]]:
    hints = msgspec.structs.fields(frame)
    return {each.name: get_args(each.type) for each in hints if "Literal" in str(each.type)}


def elsewhere(fields: dict[str, Any]) -> dict[str, Any]:
    """The same frame about things that do not exist."""
    text = re.sub(r"777000(\d\d\d)", r"888000\1", json.dumps(fields))
    return dict(json.loads(text.replace("77700000-0000", "88800000-0000")))


def names_a_thing(fields: dict[str, Any]) -> bool:
    return "777000" in json.dumps(fields) or "77700000-0000" in json.dumps(fields)


SILENT = {"hello", "ping", "logout"}


async def walk(
    socket: Socket, surface: str, there: foreign.Foreign, *, without: str = ""
) -> list[tuple[str, Any, Any]]:
    """Send every frame of the surface; what came back for the foreign thing and for nothing at all."""
    found = []
    for frame in FRAMES[surface]:
        kind = str(frame.__struct_config__.tag)
        if kind in {*SILENT, without}:
            continue
        for fields in await sync_to_async(asked)(frame, there):
            answer = await socket.ask(kind, **fields)
            other = await socket.ask(kind, **elsewhere(fields)) if names_a_thing(fields) else None
            found.append((kind, answer, other))
    return found


def bare(frame: dict[str, Any]) -> str:
    return alike(json.dumps({k: v for k, v in frame.items() if k != "ref"}, ensure_ascii=False))


def hears_nothing(there: foreign.Foreign, kind: str, frame: Any) -> None:
    told = there.leaks(json.dumps(frame, ensure_ascii=False))
    assert not told, f"{kind} told {told}: {frame}"


@pytest.mark.django_db(transaction=True)
def test_no_frame_of_the_workspace_gives_away_another_lines_things(there: foreign.Foreign) -> None:
    mine = people.operator("Свой", lines=(there.own_line,), rights=ALL_RIGHTS)
    before = foreign.snapshot()

    async def scenario() -> None:
        async with Staff() as socket:
            welcome = await socket.hello(mine.user)
            assert [each["line"] for each in welcome["lines"]] == [there.own_line.pk]
            assert all(each["counts"] == {} for each in welcome["lines"])
            for kind, answer, other in await walk(socket, "operator", there):
                hears_nothing(there, kind, answer)
                if other is not None:
                    assert bare(answer) == bare(other), kind
                    assert answer.get("code") in REFUSED or answer in ANSWERED[kind](answer), (
                        kind,
                        answer,
                    )
            for frame in socket.heard:
                hears_nothing(there, "heard", frame)

    async_to_sync(scenario)()
    assert foreign.snapshot() == before


REFUSED = {"not_found", "invalid", "empty"}
# What is answered without a refusal about things that are not his, and then with nothing in it.
ANSWERED: Any = {
    "rows": lambda answer: [{"type": "rows", "ref": answer["ref"], "rows": []}],
    "leave": lambda answer: [{"type": "done", "ref": answer["ref"]}],
}


@pytest.mark.django_db(transaction=True)
def test_an_open_workspace_hears_nothing_of_another_line(there: foreign.Foreign) -> None:
    mine = people.operator("Свой", lines=(there.own_line,), rights=ALL_RIGHTS)

    async def scenario() -> None:
        async with Staff() as socket:
            await socket.hello(mine.user)
            for number in (there.conversation.pk, there.closed.pk):
                await socket.ask("open", conversation=number)
            await sync_to_async(foreign.traffic)(there)
            await heard_for_a_while(socket)
            assert socket.heard == []

    async_to_sync(scenario)()


async def heard_for_a_while(socket: Socket) -> None:
    """Longer than a line's changes are collected."""
    await asyncio.sleep(0.5)
    await socket.ask("ping")


@pytest.mark.django_db(transaction=True)
def test_a_conversation_that_leaves_while_it_is_open_is_as_foreign_as_any(there: foreign.Foreign) -> None:
    """It stays on the screen of who has just passed it on: none of his frames reaches it any more."""
    mine = people.operator("Свой", lines=(there.own_line,), rights=ALL_RIGHTS)
    number = there.conversation.pk
    named = {"comment": "", "now": people.NOW}

    def comes() -> None:
        handling.transfer_to_line(people.sight(there.holder), number, there.own_line.pk, **named)
        handling.accept(people.sight(mine), number, now=people.NOW)

    def goes() -> dict[str, list[Any]]:
        handling.transfer_to_line(people.sight(mine), number, there.line.pk, **named)
        handling.accept(people.sight(there.holder), number, now=people.NOW)
        return foreign.snapshot()

    async def scenario() -> None:
        async with Staff() as socket, Staff() as theirs:
            await sync_to_async(comes)()
            await socket.hello(mine.user)
            assert (await socket.ask("open", conversation=number))["may_answer"]
            assert (await socket.ask("typing", conversation=number))["type"] == "done"
            before = await sync_to_async(goes)()
            await theirs.hello(there.holder.user)
            await theirs.ask("open", conversation=number)
            await heard_for_a_while(socket)
            socket.heard.clear()
            # Not "leave": with it the conversation would not be open here any more.
            for kind, answer, other in await walk(socket, "operator", there, without="leave"):
                hears_nothing(there, kind, answer)
                if other is not None:
                    assert bare(answer) == bare(other), kind
                    assert answer.get("code") in REFUSED or answer in ANSWERED[kind](answer), (kind, answer)
            assert await sync_to_async(foreign.snapshot)() == before
            await heard_for_a_while(theirs)
            assert [frame for frame in theirs.heard if frame["type"] == "typing"] == []
            await sync_to_async(foreign.traffic)(there)
            await heard_for_a_while(socket)
            assert socket.heard == []

    async_to_sync(scenario)()


@pytest.mark.django_db(transaction=True)
def test_with_the_metadata_grant_alone_a_conversation_is_a_padlock(there: foreign.Foreign) -> None:
    group = people.group("listeners")
    Grant.objects.create(group=group, right=Right.METADATA, scope="line", queue=there.line)
    watcher = people.operator("Смотрит", lines=(there.own_line,))
    watcher.user.groups.add(group)
    before = foreign.snapshot()
    words = re.compile(r"zqmark")
    allowed = {"id", "rev", "state", "line", "since", "locked"}

    def locked(row: dict[str, Any]) -> bool:
        told = {name for name, value in row.items() if value not in (None, "", [], 0, False)}
        return told <= allowed and row["locked"] is True

    async def scenario() -> None:
        async with Staff() as socket:
            welcome = await socket.hello(watcher.user)
            [line] = [each for each in welcome["lines"] if each["line"] == there.line.pk]
            assert (line["line"], line["readable"], line["counts"]) == (there.line.pk, False, {"assigned": 1})
            listed = await socket.ask("list", section="foreign")
            assert [row["id"] for row in listed["rows"]] == [there.conversation.pk]
            assert all(locked(row) for row in listed["rows"])
            named = await socket.ask("rows", ids=[there.conversation.pk])
            assert [locked(row) for row in named["rows"]] == [True]
            for section in ("waiting", "mine", "offline", "common", "other", "recent"):
                assert (await socket.ask("list", section=section))["rows"] == [], section
            for kind, answer, _other in await walk(socket, "operator", there):
                assert not words.search(json.dumps(answer)), kind
            socket.heard.clear()
            await sync_to_async(foreign.traffic)(there)
            await heard_for_a_while(socket)
            assert socket.heard, "that it moves may be seen"
            for frame in socket.heard:
                assert frame["type"] == "line"
                assert all(locked(row) for row in frame["rows"]), frame

    async_to_sync(scenario)()
    after = foreign.snapshot()
    assert [each["id"] for each in after["Conversation"]] == [each["id"] for each in before["Conversation"]]
    assert after["Draft"] == before["Draft"]


@pytest.mark.django_db(transaction=True)
def test_no_frame_of_the_widget_gives_away_another_customers_things(there: foreign.Foreign) -> None:
    site = organisation.channel()
    before = foreign.snapshot()

    async def scenario() -> None:
        for known in (False, True):
            async with Customer() as socket:
                await socket.hello(site)
                if known:
                    await socket.say("Здравствуйте")
                for kind, answer, other in await walk(socket, "customer", there):
                    hears_nothing(
                        there, kind, {**answer, "client_id": None, "conversation": None, "message": None}
                    )
                    if other is not None and kind != "send":
                        assert bare(answer) == bare(other), kind
                for frame in socket.heard:
                    assert str(there.conversation.pk) not in json.dumps(frame)

    async_to_sync(scenario)()
    after = foreign.snapshot()
    for name, rows in before.items():
        kept = [row for row in after[name] if row["id"] in {each["id"] for each in rows}]
        assert kept == rows, name


# --- credentials (A7) -----------------------------------------------------------------------------------


def credentials(there: foreign.Foreign) -> set[str]:
    """What no frame and no page shows to anybody, not even to those who may read everything."""
    users = User.objects.exclude(password="")
    return {
        there.token,
        there.visitor.token_digest,
        "zqmarksigningkey",
        null.SECRET,
        *users.values_list("password", flat=True),
        *settings.ENCRYPTION_KEYS,
        settings.SECRET_KEY,
    }


@pytest.mark.django_db(transaction=True)
def test_no_frame_carries_a_credential_even_to_who_may_read_everything(there: foreign.Foreign) -> None:
    secrets = credentials(there)
    heard: list[Any] = []

    async def scenario() -> None:
        async with Staff() as socket:
            heard.append(await socket.hello(there.holder.user))
            heard.append(await socket.ask("open", conversation=there.conversation.pk))
            heard.append(await socket.ask("card", conversation=there.conversation.pk))
            await sync_to_async(foreign.traffic)(there)
            await heard_for_a_while(socket)
            heard.extend(answer for _kind, answer, _other in await walk(socket, "operator", there))
            heard.extend(socket.heard)

    async_to_sync(scenario)()
    told = json.dumps(heard, ensure_ascii=False)
    assert "zqmarkquestion" in told, "it must have been somebody who reads"
    assert [each for each in secrets if each in told] == []


@pytest.mark.django_db
def test_no_page_carries_a_credential_even_to_who_may_read_everything(there: foreign.Foreign) -> None:
    user = roles.staff("administrator")
    Grant.objects.bulk_create(
        [Grant(group=user.groups.get(), right=right, scope="all") for right in ALL_RIGHTS],
        ignore_conflicts=True,
    )
    somebody, secrets = Actor(user), credentials(there)
    values, read = filled(there), 0
    for route in routes():
        own = {**values, "object_id": _row_of(route.model)} if "object_id" in route.parameters else values
        answer = somebody.ask("get", route.url(own))
        text = said(answer).replace(route.url(own), "")
        leaks = [each for each in secrets if each in text]
        assert not leaks, f"/{route.pattern} carries a credential"
        read += answer.status_code == 200
    assert read > 30
