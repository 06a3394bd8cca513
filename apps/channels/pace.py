"""How fast a visitor and a channel may write. Who is refused keeps his message: clients repeat it a little later."""

from __future__ import annotations

from django.conf import settings
from django.utils.translation import gettext as _

from apps.channels.sessions import CustomerSession
from apps.core.errors import TooMany
from apps.core.limits import Buckets, allow
from apps.core.threads import run_hot

# What a visitor may write in one process without a round trip to the common counter: more than people type.
FREE_PER_SECOND = 1.0
FREE_AT_ONCE = 30.0
CHANNEL_BURST_SECONDS = 10

_visitors = Buckets()
_channels = Buckets()


async def keep_pace(session: CustomerSession) -> None:
    """Count one message of a visitor and of his channel; raises TooMany (``rate_limited``). On the event loop only.

    The visitor comes first, so that what is refused to a flooder takes nothing from his channel.
    """
    free = _visitors.take(session.visitor_id, rate=FREE_PER_SECOND, burst=FREE_AT_ONCE)
    if not free and not await run_hot(allow, _counter(session), settings.MESSAGES_PER_VISITOR, 60):
        raise TooMany(_("Too many messages at once. This one will be sent a little later."))
    most = settings.MESSAGES_PER_CHANNEL
    if not _channels.take(session.channel_id, rate=most, burst=most * CHANNEL_BURST_SECONDS):
        raise TooMany(_("The chat is very busy. The message will be sent a little later."))


def _counter(session: CustomerSession) -> str:
    return f"messages:visitor:{session.visitor_id}"
