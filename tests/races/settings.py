"""Settings of the processes that race: those of the tests, on the test's own database."""

import json
import os

from config.settings.test import *  # noqa: F403 - a layer over all of it
from config.settings.test import DATABASES

# Nobody is waited for longer than a race lasts.
OPERATOR_GRACE_SECONDS = 1
DATABASES["default"].update(json.loads(os.environ["OTKLIK_RACE_DATABASE"]))
