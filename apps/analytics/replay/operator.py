"""An operator at the workspace: sees rows arrive, accepts what he has room for, opens, answers, closes."""

from __future__ import annotations

import asyncio
import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar
from urllib.parse import urlsplit

from apps.analytics.replay.client import REFUSED, Frame, FrameError, Healing, Item
from apps.analytics.replay.dialogues import Turn, name_in
from apps.analytics.replay.journal import Journal
from apps.analytics.replay.screen import NeverCame, Screen

WAITING = ("queued", "new", "offline")
TICKET_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Part:
    """A dialogue as its operator plays it; ``stays_open``: he leaves it to the person who tries the product out."""

    turns: list[Turn]
    journal: Journal
    stays_open: bool = False


@dataclass(frozen=True, slots=True)
class Desk:
    """Who the operator is and how he signs in: the cookies of his browser session."""

    user_id: int
    cookies: Mapping[str, str]
    csrf: str
    csrf_header: str
    capacity: int
    lines: frozenset[int]
    # Of these the ones that offer their work: who waits there is offered, and not taken.
    offering: frozenset[int] = frozenset()


@dataclass
class OperatorClient(Healing):
    """One workspace tab with many conversations."""

    # A ticket may have grown too old on its way: the next connection brings another.
    final_codes: ClassVar[frozenset[int]] = frozenset({REFUSED})

    desk: Desk = field(kw_only=True)
    web: Callable[[], str] = field(kw_only=True)
    # The part of a dialogue by its name; None for what no running replay plays.
    part_of: Callable[[str], Part | None] = field(kw_only=True)
    patience: float = 60.0
    # Take only what a dialogue is known for: others are left for a person.
    looks_first: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        self.screens: dict[int, Screen] = {}
        self.parts: dict[int, Part] = {}
        self.busy: dict[int, asyncio.Task[None]] = {}
        self.lines: dict[int, int] = {}
        # Conversation -> the loop's time at which its row was first on this operator's list.
        self.row_at: dict[int, float] = {}
        self._considering: set[int] = set()
        self._not_mine: set[int] = set()
        self._reason: int | None = None

    async def hello(self) -> Frame:
        ticket = await asyncio.to_thread(fetch_ticket, self.web(), self.desk)
        return {"type": "hello", "protocol": 1, "ticket": ticket}

    async def welcomed(self, answer: Frame) -> None:
        self.lines = {each["line"]: each["number"] for each in answer["lines"]}
        self._reason = next((each["id"] for each in answer["decline_reasons"]), None)
        if answer["me"]["state"] != "online":
            await self.request({"type": "presence", "state": "online"})
        for conversation in tuple(self.screens):
            await self._open_thread(conversation)
        for offer in answer["me"]["offers"]:
            self._decide(offer["row"]["id"])
        await self.look_around()

    async def look_around(self) -> None:
        """Fetch the list: after a connection, after a gap, and now and then as people do."""
        for section in ("mine", "waiting"):
            for line in sorted(self.desk.lines):
                answer = await self.request({"type": "list", "section": section, "line": line})
                self._rows(answer["rows"])

    def whole(self, key: int) -> None:
        if key in self.screens:
            self.screens[key].changed()

    def acknowledged(self, item: Item, answer: Frame) -> None:
        part = self.parts.get(item.frame["conversation"])
        if part is not None:
            part.journal.acknowledge(answer)

    def refused(self, item: Item, error: FrameError) -> None:
        part = self.parts.get(item.frame["conversation"])
        if part is not None:
            part.journal.problem = f"the operator's message was refused: {error}"

    # --- frames ---------------------------------------------------------------------------------------------

    def apply(self, frame: Frame) -> None:
        handler = self._HANDLERS.get(frame["type"])
        if handler is not None:
            handler(self, frame)

    def _line(self, frame: Frame) -> None:
        known = self.lines.get(frame["line"], 0)
        if frame["first"] > known + 1:
            self.keep(self._refresh())
        self.lines[frame["line"]] = max(known, frame["last"])
        for row in frame["rows"]:
            # A line tells of a change by another way than the thread: what the thread did not get shows by that.
            if row["id"] in self.screens and row.get("rev"):
                self.hear(row["id"], row["rev"])
        self._rows(frame["rows"])

    async def _refresh(self) -> None:
        try:
            await self.look_around()
        except FrameError:
            # The next connection looks around by itself.
            return

    def _row(self, frame: Frame) -> None:
        row = frame["row"]
        if row["id"] in self.screens:
            self.note(row["id"], row["rev"])
        self._rows([row])

    def _rows(self, rows: list[dict[str, Any]]) -> None:
        for row in rows:
            self._see_row(row)

    def _see_row(self, row: dict[str, Any]) -> None:
        number, state = row["id"], row.get("state")
        if number in self.screens:
            self._follow(number, row)
        elif state in WAITING and not row.get("locked") and row.get("line") in self.desk.lines:
            self.row_at.setdefault(number, asyncio.get_running_loop().time())
            if row["line"] not in self.desk.offering:
                self.consider(number)
        elif state == "assigned" and row.get("holder") == self.desk.user_id and not self.looks_first:
            # Accepted, and the answer was lost with the line. (What a demo's operator held is a person's affair.)
            self._serve(number)

    def _follow(self, number: int, row: dict[str, Any]) -> None:
        """A conversation on the desk changed: it may have gone to somebody else."""
        screen = self.screens[number]
        if row.get("state"):
            screen.state = row["state"]
            screen.changed()
        if row.get("state") == "assigned" and row.get("holder") not in (None, self.desk.user_id):
            self._drop(number)

    def _message(self, frame: Frame) -> None:
        self.note(frame["conversation"], frame["rev"])
        self._show(frame["message"])

    def _show(self, message: dict[str, Any]) -> None:
        screen = self.screens.get(message["conversation"])
        if screen is None or not screen.show(message):
            return
        if message["author"]["kind"] == "customer":
            self.tell({"type": "read", "conversation": message["conversation"], "seq": message["seq"]})

    def _numbered(self, frame: Frame) -> None:
        self.note(frame["conversation"], frame["rev"])

    def _caught_up(self, frame: Frame) -> None:
        self._rows([frame["row"]])
        for message in frame["messages"]:
            self._show(message)

    def _handled(self, frame: Frame) -> None:
        if frame["row"] is not None:
            self._row(frame)

    def _offer(self, frame: Frame) -> None:
        self._decide(frame["offer"]["row"]["id"])

    def _presence(self, frame: Frame) -> None:
        """The system sent him home while he sits here (a server too busy to renew its lease): he comes back."""
        if frame["state"] == "offline":
            self.keep(self._come_to_work())

    async def _come_to_work(self) -> None:
        try:
            await self.request({"type": "presence", "state": "online"})
            await self.look_around()
        except FrameError:
            # The next welcome tells the state again.
            return

    def _resync(self, frame: Frame) -> None:
        self.cut()

    _HANDLERS = {
        "line": _line,
        "row": _row,
        "message": _message,
        "marks": _numbered,
        "rev": _numbered,
        "catch_up": _caught_up,
        "handled": _handled,
        "offer": _offer,
        "presence": _presence,
        "resync": _resync,
    }

    # --- work -----------------------------------------------------------------------------------------------

    def consider(self, number: int) -> None:
        """Take a waiting conversation when there is room on the desk."""
        has_room = len(self.busy) + len(self._considering) < self.desk.capacity
        if has_room and number not in self._considering | self._not_mine:
            self._considering.add(number)
            self.keep(self._accept(number))

    async def _accept(self, number: int) -> None:
        try:
            if self.looks_first and not await self._knows(number):
                self._not_mine.add(number)
                return
            await self.request({"type": "accept", "conversation": number})
            self._serve(number)
        except FrameError:
            # A colleague was quicker, or the line broke: the list says what is left to do.
            return
        finally:
            self._considering.discard(number)

    def _decide(self, number: int) -> None:
        """Take what is offered, or say that it is for somebody else."""
        if number not in self._considering and number not in self.busy:
            self._considering.add(number)
            self.keep(self._answer_offer(number))

    async def _answer_offer(self, number: int) -> None:
        try:
            if self.looks_first and not await self._knows(number):
                await self.request({"type": "decline", "conversation": number, "reason": self._reason})
                return
            await self.request({"type": "accept", "conversation": number})
            self._serve(number)
        except FrameError:
            # It ran out, or the line broke: what is still his comes with the next welcome.
            return
        finally:
            self._considering.discard(number)

    async def _knows(self, number: int) -> bool:
        answer = await self.request({"type": "open", "conversation": number})
        self.tell({"type": "leave", "conversation": number})
        names = (name_in(message["client_id"]) for message in answer["messages"])
        return any(name is not None and self.part_of(name) is not None for name in names)

    def _serve(self, number: int) -> None:
        if number not in self.busy:
            self.busy[number] = self.keep(self._serve_and_leave(number))

    async def _serve_and_leave(self, number: int) -> None:
        self.screens[number] = Screen(conversation=number, state="assigned")
        try:
            await self._answer_to_the_end(number)
        except NeverCame as reason:
            self.parts[number].journal.problem = f"the operator waited in vain: {reason}"
        finally:
            self._clear(number)
        await self._refresh()

    def _clear(self, number: int) -> None:
        self.busy.pop(number, None)
        self.screens.pop(number, None)
        self.revs.forget(number)
        self.tell({"type": "leave", "conversation": number})

    def _drop(self, number: int) -> None:
        """Somebody else has it now: nothing of ours may follow."""
        task = self.busy.pop(number, None)
        kept = [item for item in self.outbox if item.frame["conversation"] != number]
        self.outbox.clear()
        self.outbox.extend(kept)
        if task is not None:
            task.cancel()

    async def _answer_to_the_end(self, number: int) -> None:
        await self._insist_on_open(number)
        part = self._recognise(number)
        if part is None:
            if not self.looks_first:
                await self._close(number)
            return
        self.parts[number] = part
        for turn in part.turns:
            await self._take_turn(number, part, turn)
        if part.stays_open:
            return
        await self._close(number)
        await self._see_the_end(number, part)
        part.journal.keep(self.screens[number], self.connections)

    def _recognise(self, number: int) -> Part | None:
        """Which dialogue it is: its name stands in the client id of the customer's first words."""
        for message in self.screens[number].in_order():
            if message["author"]["kind"] == "customer" and (name := name_in(message["client_id"])):
                return self.part_of(name)
        return None

    async def _take_turn(self, number: int, part: Part, turn: Turn) -> None:
        screen = self.screens[number]
        if turn.who == "operator" and turn.client_id not in screen.seen_at:
            await asyncio.sleep(turn.pause / 2)
            self.tell({"type": "typing", "conversation": number})
            await asyncio.sleep(turn.pause / 2)
            part.journal.sent(turn.client_id)
            frame = {"type": "send", "conversation": number, "client_id": turn.client_id, "text": turn.text}
            self.enqueue(frame)
        await screen.until_shown(turn.client_id, patience=self.patience + turn.pause)

    async def _close(self, number: int) -> None:
        try:
            await self.insist({"type": "close", "conversation": number})
        except FrameError:
            # Closed already: by the request whose answer was lost, or by the customer.
            return

    async def _see_the_end(self, number: int, part: Part) -> None:
        screen = self.screens[number]

        def is_over() -> bool:
            return screen.state == "closed" and number not in self.revs.gaps()

        if not is_over():
            await self.catch_up(number)
        await screen.until(is_over, patience=self.patience, what="the operator never saw the end")

    async def _insist_on_open(self, number: int) -> None:
        while not await self._open_thread(number):
            await self.ready.wait()
            await asyncio.sleep(0.05)

    async def _open_thread(self, number: int) -> bool:
        """Show a conversation and everything in it, and catch up from what was known before."""
        try:
            answer = await self.request({"type": "open", "conversation": number})
            row = answer["row"]
            self._rows([row])
            self._show_all(answer["messages"])
            while answer["more"]:
                before = min(message["seq"] for message in answer["messages"])
                answer = await self.request({"type": "older", "conversation": number, "before": before})
                self._show_all(answer["messages"])
        except FrameError:
            return False
        if number in self.revs.known:
            await self.catch_up(number)
        else:
            self.revs.start(number, row["rev"])
        return True

    def _show_all(self, messages: list[dict[str, Any]]) -> None:
        for message in messages:
            self._show(message)


def fetch_ticket(url: str, desk: Desk) -> str:
    """A one-time ticket for the socket, asked as the workspace's page does; raises OSError."""
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.netloc, timeout=TICKET_SECONDS)
    cookies = "; ".join(f"{name}={value}" for name, value in desk.cookies.items())
    headers = {"Cookie": cookies, desk.csrf_header: desk.csrf, "Referer": f"{url}/workspace/"}
    try:
        connection.request("POST", "/workspace/ticket/", headers=headers)
        answer = connection.getresponse()
        if answer.status != 200:
            raise OSError(f"no ticket: {answer.status}")
        return str(json.loads(answer.read())["ticket"])
    except http.client.HTTPException as error:
        raise OSError(str(error)) from error
    finally:
        connection.close()
