"""The benches' table: what it says of a budget, and where a page takes it in."""

from __future__ import annotations

import subprocess
import sys

import pytest
from django.conf import settings
from django.core.management import CommandError

from apps.analytics.bench.budget import Row, not_built
from apps.analytics.management.commands.bench import MARKS, _with_table

ROWS = [
    Row("history", "<= 20 ms", "<= 5 ms", "8 ms", True),
    Row("inbox", "<= 50 ms", "<= 15 ms", "80 ms", False),
    not_built("assignment", "<= 3 ms", "<= 1.5 ms"),
]


def test_a_page_gets_the_table_in_place_of_its_former_one_and_keeps_the_rest() -> None:
    page = f"# Title\n\n{MARKS[0]}\nold\n{MARKS[1]}\n\nThe end.\n"
    once = _with_table(page, ROWS)
    assert once.startswith("# Title\n")
    assert once.endswith("\n\nThe end.\n")
    assert "old" not in once
    assert "| inbox | <= 50 ms | <= 15 ms | 80 ms | MISSED |" in once
    assert _with_table(once, ROWS) == once


def test_a_page_without_a_place_is_refused_and_not_touched() -> None:
    with pytest.raises(CommandError, match="no place"):
        _with_table("# Title\n", ROWS)


def test_a_web_process_starts_with_the_application_without_limits() -> None:
    """In a process of its own: nothing else has set Django up there, as under uvicorn."""
    asks = "from config.unlimited import application; from apps.channels.consumers import CustomerSocket as c"
    words = [sys.executable, "-c", f"{asks}; print(c.rate)"]
    done = subprocess.run(words, cwd=settings.BASE_DIR, capture_output=True, text=True, check=False)
    assert (done.stdout, done.stderr) == ("(100000.0, 100000)\n", "")
