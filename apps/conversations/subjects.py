"""Of these numbers, which may a user see? The rules of ``access`` in the form in which core asks."""

from __future__ import annotations

from collections.abc import Collection

from apps.channels.models import Channel
from apps.conversations.access import Sight, sight_of
from apps.conversations.models import Conversation, Customer, Right
from apps.core.models import User
from apps.operators import reach
from apps.operators.models import Operator, Queue


def seen_conversations(user: User, ids: Collection[int]) -> set[int]:
    found = Conversation.objects.visible_to(sight_of(user)).filter(pk__in=ids)
    return set(found.values_list("pk", flat=True))


def seen_customers(user: User, ids: Collection[int]) -> set[int]:
    found = Customer.objects.known_to(sight_of(user)).filter(pk__in=ids)
    return set(found.values_list("pk", flat=True))


def seen_lines(user: User, ids: Collection[int]) -> set[int]:
    """Lines of which the user may know at least that conversations exist, in some channel."""
    return _lines(sight_of(user), ids)


def seen_operators(user: User, ids: Collection[int]) -> set[int]:
    """Operators who work in a line the user knows; all of them for who knows every line."""
    sight = sight_of(user)
    wanted = Operator.objects.filter(pk__in=ids)
    if not _knows_every_line(sight):
        wanted = wanted.filter(queues__in=_known_lines(sight))
    return set(wanted.values_list("pk", flat=True))


def seen_accounts(user: User, ids: Collection[int]) -> set[int]:
    """Accounts that the user may look at in the back office: an administrator's and an auditor's."""
    if not user.has_perm("core.view_user"):
        return set()
    found = reach.users(user, User.objects.filter(pk__in=ids))
    return set(found.values_list("pk", flat=True))


def seen_channels(user: User, ids: Collection[int]) -> set[int]:
    """Channels, to whom may look at their configuration."""
    if not user.has_perm("support_channels.view_channel"):
        return set()
    return set(Channel.objects.filter(pk__in=ids).values_list("pk", flat=True))


def seen_files(user: User, ids: Collection[int]) -> set[int]:
    """What the scanner said of files: to who may know of every conversation, since a file stands in any."""
    return set(ids) if sight_of(user).lines(Right.METADATA) is None else set()


def seen_catalogue(user: User, ids: Collection[int]) -> set[int]:
    """That templates or tags changed is no secret among staff."""
    return set(ids)


def _lines(sight: Sight, ids: Collection[int]) -> set[int]:
    wanted = Queue.objects.filter(pk__in=ids)
    if not _knows_every_line(sight):
        wanted = wanted.filter(pk__in=_known_lines(sight))
    return set(wanted.values_list("pk", flat=True))


def _knows_every_line(sight: Sight) -> bool:
    return any(area.line_id is None for area in sight.areas.get(Right.METADATA, ()))


def _known_lines(sight: Sight) -> set[int]:
    areas = sight.areas.get(Right.METADATA, ())
    return {area.line_id for area in areas if area.line_id is not None}
