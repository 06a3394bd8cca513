"""Where a letter to a customer may go: the e-mail that the bank vouches for, else the one he left in the chat.

What he left nobody vouches for. It belongs to the address in the channel at which he left it, and gets what was
written there.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.db import transaction
from django.utils.translation import gettext as _

from apps.conversations.models import GivenEmail, Identity, Letter
from apps.conversations.services.inbound import lock_owner
from apps.core.errors import Invalid
from apps.core.masking import clean_text, mask, short_email

LONGEST = 200
# Letters that an address gets in a day when nobody vouches for it: anybody can type anybody's.
LETTERS_A_DAY = 20
DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An e-mail of a customer. ``vouched``: the bank says so, not only he, who did so at ``since``."""

    email: str
    vouched: bool
    since: datetime | None = None

    @property
    def short(self) -> str:
        return short_email(self.email)


def checked(email: str) -> str:
    """An e-mail as it is kept; raises Invalid."""
    found = mask(clean_text(email)).strip()
    try:
        validate_email(found if len(found) <= LONGEST else "")
    except ValidationError as error:
        raise Invalid(_("Check the e-mail."), code="wrong_email") from error
    return found


@transaction.atomic
def give(identity: Identity, email: str, *, now: datetime) -> None:
    """He leaves his e-mail, or another one; an empty one takes it back. Raises Invalid."""
    kept = GivenEmail.objects.filter(identity=identity)
    if not email.strip():
        kept.delete()
        return
    found = checked(email)
    lock_owner(identity)
    GivenEmail.objects.update_or_create(identity=identity, defaults={"email": found, "given_at": now})


def usable(identity: Identity) -> Mailbox | None:
    """Where a letter with what was written to ``identity`` goes: the first address that no mail server has refused."""
    return next((each for each in _all(identity) if not was_refused(each)), None)


def _all(identity: Identity) -> list[Mailbox]:
    customer = identity.customer
    given = GivenEmail.objects.filter(identity=identity).first()
    found = [Mailbox(customer.email, True)] if customer.email and customer.email_vouched else []
    return [*found, Mailbox(given.email, False, given.given_at)] if given else found


def for_reminder(identity: Identity) -> list[Mailbox]:
    """Where he may be reminded, in this order: what he left at any address of his will do, for it tells nothing."""
    found = _all(identity)
    others = GivenEmail.objects.filter(identity__customer=identity.customer_id).exclude(identity=identity)
    return found + [Mailbox(each.email, False, each.given_at) for each in others.order_by("-given_at")]


def was_refused(mailbox: Mailbox) -> bool:
    """Whether the last letter there came to nothing because of the address; who leaves it anew is tried anew."""
    sent = Letter.objects.filter(email=mailbox.email).exclude(state=Letter.State.DROPPED).order_by("-pk")
    if mailbox.since is not None:
        sent = sent.filter(created_at__gte=mailbox.since)
    return sent.values_list("trouble", flat=True).first() == Letter.Trouble.ADDRESS


def had_enough(mailbox: Mailbox, *, now: datetime) -> bool:
    """Whether an address that nobody vouches for got so many letters of late that it could be somebody else's."""
    if mailbox.vouched:
        return False
    lately = Letter.objects.filter(email=mailbox.email, created_at__gt=now - DAY)
    return lately.count() >= LETTERS_A_DAY
