"""The operator's socket: the workspace in one browser tab."""

from __future__ import annotations

import asyncio
import logging
from importlib import import_module
from typing import Any

from django.conf import settings
from django.db import InterfaceError, OperationalError

from apps.core import clock, control, leases, staff_sessions
from apps.core.addresses import is_own_origin
from apps.core.errors import DomainError
from apps.core.frames import ClientFrame
from apps.core.middleware import STARTED
from apps.core.models import User
from apps.core.sockets import Close, Closed, FrameSocket
from apps.core.threads import run_hot
from apps.operators.frames import OperatorHelloFrame
from apps.operators.models import Operator
from apps.operators.services import tickets
from apps.operators.sessions import OperatorSession

logger = logging.getLogger(__name__)

CHECK_SECONDS = 60


class OperatorSocket(FrameSocket):
    surface = "operator"
    session: OperatorSession | None = None
    served = False
    rate = (30.0, 120)

    async def websocket_connect(self, message: dict[str, Any]) -> None:
        self.checker: asyncio.Task[None] | None = None
        await super().websocket_connect(message)
        # A missing Origin is refused too: a workspace runs in a browser.
        if not is_own_origin(self.scope):
            await self.close(Close.FORBIDDEN_SITE)

    async def greet(self, frame: ClientFrame) -> None:
        if not isinstance(frame, OperatorHelloFrame):
            raise Closed(Close.MALFORMED)
        try:
            self.session = await run_hot(open_session, frame.ticket)
        except DomainError as error:
            raise Closed(Close.UNAUTHORISED) from error
        await self.channel_layer.group_add(control.group(self.session.user_id), self.channel_name)
        await leases.this_process().serves("operator", self.session.user_id)
        self.served = True
        self.checker = asyncio.get_running_loop().create_task(self._keep_checking(self.session))

    async def farewell(self) -> None:
        if self.checker is not None:
            self.checker.cancel()
        if self.served and self.session is not None:
            self.served = False
            await leases.this_process().left("operator", self.session.user_id)
        if self.session is not None:
            # Last: it fails while Redis is away, and the layer forgets the channel by itself.
            await self.channel_layer.group_discard(control.group(self.session.user_id), self.channel_name)

    def may_show(self, topic: str, scope: str) -> bool:
        sight = self.session.sight if self.session else None
        return sight is not None and sight.may_show(topic, scope)

    async def control_close(self, message: dict[str, Any]) -> None:
        """An order from another process: the user's rights changed, or he signed out."""
        await self.close(message["code"])

    async def _keep_checking(self, session: OperatorSession) -> None:
        """A socket lives for hours: once a minute its session and rights are asked anew, whatever it was told."""
        while not self.closing:
            await asyncio.sleep(CHECK_SECONDS)
            try:
                code = await run_hot(reason_to_close, session)
            except (OperationalError, InterfaceError) as error:
                logger.warning("the socket of user %s could not be checked: %s", session.user_id, error)
                continue
            if code is not None:
                await self.close(code)


def open_session(ticket: str) -> OperatorSession:
    """The session of a ticket's owner; raises TicketRefused."""
    found = tickets.redeem(ticket, now=clock.now())
    operator = Operator.objects.filter(user=found.user).first()
    return OperatorSession(
        user_id=found.user.pk,
        name=operator.public_name if operator else str(found.user),
        title=operator.title if operator else "",
        avatar=str(operator.avatar_id) if operator and operator.avatar_id else None,
        language=found.user.language,
        time_zone=found.user.time_zone,
        session_key=found.session_key,
    )


def reason_to_close(session: OperatorSession) -> int | None:
    """The code with which a socket has to end: nobody is signed in behind it, or his rights are others by now."""
    if not still_signed_in(session):
        return Close.UNAUTHORISED
    if session.sight is not None and not session.sight.is_current():
        return Close.RESYNC
    staff_sessions.heard(session.session_key, now=clock.now())
    return None


def still_signed_in(session: OperatorSession) -> bool:
    """Whether the browser session behind a socket exists, is not too old, and its user is active."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    user = User.objects.filter(pk=session.user_id, is_active=True).first()
    stored = store(session.session_key)
    if user is None or not stored.exists(session.session_key):
        return False
    moment = clock.now().timestamp()
    if moment - stored.get(STARTED, moment) > settings.SESSION_ABSOLUTE_SECONDS:
        return False
    return bool(stored.get("_auth_user_hash") == user.get_session_auth_hash())
