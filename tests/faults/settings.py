"""The demo's settings with the channels of the tests, for servers that are made to suffer."""

from config.settings.local import *  # noqa: F403 - a layer over all of it
from config.settings.local import OTKLIK_ADAPTERS

OTKLIK_ADAPTERS = {
    **OTKLIK_ADAPTERS,
    "null": "tests.adapters.null.BlindAdapter",
    "null-keyed": "tests.adapters.null.KeyedAdapter",
}
