"""What routing hears: conversations that need a place, and lines whose counters changed."""

from __future__ import annotations

from apps.channels.services import chats
from apps.conversations import selectors as conversations
from apps.conversations import topics
from apps.conversations.events import (
    ConversationIdle,
    ConversationMoved,
    ConversationOpened,
    MessageReceived,
)
from apps.conversations.models import Conversation, State
from apps.core.bus import LineDelta, Post, encode_delta, get_bus, line_meta_topic, line_topic
from apps.core.frames import encode
from apps.operators.events import PresenceChanged, QueueChanged, StaffRightsChanged, TextsChanged
from apps.operators.models import Operator, Presence
from apps.routing import selectors
from apps.routing.events import OfferEnded, OfferMade
from apps.routing.frames.declared import LoadFrame, OfferEndedFrame, OfferFrame, OfferView
from apps.routing.ruling.frozen import Terms
from apps.routing.services import capacity
from apps.routing.tasks import dispatch, follow_hours, hear, leave, publish_rules, route


def place(event: MessageReceived) -> None:
    """A customer wrote where nobody holds and no line waits yet: find the place."""
    if event.state in (State.NEW, State.SNOOZED):
        route.delay(conversation_id=event.conversation)
    elif event.idle:
        hear.delay(conversation_id=event.conversation)


def dispatch_after_move(event: ConversationMoved) -> None:
    """Something waits, or a place became free."""
    waits = event.state == State.QUEUED
    if waits or (event.holder_from is not None and event.holder_from != event.holder):
        dispatch.delay()


def dispatch_to_present(event: PresenceChanged) -> None:
    """Somebody came to work, or is ready again."""
    if event.state == Presence.State.ONLINE:
        dispatch.delay()


def let_go(event: PresenceChanged) -> None:
    """Somebody went on a break or home: what he was offered waits for others at once."""
    if event.state != Presence.State.ONLINE:
        leave.delay(operator_id=event.operator)


def dispatch_again(event: OfferEnded | ConversationIdle | StaffRightsChanged) -> None:
    """An offer failed, a place became free by silence, or members and their rights changed."""
    dispatch.delay()


def show_offer(event: OfferMade) -> None:
    """To the operator who is asked: the row and until when; colleagues see who is being asked."""
    rows = selectors.row_views(list(conversations.rows().filter(pk=event.conversation)))
    if rows and rows[0].turn is not None and rows[0].turn.offered_to == event.operator:
        frame = OfferFrame(offer=OfferView(row=rows[0], until=event.until, line=event.line))
        get_bus().publish([Post(topics.user(event.operator), encode(frame))])
    _show_turn(event.conversation)


def take_offer_back(event: OfferEnded) -> None:
    """Declined, missed or withdrawn: his screens let it go, and the list shows it waiting again."""
    frame = OfferEndedFrame(conversation=event.conversation, reason=event.reason)
    get_bus().publish([Post(topics.user(event.operator), encode(frame))])
    _show_turn(event.conversation)


def show_load(event: ConversationMoved | ConversationIdle | OfferMade | OfferEnded) -> None:
    """To whom it concerns: how much of his capacity is reserved now."""
    found = Operator.objects.filter(pk__in=_concerned(event)).values_list("pk", "capacity")
    posts = [Post(topics.user(pk), encode(_load(pk, most))) for pk, most in found]
    get_bus().publish(posts)


def _concerned(event: ConversationMoved | ConversationIdle | OfferMade | OfferEnded) -> set[int | None]:
    if isinstance(event, ConversationMoved):
        return {event.holder, event.holder_from}
    if isinstance(event, ConversationIdle):
        return set(Conversation.objects.filter(pk=event.conversation).values_list("holder", flat=True))
    return {event.operator}


def _load(operator_id: int, most: int) -> LoadFrame:
    return LoadFrame(load=capacity.shown(capacity.load_of(operator_id)), capacity=most)


def show_turn(event: ConversationMoved) -> None:
    """Where a waiting conversation stands, and for whom it waits."""
    if event.state in (State.QUEUED, State.OFFLINE):
        _show_turn(event.conversation)


def _show_turn(number: int) -> None:
    turn = selectors.turns([number]).get(number)
    found = Conversation.objects.filter(pk=number).values_list("line", "channel").first()
    if turn is not None and found is not None:
        line, channel = found
        delta = LineDelta(channel=channel, rows=[{"id": number, "turn": turn}])
        get_bus().publish_line(line_topic(line), encode_delta(delta))


OF_HOURS = frozenset({"hours", "out_of_hours", "last_minutes", "last_minutes_closed"})


def follow_line(event: QueueChanged) -> None:
    """The hours of a line were edited, or what it does out of them: what waits there follows."""
    if not OF_HOURS.isdisjoint(event.fields):
        follow_hours.delay(queue_id=event.queue)


# What a chat tells of the lines it leads to.
TOLD_OF_LINES = frozenset(
    {"name", "public_name_ru", "public_name_en", "is_active", "is_default", "deleted"}
    | OF_HOURS
    | {"last_minutes_text_ru", "last_minutes_text_en"}
)


def refresh_chats(event: QueueChanged) -> None:
    """Departments, hours and names of lines: open chats that show this one fetch them anew."""
    if not TOLD_OF_LINES.isdisjoint(event.fields):
        chats.call_back(selectors.channels_telling_of(event.queue))


def repaint_chats(event: TextsChanged) -> None:
    """The bank's look: every open chat fetches it anew."""
    if event.what == "brand":
        chats.call_back(selectors.every_channel())


# What a version of the rules freezes of a line; changed skills and overflows are named as their fields.
PUBLISHED = frozenset({"priority", "created", "deleted", "name", "skill_needs", "overflows"}) | frozenset(
    Terms.__struct_fields__
)


def publish_lines(event: QueueChanged) -> None:
    """A line came, went or got another priority: where each change is published at once, it works now."""
    if PUBLISHED & set(event.fields):
        publish_rules.delay()


# Catalogues that decide what fits whom.
WORK = frozenset({"skills", "weights"})


def publish_work(event: TextsChanged) -> None:
    """A skill or a weight came, changed or went: versions name skills, and something may fit now."""
    if event.what in WORK:
        publish_rules.delay()


def show_counts(event: ConversationMoved | ConversationOpened) -> None:
    """Counters of the lines it left and joined, counted once for all who watch them."""
    lines = {event.line, getattr(event, "line_from", event.line)}
    channel = Conversation.objects.values_list("channel_id", flat=True).get(pk=event.conversation)
    for line in lines:
        text = encode_delta(LineDelta(channel=channel, counts=selectors.line_counts(line)))
        get_bus().publish_line(line_topic(line), text)
        get_bus().publish_line(line_meta_topic(line), text)
