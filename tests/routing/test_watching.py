"""Lines as the workspace watches them live: whole, or only what came through some channels."""

from __future__ import annotations

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from asgiref.sync import async_to_sync, sync_to_async

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Grant, Right, Scope
from apps.conversations.services import inbound
from apps.core import clock
from apps.core.models import User
from apps.operators.models import Queue
from apps.routing.models import ChannelLine
from tests.factories import dialogues, organisation, people
from tests.sockets import Staff

pytestmark = pytest.mark.django_db(transaction=True)


def reader(line: Queue | None, channel: Channel, *, knows_all: bool = False) -> User:
    """Reads one channel's conversations of a line (None: of all), and perhaps knows that all others exist."""
    account, group = people.user(), people.group("readers of a channel")
    scope = Scope.ALL if line is None else Scope.LINE
    Grant.objects.create(group=group, right=Right.TEXT, scope=scope, queue=line, channel=channel)
    if knows_all:
        Grant.objects.create(group=group, right=Right.METADATA, scope=Scope.ALL)
    account.groups.add(group)
    return account


def watched(user: User, happening: Callable[[], Any]) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The welcome, and every line frame until the sign that all of them have come."""

    async def scenario() -> tuple[dict[str, Any], list[dict[str, Any]]]:
        async with Staff() as screen:
            welcome = await screen.hello(user)
            await sync_to_async(happening)()
            await _quiet(screen)
            return welcome, [frame for frame in screen.heard if frame["type"] == "line"]

    return async_to_sync(scenario)()


async def _quiet(screen: Staff) -> None:
    """Keep what comes until nothing came for longer than deltas are collected."""
    while not await screen.wire.receive_nothing(timeout=0.6):
        screen.heard.append(json.loads(await screen.wire.receive_from()))


def say_more(conversation: Conversation, text: str) -> None:
    inbound.receive(conversation.identity, text=text, client_id=f"more-{text}", now=clock.now())


def rows_of(frames: list[dict[str, Any]]) -> dict[int, dict[str, Any]]:
    found: dict[int, dict[str, Any]] = {}
    for frame in frames:
        for row in frame["rows"]:
            found.setdefault(row["id"], {}).update(row)
    return found


@pytest.mark.parametrize("scope", ["one line", "all lines"])
def test_who_reads_one_channel_sees_its_conversations_live_and_no_other(scope: str) -> None:
    line, site, app = organisation.common_line(), organisation.channel(), organisation.channel()
    known = dialogues.conversation(by=dialogues.identity(site))
    dialogues.conversation(by=dialogues.identity(app))

    def happening() -> None:
        say_more(known, "вторая")
        dialogues.conversation("новое", by=dialogues.identity(site, name="Мария"))
        other = dialogues.conversation("тайна", by=dialogues.identity(app, name="Тайный"))
        say_more(other, "ещё тайна")

    welcome, frames = watched(reader(line if scope == "one line" else None, site), happening)
    assert [(each["readable"], each["counts"]) for each in welcome["lines"]] == [(True, {"queued": 1})]
    fresh = Conversation.objects.get(customer__name="Мария")
    rows = rows_of(frames)
    assert set(rows) == {known.pk, fresh.pk}
    assert (rows[known.pk]["preview"], rows[fresh.pk]["customer_name"]) == ("вторая", "Мария")
    assert [frame["counts"] for frame in frames if frame["counts"]][-1] == {"queued": 2}
    assert "тайна" not in str(frames)
    assert "Тайный" not in str(frames)


def test_numbers_of_a_part_begin_where_the_welcome_ended_and_have_no_gap() -> None:
    line, site, app = organisation.common_line(), organisation.channel(), organisation.channel()
    known = dialogues.conversation(by=dialogues.identity(site))

    def happening() -> None:
        dialogues.conversation(by=dialogues.identity(app))
        say_more(known, "вторая")

    welcome, frames = watched(reader(line, site), happening)
    assert frames[0]["first"] <= welcome["lines"][0]["number"] + 1
    assert all(one["last"] + 1 == other["first"] for one, other in pairwise(frames))


def test_the_rest_of_a_line_is_padlocks_for_who_knows_of_everything() -> None:
    line, site, app = organisation.common_line(), organisation.channel(), organisation.channel()
    mine, foreign = (dialogues.conversation(by=dialogues.identity(each)) for each in (site, app))

    def happening() -> None:
        dialogues.conversation("новое", by=dialogues.identity(site, name="Мария"))
        dialogues.conversation("тайна", by=dialogues.identity(app, name="Тайный"))
        say_more(foreign, "ещё тайна")

    welcome, frames = watched(reader(line, site, knows_all=True), happening)
    parts = [(each["readable"], each["partial"], each["counts"]) for each in welcome["lines"]]
    assert parts == [(True, True, {"queued": 1}), (False, True, {"queued": 1})]
    rows = rows_of(frames)
    locked = {number for number, row in rows.items() if row.get("locked")}
    assert locked == set(Conversation.objects.filter(channel=app).values_list("pk", flat=True)) - {foreign.pk}
    assert mine.pk not in locked
    assert "тайна" not in str(frames)
    assert "Тайный" not in str(frames)
    assert {frame["readable"] for frame in frames} == {True, False}


def test_a_new_conversation_leaves_the_common_line_when_it_finds_its_own() -> None:
    common, own, site = organisation.common_line(), organisation.line("Карты"), organisation.channel()
    ChannelLine.objects.create(channel=site, queue=own)
    _welcome, frames = watched(
        reader(None, site), lambda: dialogues.conversation(by=dialogues.identity(site))
    )
    fresh = Conversation.objects.get()
    in_common = [frame for frame in frames if frame["line"] == common.pk]
    assert rows_of(in_common)[fresh.pk]["gone"]
    assert [frame["counts"] for frame in in_common][-1] == {}
    assert [frame["counts"] for frame in frames if frame["line"] == own.pk][-1] == {"queued": 1}


def test_who_reads_nothing_of_a_line_watches_nothing_of_it() -> None:
    organisation.common_line()
    site, elsewhere = organisation.channel(), organisation.line("Кредиты")
    welcome, frames = watched(
        reader(elsewhere, site), lambda: dialogues.conversation(by=dialogues.identity(site))
    )
    assert [each["line"] for each in welcome["lines"]] == [elsewhere.pk]
    assert frames == []
