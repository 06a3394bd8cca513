"""Names of the bus's topics and the scopes that sockets check before showing: made by the server, never by clients."""

from __future__ import annotations


def customer(customer_id: int) -> str:
    """Everything a customer's screens show, over all his conversations."""
    return f"customer:{customer_id}"


def visitor(external_id: str) -> str:
    """A visitor who has not written yet, in all his tabs."""
    return f"visitor:{external_id}"


def staff(conversation_id: int) -> str:
    """An open thread in the workspace, notes included."""
    return f"conv:{conversation_id}:operator"


def user(user_id: int) -> str:
    """What concerns one member of staff: conversations he gets and loses, his presence."""
    return f"user:{user_id}"


def staff_scope(line_id: int, channel_id: int) -> str:
    """Where a conversation stands now; a socket shows it only while its user may read there or takes part."""
    return f"{line_id}.{channel_id}"


def read_staff_scope(scope: str) -> tuple[int, int]:
    """Line and channel of a staff scope."""
    line, _, channel = scope.partition(".")
    return int(line), int(channel)


RELOAD = "reload"  # the scope of what tells a customer's screens that he may be somebody else now


def customer_scope(identity_id: int | None, conversation_id: int, rev: int, *, to_all: bool = False) -> str:
    """The identity a payload concerns (none: all that take part), and the number to tell those who may not read it.

    ``to_all``: who takes part in the conversation by now may read it as well, the identity even before.
    """
    return f"{identity_id or 0}.{conversation_id}.{rev}{'.all' if to_all else ''}"


def read_customer_scope(scope: str) -> tuple[int, int, int, bool]:
    """Identity (0: none), conversation and rev of a customer scope, and whether all that take part may read it."""
    identity, conversation, rev, *to_all = scope.split(".")
    return int(identity), int(conversation), int(rev), identity == "0" or bool(to_all)


def holder_scope(conversation_id: int, *, holds: bool) -> str:
    """Whether the addressee holds the conversation after this: his socket learns what it may show."""
    return f"{'holds' if holds else 'lost'}.{conversation_id}"


def held_scope(line_id: int, channel_id: int) -> str:
    """Where the conversation stands that the addressee holds: his socket shows it if no line brings it."""
    return f"held.{staff_scope(line_id, channel_id)}"


def everyone() -> str:
    """What every workspace is told: that the catalogue changed."""
    return "staff"
