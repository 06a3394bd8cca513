"""Customers of the demo bank and the tokens by which the bank vouches for them."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

import jwt
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel, ChannelKey

TOKEN_LIFE = timedelta(minutes=5)


@dataclass(frozen=True)
class Person:
    """A made-up customer, as the bank's own systems would know him. Money is in roubles."""

    code: str
    bank_id: str
    name: str
    first_name: str
    phone: str
    tariff: str
    tariff_name: str | Promise
    balance: str
    card: str
    language: str = "ru"
    # What sort of business, yearly turnover and the log-in of his personal manager, where he has them.
    business: str = ""
    turnover: int = 0
    manager: str = ""

    @property
    def attributes(self) -> dict[str, str | int]:
        """What rules and categories may ask about him."""
        found: dict[str, str | int] = {
            "tariff": self.tariff,
            "card": self.card,
            "business": self.business,
            "turnover": self.turnover,
        }
        return {name: value for name, value in found.items() if value}


PEOPLE = {
    person.code: person
    for person in (
        Person(
            "maria",
            "MB-204817",
            "Мария Лебедева",
            "Мария",
            "+7 900 555-01-17",
            "premium",
            _("Premium"),
            "1 284 250,17",
            "2207",
        ),
        Person(
            "igor",
            "MB-118402",
            "Игорь Самойлов",
            "Игорь",
            "+7 900 555-02-34",
            "plus",
            _("Plus"),
            "96 480,50",
            "4417",
            business="ip",
            turnover=4_200_000,
            manager="timur",
        ),
        Person(
            "li",
            "MB-330095",
            "Lee Harper",
            "Lee",
            "+7 900 555-03-51",
            "base",
            _("Basic"),
            "12 905,00",
            "8130",
            language="en",
        ),
    )
}


def demo_channel() -> Channel | None:
    """The channel whose widget the site shows: the first one of the site that is on."""
    return Channel.objects.filter(kind="web", is_active=True).order_by("pk").first()


def signed_token(channel: Channel, person: Person, *, now: datetime) -> str | None:
    """A short token as a bank's back end would sign it (docs/identify.md); None without a key to sign with."""
    key = channel.keys.filter(is_active=True, algorithm=ChannelKey.Algorithm.HS256).order_by("pk").first()
    if key is None:
        return None
    claims = {
        "aud": channel.public_key,
        "sub": person.bank_id,
        "iat": int(now.timestamp()),
        "exp": int((now + TOKEN_LIFE).timestamp()),
        "jti": secrets.token_urlsafe(16),
        "name": person.name,
        "phone": person.phone,
        "attributes": person.attributes,
    }
    return jwt.encode(claims, key.secret, algorithm=key.algorithm, headers={"kid": key.name})
