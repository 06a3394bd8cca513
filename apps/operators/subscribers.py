"""What screens and sockets are told about the organisation."""

from __future__ import annotations

from apps.core.bus import Post, get_bus
from apps.core.control import close_sockets
from apps.core.frames import encode
from apps.core.sockets import Close
from apps.operators.events import (
    PresenceChanged,
    PresenceNoted,
    QueueChanged,
    StaffRightsChanged,
    TextsChanged,
)
from apps.operators.frames import CatalogueChangedFrame, presence_frame
from apps.operators.models import Presence


def show_presence(event: PresenceChanged | PresenceNoted) -> None:
    """To the operator's own tabs."""
    row = Presence.objects.filter(pk=event.operator).first()
    if row is not None:
        get_bus().publish([Post(f"user:{event.operator}", encode(presence_frame(row)))])


def show_catalogue(event: QueueChanged | TextsChanged) -> None:
    """Every workspace fetches lines, templates, tags and reasons anew."""
    what = event.what if isinstance(event, TextsChanged) else "lines"
    get_bus().publish([Post("staff", encode(CatalogueChangedFrame(what=what)))])


def close_screens(event: StaffRightsChanged) -> None:
    """Rights are read when a socket is opened: it closes, comes back, and sees what is allowed now."""
    close_sockets(event.user, Close.UNAUTHORISED if event.signed_out else Close.RESYNC)
