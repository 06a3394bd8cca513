"""What a customer's frames do. Each handler is one call of the domain; rights are asked there again."""

from __future__ import annotations

import asyncio
from datetime import datetime
from functools import partial
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from apps.channels.models import Channel
from apps.channels.pace import keep_pace
from apps.channels.services import signed, visitors
from apps.channels.sessions import CustomerSession
from apps.conversations import selectors, topics
from apps.conversations.frames import declared as d
from apps.conversations.gates import find_identity, follow, known, require_token, story
from apps.conversations.models import Conversation, Identity, Message
from apps.conversations.payloads import AuthorView, MessageView
from apps.conversations.pushed import TypingFrame
from apps.conversations.services import changes, hot, inbound, mailboxes, marginalia, marks, people, words
from apps.conversations.subscribers import Shown
from apps.core import clock
from apps.core.actors import Actor
from apps.core.bus import Post, get_bus
from apps.core.errors import Invalid, NotFound, TooMany
from apps.core.frames import ResyncFrame, encode
from apps.core.limits import allow
from apps.core.threads import run_hot

EMAILS_OF_ONE, EMAILS_OF_ALL = (
    10,
    200,
)  # addresses left in an hour by one visitor, and from one address of the net
ACTS_BEFORE = 20  # what a page says of somebody who has not written yet
TYPING_SCOPE_SECONDS = 10  # a conversation that moves is known elsewhere after that

# --- messages -------------------------------------------------------------------------------------------


async def send(socket: Any, frame: d.CustomerSendFrame) -> d.AckFrame:
    await keep_pace(socket.session)
    ack = await run_hot(send_now, socket.session, frame)
    if await follow(socket):
        # Whatever was said between the commit and this moment is in the history.
        answer = await run_hot(history, socket.session, d.HistoryFrame())
        socket.push(answer)
    return ack


def send_now(session: CustomerSession, frame: d.CustomerSendFrame) -> d.AckFrame:
    """Store a message by the hot path, or by the ordinary one where something has to be decided."""
    now = clock.now()
    text = words.prepare(frame.text, limit=session.text_limit, may_be_empty=bool(frame.files))
    simple = not (
        frame.files or frame.new_topic or frame.department or frame.form or words.may_hide_card(text)
    )
    try:
        if session.identity is not None and simple:
            written = inbound.send_text(
                session.identity,
                conversation_id=frame.conversation,
                text=text,
                client_id=frame.client_id,
                now=now,
                reply_to=frame.reply_to,
            )
            if written is not None:
                inbound.told(written, shown(session, frame, written, text, now))
                session.conversations.add(written.conversation_id)
                return ack(frame, written.message_id, written.conversation_id, written.seq, written.rev, now)
    except hot.Repeated as repeat:
        inbound.told_again(repeat.message.pk)
        return stored_ack(frame, inbound.stored_repeat(repeat.message))
    return _send_by_ordinary_path(session, frame, text)


def _send_by_ordinary_path(session: CustomerSession, frame: d.CustomerSendFrame, text: str) -> d.AckFrame:
    before = session.identity
    try:
        stored = _receive(session, frame, text)
    except Exception:
        session.identity = before
        raise
    find_identity(session)
    session.conversations.add(stored.conversation_id)
    if stored.repeated:
        inbound.told_again(stored.message_id)
    return stored_ack(frame, stored)


def _receive(session: CustomerSession, frame: d.CustomerSendFrame, text: str) -> inbound.Stored:
    with transaction.atomic():
        session.identity = identity = _identify(session, frame)
        _claim_kept(session, identity)
        return inbound.receive(
            identity,
            text=text,
            client_id=frame.client_id,
            now=clock.now(),
            conversation_id=frame.conversation,
            thread=f"topic:{frame.client_id}" if frame.new_topic else None,
            requested_line=frame.department,
            reply_to=frame.reply_to,
            files=frame.files,
            uploaded_by=session.uploader,
            begun=partial(_keep_what_was_said, session, frame.department),
        )


def _keep_what_was_said(session: CustomerSession, department: int | None, message: Message) -> None:
    if session.greeting is not None:
        session.greeting.begun(message, department=department)


def _identify(session: CustomerSession, frame: d.CustomerSendFrame) -> Identity:
    now = clock.now()
    require_token(session)
    form = frame.form or d.FormAnswers()
    address = inbound.Address(
        channel_id=session.channel_id,
        external_id=session.external_id,
        name=words.prepare(form.name, limit=120, may_be_empty=True),
        language=session.language,
        time_zone=session.time_zone,
    )
    identity = inbound.identify(address, now=now)
    answers = {name: value for name in ("name", "phone", "email") if (value := getattr(form, name).strip())}
    # What nobody vouched for does not replace what the bank said of its customer.
    if answers and not identity.is_trusted and identity.customer.bank_id is None:
        actor = Actor.customer(identity.pk)
        people.describe(identity.customer_id, actor=actor, now=now, claimed=True, **answers)
    _keep_form_email(identity, form.email, now)
    return identity


def _keep_form_email(identity: Identity, email: str, now: datetime) -> None:
    """Answers come there as well. The form asks how he is reached and refuses nothing."""
    try:
        found = mailboxes.checked(email) if email.strip() else ""
    except Invalid:
        return
    if found:
        mailboxes.give(identity, found, now=now)


def shown(
    session: CustomerSession, frame: d.CustomerSendFrame, written: hot.Written, text: str, now: Any
) -> Shown | None:
    """The payload of a message of the hot path, built without asking the database. A quote has to be read."""
    if frame.reply_to is not None:
        return None
    message = MessageView(
        id=written.message_id,
        conversation=written.conversation_id,
        seq=written.seq,
        rev=written.rev,
        kind="text",
        author=AuthorView(kind="customer"),
        at=now,
        text=text,
        client_id=frame.client_id,
        identity=written.identity_id,
    )
    return Shown.of_hot(
        message, written, channel_id=session.channel_id, text=text, author="customer", now=now
    )


def ack(frame: Any, message: int, conversation: int, seq: int, rev: int, at: Any) -> d.AckFrame:
    return d.AckFrame(
        client_id=frame.client_id, conversation=conversation, message=message, seq=seq, rev=rev, at=at
    )


def stored_ack(frame: Any, stored: inbound.Stored) -> d.AckFrame:
    answer = ack(frame, stored.message_id, stored.conversation_id, stored.seq, stored.rev, stored.at)
    answer.without_quote = frame.reply_to is not None and not stored.quotes
    return answer


def edit(session: CustomerSession, frame: d.EditFrame) -> None:
    text = words.prepare(frame.text, limit=session.text_limit)
    changes.change_own(known(session), frame.message, text=text, now=clock.now())


def delete(session: CustomerSession, frame: d.DeleteFrame) -> None:
    changes.change_own(known(session), frame.message, text=None, now=clock.now())


def read(session: CustomerSession, frame: d.ReadFrame) -> None:
    marks.customer_received(known(session), frame.conversation, seq=frame.seq, read=True, now=clock.now())


def delivered(session: CustomerSession, frame: d.DeliveredFrame) -> None:
    marks.customer_received(known(session), frame.conversation, seq=frame.seq, read=False, now=clock.now())


async def typing(socket: Any, frame: d.TypingNowFrame) -> None:
    """Tell the operators who look at the conversation; where it stands is asked of the database now and then."""
    moment = asyncio.get_running_loop().time()
    scope, known_until = socket.typing_scopes.get(frame.conversation, ("", 0.0))
    if moment >= known_until:
        scope = await run_hot(_typing_scope, socket.session, frame.conversation)
        socket.typing_scopes[frame.conversation] = (scope, moment + TYPING_SCOPE_SECONDS)
    text = encode(TypingFrame(conversation=frame.conversation, author=AuthorView(kind="customer")))
    get_bus().publish([Post(topics.staff(frame.conversation), text, scope)])


def _typing_scope(session: CustomerSession, conversation_id: int) -> str:
    mine = Conversation.objects.reached_by(known(session)).filter(pk=conversation_id)
    found = mine.values_list("line_id", "channel_id").first()
    if found is None:
        raise NotFound(_("There is no such conversation."))
    return topics.staff_scope(*found)


# --- reading --------------------------------------------------------------------------------------------


def history(session: CustomerSession, frame: d.HistoryFrame) -> d.HistoryAnswer:
    page = story(session, frame.before)
    return d.HistoryAnswer(conversations=page.conversations, messages=page.messages, more=page.more)


def catch_up(session: CustomerSession, frame: d.CatchUpFrame) -> d.CustomerCatchUpAnswer:
    identity = known(session)
    found = selectors.customer_conversations(identity, [frame.conversation])
    if not found:
        raise NotFound(_("There is no such conversation."))
    session.conversations.add(frame.conversation)
    readable = selectors.seen_by(identity).filter(conversation=frame.conversation)
    caught = selectors.changed_since(readable, frame.after_rev, now_at=found[0].rev)
    return d.CustomerCatchUpAnswer(
        conversation=found[0], messages=_theirs(caught.messages), upto=caught.upto, more=caught.more
    )


def search(session: CustomerSession, frame: d.SearchFrame) -> d.FoundAnswer:
    identity = find_identity(session)
    if identity is None:
        return d.FoundAnswer(messages=[])
    return d.FoundAnswer(messages=_theirs(selectors.found_in_history(identity, frame.text)))


def _theirs(messages: Any) -> list[MessageView]:
    return [selectors.message_view(message, staff=False) for message in messages]


# --- around ---------------------------------------------------------------------------------------------


def rate(session: CustomerSession, frame: d.RateFrame) -> None:
    marginalia.rate(
        known(session), frame.conversation, score=frame.score, comment=frame.comment, now=clock.now()
    )


async def leave_email(socket: Any, frame: d.LeaveEmailFrame) -> d.LettersAnswer:
    """Counted like a message: an address that somebody types may be anybody's."""
    await keep_pace(socket.session)
    return await run_hot(_keep_email, socket.session, frame, socket.address)


def _keep_email(session: CustomerSession, frame: d.LeaveEmailFrame, address: str) -> d.LettersAnswer:
    identity = known(session)
    for whose, most in (
        (f"visitor:{session.visitor_id}", EMAILS_OF_ONE),
        (f"address:{address}", EMAILS_OF_ALL),
    ):
        if not allow(f"emails:{whose}", most, 3600):
            raise TooMany(_("Too many addresses were left. Try again in an hour."))
    mailboxes.give(identity, frame.email, now=clock.now())
    return d.LettersAnswer(letters=selectors.letters_view(identity.channel, identity))


def page(session: CustomerSession, frame: d.PageFrame) -> None:
    now = clock.now()
    moved = visitors.move_to_page(session.visitor_id, url=frame.url, title=frame.title, now=now)
    if moved and session.identity is not None:
        marginalia.note_page(session.identity, url=frame.url, title=frame.title, now=now)


async def act(socket: Any, frame: d.ActFrame) -> None:
    """What the page says he did; counted like a message, since each is kept."""
    await keep_pace(socket.session)
    await run_hot(act_now, socket.session, frame)


def act_now(session: CustomerSession, frame: d.ActFrame) -> None:
    now = clock.now()
    find_identity(session)
    if session.identity is not None:
        marginalia.claim_act(session.identity, code=frame.code, happened_at=now, now=now)
    elif len(session.acts) < ACTS_BEFORE or frame.code in session.acts:
        session.acts[frame.code] = now


def _claim_kept(session: CustomerSession, identity: Identity) -> None:
    """Of a visitor who has become somebody: what his page said before. Kept until it is certainly stored."""
    now, kept = clock.now(), dict(session.acts)
    for code, moment in kept.items():
        marginalia.claim_act(identity, code=code, happened_at=moment, now=now)
    transaction.on_commit(session.acts.clear)


async def identify(socket: Any, frame: d.IdentifyFrame) -> d.SignedInAnswer:
    """Join the visitor with the bank's customer. Another person than before begins as a fresh visitor.

    Then this socket, as every other one of the former visitor, shows and takes nothing more: his token is dead.
    """
    answer = await run_hot(identify_now, socket.session, frame)
    before = socket.session.identity
    if answer.fresh:
        _forget_customer(socket)
    if before is not None and (answer.fresh or not before.is_trusted):
        _ask_anew(before.customer_id)
    return answer


@transaction.atomic
def identify_now(session: CustomerSession, frame: d.IdentifyFrame) -> d.SignedInAnswer:
    """The answer; the session keeps the identity as it was before."""
    now = clock.now()
    find_identity(session)
    channel = Channel.objects.get(pk=session.channel_id)
    person = signed.verify(channel, frame.jwt, now=now)
    try:
        _sign_in(session, session.external_id, person, now)
    except people.SomebodyElse:
        visitor, token = visitors.begin_anew(session.visitor_id, channel=channel, now=now)
        _sign_in(session, visitor.external_id, person, now)
        return d.SignedInAnswer(token=token, name=person.name, fresh=True)
    token = visitors.rotate_token(session.visitor_id, channel=channel, now=now)
    session.token_digest = visitors.digest(token)
    return d.SignedInAnswer(token=token, name=person.name)


@transaction.atomic
def _sign_in(
    session: CustomerSession, external_id: str, person: signed.SignedCustomer, now: datetime
) -> None:
    """Vouch for the address; a refusal leaves nothing of the person at it."""
    address = inbound.Address(
        session.channel_id, external_id, person.name, session.language, session.time_zone
    )
    people.sign_in(inbound.identify(address, now=now), person, now=now)


async def logout(socket: Any, frame: d.LogoutFrame) -> None:
    """End this visitor's token; what he wrote stays the person's. Nothing more is heard here or in other tabs."""
    session = socket.session
    await run_hot(visitors.end, session.visitor_id, now=clock.now())
    identity = session.identity
    _forget_customer(socket)
    if identity is not None:
        _ask_anew(identity.customer_id)


def _forget_customer(socket: Any) -> None:
    """The person this socket was opened for is gone from it: it hears nothing more of him."""
    socket.session.identity = None
    socket.session.conversations.clear()
    for topic in [each for each in socket.topics if each.startswith("customer:")]:
        socket.unsubscribe(topic)


def _ask_anew(customer_id: int) -> None:
    """The customer's screens show nothing more until each was recognised again by its token."""
    get_bus().publish([Post(topics.customer(customer_id), encode(ResyncFrame()), topics.RELOAD)])
