"""The customer's socket, for the site's widget and the bank's apps alike."""

from __future__ import annotations

import asyncio
import random
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError
from django.utils.translation import gettext_lazy as _

from apps.channels import topics
from apps.channels.frames import HelloFrame
from apps.channels.models import Channel
from apps.channels.services import visitors
from apps.channels.sessions import CustomerSession
from apps.core import clock, leases
from apps.core.addresses import is_own_origin, scope_address
from apps.core.errors import DomainError
from apps.core.frames import ClientFrame
from apps.core.limits import allow
from apps.core.sockets import Close, Closed, FrameSocket
from apps.core.threads import run_hot

# A call to come back concerns thousands at once: each goes at its own moment within so many seconds.
CALL_BACK_SECONDS = 2.0


class CustomerSocket(FrameSocket):
    surface = "customer"
    channel_layer_alias = "none"
    session: CustomerSession | None = None
    rate = (10.0, 40)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        self.address = scope_address(self.scope)
        self.served: int | None = None
        self.expiry: asyncio.TimerHandle | None = None
        self.called_back: asyncio.TimerHandle | None = None
        await super().websocket_connect(message)
        # Browsers name their origin; apps send none and live by their token.
        if _header(self.scope, b"origin") and not is_own_origin(self.scope):
            await self.close(Close.FORBIDDEN_SITE)

    async def greet(self, frame: ClientFrame) -> None:
        if not isinstance(frame, HelloFrame):
            raise Closed(Close.MALFORMED)
        try:
            self.session = await run_hot(open_session, frame, _browser(self.scope), self.address)
        except DomainError as error:
            raise Closed(_CLOSES.get(error.code, Close.UNAUTHORISED)) from error
        await self.subscribe(topics.channel(self.session.channel_id))
        self._await_expiry(self.session.expires_at)

    def _await_expiry(self, moment: datetime) -> None:
        """A screen that only listens must not outlive its token: asked again at the moment of its end."""
        loop = asyncio.get_running_loop()
        left = (moment - clock.now()).total_seconds()
        self.expiry = loop.call_later(max(left, 0), lambda: loop.create_task(self._end_if_expired()))

    async def _end_if_expired(self) -> None:
        if self.session is None or self.closing:
            return
        try:
            moment = await run_hot(expiry_of, self.session)
        except (OperationalError, InterfaceError):
            await self.close(Close.RESYNC)
            return
        if moment is None:
            await self.close(Close.UNAUTHORISED)
        elif not self.closing:
            self._await_expiry(moment)

    async def served_as(self, customer_id: int) -> None:
        """Note that this customer is here; called when he is known."""
        if self.served == customer_id:
            return
        if self.served is not None:
            await leases.this_process().left("customer", self.served)
        self.served = customer_id
        await leases.this_process().serves("customer", customer_id)

    async def farewell(self) -> None:
        for timer in (self.expiry, self.called_back):
            if timer is not None:
                timer.cancel()
        if self.served is not None:
            await leases.this_process().left("customer", self.served)
            self.served = None

    def hear(self, topic: str, text: str, scope: str) -> None:
        if topic.startswith("channel:"):
            self._leave_to_come_back()
            return
        gate = getattr(self, "gate", None)
        shown = gate(topic, text, scope) if gate else text
        if shown is not None:
            self.out.put(shown)

    def _leave_to_come_back(self) -> None:
        """The channel is another by now: its limits are told with the welcome, so this socket has to end."""
        if self.called_back is not None:
            return
        loop = asyncio.get_running_loop()
        pause = random.uniform(0, CALL_BACK_SECONDS)  # noqa: S311 - spreads reconnections
        self.called_back = loop.call_later(pause, lambda: loop.create_task(self.close(Close.RESYNC)))


# A closed channel does not cost anybody his token: when it is on again his story is still his.
_CLOSES = {
    "flood": Close.FLOOD,
    "site_refused": Close.FORBIDDEN_SITE,
    "channel_closed": Close.FORBIDDEN_SITE,
    "token_refused": Close.UNAUTHORISED,
}


def open_session(frame: HelloFrame, browser: str, address: str) -> CustomerSession:
    """Recognise or admit the visitor of a hello; raises a DomainError that ends the socket."""
    if not allow(f"socket:{address}", settings.SOCKETS_PER_ADDRESS, 60):
        raise DomainError(
            _("Too many chats were opened from this address. Try again in a minute."), code="flood"
        )
    now = clock.now()
    channel = visitors.find_channel(frame.key)
    around = visitors.Surroundings(
        language=frame.language if frame.language in dict(settings.LANGUAGES) else settings.LANGUAGE_CODE,
        time_zone=frame.time_zone,
        page_url=frame.page_url,
        page_title=frame.page_title,
        browser=browser,
        address=address or None,
        again=frame.again,
    )
    token, new_page = None, None
    if frame.token:
        visitor, new_page = visitors.recognise(channel, frame.token, around=around, now=now)
    else:
        visitor, token = visitors.admit(channel, around=around, now=now)
    session = _session(channel, visitor, token)
    session.new_page = new_page
    return session


def _session(channel: Channel, visitor: Any, token: str | None) -> CustomerSession:
    return CustomerSession(
        channel_id=channel.pk,
        visitor_id=visitor.pk,
        external_id=visitor.external_id,
        language=visitor.language,
        time_zone=visitor.time_zone,
        text_limit=channel.text_limit,
        new_token=token,
        token_digest=visitor.token_digest,
        expires_at=visitor.expires_at,
    )


def expiry_of(session: CustomerSession) -> datetime | None:
    """When the token of a socket ends; None when it has, or was replaced."""
    held = visitors.holding(session.visitor_id, session.token_digest, now=clock.now())
    return held.values_list("expires_at", flat=True).first()


def _header(scope: dict[str, Any], name: bytes) -> str:
    value: bytes = dict(scope["headers"]).get(name, b"")
    return value.decode("latin-1")


def _browser(scope: dict[str, Any]) -> str:
    return _header(scope, b"user-agent")
