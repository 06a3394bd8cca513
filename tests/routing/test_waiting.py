"""Who waits in the chat: his place, his range, his offers; each setting both ways, and only what changed is told."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.core.cache import cache

from apps.conversations.models import ContinueLink, Conversation
from apps.conversations.services import continuing, inbound
from apps.core import clock
from apps.core.errors import NotFound
from apps.operators.models import Queue
from apps.routing import figures
from apps.routing.estimating.ranges import Range
from apps.routing.frames import customer as frames
from apps.routing.models import Department, Lead, QueueEntry
from apps.routing.services import doors, estimates, handling, messengers, waiting
from apps.routing.services.contacts import NotOffered
from tests.adapters import null
from tests.factories import dialogues, organisation, people
from tests.factories.hours import EVENING, NIGHT, NOON, calendar, common_line
from tests.factories.people import sight
from tests.sockets import Customer

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _nothing_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test begins without what was told before; a place is worth two minutes of waiting."""
    cache.clear()
    estimates.forget()
    monkeypatch.setattr(
        estimates, "estimate", lambda line, *, now, ahead: Range(60 + 120 * ahead, 180 + 120 * ahead)
    )


def line(**values: Any) -> Queue:
    common = organisation.common_line()
    Queue.objects.filter(pk=common.pk).update(**{"tells_position": True, **values})
    return Queue.objects.get(pk=common.pk)


def told(queue: Queue, *, now: Any = NOON) -> dict[int, tuple[Any, ...]]:
    """What is news, by conversation."""
    return {
        each.conversation: (each.position, each.low, each.high, each.offers)
        for each in waiting.news(queue, now=now)
    }


def entry(conversation: Conversation) -> QueueEntry:
    return QueueEntry.objects.get(conversation=conversation)


# --- what is told -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"tells_position": True}, (2, None, None, ())),
        ({"tells_position": False, "tells_estimate": True}, (None, 180, 300, ())),
        ({"tells_position": True, "tells_estimate": True}, (2, 180, 300, ())),
        ({"tells_position": False, "offer_contact_seconds": 60}, (None, None, None, ("answer",))),
        ({"tells_position": False, "offer_callback_seconds": 60}, (None, None, None, ("callback",))),
    ],
)
def test_the_line_tells_what_it_is_set_to_tell(settings: dict[str, Any], expected: tuple[Any, ...]) -> None:
    queue = line(**settings)
    dialogues.conversation(now=NOON - timedelta(seconds=90))
    second = dialogues.conversation(now=NOON - timedelta(seconds=80))
    assert told(queue)[second.pk] == expected


def test_a_line_that_tells_nothing_is_not_even_looked_at() -> None:
    line(tells_position=False)
    dialogues.conversation(now=NOON)
    assert list(waiting.lines()) == []
    line()
    assert len(waiting.lines()) == 1


def test_a_line_in_which_nobody_waits_is_not_looked_at() -> None:
    line()
    assert list(waiting.lines()) == []


def test_an_unknown_range_leaves_the_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(estimates, "estimate", lambda line, *, now, ahead: None)
    queue = line(tells_estimate=True)
    only = dialogues.conversation(now=NOON)
    assert told(queue) == {only.pk: (1, None, None, ())}


@pytest.mark.parametrize(("waited", "offers"), [(59, ()), (60, ("answer",)), (120, ("answer", "callback"))])
def test_offers_come_at_their_own_moments(waited: int, offers: tuple[str, ...]) -> None:
    queue = line(offer_contact_seconds=60, offer_callback_seconds=120)
    only = dialogues.conversation(now=NOON - timedelta(seconds=waited))
    assert told(queue) == {only.pk: (1, None, None, offers)}


def test_places_follow_the_order_of_service() -> None:
    queue = line()
    first, second, third = (dialogues.conversation(now=NOON + timedelta(seconds=n)) for n in range(3))
    QueueEntry.objects.filter(conversation=third).update(rank=100)
    found = told(queue)
    assert [found[each.pk][0] for each in (third, first, second)] == [1, 2, 3]


def test_out_of_hours_nobody_is_told_a_place() -> None:
    queue = common_line(tells_position=True)
    dialogues.conversation(now=NIGHT)
    assert told(queue, now=NIGHT) == {}


# --- going on in a messenger --------------------------------------------------------------------------------


def ways(queue: Queue, conversation: Conversation) -> tuple[tuple[int, str], ...]:
    found: tuple[tuple[int, str], ...] = next(
        each.messengers for each in waiting.news(queue, now=NOON) if each.conversation == conversation.pk
    )
    return found


@pytest.mark.parametrize(
    ("waited", "after", "offered"), [(59, 60, 0), (60, 60, 1), (0, 0, 1), (600, None, 0)]
)
def test_messengers_are_offered_from_the_lines_moment_on(
    waited: int, after: int | None, offered: int
) -> None:
    queue = line(offer_messenger_seconds=after)
    channel = organisation.channel(kind="null", title_ru="Наш бот")
    only = dialogues.conversation(now=NOON - timedelta(seconds=waited))
    assert ways(queue, only) == ((channel.pk, "Наш бот"),) * offered


@pytest.mark.parametrize(
    ("kind", "values", "offered"),
    [
        ("null", {}, True),
        ("null", {"continues_chats": False}, False),
        ("null", {"is_active": False}, False),
        ("null-keyed", {}, False),
        ("app", {}, False),
    ],
)
def test_a_messenger_is_offered_that_is_on_meant_for_it_and_has_links(
    kind: str, values: dict[str, Any], offered: bool
) -> None:
    queue = line(offer_messenger_seconds=0)
    organisation.channel(kind=kind, **values)
    assert bool(ways(queue, dialogues.conversation(now=NOON))) is offered


def test_a_messenger_without_an_account_to_open_is_not_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = line(offer_messenger_seconds=0)
    organisation.channel(kind="null")
    monkeypatch.setattr(null.BlindAdapter, "deep_link", lambda self, token: "")
    assert ways(queue, dialogues.conversation(now=NOON)) == ()


def test_a_line_that_only_offers_messengers_is_looked_at() -> None:
    queue = line(tells_position=False, offer_messenger_seconds=0)
    dialogues.conversation(now=NOON)
    assert list(waiting.lines()) == [queue]


def test_who_waits_in_a_messenger_has_a_place_and_is_told_nothing() -> None:
    queue = line(offer_messenger_seconds=0)
    there = dialogues.identity(organisation.channel(kind="null"))
    dialogues.conversation(by=there, now=NOON)
    second = dialogues.conversation(now=NOON + timedelta(seconds=1))
    assert {number: told[0] for number, told in told(queue).items()} == {second.pk: 2}


def test_a_link_is_made_only_for_what_is_offered_to_ones_own_conversation() -> None:
    queue = line(offer_messenger_seconds=60)
    offered, other = organisation.channel(kind="null"), organisation.channel(kind="null-keyed")
    mine = dialogues.conversation(now=NOON)
    soon = NOON + timedelta(seconds=60)
    for channel, at in ((offered, NOON), (other, soon)):
        with pytest.raises(NotOffered):
            messengers.link(mine.identity, mine.pk, channel.pk, now=at)
    with pytest.raises(NotFound):
        messengers.link(dialogues.identity(), mine.pk, offered.pk, now=soon)
    assert not ContinueLink.objects.exists()
    assert messengers.link(mine.identity, mine.pk, offered.pk, now=soon).url.startswith(
        "https://null.example/"
    )
    handling.accept(sight(people.operator(lines=(queue,))), mine.pk, now=soon)
    with pytest.raises(NotOffered) as refused:
        messengers.link(mine.identity, mine.pk, offered.pk, now=soon)
    assert refused.value.code == "already_answered"
    assert ContinueLink.objects.count() == 1


# --- only what changed --------------------------------------------------------------------------------------


def test_only_what_reads_differently_is_told_again(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = line(tells_estimate=True)
    first, second = (dialogues.conversation(now=NOON + timedelta(seconds=n)) for n in range(2))
    assert set(told(queue)) == {first.pk, second.pk}
    assert told(queue) == {}
    monkeypatch.setattr(
        estimates, "estimate", lambda line, *, now, ahead: Range(61 + 120 * ahead, 179 + 120 * ahead)
    )
    assert told(queue) == {}, "the same minutes"
    anna = people.operator(lines=(queue,))
    handling.accept(sight(anna), first.pk, now=NOON)
    assert told(queue) == {second.pk: (1, 61, 179, ())}


def test_one_look_at_a_line_costs_the_same_however_many_wait(django_assert_max_num_queries: Any) -> None:
    queue = line()
    for _each in range(2):
        dialogues.conversation(now=NOON)
    told(queue)
    cache.clear()
    for _each in range(8):
        dialogues.conversation(now=NOON)
    told(queue)
    cache.clear()
    with django_assert_max_num_queries(1):
        assert len(told(queue)) == 10


# --- what was shown first -----------------------------------------------------------------------------------


def test_what_was_shown_first_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    queue = line(tells_estimate=True)
    only = dialogues.conversation(now=NOON)
    told(queue)
    monkeypatch.setattr(estimates, "estimate", lambda line, *, now, ahead: Range(0, 30))
    told(queue, now=NOON + timedelta(seconds=60))
    kept = entry(only)
    assert (kept.shown_at, kept.shown_position, kept.shown_low, kept.shown_high) == (NOON, 1, 60, 180)


def test_the_share_answered_inside_the_shown_range_is_a_figure() -> None:
    queue = line(tells_estimate=True)
    anna = people.operator(lines=(queue,), capacity=20)
    for answered_after in (59, 60, 180, 181):
        number = dialogues.conversation(now=NOON).pk
        told(queue)
        handling.accept(sight(anna), number, now=NOON + timedelta(seconds=10))
        moment = NOON + timedelta(seconds=answered_after)
        Conversation.objects.filter(pk=number).update(first_answer_at=moment)
    unanswered = dialogues.conversation(now=NOON).pk
    told(queue)
    handling.accept(sight(anna), unanswered, now=NOON)
    hour = {"since": NOON, "until": NOON + timedelta(hours=1)}
    found = figures.ranges_kept(lines=[queue.pk], **hour)
    assert found == {queue.pk: figures.RangesKept(served=4, inside=2)}
    assert found[queue.pk].share == 0.5
    assert figures.ranges_kept(lines=[organisation.line().pk], **hour) == {}


# --- the chat -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("closed", "text", "now", "expected"),
    [
        (False, "До шести!", EVENING, (True, "До шести!", False)),
        (False, "До шести!", NOON, (True, "", False)),
        (True, "До шести!", EVENING, (False, "", False)),
    ],
)
def test_the_chat_tells_of_the_last_minutes_or_is_closed_in_them(
    closed: bool, text: str, now: Any, expected: tuple[Any, ...]
) -> None:
    queue = common_line(last_minutes=15, last_minutes_closed=closed, last_minutes_text_ru=text)
    is_open, _opens_at = frames.opening([queue], now)
    assert (is_open, frames.notice(queue, "ru", now), doors.asks_contact([queue], now)) == expected


def test_without_words_of_the_line_the_chat_has_its_own() -> None:
    queue = common_line(last_minutes=15, last_minutes_closed=False)
    assert frames.notice(queue, "en", EVENING) == "We close soon and may answer only after that."


def test_the_form_stands_in_place_of_the_chat_as_the_department_that_stands_chosen_asks() -> None:
    common_line(out_of_hours="form")
    channel = organisation.channel()
    assert doors.asks_contact(doors.lines_of(channel), NIGHT)
    cards = organisation.line(calendar=calendar(), out_of_hours="form")
    loans = organisation.line(calendar=calendar(), out_of_hours="apart")
    for place, queue in enumerate((cards, loans)):
        Department.objects.create(channel=channel, queue=queue, position=place)
    views = [frames.department(each, "ru", NIGHT) for each in doors.departments_of(channel)]
    assert [(each.id, each.asks_contact) for each in views] == [(cards.pk, True), (loans.pk, False)]
    assert doors.asks_contact(doors.lines_of(channel), NIGHT)
    Queue.objects.filter(pk=loans.pk).update(calendar=None)
    assert not doors.asks_contact(doors.lines_of(channel), NIGHT)  # the open one stands chosen
    assert not frames.department(cards, "ru", NOON).asks_contact


# --- frames -------------------------------------------------------------------------------------------------

socketed = pytest.mark.django_db(transaction=True)


def contact(**values: Any) -> dict[str, Any]:
    return {
        "client_id": "request-1",
        "wanted": "answer",
        "phone": "+7 916 000-00-00",
        "question": "Card?",
        **values,
    }


@socketed
async def test_a_new_visitor_leaves_a_contact_and_is_known_then(monkeypatch: pytest.MonkeyPatch) -> None:
    await sync_to_async(common_line)(out_of_hours="form")
    channel = await sync_to_async(organisation.channel)()
    monkeypatch.setattr(clock, "now", lambda: NIGHT)
    async with Customer() as customer:
        welcome = await customer.hello(channel)
        assert (welcome["asks_contact"], welcome["open"], welcome["who"]["known"]) == (True, False, False)
        answer = await customer.ask("leave_contact", **contact())
        assert answer["type"] == "done"
        assert (await customer.ask("leave_contact", **contact()))["type"] == "done"
    assert await sync_to_async(Lead.objects.count)() == 1


@socketed
async def test_a_refused_contact_leaves_no_customer_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    await sync_to_async(common_line)(out_of_hours="form")
    channel = await sync_to_async(organisation.channel)()
    monkeypatch.setattr(clock, "now", lambda: NIGHT)
    async with Customer() as customer:
        await customer.hello(channel)
        answer = await customer.ask("leave_contact", **contact(phone="123"))
        assert (answer["type"], answer["code"]) == ("error", "wrong_phone")
        monkeypatch.setattr(clock, "now", lambda: NOON)
        answer = await customer.ask("leave_contact", **contact())
        assert (answer["type"], answer["code"]) == ("error", "not_offered")
    assert not await sync_to_async(dialogues.Identity.objects.exists)()


@socketed
async def test_contacts_of_one_visitor_and_of_one_address_are_limited(
    monkeypatch: pytest.MonkeyPatch, settings: Any
) -> None:
    settings.LEADS_PER_VISITOR, settings.LEADS_PER_ADDRESS = 2, 3
    await sync_to_async(common_line)(out_of_hours="form")
    channel = await sync_to_async(organisation.channel)()
    monkeypatch.setattr(clock, "now", lambda: NIGHT)
    async with Customer() as one, Customer() as other:
        await one.hello(channel)
        await other.hello(channel)
        answers = [
            await socket.ask("leave_contact", **contact(client_id=f"request-{place}"))
            for place, socket in enumerate((one, one, one, other))
        ]
    assert [each.get("code", "done") for each in answers] == ["done", "done", "rate_limited", "done"]
    async with Customer() as third:
        await third.hello(channel)
        answer = await third.ask("leave_contact", **contact(client_id="request-9"))
        assert answer["code"] == "rate_limited"


@socketed
async def test_the_page_that_waits_gets_a_link_and_hears_where_the_conversation_goes_on() -> None:
    queue = await sync_to_async(line)(offer_messenger_seconds=0)
    site = await sync_to_async(organisation.channel)()
    bot = await sync_to_async(organisation.channel)(kind="null", title_ru="Наш бот")
    anna = await sync_to_async(people.operator)("Анна", lines=(queue,))
    async with Customer() as customer, Customer() as stranger:
        token = (await customer.hello(site))["token"]
        await stranger.hello(site)
        await stranger.say("Привет")
        number = (await customer.say("Card?"))["conversation"]
        await sync_to_async(_place_and_tell)(number, queue)
        frame = await customer.wait_for("waiting")
        assert frame["waiting"]["messengers"] == [{"channel": bot.pk, "name": "Наш бот"}]
        asked = {"conversation": number, "channel": bot.pk}
        assert (await stranger.ask("continue_in", **asked))["code"] == "not_found"
        link = await customer.ask("continue_in", **asked)
        assert (link["type"], link["url"].startswith("https://null.example/null?start=")) == (
            "continue_link",
            True,
        )
        await sync_to_async(_comes)(bot, link["url"])
        await customer.wait_for("resync")
    async with Customer() as customer:
        welcome = await customer.hello(site, token)
        assert (welcome["waiting"], welcome["current"]) == (None, number)
        assert [each["code"] or each["text"] for each in welcome["messages"]] == ["Card?", "continued"]
        await sync_to_async(handling.accept)(await sync_to_async(sight)(anna), number, now=clock.now())
        state = await customer.wait_for(lambda each: each["type"] == "conversation")
        assert (state["conversation"]["state"], state["conversation"]["id"]) == ("assigned", number)


@socketed
async def test_a_visitor_asks_for_so_many_links_an_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frames, "LINKS_AN_HOUR", 2)
    queue = await sync_to_async(line)(offer_messenger_seconds=0)
    site = await sync_to_async(organisation.channel)()
    bot = await sync_to_async(organisation.channel)(kind="null")
    async with Customer() as customer:
        await customer.hello(site)
        number = (await customer.say("Card?"))["conversation"]
        await sync_to_async(_place_and_tell)(number, queue)
        answers = [
            await customer.ask("continue_in", conversation=number, channel=bot.pk) for _each in range(3)
        ]
    assert [each.get("code", each["type"]) for each in answers] == [
        "continue_link",
        "continue_link",
        "rate_limited",
    ]


def _comes(bot: Any, url: str) -> None:
    there = inbound.identify(inbound.Address(channel_id=bot.pk, external_id="42"), now=clock.now())
    continuing.arrive(there, token=url.partition("start=")[2], now=clock.now())


@socketed
async def test_who_comes_back_while_he_waits_is_told_with_the_welcome_and_by_news() -> None:
    queue = await sync_to_async(line)()
    channel = await sync_to_async(organisation.channel)()
    async with Customer() as customer:
        welcome = await customer.hello(channel)
        assert welcome["waiting"] is None
        ack = await customer.say("Card?")
        await sync_to_async(_place_and_tell)(ack["conversation"], queue)
        frame = await customer.wait_for("waiting")
        expected = {
            "conversation": ack["conversation"],
            "position": 1,
            "low": None,
            "high": None,
            "offers": [],
            "messengers": [],
        }
        assert frame["waiting"] == expected
        async with Customer() as again:
            welcome = await again.hello(channel, welcome["token"])
            assert welcome["waiting"] == expected
        async with Customer() as stranger:
            other = await stranger.hello(channel)
            assert (other["waiting"], stranger.heard) == (None, [])


def _place_and_tell(number: int, queue: Queue) -> None:
    from apps.routing.frames.pushing import tell
    from apps.routing.services import placement

    placement.route(number, now=clock.now())
    tell(waiting.news(queue, now=clock.now()))


def test_what_is_told_holds_no_words() -> None:
    from apps.routing.frames.pushing import _post

    queue = line()
    only = dialogues.conversation("My card is lost", now=NOON)
    (each,) = waiting.news(queue, now=NOON)
    post = _post(each)
    assert json.loads(post.text)["waiting"]["conversation"] == only.pk
    assert "lost" not in post.text
