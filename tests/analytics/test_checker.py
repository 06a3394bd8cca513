"""The checker finds what is planted: a loss, a double, a swap, an unanswered dialogue, other words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from apps.analytics.replay.checker import Stored, Story, Verdict, check
from apps.analytics.replay.dialogues import Turn
from apps.analytics.replay.journal import Journal, Receipt, Seen

TURNS = [
    Turn("customer", 0, "Карта не работает", "replay1-00000-000"),
    Turn("operator", 1, "Сейчас посмотрю", "replay1-00000-001"),
    Turn("customer", 1, "Спасибо", "replay1-00000-002"),
]
ROWS = [
    Stored(7, 101, 1, "replay1-00000-000", "Карта не работает"),
    Stored(7, 102, 2, None, ""),
    Stored(7, 103, 3, None, "служебное", staff_only=True),
    Stored(7, 104, 4, "replay1-00000-001", "Сейчас посмотрю"),
    Stored(7, 105, 5, "replay1-00000-002", "Спасибо"),
]


def journal(side: str, rows: list[Stored] = ROWS) -> Journal:
    """A side that saw everything it may see and was told of everything it sent."""
    own = [turn.client_id for turn in TURNS if turn.who == side]
    return Journal(
        written_at=dict.fromkeys(own, 1.0),
        receipts={
            row.client_id: Receipt(row.conversation, row.message, row.seq)
            for row in rows
            if row.client_id in own
        },
        screen=[
            Seen(row.message, row.seq, row.client_id, row.text)
            for row in rows
            if side == "operator" or not row.staff_only
        ],
        conversation=7,
        finished=True,
    )


def verdict(rows: list[Stored] = ROWS, **sides: Journal) -> Verdict:
    story = Story(
        "replay1-00000",
        TURNS,
        sides.get("customer", journal("customer")),
        sides.get("operator", journal("operator")),
    )
    return check([story], rows)


def findings(found: Verdict) -> dict[str, int]:
    return {kind: len(each) for kind, each in found.kinds().items() if each}


def test_a_dialogue_that_both_sides_saw_whole_is_clean() -> None:
    assert verdict().is_clean


def test_a_row_that_is_gone_is_lost_with_its_receipt() -> None:
    rows = [row for row in ROWS if row.seq != 5]
    found = verdict(rows, customer=journal("customer"), operator=journal("operator", rows))
    assert found.lost == [
        "replay1-00000-002: no row",
        "replay1-00000-002: acknowledged to the customer as (7, 105, 5) and not stored so",
    ]


def test_a_message_that_never_reached_a_screen_is_lost() -> None:
    blind = journal("customer", [row for row in ROWS if row.seq != 4])
    found = verdict(customer=blind)
    assert found.lost == ["replay1-00000: replay1-00000-001 (seq 4) never came to the customer's screen"]


def test_a_hole_in_the_numbers_is_a_loss() -> None:
    rows = [replace(row, seq=6, message=105) if row.seq == 5 else row for row in ROWS]
    found = verdict(rows, customer=journal("customer", rows), operator=journal("operator", rows))
    assert found.lost == ["replay1-00000: a seq is missing between 1 and 6"]


def test_a_client_id_on_two_rows_is_a_double() -> None:
    rows = [*ROWS, Stored(7, 106, 6, "replay1-00000-002", "Спасибо")]
    found = verdict(rows, customer=journal("customer", ROWS), operator=journal("operator", rows))
    assert "replay1-00000-002: 2 rows" in found.doubled


def test_a_message_that_stands_twice_on_a_screen_is_a_double() -> None:
    twice = journal("operator")
    twice.screen.append(Seen(999, 6, "replay1-00000-002", "Спасибо"))
    found = verdict(operator=twice)
    assert "replay1-00000: replay1-00000-002 stands 2 times on the operator's screen" in found.doubled


def test_two_conversations_for_one_dialogue_are_a_double() -> None:
    rows = [replace(row, conversation=8, seq=1) if row.seq == 5 else row for row in ROWS]
    assert "replay1-00000: several conversations" in verdict(rows).doubled


def test_swapped_rows_are_out_of_order() -> None:
    places = {4: 5, 5: 4}
    rows = [replace(row, seq=places.get(row.seq, row.seq)) for row in ROWS]
    found = verdict(rows, customer=journal("customer", rows), operator=journal("operator", rows))
    assert "replay1-00000: rows are not in the order of the dialogue" in found.out_of_order


def test_a_screen_with_another_order_than_the_rows_is_found() -> None:
    swapped = journal("customer")
    swapped.screen[-2], swapped.screen[-1] = swapped.screen[-1], swapped.screen[-2]
    assert verdict(customer=swapped).out_of_order == [
        "replay1-00000: the customer's screen has another order"
    ]


def test_a_side_that_did_not_come_to_the_end_is_unanswered() -> None:
    waiting = journal("customer")
    waiting.finished, waiting.problem = False, "the customer waited in vain"
    assert verdict(customer=waiting).unanswered == ["replay1-00000: the customer waited in vain"]


def test_other_words_on_the_screen_than_in_the_row_are_found() -> None:
    other = journal("customer")
    other.screen[-1] = replace(other.screen[-1], text="Спасиб")
    assert findings(verdict(customer=other)) == {"changed": 1}


def test_a_message_that_was_never_written_is_not_lost() -> None:
    customer = journal("customer", ROWS[:4])
    operator = journal("operator", ROWS[:4])
    customer.written_at.pop("replay1-00000-002")
    assert verdict(ROWS[:4], customer=customer, operator=operator).is_clean


@pytest.mark.parametrize("side", ["customer", "operator"])
def test_a_receipt_for_another_number_than_the_row_has_is_a_loss(side: str) -> None:
    told = journal(side)
    client_id = next(iter(told.receipts))
    told.receipts[client_id] = Receipt(7, 1, 1)
    assert findings(verdict(**{side: told})) == {"lost": 1}
