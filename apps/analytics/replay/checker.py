"""Compares what each side sent, was told and saw with the rows of the database. Pure: evidence in, findings out.

A message that was written may have been stored or not while nobody acknowledged it; a dialogue played to its end has
all its messages, each once, in the dialogue's order, on both screens and in the rows.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from apps.analytics.replay.dialogues import Turn
from apps.analytics.replay.journal import Journal, Seen


@dataclass(frozen=True, slots=True)
class Stored:
    """A message as the database has it."""

    conversation: int
    message: int
    seq: int
    client_id: str | None
    text: str
    staff_only: bool = False


@dataclass(frozen=True, slots=True)
class Story:
    """One dialogue: what was to be said, and both sides' journals."""

    name: str
    turns: Sequence[Turn]
    customer: Journal
    operator: Journal


@dataclass
class Verdict:
    """What went wrong, by kind; empty everywhere means that nothing did."""

    lost: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    out_of_order: list[str] = field(default_factory=list)
    unanswered: list[str] = field(default_factory=list)
    changed: list[str] = field(default_factory=list)

    def kinds(self) -> dict[str, list[str]]:
        """Findings by the words they are printed with."""
        return {
            "lost": self.lost,
            "doubled": self.doubled,
            "out of order": self.out_of_order,
            "unanswered": self.unanswered,
            "changed": self.changed,
        }

    @property
    def is_clean(self) -> bool:
        return not any(self.kinds().values())


def check(stories: Iterable[Story], stored: Iterable[Stored]) -> Verdict:
    """Everything that contradicts the promise: nothing lost, doubled or out of order, everything answered."""
    verdict = Verdict()
    by_conversation: dict[int, list[Stored]] = defaultdict(list)
    by_client: dict[str, list[Stored]] = defaultdict(list)
    for row in stored:
        by_conversation[row.conversation].append(row)
        if row.client_id:
            by_client[row.client_id].append(row)
    for story in stories:
        _check_played(story, verdict)
        _check_rows(story, by_client, by_conversation, verdict)
        for side, journal in (("customer", story.customer), ("operator", story.operator)):
            _check_receipts(side, journal, by_client, verdict)
            if journal.finished:
                _check_screen(story, side, journal, by_conversation, verdict)
    return verdict


def _check_played(story: Story, verdict: Verdict) -> None:
    for side, journal in (("customer", story.customer), ("operator", story.operator)):
        if journal.problem:
            verdict.unanswered.append(f"{story.name}: {journal.problem}")
        elif not journal.finished:
            verdict.unanswered.append(f"{story.name}: the {side} did not come to the end")


def _check_rows(
    story: Story,
    by_client: Mapping[str, list[Stored]],
    by_conversation: Mapping[int, list[Stored]],
    verdict: Verdict,
) -> None:
    """Each message of the dialogue is one row, in the dialogue's order, in one conversation without gaps."""
    rows = []
    for turn in story.turns:
        found = by_client.get(turn.client_id, [])
        if len(found) > 1:
            verdict.doubled.append(f"{turn.client_id}: {len(found)} rows")
        if not found and _was_written(story, turn.client_id):
            verdict.lost.append(f"{turn.client_id}: no row")
        rows += found[:1]
    if len({row.conversation for row in rows}) > 1:
        verdict.doubled.append(f"{story.name}: several conversations")
    if [row.seq for row in rows] != sorted(row.seq for row in rows):
        verdict.out_of_order.append(f"{story.name}: rows are not in the order of the dialogue")
    for conversation in {row.conversation for row in rows}:
        _check_numbers(story, by_conversation[conversation], verdict)


def _was_written(story: Story, client_id: str) -> bool:
    return client_id in story.customer.written_at or client_id in story.operator.written_at


def _check_numbers(story: Story, rows: Sequence[Stored], verdict: Verdict) -> None:
    numbers = Counter(row.seq for row in rows)
    if any(times > 1 for times in numbers.values()):
        verdict.doubled.append(f"{story.name}: a seq stands twice")
    if numbers and sorted(numbers) != list(range(1, max(numbers) + 1)):
        verdict.lost.append(f"{story.name}: a seq is missing between 1 and {max(numbers)}")


def _check_receipts(
    side: str, journal: Journal, by_client: Mapping[str, list[Stored]], verdict: Verdict
) -> None:
    """What the server said it had stored is stored, under the numbers it said."""
    for client_id, receipt in journal.receipts.items():
        rows = by_client.get(client_id, [])
        told = (receipt.conversation, receipt.message, receipt.seq)
        if told not in [(row.conversation, row.message, row.seq) for row in rows]:
            verdict.lost.append(f"{client_id}: acknowledged to the {side} as {told} and not stored so")


def _check_screen(
    story: Story,
    side: str,
    journal: Journal,
    by_conversation: Mapping[int, list[Stored]],
    verdict: Verdict,
) -> None:
    """The screen shows exactly the rows this side may see, in the order of seq."""
    rows = {
        row.message: row
        for row in by_conversation.get(journal.conversation or 0, [])
        if side == "operator" or not row.staff_only
    }
    shown = {seen.message: seen for seen in journal.screen}
    for missing in rows.keys() - shown.keys():
        verdict.lost.append(f"{story.name}: {_name(rows[missing])} never came to the {side}'s screen")
    for extra in shown.keys() - rows.keys():
        verdict.doubled.append(
            f"{story.name}: the {side}'s screen shows {_name(shown[extra])}, which is no row"
        )
    _check_twice(story, side, journal, verdict)
    _check_order(story, side, journal, rows, verdict)
    for both in rows.keys() & shown.keys():
        if rows[both].text != shown[both].text:
            verdict.changed.append(
                f"{story.name}: {_name(rows[both])} reads otherwise on the {side}'s screen"
            )


def _check_twice(story: Story, side: str, journal: Journal, verdict: Verdict) -> None:
    named = Counter(seen.client_id for seen in journal.screen if seen.client_id)
    for client_id, times in named.items():
        if times > 1:
            verdict.doubled.append(f"{story.name}: {client_id} stands {times} times on the {side}'s screen")


def _check_order(
    story: Story, side: str, journal: Journal, rows: Mapping[int, Stored], verdict: Verdict
) -> None:
    moved = [seen for seen in journal.screen if seen.message in rows and rows[seen.message].seq != seen.seq]
    numbers = [seen.seq for seen in journal.screen]
    spoken = [seen.client_id for seen in journal.screen if seen.client_id]
    wanted = [turn.client_id for turn in story.turns if turn.client_id in set(spoken)]
    if moved or numbers != sorted(numbers) or list(dict.fromkeys(spoken)) != wanted:
        verdict.out_of_order.append(f"{story.name}: the {side}'s screen has another order")


def _name(what: Stored | Seen) -> str:
    return f"{what.client_id or 'a system line'} (seq {what.seq})"
