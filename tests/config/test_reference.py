"""What the pages say of codes is what the code does: none that is used is missing, none stands there for nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from django.conf import settings

from apps.analytics.replay import client
from apps.core.sockets import Close
from config.reference import codes, protocol

BASE = Path(settings.BASE_DIR)
PAGE = (BASE / "docs" / "protocol.md").read_text()
SCREENS = (BASE / "static" / "shared" / "socket.js").read_text()
# Codes of single fields, which stand in `errors`, and words that only look like codes.
OF_FIELDS = {"one_of", "required", "unknown_field", "unknown_parameter"}
# Of system lines (routing/services/handling.py, routing/stories.py).
NO_CODES = {"holder_gone", "returned", "raised"}


def listed() -> set[str]:
    return {each.code for each in codes.refusals()}


def test_every_code_that_a_refusal_carries_is_in_the_table() -> None:
    written = {
        found
        for path in (BASE / "apps").rglob("*.py")
        for found in re.findall(r'\bcode ?= ?"([a-z_]+)"', path.read_text())
    }
    assert written - OF_FIELDS - NO_CODES - listed() == set()
    assert {"not_found", "invalid", "token_missing", "too_late", "scanning", "scope_missing"} <= listed()


def test_the_page_has_the_table_as_it_is() -> None:
    assert PAGE.rstrip().endswith(codes.table())
    assert protocol.REFUSALS in PAGE


def test_one_code_of_two_places_is_one_row_with_both_meanings() -> None:
    [row] = [line for line in codes.table().splitlines() if line.startswith("| `token_refused` |")]
    assert "of another channel or site" in row
    assert "or its account is switched off" in row


def test_a_code_chosen_while_it_is_raised_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = (BASE / "apps" / "core" / "errors.py").read_text()
    (tmp_path / "apps").mkdir()
    (tmp_path / "apps" / "odd.py").write_text(f'{errors}\n\nraise Conflict("no", code=str(1))\n')
    monkeypatch.setattr(codes.settings, "BASE_DIR", tmp_path)
    with pytest.raises(AssertionError, match="cannot be listed"):
        list(codes.refusals())


# --- close codes ----------------------------------------------------------------------------------------

DECLARED = {value for name, value in vars(Close).items() if name.isupper()}


def test_every_close_code_stands_on_the_page_and_in_the_screens() -> None:
    told = {int(code) for code in re.findall(r"^\| (\d{4}) \|", PAGE, re.MULTILINE)}
    table = re.search(r"CLOSE = \{(.*?)\}", SCREENS, re.DOTALL)
    assert table is not None
    assert {int(code) for code in re.findall(r": (\d{4})", table[1])} == DECLARED
    assert told == DECLARED


def test_clients_know_no_codes_that_the_server_never_sends() -> None:
    passing = re.search(r"PASSING = new Set\(\[(.*?)\]\)", SCREENS)
    assert passing is not None
    assert set(re.findall(r"'(\w+)'", passing[1])) == client.PASSING
    assert listed() >= client.PASSING
    assert {client.UNAUTHORISED, client.REFUSED, client.FLOODING, client.GOING_AWAY} <= DECLARED


def test_the_page_tells_the_pauses_of_the_clients() -> None:
    assert "const FIRST_DELAY = 1000;\nconst LONGEST_DELAY = 30_000;" in SCREENS
    assert (client.FIRST_DELAY, client.LONGEST_DELAY) == (1.0, 30.0)
    assert "one second at first, twice as long after each\nfailure, thirty seconds at most" in PAGE
    assert client.FIRST_DELAY * 2 ** client.STARTING_ATTEMPT[client.GOING_AWAY] == 8
    assert "[CLOSE.FLOODING]: 5, [CLOSE.GOING_AWAY]: 3" in SCREENS
