"""What an operator's frames do to messages. Each handler is one call of the domain; rights are asked there again."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _

from apps.channels.adapters.registry import adapter_class
from apps.channels.models import Visitor
from apps.conversations import selectors, topics
from apps.conversations.access import Sight
from apps.conversations.frames import declared as d
from apps.conversations.frames.customer import ack, stored_ack
from apps.conversations.gates import sight
from apps.conversations.models import Conversation, Draft, Rating, Right
from apps.conversations.payloads import AuthorView, MessageView
from apps.conversations.pushed import TypingFrame
from apps.conversations.services import (
    changes,
    delivery,
    hot,
    inbound,
    letters,
    marginalia,
    marks,
    outbound,
    words,
)
from apps.conversations.services.outbound import visible_or_404
from apps.conversations.subscribers import Shown
from apps.core import clock, leases
from apps.core.actors import Actor
from apps.core.bus import Post, get_bus
from apps.core.errors import NotFound
from apps.core.frames import encode
from apps.core.threads import run_hot
from apps.operators.sessions import OperatorSession

# --- messages -------------------------------------------------------------------------------------------


def send(session: OperatorSession, frame: d.OperatorSendFrame) -> d.AckFrame:
    """Store an answer by the hot path; a note, files or somebody else's conversation by the ordinary one."""
    now = clock.now()
    text = words.prepare(frame.text, may_be_empty=bool(frame.files))
    try:
        if not (frame.note or frame.files or words.may_hide_card(text)):
            written = outbound.send_text(
                session.user_id,
                conversation_id=frame.conversation,
                text=text,
                client_id=frame.client_id,
                now=now,
                reply_to=frame.reply_to,
            )
            if written is not None:
                outbound.told(written, shown(session, frame, written, text, now))
                return ack(frame, written.message_id, written.conversation_id, written.seq, written.rev, now)
    except hot.Repeated as repeat:
        inbound.told_again(repeat.message.pk)
        return stored_ack(frame, inbound.stored_repeat(repeat.message))
    stored = outbound.answer(
        sight(session),
        conversation_id=frame.conversation,
        text=text,
        client_id=frame.client_id,
        now=now,
        note=frame.note,
        reply_to=frame.reply_to,
        files=frame.files,
        uploaded_by=session.uploader,
    )
    if stored.repeated:
        inbound.told_again(stored.message_id)
    return stored_ack(frame, stored)


def shown(
    session: OperatorSession, frame: d.OperatorSendFrame, written: hot.Written, text: str, now: Any
) -> Shown | None:
    """The payload of an answer of the hot path; one that quotes or has to leave is read from the database."""
    if frame.reply_to is not None or not written.own_socket:
        return None
    author = AuthorView(
        kind="operator", id=session.user_id, name=session.name, title=session.title, avatar=session.avatar
    )
    message = MessageView(
        id=written.message_id,
        conversation=written.conversation_id,
        seq=written.seq,
        rev=written.rev,
        kind="text",
        author=author,
        at=now,
        text=text,
        client_id=frame.client_id,
        identity=written.identity_id,
    )
    return Shown.of_hot(
        message, written, channel_id=written.channel_id, text=text, author="operator", now=now
    )


def edit(session: OperatorSession, frame: d.EditFrame) -> None:
    text = words.prepare(frame.text)
    changes.change_as_staff(sight(session), frame.message, text=text, now=clock.now())


def delete(session: OperatorSession, frame: d.DeleteFrame) -> None:
    changes.change_as_staff(sight(session), frame.message, text=None, now=clock.now())


def retry(session: OperatorSession, frame: d.RetryFrame) -> None:
    delivery.retry(sight(session), frame.delivery, now=clock.now())


def resend_letter(session: OperatorSession, frame: d.ResendLetterFrame) -> None:
    letters.retry(sight(session), frame.letter, now=clock.now())


def read(session: OperatorSession, frame: d.ReadFrame) -> None:
    visible_or_404(sight(session), frame.conversation)
    marks.staff_read(sight(session), frame.conversation, seq=frame.seq, now=clock.now())


async def typing(socket: Any, frame: d.StaffTypingFrame) -> None:
    """Tell colleagues, and the customer when the holder writes an answer. Only of a conversation that is open here."""
    if topics.staff(frame.conversation) not in socket.topics:
        raise NotFound(_("There is no such conversation."))
    get_bus().publish(await run_hot(_typing_posts, socket.session, frame))


def _typing_posts(session: OperatorSession, frame: d.StaffTypingFrame) -> list[Post]:
    """Whoever has it open may have lost it since: sight is asked each time, with the row that says where it stands."""
    row = visible_or_404(sight(session), frame.conversation)
    author = AuthorView(kind="operator", id=session.user_id, name=session.name)
    text = encode(TypingFrame(conversation=row.pk, author=author))
    posts = [Post(topics.staff(row.pk), text, topics.staff_scope(row.line_id, row.channel_id))]
    if row.holder_id == session.user_id and not frame.note:
        theirs = topics.customer_scope(row.identity_id, row.pk, row.rev)
        posts.append(Post(topics.customer(row.customer_id), text, theirs))
    return posts


# --- reading --------------------------------------------------------------------------------------------


async def open_conversation(socket: Any, frame: d.OpenFrame) -> d.OpenedAnswer:
    """Subscribe first, then fetch: nothing said in between is missed. Sight is asked before either."""
    await run_hot(visible_or_404, sight(socket.session), frame.conversation)
    await socket.subscribe(topics.staff(frame.conversation))
    try:
        return await run_hot(opened, socket.session, frame)
    except Exception:
        socket.unsubscribe(topics.staff(frame.conversation))
        raise


def opened(session: OperatorSession, frame: d.OpenFrame) -> d.OpenedAnswer:
    mine = sight(session)
    visible_or_404(mine, frame.conversation)
    conversation = selectors.rows().get(pk=frame.conversation)
    session.sight.note_opened(conversation)
    page = selectors.page_of_messages(conversation.pk, limit=selectors.PAGE + 1)
    draft = Draft.objects.filter(user_id=session.user_id, conversation=conversation).first()
    abilities = adapter_class(conversation.channel.kind).abilities
    return d.OpenedAnswer(
        row=selectors.row_view(conversation),
        messages=_views(page[-selectors.PAGE :]),
        more=len(page) > selectors.PAGE,
        may_answer=Conversation.objects.answerable_by(mine).filter(pk=conversation.pk).exists(),
        rights=mine.rights_over(line_id=conversation.line_id, channel_id=conversation.channel_id),
        text_limit=abilities.text_limit,
        accepts_files=abilities.files,
        can_edit=abilities.edits,
        customer_online=leases.is_connected("customer", conversation.customer_id),
        draft=d.DraftView(text=draft.text, note=draft.note) if draft else None,
        **_marks(conversation),
    )


async def leave(socket: Any, frame: d.LeaveFrame) -> None:
    socket.unsubscribe(topics.staff(frame.conversation))
    socket.session.sight.shared.discard(frame.conversation)


def catch_up(session: OperatorSession, frame: d.CatchUpFrame) -> d.CatchUpAnswer:
    visible_or_404(sight(session), frame.conversation)
    conversation = selectors.rows().get(pk=frame.conversation)
    readable = selectors.messages().filter(conversation=conversation)
    caught = selectors.changed_since(readable, frame.after_rev, now_at=conversation.rev)
    return d.CatchUpAnswer(
        row=selectors.row_view(conversation),
        messages=_views(caught.messages),
        upto=caught.upto,
        more=caught.more,
        **_marks(conversation),
    )


def older(session: OperatorSession, frame: d.OlderFrame) -> d.OlderAnswer:
    visible_or_404(sight(session), frame.conversation)
    page = selectors.page_of_messages(frame.conversation, before=frame.before, limit=selectors.PAGE + 1)
    return d.OlderAnswer(
        conversation=frame.conversation,
        messages=_views(page[-selectors.PAGE :]),
        more=len(page) > selectors.PAGE,
    )


def _views(messages: Any) -> list[MessageView]:
    return [selectors.message_view(message, staff=True) for message in messages]


def _marks(conversation: Conversation) -> dict[str, int]:
    return {
        "customer_delivered_seq": conversation.customer_delivered_seq,
        "customer_read_seq": conversation.customer_read_seq,
        "staff_read_seq": conversation.staff_read_seq,
    }


def search(session: OperatorSession, frame: d.SearchFrame) -> d.SearchAnswer:
    """By number ("№ 1024" or "1024"), by the customer's name, by words of messages."""
    mine = sight(session)
    by_place = selectors.found_by_number_or_name(mine, frame.text.strip())
    by_words = selectors.found_by_words(mine, frame.text)
    rows = {
        row.pk: row
        for row in selectors.rows().filter(pk__in={message.conversation_id for message in by_words})
    }
    hits = [
        d.SearchHit(row=selectors.row_view(row), message=None, seq=None, snippet=row.last_text)
        for row in by_place
    ]
    hits += [
        d.SearchHit(
            row=selectors.row_view(rows[message.conversation_id]),
            message=message.pk,
            seq=message.seq,
            snippet=words.preview(message.text),
        )
        for message in by_words
    ]
    return d.SearchAnswer(hits=hits)


# --- around ---------------------------------------------------------------------------------------------


def draft(session: OperatorSession, frame: d.DraftFrame) -> None:
    marginalia.keep_draft(
        sight(session), frame.conversation, text=frame.text, note=frame.note, now=clock.now()
    )


def tag(session: OperatorSession, frame: d.TagFrame) -> d.TagsAnswer:
    actor = Actor.staff(session.user_id)
    tags = marginalia.set_tags(
        sight(session), frame.conversation, tags=frame.tags, actor=actor, now=clock.now()
    )
    return d.TagsAnswer(conversation=frame.conversation, tags=tags)


def card(session: OperatorSession, frame: d.CardFrame) -> d.CardAnswer:
    mine = sight(session)
    conversation = visible_or_404(mine, frame.conversation)
    customer = conversation.customer
    identities = list(customer.identities.select_related("channel").order_by("pk"))
    held = conversation.holder_id == session.user_id
    personal = held or mine.covers(
        Right.PERSONAL, line_id=conversation.line_id, channel_id=conversation.channel_id
    )
    return d.CardAnswer(
        conversation=conversation.pk,
        customer=customer.pk,
        name=customer.name,
        language=customer.language,
        online=leases.is_connected("customer", customer.pk),
        since=customer.created_at,
        identities=[_identity(each, conversation) for each in identities],
        personal=_personal(customer, identities, conversation) if personal else None,
        past=_past(mine, conversation),
    )


def _identity(identity: Any, conversation: Conversation) -> d.IdentityView:
    return d.IdentityView(
        id=identity.pk,
        channel=identity.channel.name,
        kind=identity.channel.kind,
        name=identity.name,
        verification=identity.verification,
        current=identity.pk == conversation.identity_id,
    )


def _personal(customer: Any, identities: list[Any], conversation: Conversation) -> d.PersonalView:
    current = next((each for each in identities if each.pk == conversation.identity_id), None)
    visitor = (
        Visitor.objects.filter(channel_id=current.channel_id, external_id=current.external_id).first()
        if current
        else None
    )
    return d.PersonalView(
        bank_id=customer.bank_id or "",
        phone=customer.phone,
        email=customer.email,
        attributes=customer.attributes,
        surroundings=_surroundings(visitor) if visitor else None,
    )


def _surroundings(visitor: Visitor) -> d.SurroundingsView:
    return d.SurroundingsView(
        page_url=visitor.page_url,
        page_title=visitor.page_title,
        browser=visitor.browser,
        time_zone=visitor.time_zone,
        language=visitor.language,
        address=visitor.address or "",
        seen_at=visitor.seen_at,
    )


def _past(mine: Sight, conversation: Conversation) -> list[d.PastView]:
    readable, locked = selectors.past_conversations(mine, conversation.customer_id)
    scores = dict(Rating.objects.filter(conversation__in=readable).values_list("conversation_id", "score"))
    views = [
        d.PastView(
            id=row.pk,
            line=row.line_id,
            state=row.state,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            locked=False,
            preview=row.last_text,
            channel=row.channel.kind,
            holder_name=selectors.person_view(row.holder).name if row.holder else "",
            score=scores.get(row.pk),
        )
        for row in readable
    ]
    views += [
        d.PastView(
            id=row.pk,
            line=row.line_id,
            state=row.state,
            opened_at=row.opened_at,
            closed_at=row.closed_at,
            locked=True,
        )
        for row in locked
    ]
    return sorted((view for view in views if view.id != conversation.pk), key=lambda view: -view.id)
