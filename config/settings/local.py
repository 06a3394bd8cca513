"""One process on this machine: the demo, a small office, development."""

from apps.core.local_keys import load_or_create
from config.settings.base import *  # noqa: F403 - a layer over all of it
from config.settings.base import EMAIL_URL, VAR_DIR, env

_keys = load_or_create(VAR_DIR)
SECRET_KEY = _keys.secret_key
ENCRYPTION_KEYS = [_keys.encryption_key]
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
SILENCED_SYSTEM_CHECKS = ["security.W004", "security.W008", "security.W012", "security.W016"]
DEMO_SITE = True

if not EMAIL_URL:
    # Letters are put into a folder, to be looked at.
    LETTERS = True
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = VAR_DIR / "letters"
