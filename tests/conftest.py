from collections.abc import Iterator

import pytest
from django.utils import translation

pytest_plugins = ["tests.plugin", "tests.servers", "tests.log"]


@pytest.fixture(autouse=True)
def _in_the_houses_language() -> None:
    """A page asked for in English leaves its thread in English: each test begins in the language of the settings."""
    translation.deactivate()


@pytest.fixture(autouse=True)
def _nobody_at_the_doors() -> Iterator[None]:
    """Sockets of earlier tests, which all come from one address, are no flood."""
    yield
    from apps.core import sockets

    sockets.doors.clear()
