"""Channels for tests only: a provider with a ledger of its own and faults by order.

``BlindAdapter`` sends without a key, as many bot APIs do; ``KeyedAdapter``'s provider knows repeats. In one
process the ledger is a list; where ``OTKLIK_NULL_LEDGER`` names a file, the processes of a server write there.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import threading
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import datetime
from pathlib import Path

from apps.channels.adapters.base import (
    Abilities,
    Adapter,
    InboundMessage,
    InboundReceipt,
    NotAuthentic,
    OutboundMessage,
    RawUpdate,
    SendReceipt,
)

SECRET = "the null provider's secret"
SIGNATURE = "X-Null-Signature"


def signature(body: bytes, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def request(*updates: object) -> bytes:
    """The body of a webhook with these updates."""
    return json.dumps({"updates": updates}).encode()


def message(
    number: str, text: str, *, sender: str = "42", name: str = "Пётр", start: str = ""
) -> dict[str, object]:
    return {"id": number, "message": {"from": sender, "name": name, "text": text, "start": start}}


def receipt(number: str, provider_id: str, state: str) -> dict[str, object]:
    return {"id": number, "receipt": {"of": provider_id, "state": state}}


@dataclass(frozen=True)
class Carried:
    """One message as it reached the provider's customer."""

    provider_id: str
    recipient: str
    text: str
    key: str


@dataclass
class Provider:
    """What the provider has taken, and what goes wrong next: each fault is used once, before or after taking."""

    carried: list[Carried] = field(default_factory=list)
    before: list[Callable[[OutboundMessage], object]] = field(default_factory=list)
    after: list[Callable[[OutboundMessage], object]] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def take(self, message: OutboundMessage, *, knows_repeats: bool) -> SendReceipt:
        if self.before:
            self.before.pop(0)(message)
        with self.lock:
            carried = self._known(message) if knows_repeats else None
            carried = carried or self._write(message)
        if self.after:
            self.after.pop(0)(message)
        return SendReceipt(carried.provider_id)

    @property
    def texts(self) -> list[str]:
        return [each.text for each in self.carried]

    def _known(self, message: OutboundMessage) -> Carried | None:
        return next((each for each in self.carried if each.key == message.key), None)

    def _write(self, message: OutboundMessage) -> Carried:
        carried = Carried(f"p{len(self.carried) + 1}", message.recipient, message.text, message.key)
        self.carried.append(carried)
        if path := os.environ.get("OTKLIK_NULL_LEDGER"):
            with Path(path).open("a") as ledger:
                ledger.write(json.dumps(asdict(carried), ensure_ascii=False) + "\n")
        return carried


def fails(error: Exception) -> Callable[[OutboundMessage], object]:
    """A fault that raises."""

    def fault(_message: OutboundMessage) -> object:
        raise error

    return fault


class BlindAdapter(Adapter):
    kind = "null"
    label = "Null"
    abilities = Abilities(text_limit=30_000, idempotent=False, deep_links=True, writes_first=True)
    provider = Provider()

    def authenticate(self, headers: Mapping[str, str], body: bytes, *, now: datetime) -> None:
        given = {name.lower(): value for name, value in headers.items()}.get(SIGNATURE.lower(), "")
        if not hmac.compare_digest(given.encode(), signature(body, self.secret).encode()):
            raise NotAuthentic

    def split(self, body: bytes) -> list[RawUpdate]:
        loose = json.loads(body)
        if not isinstance(loose, dict) or not isinstance(loose.get("updates"), list):
            raise ValueError("no updates in it")
        return [
            RawUpdate(external_id=str(each["id"]), body=json.dumps(each).encode())
            for each in loose["updates"]
        ]

    def parse(self, update: RawUpdate) -> Iterable[InboundMessage | InboundReceipt]:
        loose = json.loads(update.body)
        if loose.get("poison"):
            raise ValueError(f"poison: {loose['poison']}")
        if said := loose.get("message"):
            yield InboundMessage(
                sender=str(said["from"]),
                external_id=str(loose["id"]),
                text=said["text"],
                sender_name=said.get("name", ""),
                start=said.get("start", ""),
            )
        if word := loose.get("receipt"):
            yield InboundReceipt(provider_id=str(word["of"]), state=word["state"])

    def deep_link(self, token: str) -> str:
        return f"https://null.example/{self.kind}?start={token}"

    def send(self, message: OutboundMessage) -> SendReceipt:
        return self.provider.take(message, knows_repeats=self.abilities.idempotent)


class KeyedAdapter(BlindAdapter):
    kind = "null-keyed"
    label = "Null, keyed"
    abilities = Abilities(text_limit=30_000, idempotent=True)
    provider = Provider()
