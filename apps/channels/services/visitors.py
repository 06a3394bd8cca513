"""Browsers and apps that opened the chat, and the bearer tokens by which they are known again."""

from __future__ import annotations

import hashlib
import ipaddress
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from apps.channels.adapters.registry import own_socket_kinds
from apps.channels.models import Channel, Visitor
from apps.core.errors import DomainError
from apps.core.masking import fitted


class TokenRefused(DomainError):
    """The token is unknown, expired, or of another channel or site: all look alike."""

    code = "token_refused"
    status = 401


_ENDED = _("The chat session has ended. Open the chat again.")


class ChannelClosed(DomainError):
    """There is no such channel, or it is switched off."""

    code = "channel_closed"
    status = 404


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What the page tells of itself and what the socket knows of its other end."""

    language: str = "ru"
    time_zone: str = ""
    page_url: str = ""
    page_title: str = ""
    browser: str = ""
    address: str | None = None
    # The page names itself once more: a reconnection, nobody went anywhere.
    again: bool = False


def digest(token: str) -> str:
    """What is kept of a bearer token."""
    return hashlib.sha256(token.encode()).hexdigest()


def find_channel(public_key: str) -> Channel:
    """The open channel of a public key, of a kind that lives on our sockets; raises ChannelClosed."""
    own = Channel.objects.filter(kind__in=own_socket_kinds(), is_active=True)
    channel = own.filter(public_key=public_key).first()
    if channel is None:
        raise ChannelClosed(_("This chat is not available."))
    return channel


def site_of(page_url: str) -> str:
    """Scheme, host and port of a page, as sites are listed in the channel; of no proper address the text itself."""
    try:
        parts = urlsplit(page_url)
    except ValueError:
        return page_url.lower()
    return f"{parts.scheme}://{parts.netloc}".lower() if parts.netloc else ""


def home_of(url: str) -> str:
    """What of a web address decides whose browser storage a frame sees there; of any other address nothing.

    Browsers divide it by registrable domain. The last two labels of the host stand for that: never narrower, so that
    nobody loses his chat between www.bank.example and online.bank.example (docs/decisions/0012).
    """
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return ""
    if parts.scheme not in ("http", "https"):
        return ""
    return host if _is_address(host) else ".".join(host.rstrip(".").split(".")[-2:])


def _is_address(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def checked_site(channel: Channel, page_url: str) -> str:
    """The page's site when the channel admits it; an empty list admits any, and apps have no page."""
    site = site_of(page_url)
    if site and channel.allowed_sites and site not in channel.allowed_sites:
        raise DomainError(_("The chat may not be opened from this site."), code="site_refused")
    return site


def admit(channel: Channel, *, around: Surroundings, now: datetime) -> tuple[Visitor, str]:
    """A new visitor and his token, which is shown this once. A site that the channel does not list gets none."""
    site = checked_site(channel, around.page_url)
    token = secrets.token_urlsafe(32)
    visitor = Visitor(
        channel=channel,
        external_id=secrets.token_hex(16),
        token_digest=digest(token),
        site=site[:200],
        created_at=now,
        expires_at=now + timedelta(days=channel.visitor_days),
    )
    _write_surroundings(visitor, around, now)
    visitor.save(force_insert=True)
    return visitor, token


def recognise(
    channel: Channel, token: str, *, around: Surroundings, now: datetime
) -> tuple[Visitor, tuple[str, str] | None]:
    """The visitor of a token, seen now, and the address and title of the page when it is another than before.

    Raises TokenRefused, which a token of another site in the same channel meets as well, or a refusal of the site.
    """
    checked_site(channel, around.page_url)
    visitor = find_visitor(channel, token, now=now)
    if not _is_at_home(visitor, around.page_url):
        raise TokenRefused(_ENDED)
    page = _another_page(visitor, around, now)
    _write_surroundings(visitor, around, now)
    visitor.save(
        update_fields=["language", "time_zone", "page_url", "page_title", "browser", "address", "seen_at"]
    )
    return visitor, page


def _is_at_home(visitor: Visitor, page_url: str) -> bool:
    """Whether a page may hold this visitor's token; apps and clients that name no page are not asked."""
    homes = {home_of(visitor.site), home_of(page_url)} - {""}
    return len(homes) < 2


def _another_page(visitor: Visitor, around: Surroundings, now: datetime) -> tuple[str, str] | None:
    url, title = fitted(around.page_url, 1000), fitted(around.page_title, 200)
    if not url or around.again or url == visitor.page_url:
        return None
    return (url, title) if move_to_page(visitor.pk, url=url, title=title, now=now) else None


def find_visitor(channel: Channel, token: str, *, now: datetime) -> Visitor:
    """The visitor of a token of this channel, without noting that he was seen; raises TokenRefused."""
    visitor = Visitor.objects.filter(channel=channel, token_digest=digest(token), expires_at__gt=now).first()
    if visitor is None:
        raise TokenRefused(_ENDED)
    return visitor


def holding(visitor_id: int, token_digest: str, *, now: datetime) -> QuerySet[Visitor]:
    """The visitor, if the token under which a socket was opened is still his: not replaced, ended or expired."""
    return Visitor.objects.filter(pk=visitor_id, token_digest=token_digest, expires_at__gt=now)


def is_admitted(channel_id: int, external_id: str, *, now: datetime) -> bool:
    """Whether the visitor of an address still holds a token: he has not logged out, and it has not expired."""
    mine = Visitor.objects.filter(channel=channel_id, external_id=external_id)
    return mine.filter(expires_at__gt=now).exists()


def rotate_token(visitor_id: int, *, channel: Channel, now: datetime) -> str:
    """Give the visitor a new token; the old one is dead from the commit on."""
    token = secrets.token_urlsafe(32)
    Visitor.objects.filter(pk=visitor_id).update(
        token_digest=digest(token), expires_at=now + timedelta(days=channel.visitor_days)
    )
    return token


def move_to_page(visitor_id: int, *, url: str, title: str, now: datetime) -> bool:
    """Note the page a visitor is on; True when it is another one than before."""
    url, title = fitted(url, 1000), fitted(title, 200)
    others = Visitor.objects.filter(pk=visitor_id).exclude(page_url=url)
    return bool(others.update(page_url=url, page_title=title, seen_at=now))


def _write_surroundings(visitor: Visitor, around: Surroundings, now: datetime) -> None:
    visitor.language = around.language
    visitor.time_zone = fitted(around.time_zone, 64)
    visitor.page_url = fitted(around.page_url, 1000)
    visitor.page_title = fitted(around.page_title, 200)
    visitor.browser = fitted(around.browser, 300)
    visitor.address = around.address
    visitor.seen_at = now


def begin_anew(visitor_id: int, *, channel: Channel, now: datetime) -> tuple[Visitor, str]:
    """End a visitor and admit a fresh one in his place, with his token: somebody else sits there by now."""
    former = Visitor.objects.select_for_update(no_key=True).get(pk=visitor_id)
    end(visitor_id, now=now)
    around = Surroundings(
        language=former.language,
        time_zone=former.time_zone,
        page_url=former.page_url,
        page_title=former.page_title,
        browser=former.browser,
        address=former.address,
    )
    return admit(channel, around=around, now=now)


def end(visitor_id: int, *, now: datetime) -> None:
    """The visitor's token is dead from now on; the row stays with its history."""
    Visitor.objects.filter(pk=visitor_id).update(expires_at=now)
