"""Tests: real PostgreSQL, no network, fast hashing, hot SQL on the test's own connection."""

import os
import tempfile

# A folder of this run and of the processes it starts; tests/conftest.py deletes it.
os.environ.setdefault("OTKLIK_VAR", os.path.join(tempfile.gettempdir(), f"otklik-test-{os.getpid()}"))

from config.settings.base import *  # noqa: F403 - a layer over all of it
from config.settings.base import DATABASES, EMBEDDED_DATABASE, OTKLIK_ADAPTERS, STORAGES, VAR_DIR

SECRET_KEY = "only-for-tests-only-for-tests-only-for-tests-only-for-tests"
ENCRYPTION_KEYS = ["test:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]
ALLOWED_HOSTS = ["testserver", "localhost", "127.0.0.1"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
# Nothing is collected here, but WhiteNoise warns of a folder that is not there.
STATIC_ROOT = VAR_DIR / "staticfiles"
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
# A suffix lets several runs share one server.
DATABASES["default"]["TEST"] = {"NAME": "test_otklik" + os.environ.get("OTKLIK_TEST_SUFFIX", "")}
if EMBEDDED_DATABASE:
    DATABASES["default"]["TEST"]["TEMPLATE"] = "otklik_template"
CELERY_TASK_ALWAYS_EAGER = False
# Ordinary tests stay inside their transaction; journeys and race tests use the pool.
HOT_INLINE = True
DELIVERY_THREADS = 0
OTKLIK_ADAPTERS = {
    **OTKLIK_ADAPTERS,
    "null": "tests.adapters.null.BlindAdapter",
    "null-keyed": "tests.adapters.null.KeyedAdapter",
}
# pytest-django keeps letters in memory.
LETTERS = True

# A stranger who tries every frame leaves more contacts than any customer; tests of the limit set their own.
LEADS_PER_VISITOR = LEADS_PER_ADDRESS = 1000
