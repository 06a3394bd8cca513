"""The range that is shown is kept: on days with known arrivals."""

from __future__ import annotations

import pytest

from apps.analytics.whatif import etabench


@pytest.mark.parametrize("occupancy", [0.80, 0.95])
def test_four_of_five_customers_are_answered_inside_the_range_they_were_shown(occupancy: float) -> None:
    rows = etabench.measure(occupancies=(occupancy,), seeds=(1,), hours=3)
    assert len(rows) == len(etabench.PLANS)
    for row in rows:
        assert row.shown > 150
        assert row.inside >= etabench.AT_LEAST
        assert row.width <= row.allowed
