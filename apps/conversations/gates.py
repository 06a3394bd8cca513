"""Who is at the other end of a socket and what it may be shown: asked for every payload without the database.

For the handlers of every app that speaks on these sockets.
"""

from __future__ import annotations

from typing import Any

from django.db.models import Exists
from django.utils.translation import gettext as _

from apps.channels.services import visitors
from apps.channels.sessions import CustomerSession
from apps.conversations import selectors, topics
from apps.conversations.access import Sight, sight_of
from apps.conversations.models import Conversation, Identity, Participant, Right
from apps.conversations.payloads import Cursor, Story
from apps.conversations.pushed import RevFrame
from apps.core import clock
from apps.core.errors import NotFound
from apps.core.frames import encode
from apps.core.models import User
from apps.core.sockets import Close, Closed
from apps.operators.sessions import OperatorSession

# --- the customer ---------------------------------------------------------------------------------------


class CustomerGate:
    """What a customer's socket may show of a payload: an unverified address never hears of another one's.

    Of a conversation it takes part in but where another address speaks it is told how the conversation stands,
    and of words the number alone.
    """

    def __init__(self, session: CustomerSession) -> None:
        self.session = session

    def __call__(self, topic: str, text: str, scope: str) -> str | None:
        if topic.startswith("visitor:"):
            # Meant for tabs that do not know yet who they are; this one may just have become known.
            return None if self.session.identity is not None else text
        session = self.session
        if not scope:
            return text
        if scope == topics.RELOAD:
            # He may be somebody else from now on: nothing is shown until he was recognised anew.
            session.identity = None
            session.conversations.clear()
            return text
        identity, conversation, rev, to_all = topics.read_customer_scope(scope)
        mine = session.identity
        if mine is None:
            return None
        if mine.is_trusted or identity == mine.pk:
            session.conversations.add(conversation)
            return text
        if conversation not in session.conversations:
            return None
        return text if to_all else encode(RevFrame(conversation=conversation, rev=rev))


async def follow(socket: Any) -> bool:
    """Subscribe to what this visitor may be told of; True when he is newly known as a customer."""
    session = socket.session
    socket.gate = CustomerGate(session)
    if session.identity is None:
        await socket.subscribe(topics.visitor(session.external_id))
        return False
    topic = topics.customer(session.identity.customer_id)
    if topic in socket.topics:
        return False
    for other in [each for each in socket.topics if each.startswith("customer:")]:
        # He was taken for another person before.
        socket.unsubscribe(other)
    await socket.subscribe(topic)
    await socket.served_as(session.identity.customer_id)
    return True


def known(session: CustomerSession) -> Identity:
    """The identity of a visitor who has written before, as it is now; raises NotFound for one who has not."""
    identity = find_identity(session)
    if identity is None:
        raise NotFound(_("There is no such conversation."))
    return identity


def find_identity(session: CustomerSession) -> Identity | None:
    """Read the visitor's identity with its customer, if he has written before.

    Raises Closed when the token under which the socket was opened has been replaced or ended since.
    """
    held = visitors.holding(session.visitor_id, session.token_digest, now=clock.now())
    found = Identity.objects.select_related("customer", "channel").filter(
        Exists(held), channel_id=session.channel_id, external_id=session.external_id
    )
    session.identity = identity = found.first()
    if identity is None:
        require_token(session)
    return identity


def require_token(session: CustomerSession) -> None:
    """Raise Closed unless the token of this socket is still its visitor's; honest tabs come back with the new one."""
    if not visitors.holding(session.visitor_id, session.token_digest, now=clock.now()).exists():
        raise Closed(Close.RESYNC)


def story(session: CustomerSession, before: Cursor | None = None) -> Story:
    """A page of the visitor's story; from now on his socket hears of the conversations in it."""
    identity = find_identity(session)
    if identity is None:
        return Story(conversations=[], messages=[], more=None)
    page = selectors.story(identity, before)
    session.conversations.update(each.id for each in page.conversations)
    return page


# --- the operator ---------------------------------------------------------------------------------------


class OperatorSight:
    """A sight with the conversations the user takes part in, asked for every payload without the database."""

    def __init__(self, sight: Sight, taking_part: set[int]) -> None:
        self.sight = sight
        self.taking_part = taking_part
        self.shared: set[int] = set()

    def may_show(self, topic: str, scope: str) -> bool:
        """Threads are shown while their line and channel are his, or he takes part; other topics are his own."""
        if topic.startswith("user:"):
            return self._follow(scope)
        if not topic.startswith("conv:"):
            return True
        conversation = int(topic.split(":")[1])
        if conversation in self.taking_part or conversation in self.shared:
            return True
        line, channel = topics.read_staff_scope(scope)
        return self.sight.covers(Right.TEXT, line_id=line, channel_id=channel)

    def is_current(self) -> bool:
        """Whether his grants and lines are still those that were read when he was welcomed; asks the database."""
        return sight_of(User.objects.get(pk=self.sight.user_id)) == self.sight

    def note_opened(self, conversation: Conversation) -> None:
        """Remember a conversation that is readable only because its customer's other one is held."""
        covered = self.sight.covers(
            Right.TEXT, line_id=conversation.line_id, channel_id=conversation.channel_id
        )
        if not covered and conversation.pk not in self.taking_part:
            self.shared.add(conversation.pk)

    def _follow(self, scope: str) -> bool:
        """Learn what one's own topic says; what a line brings as well is not shown twice."""
        verb, _sep, about = scope.partition(".")
        if verb == "held":
            line, channel = topics.read_staff_scope(about)
            return not self.sight.covers(Right.TEXT, line_id=line, channel_id=channel)
        if verb == "holds":
            self.taking_part.add(int(about))
        elif verb == "lost":
            self.taking_part.discard(int(about))
            self.shared.clear()
        return True


def load_sight(session: OperatorSession) -> None:
    """Read what this user may see now and keep it with the session."""
    sight = sight_of(User.objects.get(pk=session.user_id))
    part = Participant.objects.filter(user_id=session.user_id, until__isnull=True)
    session.sight = OperatorSight(sight, set(part.values_list("conversation_id", flat=True)))


def sight(session: OperatorSession) -> Sight:
    """The grants of the session's user, as read when it was welcomed; a change of rights closes the socket."""
    mine: Sight = session.sight.sight
    return mine
