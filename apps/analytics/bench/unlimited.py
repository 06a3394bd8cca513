"""The product's application as it is served, with the flood limits raised: a bench sends faster than people type."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings.local")

from django.conf import settings
from django.utils.module_loading import import_string

application = import_string(settings.ASGI_APPLICATION)

from apps.channels.consumers import CustomerSocket  # noqa: E402 - after the application has set Django up
from apps.operators.consumers import OperatorSocket  # noqa: E402

for _socket in (CustomerSocket, OperatorSocket):
    _socket.rate = (100_000.0, 100_000)
