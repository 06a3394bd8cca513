"""The ASGI application: pages and REST by Django, sockets by Channels, and the process's own life."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

from django.core.asgi import get_asgi_application  # noqa: E402 - Django must be set up before models are imported

django_application = get_asgi_application()

from channels.routing import ProtocolTypeRouter  # noqa: E402

from apps.core.life import Lifespan  # noqa: E402
from config.websocket import router  # noqa: E402

application = ProtocolTypeRouter({"http": django_application, "websocket": router, "lifespan": Lifespan()})
