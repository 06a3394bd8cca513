"""What routing hears: conversations that need a place, and lines whose counters changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from apps.channels.services import chats
from apps.conversations import topics
from apps.conversations.events import (
    ConversationIdle,
    ConversationMoved,
    ConversationOpened,
    CustomerActed,
    CustomerChanged,
    CustomerSignedIn,
    CustomersMerged,
    MergeUndone,
    MessageReceived,
    MessageSent,
)
from apps.conversations.models import Conversation, State
from apps.core.bus import LineDelta, Post, encode_delta, get_bus, line_meta_topic, line_topic
from apps.core.events import Together
from apps.core.frames import encode
from apps.operators.events import PresenceChanged, QueueChanged, StaffRightsChanged, TextsChanged
from apps.operators.models import Operator, Presence, Queue
from apps.operators.services.announcing import OF_HOURS
from apps.routing import selectors
from apps.routing.events import (
    BotLeft,
    ClockBroken,
    ClockWarned,
    HandingFailed,
    OfferEnded,
    OfferMade,
    RankChanged,
    RulesInForce,
    TurnDue,
    TurnRaised,
    ViolationFound,
)
from apps.routing.frames.declared import (
    HandingFailedFrame,
    LoadFrame,
    OfferEndedFrame,
    OfferFrame,
    PromiseNoticeFrame,
)
from apps.routing.frames.offered import offer_views
from apps.routing.models import Assignment, AssignmentEnd, BotEnd, BotStay
from apps.routing.ruling.frozen import Terms
from apps.routing.services import capacity, naming
from apps.routing.tasks import (
    dispatch,
    follow_hours,
    follow_people,
    hear,
    keep_promises,
    leave,
    publish_rules,
    rank_all,
    rank_of_customer,
    recount_promises,
    route,
    send_alarm,
)


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


@Together
def show_offer(events: Sequence[OfferMade]) -> None:
    """To the operators who are asked: the row and until when; colleagues see who is being asked."""
    open_ones = Assignment.objects.filter(ended_at__isnull=True, accepted_at__isnull=True)
    found = list(open_ones.filter(pk__in=[event.assignment for event in events]))
    posts = [
        Post(topics.user(asked.operator_id), encode(OfferFrame(offer=view)))
        for asked, view in zip(found, offer_views(found), strict=True)
    ]
    get_bus().publish(posts)
    _show_turns([event.conversation for event in events])


def take_offer_back(event: OfferEnded) -> None:
    """Declined, missed or withdrawn: his screens let it go, and the list shows it waiting again."""
    frame = OfferEndedFrame(conversation=event.conversation, reason=event.reason)
    get_bus().publish([Post(topics.user(event.operator), encode(frame))])
    _show_turns([event.conversation])


def tell_sender(event: HandingFailed) -> None:
    """To the screens of who handed it on."""
    frame = HandingFailedFrame(
        conversation=event.conversation,
        name=naming.name_of(event.operator),
        missed=event.reason == AssignmentEnd.TIMED_OUT,
        returned=event.returned,
    )
    get_bus().publish([Post(topics.user(event.sender), encode(frame))])


def tell_of_bot(event: BotLeft) -> None:
    """To the screens of who handed it to a bot that gives it back, or from which it was taken back."""
    if event.reason not in BotEnd.back_to_people():
        return
    stays = BotStay.objects.filter(conversation=event.conversation, bot=event.bot, end_reason=event.reason)
    stay = stays.select_related("conversation", "came_from").order_by("-pk").first()
    if stay is None or stay.came_from is None:
        return
    frame = HandingFailedFrame(
        conversation=event.conversation,
        name=naming.name_of(stay.account_id, stay.came_from.language),
        missed=False,
        returned=stay.conversation.holder_id == stay.came_from_id,
    )
    get_bus().publish([Post(topics.user(stay.came_from.pk), encode(frame))])


@Together
def show_load(events: Sequence[ConversationMoved | ConversationIdle | OfferMade | OfferEnded]) -> None:
    """To whom it concerns: how much of his capacity is reserved now."""
    concerned = {person for event in events for person in _concerned(event) if person is not None}
    most = dict(Operator.objects.filter(pk__in=concerned).values_list("pk", "capacity"))
    loads = capacity.loads_of(most)
    frames = {pk: LoadFrame(load=capacity.shown(loads[pk]), capacity=most[pk]) for pk in most}
    get_bus().publish([Post(topics.user(pk), encode(frame)) for pk, frame in frames.items()])


def _concerned(event: ConversationMoved | ConversationIdle | OfferMade | OfferEnded) -> set[int | None]:
    if isinstance(event, ConversationMoved):
        return {event.holder, event.holder_from}
    if isinstance(event, ConversationIdle):
        return set(Conversation.objects.filter(pk=event.conversation).values_list("holder", flat=True))
    return {event.operator}


def show_turn(event: ConversationMoved) -> None:
    """Where a waiting conversation stands, and for whom it waits."""
    if event.state in (State.QUEUED, State.OFFLINE):
        _show_turns([event.conversation])


def _show_turns(numbers: Sequence[int]) -> None:
    turns = selectors.turns(numbers)
    rows: dict[tuple[int, int], list[Any]] = {}
    places = Conversation.objects.filter(pk__in=turns).values_list("pk", "line_id", "channel_id")
    for number, line, channel in places:
        rows.setdefault((line, channel), []).append({"id": number, "turn": turns[number]})
    get_bus().publish_lines(
        [
            (line_topic(line), encode_delta(LineDelta(channel=channel, rows=found)))
            for (line, channel), found in rows.items()
        ]
    )


def show_place_in_line(event: TurnDue | TurnRaised) -> None:
    """The promise of a waiting conversation is nearer or further now, or a rule raised it."""
    _show_turns([event.conversation])


def follow_line(event: QueueChanged) -> None:
    """The hours of a line were edited, or what it does out of them: what waits there follows."""
    if not OF_HOURS.isdisjoint(event.fields):
        follow_hours.delay(queue_id=event.queue)
        recount_promises.delay(queue_id=event.queue)


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
    """The bank's look, or what it promises: every open chat fetches it anew."""
    if event.what in ("brand", "promises"):
        chats.call_back(selectors.every_channel())


# What a version of the rules freezes of a line; changed skills and overflows are named as their fields.
PUBLISHED = frozenset({"priority", "created", "deleted", "name", "skill_needs", "overflows"}) | frozenset(
    Queue._meta.get_field(name).name for name in Terms.__struct_fields__
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


def rank_customer(
    event: CustomerSignedIn | CustomerChanged | CustomerActed | CustomersMerged | MergeUndone,
) -> None:
    """The bank knows a customer otherwise than before: his category may be another."""
    rank_of_customer.delay(customer_id=event.customer)


def rank_both(event: MergeUndone) -> None:
    """Two customers again, each with his own category."""
    rank_customer(event)
    rank_of_customer.delay(customer_id=event.absorbed)


def move_leads(event: CustomersMerged | MergeUndone) -> None:
    """Two customers became one, or one two: the contacts they left go with them."""
    follow_people.delay(customers=[event.customer, event.absorbed])


def rank_waiting(event: RulesInForce) -> None:
    """Customers are sorted otherwise from now on."""
    if event.categories:
        rank_all.delay()


@Together
def show_ranks(events: Sequence[RankChanged]) -> None:
    """Lists put what has another rank in its new place, and it may be its turn."""
    _show_turns([event.conversation for event in events])
    dispatch.delay()


@Together
def show_counts(events: Sequence[ConversationMoved | ConversationOpened]) -> None:
    """Counters of the lines that conversations left and joined, counted once for all who watch them."""
    numbers = {event.conversation for event in events}
    channels = dict(Conversation.objects.filter(pk__in=numbers).values_list("pk", "channel_id"))
    touched = {
        (line, channels[event.conversation])
        for event in events
        for line in (event.line, getattr(event, "line_from", event.line))
    }
    counted = selectors.counts_of({line for line, _channel in touched})
    deltas = []
    for line, channel in sorted(touched):
        text = encode_delta(LineDelta(channel=channel, counts=counted.get(line, {})))
        deltas += [(line_topic(line), text), (line_meta_topic(line), text)]
    get_bus().publish_lines(deltas)


@Together
def keep_clocks(events: Sequence[MessageReceived | MessageSent | ConversationMoved]) -> None:
    """Somebody asked or answered, or conversations stand elsewhere: their promises follow."""
    told = {each.conversation for each in events if not (isinstance(each, MessageSent) and each.staff_only)}
    if told:
        keep_promises.delay(conversation_ids=sorted(told))


def raise_alarm(event: ViolationFound) -> None:
    """Something must never be and is: those who may repair it get a letter."""
    send_alarm.delay(violation_id=event.violation)


def show_notices(event: ClockWarned | ClockBroken) -> None:
    """To those whom the policy names: their screens say which conversation hurries."""
    frame = encode(
        PromiseNoticeFrame(
            conversation=event.conversation,
            line=event.line,
            promised=event.promised,
            broken=isinstance(event, ClockBroken),
        )
    )
    moment = "breach" if isinstance(event, ClockBroken) else "warning"
    told = selectors.noticed(event.clock, moment)
    get_bus().publish([Post(topics.user(user), frame) for user in told])
