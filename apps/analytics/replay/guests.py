"""Customers of a living demo: most are signed in at the bank and have a name, and they choose a department."""

from __future__ import annotations

import random
import secrets
import time
from dataclasses import dataclass
from typing import Any

import jwt

from apps.analytics.replay.client import Frame, FrameError
from apps.analytics.replay.customer import CustomerClient
from apps.channels.models import Channel, ChannelKey

ANONYMOUS = 0.25
TOKEN_SECONDS = 300
NAMES = {
    "ru": (
        "Алина Соколова",
        "Виктор Ершов",
        "Дарья Мельникова",
        "Камиль Гареев",
        "Лидия Павлова",
        "Максим Чернов",
        "Нина Белова",
        "Олег Тарасов",
        "Рита Аванесян",
        "Станислав Юрьев",
        "Фёдор Панин",
        "Юлия Крылова",
    ),
    "en": ("Chris Boyle", "Dana Whitfield", "Ivo Horvat", "Priya Raman"),
}


@dataclass(frozen=True, slots=True)
class Signature:
    """With what the bank's back end signs tokens for one channel (docs/identify.md)."""

    audience: str
    name: str
    secret: str

    def of(self, customer: str, number: int) -> str:
        now = int(time.time())
        claims = {
            "aud": self.audience,
            "sub": f"live-{number}",
            "iat": now,
            "exp": now + TOKEN_SECONDS,
            "jti": secrets.token_urlsafe(16),
            "name": customer,
        }
        return jwt.encode(claims, self.secret, algorithm="HS256", headers={"kid": self.name})


def signature_of(channel: Channel) -> Signature | None:
    """The channel's newest shared secret; None when the bank signs in another way or not at all."""
    shared = channel.keys.filter(is_active=True, algorithm=ChannelKey.Algorithm.HS256)
    key = shared.order_by("pk").last()
    return Signature(channel.public_key, key.name, key.secret) if key else None


@dataclass
class Guest(CustomerClient):
    """A widget or app whose customer may be known to the bank, and picks one of the open departments."""

    signature: Signature | None = None

    def __post_init__(self) -> None:
        super().__post_init__()
        self.dice = random.Random()  # noqa: S311 - liveliness, not secrets
        self.department: int | None = None
        self.will_sign_in = self.dice.random() >= ANONYMOUS

    async def welcomed(self, answer: Frame) -> None:
        open_ones = [each["id"] for each in answer["departments"] if each["open"]]
        if open_ones and self.department is None:
            self.department = self.dice.choice(open_ones)
        if self.signature is not None and self.will_sign_in:
            await self._introduce(self.signature)
        await super().welcomed(answer)

    async def _introduce(self, signature: Signature) -> None:
        names = NAMES.get(self.language, NAMES["en"])
        number = self.dice.randrange(len(names))
        try:
            token = signature.of(names[number], number)
            await self.request({"type": "identify", "jwt": token})
        except FrameError as error:
            if error.code == "offline":
                raise
        self.will_sign_in = False

    def prepared(self, frame: Frame) -> Frame:
        ready: dict[str, Any] = super().prepared(frame)
        wanted = self.department if "conversation" not in ready else None
        return ready | ({"department": wanted} if wanted else {})
