"""Letters: text and HTML in the bank's look, in the reader's language and time, and their way to the mail server.

A letter carries its logo with it, so that opening it fetches nothing. Staff get two: the link by which somebody sets
a new password, asked for at the door or sent by an administrator, and the watchdog's alarm. What customers get is
decided in conversations.
"""

from __future__ import annotations

import logging
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.mime.base import MIMEBase
from email.mime.image import MIMEImage
from email.utils import formataddr, parseaddr
from smtplib import (
    SMTPException,
    SMTPNotSupportedError,
    SMTPRecipientsRefused,
    SMTPResponseException,
    SMTPSenderRefused,
)
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from celery import current_app
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.db import transaction
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation

from apps.core.actors import Actor
from apps.core.events import DomainEvent, announce, transient
from apps.core.files.errors import FileUnavailable
from apps.core.files.storing import ensure_servable, open_stored
from apps.core.models import Brand, User

logger = logging.getLogger(__name__)

PERMANENT = 500  # answers of a mail server from here on are final


@dataclass(frozen=True, slots=True, kw_only=True)
class PasswordLetterAsked(DomainEvent):
    """Somebody is to be sent a link for a new password. ``site``: scheme and host at which he reaches us."""

    kind: ClassVar[str] = "staff.password_letter_asked"
    subject_kind: ClassVar[str] = "user"

    user: int
    site: str = transient("")


def may_have_password(user: User) -> bool:
    """People who work here; services sign in with tokens and those switched off not at all."""
    return user.is_active and not user.is_service


@transaction.atomic
def ask_password_letter(user: User, *, site: str, actor: Actor, now: datetime) -> bool:
    """Have the letter sent, soon and by a worker; False for an account that can have none."""
    if not (settings.LETTERS and user.email and may_have_password(user)):
        return False
    announce(PasswordLetterAsked(user=user.pk, site=site), actor=actor, now=now)
    return True


def post(event: PasswordLetterAsked) -> None:
    """Hand the letter to a worker. By name: tasks are an edge, which nothing below imports."""
    arguments = {"user_id": event.user, "site": event.site}
    current_app.send_task("apps.core.tasks.send_password_letter", kwargs=arguments)


def send_password_letter(user: User, *, site: str, now: datetime) -> None:
    """Send the link: it works once, for a day, and dies with the next sign-in. Raises what the mail server says."""
    key = default_token_generator.make_token(user)
    path = reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])
    until = now + timedelta(seconds=settings.PASSWORD_RESET_TIMEOUT)
    send(user, "password", {"reader": user, "link": site + path, "until": until})


def send(user: User, letter: str, facts: dict[str, Any]) -> None:
    """Send templates/letters/<letter> to a member of staff. Raises what the mail server says."""
    facts = {"reader": user, **facts}
    compose(letter, facts, to=user.email, language=user.language, time_zone=user.time_zone).send()


def compose(
    letter: str, facts: dict[str, Any], *, to: str, language: str, time_zone: str, key: object = None
) -> EmailMultiAlternatives:
    """templates/letters/<letter> in the reader's language and time. ``key``: what its Message-ID is made of."""
    brand = Brand.objects.select_related("logo").first() or Brand()
    logo = _logo(brand)
    facts = {"brand": brand, "has_logo": logo is not None, **facts}
    with translation.override(language), timezone.override(ZoneInfo(time_zone)):
        subject, text, html = (
            render_to_string(f"letters/{letter}.{part}", facts) for part in ("subject.txt", "txt", "html")
        )
    # Nobody's "out of the office" is wanted (RFC 3834).
    headers = {"Auto-Submitted": "auto-generated"}
    if key is not None:
        headers["Message-ID"] = f"<{key}@{_domain()}>"
    message = EmailMultiAlternatives(
        subject=" ".join(subject.split()),
        body=text.strip() + "\n",
        from_email=formataddr((brand.called(language), settings.DEFAULT_FROM_EMAIL)),
        to=[to],
        headers=headers,
    )
    message.attach_alternative(html, "text/html")
    if logo is not None:
        message.mixed_subtype = "related"  # type: ignore[attr-defined]  # an attribute the stubs forget
        message.attach(logo)
    return message


def _domain() -> str:
    return parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]


class NotTaken(Exception):
    """The mail server refuses the letter for good. ``of_address``: whoever it is for, not what it says."""

    def __init__(self, code: int | None, *, of_address: bool) -> None:
        super().__init__(code)
        self.code, self.of_address = code, of_address


class NotNow(Exception):
    """The letter has not left and may be tried again; without a ``code`` the mail server cannot be reached."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__(code)
        self.code = code


class PerhapsTaken(Exception):
    """The connection broke while the letter was handed over."""


def hand_over(message: EmailMultiAlternatives) -> None:
    """Give a letter to the mail server, once. Raises NotTaken, NotNow or PerhapsTaken.

    Takes minutes where the mail server is slow: never inside a transaction.
    """
    server = get_connection()
    try:
        server.open()
    except (OSError, SMTPException) as error:
        raise NotNow from error
    try:
        server.send_messages([message])
    except (OSError, SMTPException) as error:
        raise _meant_by(error) from error
    finally:
        # It has spoken: how it says good-bye changes nothing.
        with suppress(OSError, SMTPException):
            server.close()


def _meant_by(error: Exception) -> Exception:
    """What a failure in the middle of a conversation with the mail server says about the letter."""
    if isinstance(error, SMTPRecipientsRefused):
        code = next(iter(error.recipients.values()))[0]
        return NotTaken(code, of_address=True) if code >= PERMANENT else NotNow(code)
    if isinstance(error, SMTPNotSupportedError):
        return NotTaken(None, of_address=True)
    if isinstance(error, SMTPSenderRefused):
        # It is our own address that it does not like: whoever runs this mends it.
        return NotNow(error.smtp_code)
    if isinstance(error, SMTPResponseException):
        code = error.smtp_code
        return NotTaken(code, of_address=False) if code >= PERMANENT else NotNow(code)
    return PerhapsTaken()


def _logo(brand: Brand) -> MIMEBase | None:
    """The bank's logo as a part named "logo"; a letter goes without one that cannot be read."""
    if brand.logo is None:
        return None
    try:
        ensure_servable(brand.logo)
        with open_stored(brand.logo) as content:
            part = MIMEImage(content.read(), brand.logo.content_type.removeprefix("image/"))
    except FileUnavailable:
        logger.warning("the logo cannot be put into a letter")
        return None
    part.add_header("Content-ID", "<logo>")
    part.add_header("Content-Disposition", "inline", filename=brand.logo.name)
    return part
