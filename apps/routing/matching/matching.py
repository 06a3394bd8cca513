"""Pairs of waiting conversations and operators, in the order of service, with everybody who was not chosen and why."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from apps.routing.matching import pool
from apps.routing.matching.policies import POLICIES, decided_by
from apps.routing.matching.pool import Hand, Waiting
from apps.routing.ruling.frozen import Terms

# Whoever missed an offer is asked again, when nobody else is left, not before this.
PAUSE = timedelta(seconds=30)


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An operator for a conversation. ``others`` are the candidates he was preferred to, the next best first.

    ``tie_break`` says by what the next best was passed over; ``load`` is what the operator holds with this one.
    """

    waiting: Waiting
    operator: int
    policy: str
    kept: bool = False
    others: tuple[int, ...] = ()
    tie_break: str = ""
    load: int = 0
    capacity: int = 0
    free_since: datetime | None = None
    excluded: Mapping[str, tuple[int, ...]] = field(default_factory=dict)


def match(
    waiting: Iterable[Waiting],
    hands: Sequence[Hand],
    terms: Mapping[int, Terms],
    *,
    now: datetime,
    most: int | None = None,
) -> list[Match]:
    """Give what waits, in its order, to whom the line's policy names; the hands are filled on the way.

    What came back to a full holder goes before what is new: he serves it as soon as he has room. Stops after
    ``most`` pairs.
    """
    members: dict[int, list[Hand]] = {}
    for hand in hands:
        for line in hand.lines:
            members.setdefault(line, []).append(hand)
    by_id = {hand.id: hand for hand in hands}
    made: list[Match] = []
    in_vain: set[Hashable] = set()
    for each in sorted(waiting, key=lambda row: (not (row.returns and row.kept_now(now)), row.order())):
        asks = _what_it_asks(each, now)
        if not terms[each.line].offers or asks in in_vain:
            continue
        asked = asked_of(each, members.get(each.line, []), by_id, now)
        found = choose(each, asked, terms[each.line], now=now)
        if found is None:
            in_vain.add(asks)
            continue
        by_id[found.operator].give(each.kind, each.units, now)
        made.append(found)
        if len(made) == most:
            break
    return made


def _what_it_asks(waiting: Waiting, now: datetime) -> Hashable:
    """Equal for conversations that the same operators could take. Nobody gets freer on the way, so what was asked
    in vain once is asked in vain for all of them."""
    if waiting.kept_for is not None or waiting.refused:
        return waiting.entry
    waited = (now - waiting.since).total_seconds()
    levels = tuple((need.skill, need.level_after(waited)) for need in waiting.needs)
    return (waiting.line, waiting.kind, waiting.units, levels)


def asked_of(waiting: Waiting, members: list[Hand], by_id: Mapping[int, Hand], now: datetime) -> list[Hand]:
    """The line's members, and whom it waits for even if he is none: a personal manager serves his own."""
    kept = by_id.get(waiting.kept_now(now) or 0)
    if kept is None or waiting.line in kept.lines or not may_be_stranger(waiting, kept):
        return members
    return [*members, kept]


def may_be_stranger(waiting: Waiting, kept: Hand) -> bool:
    """Whether whom it waits for is asked though he does not serve the line: not twice, nor who has left it."""
    return not waiting.as_member and kept.id not in waiting.refused


def choose(waiting: Waiting, hands: Sequence[Hand], terms: Terms, *, now: datetime) -> Match | None:
    """Who of these takes it, or None when nobody can now."""
    candidates, excluded = sort_out(waiting, hands, now=now)
    if not candidates:
        return None
    key = POLICIES[terms.policy]
    # Keys end with the operator's number, so that two are never equal.
    ranked = sorted((key(hand, waiting), hand) for hand in candidates)
    chosen = ranked[0][1]
    return Match(
        waiting=waiting,
        operator=chosen.id,
        policy=terms.policy,
        kept=chosen.id == waiting.kept_for,
        others=tuple(hand.id for _key, hand in ranked[1:]),
        tie_break=decided_by(terms.policy, ranked[0][0], ranked[1][0]) if len(ranked) > 1 else "",
        load=chosen.load + waiting.units,
        capacity=chosen.capacity,
        free_since=chosen.free_since,
        excluded={reason: tuple(found) for reason, found in excluded.items()},
    )


def sort_out(
    waiting: Waiting, hands: Sequence[Hand], *, now: datetime
) -> tuple[list[Hand], dict[str, list[int]]]:
    """Candidates, and the others by the reason that excludes them."""
    excluded: dict[str, list[int]] = {}
    candidates = []
    kept = _kept(waiting, hands, now)
    for hand in hands:
        reason = _against(waiting, hand, kept, now)
        if reason:
            excluded.setdefault(reason, []).append(hand.id)
        else:
            candidates.append(hand)
    willing = _willing(waiting, candidates, now)
    if len(willing) < len(candidates):
        asked = {hand.id for hand in willing}
        excluded[pool.REFUSED] = [hand.id for hand in candidates if hand.id not in asked]
    return willing, excluded


def _kept(waiting: Waiting, hands: Sequence[Hand], now: datetime) -> int | None:
    """Whom it waits for. Nobody waits for who has gone home, or has declined it."""
    kept = waiting.kept_now(now)
    if kept is None or kept in waiting.refused:
        return None
    hand = next((each for each in hands if each.id == kept), None)
    return None if hand is None or hand.absent in (pool.OFFLINE, pool.OFF_SHIFT) else kept


def _against(waiting: Waiting, hand: Hand, kept: int | None, now: datetime) -> str:
    if kept is not None and hand.id != kept:
        return pool.NOT_KEPT
    if hand.absent:
        return hand.absent
    if not hand.has_room(waiting.kind, waiting.units):
        return pool.FULL if hand.load + waiting.units > hand.capacity else pool.KIND_FULL
    return "" if hand.id == kept else _lacks(hand, waiting, now)


def knows(hand: Hand, waiting: Waiting, now: datetime) -> bool:
    """Whether his skills reach what is still asked for after so long a wait."""
    return not _lacks(hand, waiting, now)


def _lacks(hand: Hand, waiting: Waiting, now: datetime) -> str:
    """The first thing asked for that his skills do not reach yet: the customer's language, or a skill."""
    waited = (now - waiting.since).total_seconds()
    for need in waiting.needs:
        if hand.skills.get(need.skill, 0) < need.level_after(waited):
            return pool.LANGUAGE if need.skill in waiting.languages else pool.SKILL
    return ""


def _willing(waiting: Waiting, candidates: list[Hand], now: datetime) -> list[Hand]:
    """Those who may be asked by now, of them who have refused it least often."""
    if not waiting.refused:
        return candidates
    rested = [hand for hand in candidates if waiting.asks_again(hand.id, now)]
    times = {hand.id: waiting.refused.get(hand.id, (0, now))[0] for hand in rested}
    least = min(times.values(), default=0)
    return [hand for hand in rested if times[hand.id] == least]
