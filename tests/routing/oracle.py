"""The order in line and the policies once more, by brute force and from the words alone.

Written from design.md and the task of routing, not from the code: conversations and operators are plain
dictionaries, everything is looked for by trying all, and nothing is shared with what is tested but the names of
policies and of exclusions.
"""

from __future__ import annotations

from datetime import datetime
from functools import cmp_to_key
from typing import Any

Row = dict[str, Any]


def before(one: Row, other: Row) -> bool:
    """Whether one is served before the other.

    The line of the higher priority; in it the higher rank of the customer; then the nearer promise, and who has
    one before who has none; then who waits longer; of all equal the stay that began earlier.
    """
    if one["priority"] != other["priority"]:
        return bool(one["priority"] > other["priority"])
    if one["rank"] != other["rank"]:
        return bool(one["rank"] > other["rank"])
    if one["due_at"] != other["due_at"]:
        if one["due_at"] is None or other["due_at"] is None:
            return one["due_at"] is not None
        return bool(one["due_at"] < other["due_at"])
    if one["since"] != other["since"]:
        return bool(one["since"] < other["since"])
    return bool(one["entry"] < other["entry"])


def in_order(rows: list[Row]) -> list[Row]:
    return sorted(rows, key=cmp_to_key(lambda one, other: -1 if before(one, other) else 1))


def served(rows: list[Row], now: datetime) -> list[Row]:
    """What came back to a full holder, while he is waited for, before everything else; each part in order."""
    back = [row for row in rows if row["returns"] and waited_for(row, now) is not None]
    return in_order(back) + in_order([row for row in rows if row not in back])


def waited_for(row: Row, now: datetime) -> int | None:
    if row["kept_for"] is None or row["kept_until"] is None or row["kept_until"] <= now:
        return None
    return int(row["kept_for"])


def level_needed(level: int, relax: int, waited: float) -> int:
    """One level less for each full interval of waiting; never below nothing; without an interval never less."""
    while relax and waited >= relax and level > 0:
        level, waited = level - 1, waited - relax
    return level


def refuses_now(row: Row, hand: Row, now: datetime) -> bool:
    times = row["refused"].get(hand["id"])
    return times is not None and now < times[1]


def fits(row: Row, hand: Row, now: datetime) -> str:
    """The reason why this operator cannot take it, or nothing."""
    kept = waited_for(row, now)
    if hand["absent"]:
        return str(hand["absent"])
    held = sum(unit for _kind, unit in hand["holds"])
    if held + row["units"] > hand["capacity"]:
        return "full"
    most = hand["limits"].get(row["kind"])
    if most is not None and len([kind for kind, _unit in hand["holds"] if kind == row["kind"]]) >= most:
        return "kind_full"
    if hand["id"] == kept and kept not in row["refused"]:
        return ""
    waited = (now - row["since"]).total_seconds()
    for skill, level, relax in row["needs"]:
        if hand["skills"].get(skill, 0) < level_needed(level, relax, waited):
            return "skill"
    return ""


def candidates(row: Row, hands: list[Row], now: datetime) -> tuple[list[Row], dict[int, str]]:
    """Who may be asked, and of the other members of the line why not."""
    kept = waited_for(row, now)
    asked = [hand for hand in hands if row["line"] in hand["lines"]]
    if kept is not None and kept not in row["refused"]:
        manager = next((hand for hand in hands if hand["id"] == kept), None)
        if manager is not None and manager not in asked:
            asked.append(manager)
        # Nobody is waited for who has gone home.
        if manager is None or manager["absent"] in ("offline", "off_shift"):
            kept = None
    else:
        kept = None
    why = {hand["id"]: fits(row, hand, now) for hand in asked}
    if kept is not None:
        why |= {hand["id"]: "not_kept" for hand in asked if hand["id"] != kept}
    able = [hand for hand in asked if not why[hand["id"]]]
    asked_again = [hand for hand in able if not refuses_now(row, hand, now)]
    fewest = min((row["refused"].get(hand["id"], (0,))[0] for hand in asked_again), default=0)
    for hand in able:
        if row["refused"].get(hand["id"], (0,))[0] > fewest or refuses_now(row, hand, now):
            why[hand["id"]] = "refused"
    return [hand for hand in able if not why[hand["id"]]], {
        pk: reason for pk, reason in why.items() if reason
    }


def preferred(policy: str, one: Row, other: Row, row: Row) -> bool:
    """Whether the policy would rather give it to the first; of all equal the smaller number."""

    def busy(hand: Row) -> Any:
        return sum(unit for _kind, unit in hand["holds"])

    if policy == "best_skill":
        known = [sum(hand["skills"].get(skill, 0) for skill, _l, _r in row["needs"]) for hand in (one, other)]
        if known[0] != known[1]:
            return bool(known[0] > known[1])
    if policy in ("best_skill", "least_busy"):
        # Shares compared by cross-multiplying: exact.
        left, right = busy(one) * other["capacity"], busy(other) * one["capacity"]
        if left != right:
            return bool(left < right)
    if policy == "round_robin":
        if one["given_at"] != other["given_at"]:
            if one["given_at"] is None or other["given_at"] is None:
                return one["given_at"] is None
            return bool(one["given_at"] < other["given_at"])
        return bool(one["id"] < other["id"])
    if one["idle_since"] != other["idle_since"]:
        return bool(one["idle_since"] < other["idle_since"])
    return bool(one["id"] < other["id"])


def give_all(
    rows: list[Row], hands: list[Row], lines: dict[int, tuple[bool, str]], now: datetime
) -> list[tuple[int, int, list[int], dict[int, str]]]:
    """(stay, operator, who else could, who not and why) of everything that is given; the hands are filled."""
    given = []
    for row in served(rows, now):
        offers, policy = lines[row["line"]]
        able, why = candidates(row, hands, now)
        if not offers or not able:
            continue
        rest = sorted(able, key=cmp_to_key(lambda a, b: -1 if preferred(policy, a, b, row) else 1))  # noqa: B023
        chosen = rest[0]
        chosen["holds"].append((row["kind"], row["units"]))
        chosen["given_at"] = chosen["idle_since"] = now
        given.append((row["entry"], chosen["id"], [hand["id"] for hand in rest[1:]], why))
    return given
