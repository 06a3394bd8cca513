"""Letters to customers leave: claimed, begun in a transaction of their own, handed to the mail server outside any.

After a crash the rows tell: claimed and not begun surely did not leave; begun and not ended perhaps did, and then a
person decides. A letter is never sent a second time by itself once the mail server may have had it.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from django.db import transaction
from django.utils.translation import gettext as _

from apps.conversations.access import Sight
from apps.conversations.events import LetterFailed, LetterQueued, LetterSent
from apps.conversations.models import AuthorKind, Conversation, Letter
from apps.conversations.services import envelopes, fallback, lifecycle, mailboxes, timeline
from apps.conversations.services.delivery import require_answer
from apps.core import leases
from apps.core.actors import SYSTEM, Actor
from apps.core.each import each_alone
from apps.core.errors import Conflict, NotFound
from apps.core.events import announce
from apps.core.letters import NotNow, NotTaken, PerhapsTaken, hand_over
from apps.core.locks import only_one
from apps.core.masking import short_email

logger = logging.getLogger(__name__)

State = Letter.State
Trouble = Letter.Trouble

# Runs that send at the same moment in the whole installation: a slow mail server must not take every worker.
SLOTS = 2
# One run sends for so long and leaves the rest to the next one.
SENDING_SECONDS = 20
# A claim whose worker has not begun by then goes back to the queue.
CLAIM_LIFE = timedelta(seconds=30)
# Longer than a mail server that answers at all takes, each step within EMAIL_TIMEOUT.
TRY_LIFE = timedelta(minutes=5)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(minutes=10)
# About four hours of tries.
GIVE_UP_AFTER = 30
BATCH = 100


@dataclass(frozen=True, slots=True)
class Claimed:
    """A letter that this worker has taken, as of ``claimed_at``."""

    pk: int
    conversation_id: int
    claimed_at: datetime


@dataclass(frozen=True, slots=True)
class Try:
    """One try of a letter, written down before it is made."""

    letter: Letter
    envelope: envelopes.Envelope


# --- the drain --------------------------------------------------------------------------------------------


def send_due(*, now: Callable[[], datetime]) -> int:
    """Send what is due, one after another; returns how many were tried. Ends where the mail server is away."""
    for slot in range(SLOTS):
        with only_one("letters", slot) as is_free:
            if is_free:
                return _drain(now)
    return 0


def _drain(now: Callable[[], datetime]) -> int:
    until = time.monotonic() + SENDING_SECONDS
    count = 0
    while time.monotonic() < until:
        claimed = claim(now=now())
        if claimed is None:
            break
        count += 1
        if not carry(claimed, now=now):
            break
    return count


@transaction.atomic
def claim(*, now: datetime) -> Claimed | None:
    """Take the letter that is due longest; no two workers take the same."""
    due = Letter.objects.filter(state=State.QUEUED, due_at__lte=now).order_by("due_at", "pk")
    letter = due.select_for_update(no_key=True, skip_locked=True).first()
    if letter is None:
        return None
    letter.state, letter.claimed_at, letter.changed_at = State.SENDING, now, now
    letter.begun_at = None
    letter.save(update_fields=["state", "claimed_at", "begun_at", "changed_at"])
    return Claimed(letter.pk, letter.conversation_id, now)


def carry(claimed: Claimed, *, now: Callable[[], datetime]) -> bool:
    """One try of one claimed letter. False where the mail server cannot be reached: others would not leave either."""
    made = _begin(claimed, now())
    if made is None:
        return True
    try:
        message = envelopes.compose(made.letter, made.envelope)
    except Exception:
        logger.exception("letter %s could not be written", made.letter.pk)
        _later(made.letter, None, now=now())
        return True
    try:
        hand_over(message)
    except NotTaken as refusal:
        trouble = Trouble.ADDRESS if refusal.of_address else Trouble.CONTENT
        _fail(made.letter, trouble, refusal.code, now=now())
    except NotNow as refusal:
        _later(made.letter, refusal.code, now=now())
        return refusal.code is not None
    except PerhapsTaken:
        _perhaps(made.letter, now=now())
    except Exception:
        logger.exception("letter %s broke while it was handed over", made.letter.pk)
        _perhaps(made.letter, now=now())
    else:
        _sent(made.letter, made.envelope.first_seq, now=now())
    return True


@transaction.atomic
def _begin(claimed: Claimed, now: datetime) -> Try | None:
    """Write down that it leaves now, with what stands now; None when it is not ours or not needed any more."""
    conversation, letter = _locked(claimed.pk, claimed.conversation_id)
    if letter.state != State.SENDING or letter.claimed_at != claimed.claimed_at:
        return None
    envelope = None if _came_back(conversation, letter) else envelopes.of(conversation, letter)
    if envelope is None:
        _drop(conversation, letter, now)
        return None
    letter.attempts_made += 1
    letter.begun_at, letter.claimed_at, letter.changed_at = now, None, now
    letter.after_seq, letter.upto_seq = envelope.after_seq, envelope.upto_seq
    letter.save()
    return Try(letter, envelope)


def _came_back(conversation: Conversation, letter: Letter) -> bool:
    """Whether a letter is no longer needed: he sits in the chat, or a reminder's silence has ended."""
    if letter.purpose == Letter.Purpose.REMINDER:
        return conversation.state == "closed" or conversation.last_author == AuthorKind.CUSTOMER
    return leases.is_connected("customer", conversation.customer_id)


def _drop(conversation: Conversation, letter: Letter, now: datetime) -> None:
    letter.state, letter.claimed_at, letter.changed_at = State.DROPPED, None, now
    letter.save(update_fields=["state", "claimed_at", "changed_at"])
    if letter.purpose == Letter.Purpose.ANSWERS and fallback.first_unread(conversation) is not None:
        fallback.watch_again(conversation, now=now)


# --- what became of it ------------------------------------------------------------------------------------


@transaction.atomic
def _sent(made: Letter, first_seq: int, *, now: datetime) -> None:
    """An answer that comes too late only helps: what was thought lost has left after all."""
    conversation, letter = _locked(made.pk, made.conversation_id)
    if letter.state in (State.SENT, State.DROPPED) or letter.begun_at != made.begun_at:
        return
    _end(letter, State.SENT, "", None, now)
    is_reminder = letter.purpose == Letter.Purpose.REMINDER
    timeline.add_system_line(
        conversation,
        "letter_reminded" if is_reminder else "letter_sent",
        actor=SYSTEM,
        now=now,
        staff_only=is_reminder,
        letter=letter.pk,
        to=short_email(letter.email),
        shown=short_email(letter.email) if _may_be_told(conversation, letter) else "",
    )
    event = LetterSent(
        conversation=conversation.pk,
        rev=conversation.rev,
        letter=letter.pk,
        purpose=letter.purpose,
        first=first_seq,
        last=letter.upto_seq,
    )
    announce(event, actor=SYSTEM, now=now)


def _may_be_told(conversation: Conversation, letter: Letter) -> bool:
    """What the bank knows of its customer is not told to an address in a chat that anybody could sit at."""
    return not letter.vouched or conversation.identity.is_trusted


def _fail(made: Letter, trouble: str, code: int | None, *, now: datetime) -> None:
    _give_up(made, State.FAILED, trouble, code, now=now)


def _perhaps(made: Letter, *, now: datetime) -> None:
    _give_up(made, State.UNCERTAIN, Trouble.LOST, None, now=now)


@transaction.atomic
def _give_up(made: Letter, state: str, trouble: str, code: int | None, *, now: datetime) -> None:
    """It did not leave, or perhaps did: the staff are told, with a button that tries once more."""
    conversation, letter = _locked(made.pk, made.conversation_id)
    if letter.state != State.SENDING or letter.begun_at != made.begun_at:
        return
    _end(letter, state, trouble, code, now)
    line = "letter_failed" if state == State.FAILED else "letter_uncertain"
    to = short_email(letter.email)
    timeline.add_system_line(
        conversation, line, actor=SYSTEM, now=now, staff_only=True, letter=letter.pk, to=to, why=trouble
    )
    event = LetterFailed(
        conversation=conversation.pk,
        rev=conversation.rev,
        letter=letter.pk,
        purpose=letter.purpose,
        state=state,
        trouble=trouble,
    )
    announce(event, actor=SYSTEM, now=now)


def _end(letter: Letter, state: str, trouble: str, code: int | None, now: datetime) -> None:
    letter.state, letter.trouble, letter.smtp_code, letter.changed_at = state, trouble, code, now
    letter.claimed_at = None
    letter.save(update_fields=["state", "trouble", "smtp_code", "claimed_at", "changed_at"])


def _later(made: Letter, code: int | None, *, now: datetime) -> None:
    """It has not left: queue it again, later each time, until nobody waits for it any more."""
    if made.attempts_made >= GIVE_UP_AFTER:
        _fail(made, Trouble.SERVER, code, now=now)
        return
    pause = min(FIRST_PAUSE * 2 ** min(made.attempts_made - 1, 10), LONGEST_PAUSE)
    ours = Letter.objects.filter(pk=made.pk, state=State.SENDING, begun_at=made.begun_at)
    ours.update(state=State.QUEUED, due_at=now + pause, smtp_code=code, changed_at=now)


def recover(*, now: datetime) -> int:
    """What killed workers left behind; returns how many letters were found."""
    sending = Letter.objects.filter(state=State.SENDING)
    unbegun = sending.filter(claimed_at__lte=now - CLAIM_LIFE)
    count = unbegun.update(state=State.QUEUED, claimed_at=None, changed_at=now)
    lost = list(sending.filter(claimed_at__isnull=True, begun_at__lte=now - TRY_LIFE)[:BATCH])
    return count + len(each_alone("a letter whose worker is gone", partial(_perhaps, now=now), lost))


# --- by hand ----------------------------------------------------------------------------------------------


@transaction.atomic
def retry(sight: Sight, letter_id: int, *, now: datetime) -> Letter:
    """Send a failed or uncertain letter again, to the address that is known by now; a line in the thread says so.

    Raises NotFound, NotYours, Conflict when it is on its way, has arrived, or is not needed.
    """
    seen = Conversation.objects.visible_to(sight).values("pk")
    found = Letter.objects.filter(pk=letter_id, conversation__in=seen).first()
    if found is None:
        raise NotFound(_("There is no such letter."))
    conversation, letter = _locked(found.pk, found.conversation_id)
    require_answer(sight, conversation, even_closed=True)
    if letter.state not in (State.FAILED, State.UNCERTAIN):
        raise Conflict(_("This letter is on its way or has left."), code="not_failed")
    if envelopes.of(conversation, letter) is None or _came_back(conversation, letter):
        raise Conflict(_("The customer is back: he reads it in the chat."), code="came_back")
    _again(conversation, letter, Actor.staff(sight.user_id), now)
    return letter


def _again(conversation: Conversation, letter: Letter, actor: Actor, now: datetime) -> None:
    mailbox = mailboxes.usable(conversation.identity)
    if mailbox is not None:
        letter.email, letter.vouched = mailbox.email, mailbox.vouched
    letter.state, letter.due_at, letter.attempts_made = State.QUEUED, now, 0
    letter.trouble, letter.smtp_code, letter.changed_at = "", None, now
    letter.save()
    to = short_email(letter.email)
    timeline.add_system_line(
        conversation, "letter_again", actor=actor, now=now, staff_only=True, letter=letter.pk, to=to
    )
    event = LetterQueued(
        conversation=conversation.pk, rev=conversation.rev, letter=letter.pk, purpose=letter.purpose
    )
    announce(event, actor=actor, now=now)


def _locked(letter_id: int, conversation_id: int) -> tuple[Conversation, Letter]:
    """Conversation before letter, as everywhere."""
    conversation = lifecycle.lock(conversation_id)
    return conversation, Letter.objects.select_for_update(no_key=True).get(pk=letter_id)
