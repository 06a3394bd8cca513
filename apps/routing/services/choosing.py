"""The line of a conversation: the rows around the rules, read once, and what ``ruling.placing`` says of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from apps.conversations.models import Conversation
from apps.operators.models import Queue, Skill
from apps.routing.models import ChannelLine, Department
from apps.routing.ruling.facts import Facts, facts_of
from apps.routing.ruling.frozen import Content, FrozenCategory, Need
from apps.routing.ruling.judging import LineVerdict
from apps.routing.ruling.placing import House, place


@dataclass(frozen=True, slots=True)
class Choice:
    """A line with the reason for it; ``rejected`` are those asked before it, ``verdicts`` what the rules said."""

    queue: Queue
    why: str
    rule: int | None = None
    rejected: tuple[dict[str, Any], ...] = ()
    verdicts: tuple[LineVerdict, ...] = ()
    category: FrozenCategory | None = None
    needs: tuple[Need, ...] = ()

    def details(self) -> dict[str, Any]:
        """Ids, codes and numbers for the decision's record."""
        return {
            "rule": self.rule,
            "rejected": list(self.rejected),
            "lines": msgspec.to_builtins(self.verdicts),
            "category": self.category.id if self.category else None,
        }


def choose(conversation: Conversation, content: Content, *, reopened: bool, now: datetime) -> Choice:
    """The line of a stored conversation, by a version of the rules."""
    facts = facts_of(conversation, content, now=now)
    return choose_by(content, facts, before=conversation.line if reopened else None)


def choose_by(content: Content, facts: Facts, *, before: Queue | None = None) -> Choice:
    """The line for these facts: of a conversation, or typed by somebody who tries the rules."""
    around = house([facts.channel] if facts.channel is not None else [])
    found = place(content, facts, around, before=before.pk if before else None)
    return Choice(
        queue=Queue.objects.select_related("calendar").get(pk=found.line),
        why=found.why,
        rule=found.rule,
        rejected=found.rejected,
        verdicts=found.verdicts,
        category=found.category,
        needs=found.needs,
    )


def house(channels: Iterable[int] | None = None) -> House:
    """Lines, departments, channels' own lines and language skills; of these channels only, when named."""
    lines = Queue.objects.order_by("pk").values_list("pk", "is_active", "is_default")
    departments, own = Department.objects.all(), ChannelLine.objects.all()
    if channels is not None:
        departments, own = departments.filter(channel__in=channels), own.filter(channel__in=channels)
    known = list(lines)
    return House(
        default=next(pk for pk, _on, is_default in known if is_default),
        lines={pk: is_on for pk, is_on, _default in known},
        departments=frozenset(departments.values_list("channel_id", "queue_id")),
        by_channel=dict(own.values_list("channel_id", "queue_id")),
        languages=dict(Skill.objects.exclude(language="").values_list("language", "pk")),
    )
