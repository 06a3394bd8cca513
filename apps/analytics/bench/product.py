"""The product furnished for a bench: conversations that are held, and seats at both of their ends."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.conf import settings

from apps.analytics.bench.pairs import Seat
from apps.analytics.replay import scene
from apps.analytics.replay.operator import Desk
from apps.analytics.replay.run import loopback_address
from apps.channels.models import Channel
from apps.channels.services import visitors
from apps.conversations.access import sight_of
from apps.conversations.services import inbound
from apps.core import clock
from apps.core.actors import Actor
from apps.core.models import User
from apps.operators.models import Presence
from apps.operators.services import tickets
from apps.operators.services.presence import set_presence
from apps.routing.services import handling, placement

CAPACITY = 5
APPLICATION = "config.unlimited:application"


@dataclass(frozen=True, slots=True)
class Held:
    """A conversation with its two people: the customer by his token, the operator by his desk."""

    conversation: int
    key: str
    token: str
    desk: Desk


def furnish(number: int) -> list[Held]:
    """So many operators, each holding one conversation of a customer in an app."""
    stage = scene.set_up(operators=number, capacity=CAPACITY)
    key, _kind = stage.keys["app"]
    channel = Channel.objects.get(public_key=key)
    return [_held(channel, desk, clock.now()) for desk in stage.desks]


def _held(channel: Channel, desk: Desk, now: datetime) -> Held:
    visitor, token = visitors.admit(channel, around=visitors.Surroundings(language="ru"), now=now)
    identity = inbound.identify(inbound.Address(channel.pk, visitor.external_id), now=now)
    stored = inbound.receive(identity, text="Здравствуйте", client_id=f"begin-{visitor.pk}", now=now)
    set_presence(desk.user_id, state=Presence.State.ONLINE, actor=Actor.staff(desk.user_id), now=now)
    placement.route(stored.conversation_id, now=now)
    sight = sight_of(User.objects.get(pk=desk.user_id))
    handling.accept(sight, stored.conversation_id, now=now)
    return Held(stored.conversation_id, channel.public_key, token, desk)


def customer_seat(held: Held, port: int, number: int) -> Seat:
    """The customer's end, from an address of his own."""
    return Seat(
        f"ws://127.0.0.1:{port}/ws/customer/",
        ({"type": "hello", "ref": 1, "key": held.key, "token": held.token, "language": "ru"},),
        {"conversation": held.conversation},
        local_address=loopback_address(number),
    )


def operator_seat(desk: Desk, port: int, *, conversation: int | None = None) -> Seat:
    """An operator's end, with a conversation open or only the list. His ticket lives a minute."""
    key = desk.cookies[settings.SESSION_COOKIE_NAME]
    ticket = tickets.issue(desk.user_id, key, now=clock.now())
    first: list[dict[str, object]] = [{"type": "hello", "ref": 1, "ticket": ticket}]
    if conversation is None:
        first.append({"type": "list", "ref": 2, "section": "waiting"})
    else:
        first.append({"type": "open", "ref": 2, "conversation": conversation})
    extra: dict[str, object] = {"conversation": conversation} if conversation else {}
    return Seat(f"ws://127.0.0.1:{port}/ws/operator/", tuple(first), extra, origin=f"http://127.0.0.1:{port}")
