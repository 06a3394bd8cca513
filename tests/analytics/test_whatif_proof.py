"""What-if tells the truth: a day that the live dispatcher produced, played again by the same rules."""

from __future__ import annotations

import pytest

from apps.analytics.history import proof

pytestmark = pytest.mark.django_db


def test_the_same_rules_give_the_waits_of_the_live_day() -> None:
    found = proof.prove(proof.SMALL)
    assert [each.live.came for each in found] == [each.simulated.came for each in found]
    assert sum(each.live.came for each in found) > 25
    for each in found:
        assert each.live.answered == each.simulated.answered > 5
        assert each.mean <= proof.AT_MOST
        assert each.p90 <= proof.AT_MOST
