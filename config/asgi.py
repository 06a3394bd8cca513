"""The ASGI application: pages and REST by Django, sockets by Channels, and the process's own life."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

from django.core.asgi import get_asgi_application

get_asgi_application()

# Only after it has set Django up: sockets import models.
from channels.routing import ProtocolTypeRouter  # noqa: E402
from django.conf import settings  # noqa: E402

from apps.core.body_limit import BodyLimit  # noqa: E402
from apps.core.life import Lifespan  # noqa: E402
from apps.core.pages import PageThreads  # noqa: E402
from config.websocket import router  # noqa: E402

# The rest of a form around the largest file.
FORM_BYTES = 1024 * 1024


def make_application() -> ProtocolTypeRouter:
    """The application under the settings of this moment."""
    threads = PageThreads(get_asgi_application(), number=settings.PAGE_THREADS)
    pages = BodyLimit(
        threads,
        max_bytes=max(settings.UPLOAD_MAX_BYTES, settings.WEBHOOK_MAX_BYTES) + FORM_BYTES,
    )
    return ProtocolTypeRouter({"http": pages, "websocket": router, "lifespan": Lifespan(threads.close)})


application = make_application()
