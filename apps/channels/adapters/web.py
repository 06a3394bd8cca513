"""The bank's site and apps: customers are reached through our own sockets, so nothing is translated."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from apps.channels.adapters.base import Abilities, Adapter


class WebAdapter(Adapter):
    kind = "web"
    label = _("Site")
    abilities = Abilities(files=True, edits=True, idempotent=True, own_socket=True)


class AppAdapter(WebAdapter):
    kind = "app"
    label = _("Mobile app")
