"""Welcoming a customer and letting him close."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext as _

from apps.channels.models import Channel
from apps.channels.pace import keep_pace
from apps.channels.sessions import CustomerSession
from apps.conversations import selectors
from apps.conversations.gates import find_identity, follow, known, require_token, story
from apps.conversations.models import Identity, State
from apps.conversations.services import inbound, marginalia, people
from apps.core import clock
from apps.core.actors import Actor
from apps.core.errors import TooMany
from apps.core.frames import ClientFrame
from apps.core.limits import allow
from apps.core.models import Brand
from apps.core.sockets import Close, Closed
from apps.core.threads import run_hot
from apps.operators.calendar import Hours
from apps.operators.models import Queue
from apps.routing.frames import declared as d
from apps.routing.frames.pushing import waiting_view
from apps.routing.services import contacts, doors, greeting, handling, hours, messengers, waiting

LINKS_AN_HOUR = 20  # for one visitor


async def welcome(socket: Any, frame: ClientFrame) -> d.WelcomeAnswer:
    """Subscribe first, then fetch the state: nothing said in between is missed."""
    await run_hot(recognise, socket.session)
    await follow(socket)
    return await run_hot(build_welcome, socket.session)


def recognise(session: CustomerSession) -> None:
    """Find who the visitor is, remember the language he chose now and tell the staff of the page he came to."""
    identity = find_identity(session)
    (page, session.new_page) = (session.new_page, None)
    if identity is not None and page is not None:
        url, title = page
        marginalia.note_page(identity, url=url, title=title, now=clock.now())
    if identity is not None and identity.customer.language != session.language:
        actor = Actor.customer(identity.pk)
        people.describe(identity.customer_id, actor=actor, now=clock.now(), language=session.language)
        find_identity(session)


def build_welcome(session: CustomerSession) -> d.WelcomeAnswer:
    now = clock.now()
    page = story(session)
    identity = session.identity
    channel = _channel_now(session)
    chosen = doors.departments_of(channel)
    lines = chosen or [doors.line_of(channel)]
    said = _greet(session, channel, lines, now)
    departments = [
        department(queue, session.language, now, promise=said.text_of(queue.pk)) for queue in chosen
    ]
    is_open, opens_at = opening(lines, now)
    waits = any(each.id == page.current and each.state == State.QUEUED for each in page.conversations)
    told = waiting.told_of(page.current, now=now) if page.current and waits else None
    return d.WelcomeAnswer(
        token=session.new_token,
        who=d.WhoView(
            known=identity is not None,
            verified=identity is not None and identity.is_trusted,
            name=identity.customer.name if identity else "",
        ),
        look=look(channel, session.language, promise=said.text),
        open=is_open,
        opens_at=opens_at,
        asks_contact=doors.asks_contact(lines, now),
        notice="" if departments else notice(lines[0], session.language, now),
        waiting=waiting_view(told) if told else None,
        departments=departments,
        form=d.FormView(ask=list(channel.form_fields), required=channel.form_required),
        limits=limits(channel),
        asks_rating=channel.asks_rating,
        letters=selectors.letters_view(channel, identity),
        current=page.current,
        conversations=page.conversations,
        messages=page.messages,
        more=page.more,
        now=now,
    )


def _channel_now(session: CustomerSession) -> Channel:
    """The channel as it is after subscribing to its changes; raises Closed if it was switched off meanwhile."""
    identity = session.identity
    channel = identity.channel if identity else Channel.objects.filter(pk=session.channel_id).first()
    if channel is None or not channel.is_active:
        raise Closed(Close.FORBIDDEN_SITE)
    session.text_limit = channel.text_limit
    return channel


def _greet(
    session: CustomerSession, channel: Channel, lines: list[Queue], now: datetime
) -> greeting.Greeting:
    """What the bank promises whoever begins to write now; the session keeps it until he does."""
    customer = session.identity.customer if session.identity else None
    numbers = [each.pk for each in lines]
    said = greeting.greet(channel, numbers, customer, language=session.language, now=now)
    session.greeting = said
    return said


def look(channel: Channel, language: str, *, promise: str) -> d.LookView:
    """The channel's look over the bank's."""
    brand = Brand.objects.first() or Brand()
    return d.LookView(
        bank=brand.called(language),
        title=channel.text("title", language) or brand.called(language),
        accent=channel.accent or brand.accent,
        logo=str(brand.logo_id) if brand.logo_id else None,
        greeting=channel.text("greeting", language),
        promise=promise,
        closed_text=channel.text("closed_text", language),
    )


def limits(channel: Channel) -> d.LimitsView:
    """What a message of this channel may be."""
    return d.LimitsView(
        text=channel.text_limit,
        file_bytes=settings.UPLOAD_MAX_BYTES,
        files=channel.accepts_files,
        edit_seconds=int(timedelta(minutes=channel.edit_minutes).total_seconds()),
    )


def department(queue: Queue, language: str, now: datetime, *, promise: str = "") -> d.DepartmentView:
    """A department a customer may choose, with its hours and what it promises."""
    is_open, opens_at, today = _hours(queue, now)
    return d.DepartmentView(
        id=queue.pk,
        name=queue.public_name(language),
        open=is_open,
        hours=today,
        opens_at=opens_at,
        asks_contact=hours.asks_contact(queue, now),
        notice=notice(queue, language, now),
        promise=promise,
    )


def _hours(queue: Queue, now: datetime) -> tuple[bool, datetime | None, str]:
    if queue.calendar is None:
        return True, None, ""
    calendar = Hours(queue.calendar)
    is_open = hours.takes_new(queue, now)
    return (
        is_open,
        None if is_open else calendar.next_opening(now),
        calendar.text(now.astimezone(calendar.zone).date()),
    )


def notice(queue: Queue, language: str, now: datetime) -> str:
    """What a line that still takes everything tells in its last minutes."""
    if queue.last_minutes_closed or not hours.is_closing(queue, now):
        return ""
    with translation.override(language):
        return queue.last_minutes_text(language) or _("We close soon and may answer only after that.")


def opening(lines: list[Queue], now: datetime) -> tuple[bool, datetime | None]:
    """Whether somebody answers now, and when otherwise, in any of the lines a chat leads to."""
    found = [_hours(each, now) for each in lines]
    moments = [opens_at for _open, opens_at, _today in found if opens_at]
    return any(is_open for is_open, _opens_at, _today in found), min(moments, default=None)


async def leave_contact(socket: Any, frame: d.LeaveContactFrame) -> None:
    """Answered by done; from now on the customer is known."""
    await keep_pace(socket.session)
    await run_hot(_keep_contact, socket.session, frame, socket.address)
    await follow(socket)


def _keep_contact(session: CustomerSession, frame: d.LeaveContactFrame, address: str) -> None:
    _spend_one(session, address)
    now = clock.now()
    asked = contacts.request(
        wanted=frame.wanted,
        name=frame.name,
        phone=frame.phone,
        email=frame.email,
        question=frame.question,
        preferred=frame.preferred,
        client_id=frame.client_id,
    )
    before = session.identity
    try:
        with transaction.atomic():
            # Known before the commit: the call to tabs that do not know yet who they are is not for this one.
            session.identity = identity = _identity_of(session, now)
            contacts.leave(
                identity, asked, conversation_id=frame.conversation, department=frame.department, now=now
            )
    except Exception:
        session.identity = before
        raise
    find_identity(session)


def _spend_one(session: CustomerSession, address: str) -> None:
    """Count a contact of the visitor and of his address; raises TooMany."""
    for whose, most in (
        (f"visitor:{session.visitor_id}", settings.LEADS_PER_VISITOR),
        (f"address:{address}", settings.LEADS_PER_ADDRESS),
    ):
        if not allow(f"leads:{whose}", most, 3600):
            raise TooMany(_("Too many contacts were left. Try again in an hour."))


def _identity_of(session: CustomerSession, now: datetime) -> Identity:
    """Who writes for the first time becomes known by this, as by a first message."""
    require_token(session)
    address = inbound.Address(
        channel_id=session.channel_id,
        external_id=session.external_id,
        language=session.language,
        time_zone=session.time_zone,
    )
    return inbound.identify(address, now=now)


def continue_in(session: CustomerSession, frame: d.ContinueFrame) -> d.ContinueLinkAnswer:
    """A link into a messenger, for who waits."""
    identity = known(session)
    if not allow(f"links:visitor:{session.visitor_id}", LINKS_AN_HOUR, 3600):
        raise TooMany(_("Too many links were asked for. Try again in an hour."))
    now = clock.now()
    made = messengers.link(identity, frame.conversation, frame.channel, now=now)
    return d.ContinueLinkAnswer(url=made.url, seconds=int((made.expires_at - now).total_seconds()))


def close(session: CustomerSession, frame: d.CloseFrame) -> None:
    handling.close_by_customer(known(session), frame.conversation, now=clock.now())
