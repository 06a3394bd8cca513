"""The replay's own part of the installation: channels, a line, operators with sessions; never the demo's.

Made once and kept: a replay changes nothing that somebody else uses.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from importlib import import_module

from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.auth.models import Group
from django.db import transaction

from apps.analytics.replay.checker import Stored
from apps.analytics.replay.guests import Signature, signature_of
from apps.analytics.replay.operator import Desk
from apps.channels.adapters.registry import kind_choices
from apps.channels.models import Channel
from apps.conversations.models import Conversation, Grant, Message, Right, Scope
from apps.core.models import User
from apps.operators.models import Offering, Operator, Queue, QueueMembership
from apps.routing.models import ChannelLine

LINE = "Replay"
GROUP = "Replay operators"
# Its operators race each other for each row, in whatever order they see them.
RIGHTS = (Right.TEXT, Right.PERSONAL, Right.ANSWER, Right.PICK)
# What a part of the mix is called, and the kinds of channels that play it, the first there is.
PARTS = {"app": ("app",), "site": ("web",), "messenger": ("telegram", "max", "vk")}


@dataclass(frozen=True, slots=True)
class Stage:
    """Where dialogues are played: a channel key and kind for each part of the mix, and the desks that answer."""

    keys: dict[str, tuple[str, str]]
    desks: list[Desk]
    # By public key, where customers can be made known.
    signatures: dict[str, Signature] = field(default_factory=dict)


@transaction.atomic
def set_up(*, operators: int, capacity: int) -> Stage:
    """Make what is missing, and sign the operators in."""
    values = {"public_name_en": LINE, "priority": 0, "offering": Offering.PULL}
    line, _made = Queue.objects.get_or_create(name=LINE, defaults=values)
    if not Queue.objects.filter(is_default=True).exists():
        Queue.objects.create(name="Common line", is_default=True)
    keys = {part: _channel(part, kind, line) for part, kind in playable_parts().items()}
    group = _group()
    desks = [_desk(number, group, line, capacity) for number in range(1, operators + 1)]
    return Stage(keys, desks)


def existing(operators: Iterable[str]) -> Stage:
    """Channels and operators that are there already, by log-in; the replay's own are left out."""
    channels = Channel.objects.filter(is_active=True, kind__in=("web", "app")).exclude(name__startswith=LINE)
    found = Operator.objects.filter(user__username__in=list(operators), is_active=True).select_related("user")
    keys = {channel.name: (channel.public_key, channel.kind) for channel in channels}
    signed = {channel.public_key: signature_of(channel) for channel in channels}
    signatures = {key: signature for key, signature in signed.items() if signature is not None}
    return Stage(keys, [desk_of(operator) for operator in found], signatures)


def playable_parts() -> dict[str, str]:
    """Parts of the mix for which this installation knows a kind of channel."""
    known = {kind for kind, _label in kind_choices()}
    chosen = {part: next((kind for kind in kinds if kind in known), None) for part, kinds in PARTS.items()}
    return {part: kind for part, kind in chosen.items() if kind is not None}


def _channel(part: str, kind: str, line: Queue) -> tuple[str, str]:
    channel, _made = Channel.objects.get_or_create(name=f"{LINE}: {part}", defaults={"kind": kind})
    ChannelLine.objects.update_or_create(channel=channel, defaults={"queue": line})
    return channel.public_key, kind


def _group() -> Group:
    group, _made = Group.objects.get_or_create(name=GROUP)
    for right in RIGHTS:
        Grant.objects.get_or_create(group=group, right=right, scope=Scope.OWN)
    return group


def _desk(number: int, group: Group, line: Queue, capacity: int) -> Desk:
    user, made = User.objects.get_or_create(username=f"replay-{number:03d}", defaults={"language": "ru"})
    if made:
        user.set_unusable_password()
        user.save(update_fields=["password"])
    user.groups.add(group)
    defaults = {"public_name": f"Replay {number}", "capacity": capacity}
    operator, _made = Operator.objects.update_or_create(user=user, defaults=defaults)
    QueueMembership.objects.get_or_create(queue=line, operator=operator)
    return desk_of(operator)


def desk_of(operator: Operator) -> Desk:
    """Sign an operator in as his browser would, and give its cookies."""
    store = import_module(settings.SESSION_ENGINE).SessionStore()
    store[SESSION_KEY] = str(operator.user_id)
    store[BACKEND_SESSION_KEY] = "django.contrib.auth.backends.ModelBackend"
    store[HASH_SESSION_KEY] = operator.user.get_session_auth_hash()
    store.save()
    csrf = secrets.token_hex(16)
    own = Queue.objects.filter(memberships__operator=operator)
    header = settings.CSRF_HEADER_NAME.removeprefix("HTTP_").replace("_", "-")
    return Desk(
        user_id=operator.user_id,
        cookies={settings.SESSION_COOKIE_NAME: store.session_key, settings.CSRF_COOKIE_NAME: csrf},
        csrf=csrf,
        csrf_header=header,
        capacity=operator.capacity,
        lines=frozenset(own.values_list("pk", flat=True)),
        offering=frozenset(own.exclude(offering=Offering.PULL).values_list("pk", flat=True)),
    )


def leave(desks: Iterable[Desk]) -> None:
    """The sessions of these desks end; their operators go home by themselves after the grace time."""
    store = import_module(settings.SESSION_ENGINE).SessionStore
    for desk in desks:
        store(desk.cookies[settings.SESSION_COOKIE_NAME]).delete()


def stored_since(moment: datetime, *, names: Iterable[int] = ()) -> list[Stored]:
    """Every message of the replay's conversations that began after a moment, and of those named."""
    own = Conversation.objects.filter(channel__name__startswith=f"{LINE}: ", opened_at__gte=moment)
    rows = Message.objects.filter(conversation__in={*own.values_list("pk", flat=True), *names})
    fields = ("conversation_id", "pk", "seq", "client_id", "text", "staff_only")
    return [Stored(*values) for values in rows.order_by("conversation_id", "seq").values_list(*fields)]
