from collections.abc import Iterator

import pytest

pytest_plugins = ["tests.plugin", "tests.servers", "tests.log"]


@pytest.fixture(autouse=True)
def _nobody_at_the_doors() -> Iterator[None]:
    """Sockets of earlier tests, which all come from one address, are no flood."""
    yield
    from apps.core import sockets

    sockets.doors.clear()
