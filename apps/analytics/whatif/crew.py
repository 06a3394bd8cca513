"""Operators of a simulated day: who has room in which line, found without looking at everybody, and what they did."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator
from datetime import datetime

from apps.analytics.whatif.day import Abilities, Staffer
from apps.analytics.whatif.gauges import Gauges
from apps.analytics.whatif.outcome import Work
from apps.routing.matching import pool
from apps.routing.matching.pool import Hand


class Member:
    """One operator: the hand that matching sees, his presence, and his day so far."""

    __slots__ = ("_seen_at", "after_work", "hand", "held", "kinds", "off_shift", "presence", "since", "work")

    def __init__(self, staffer: Staffer, begins: datetime) -> None:
        self.hand = Hand(id=staffer.id, lines=frozenset(), absent=pool.OFFLINE, idle_since=begins)
        self.kinds: Counter[str] = Counter()
        self.learn(staffer.abilities)
        self.presence, self.since = pool.OFFLINE, begins
        self.after_work: datetime | None = None
        self.off_shift = False
        self.held = 0
        self.work = Work(operator=staffer.id)
        self._seen_at = begins

    @property
    def is_online(self) -> bool:
        return not self.presence

    @property
    def absent(self) -> str:
        """What keeps him from new work, in the order in which the dispatcher names it."""
        if self.presence:
            return self.presence
        return pool.OFF_SHIFT if self.off_shift else pool.WRAP_UP if self.after_work else ""

    @property
    def has_room(self) -> bool:
        return not self.hand.absent and self.hand.load < self.hand.capacity

    def learn(self, abilities: Abilities) -> None:
        """What he may hold and knows from now on; he keeps what he holds."""
        hand = self.hand
        hand.lines, hand.capacity, hand.skills = abilities.lines, abilities.capacity, abilities.skills
        hand.room_by_kind = {kind: most - self.kinds[kind] for kind, most in abilities.limits.items()}

    def account(self, now: datetime) -> float:
        """Write down how the time since the last change was spent; returns its seconds."""
        seconds = (now - self._seen_at).total_seconds()
        self._seen_at = now
        if self.is_online and seconds > 0:
            self.work.at_work += seconds
            self.work.offered_units += seconds * self.hand.capacity
            self.work.units += seconds * self.hand.load
            self.work.with_work += seconds if self.hand.load else 0.0
        return seconds


class Crew:
    """Everybody, with an index of those who have room by line."""

    def __init__(self, staff: Iterable[Staffer], gauges: Gauges, begins: datetime) -> None:
        self.members = {each.id: Member(each, begins) for each in staff}
        self._gauges = gauges
        self._free: defaultdict[int, dict[int, Hand]] = defaultdict(dict)
        self._of_line: defaultdict[int, dict[int, Member]] = defaultdict(dict)
        for member in self.members.values():
            self._enlist(member)

    def free(self, line: int) -> dict[int, Hand]:
        """Members of the line with room, by number."""
        return self._free[line]

    def hand(self, operator: int | None) -> Hand | None:
        member = self.members.get(operator) if operator is not None else None
        return member.hand if member else None

    def of_line(self, line: int) -> Collection[Member]:
        return self._of_line[line].values()

    # --- changes --------------------------------------------------------------------------------------

    def reserve(self, operator: int, kind: str, units: int, now: datetime, *, given: bool) -> None:
        """He has something more; ``given``: it is new to him, and not his own that speaks again."""
        member = self.members[operator]
        self._account(member, now)
        before = (member.hand.given_at, member.hand.idle_since)
        member.hand.give(kind, units, now)
        if not given:
            member.hand.given_at, member.hand.idle_since = before
        member.held += 1
        member.kinds[kind] += 1
        self._index(member)

    def release(self, operator: int, kind: str, units: int, now: datetime, *, ended: bool) -> None:
        """His place is free; ``ended``: the conversation left him, and has not only fallen silent."""
        member = self.members[operator]
        self._account(member, now)
        hand = member.hand
        hand.load -= units
        member.held -= 1
        member.kinds[kind] -= 1
        if kind in hand.room_by_kind:
            hand.room_by_kind[kind] += 1
        if ended:
            hand.idle_since = now
        self._index(member)

    def let_go(self, operator: int, now: datetime) -> None:
        """A silent conversation left him: its place was free already."""
        self.members[operator].hand.idle_since = now

    def set_presence(self, operator: int, presence: str, now: datetime) -> None:
        member = self.members[operator]
        self._account(member, now)
        member.presence, member.since, member.after_work = presence, now, None
        member.hand.absent, member.hand.idle_since = member.absent, now
        self._index(member)

    def write_up(self, operator: int, until: datetime | None, now: datetime) -> None:
        """After-work until then; None: it is over."""
        member = self.members[operator]
        self._account(member, now)
        member.after_work = until
        member.hand.absent = member.absent
        self._index(member)

    def bind(self, operator: int, now: datetime, *, off_shift: bool) -> None:
        """His shift lets him be offered something from now on, or does so no more."""
        member = self.members[operator]
        self._account(member, now)
        member.off_shift = off_shift
        member.hand.absent = member.absent
        self._index(member)

    def learn(self, operator: int, abilities: Abilities, now: datetime) -> None:
        """A supervisor changed what he may hold, or his lines."""
        member = self.members[operator]
        self._account(member, now)
        for line in member.hand.lines:
            del self._of_line[line][operator]
            self._free[line].pop(operator, None)
        member.learn(abilities)
        self._enlist(member)
        self._index(member)

    def _enlist(self, member: Member) -> None:
        for line in member.hand.lines:
            self._of_line[line][member.hand.id] = member

    def works(self, until: datetime) -> Iterator[Work]:
        for member in self.members.values():
            self._account(member, until)
            yield member.work

    def _account(self, member: Member, now: datetime) -> None:
        seconds = member.account(now)
        if seconds and member.held:
            self._gauges.held(member.hand.lines, member.held * seconds)

    def _index(self, member: Member) -> None:
        hand, has_room = member.hand, member.has_room
        for line in hand.lines:
            if has_room:
                self._free[line][hand.id] = hand
            else:
                self._free[line].pop(hand.id, None)
