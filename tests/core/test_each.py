"""Many rows, each by itself."""

from __future__ import annotations

import pytest

from apps.core.each import each_alone


def test_one_that_fails_is_logged_and_holds_up_none_behind_it(caplog: pytest.LogCaptureFixture) -> None:
    assert each_alone("dividing", lambda number: 12 // number, [3, 0, 4]) == [4, 3]
    assert [record.getMessage() for record in caplog.records] == ["dividing failed for 0"]


def test_a_process_that_is_told_to_stop_stops() -> None:
    def stop(_number: int) -> None:
        raise SystemExit

    with pytest.raises(SystemExit):
        each_alone("stopping", stop, [1, 2])
