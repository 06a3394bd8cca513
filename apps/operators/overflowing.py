"""Where overflow of a line leads, by the rows as they stand: for the page of a line."""

from __future__ import annotations

from apps.operators.models import Overflow, Queue


def circle_through(queue: Queue) -> list[Queue]:
    """The lines of the shortest way by which what overflows from this one would come back; empty when there is none."""
    leads: dict[int, list[int]] = {}
    for line, reserve in Overflow.objects.order_by("id").values_list("queue", "reserve"):
        leads.setdefault(line, []).append(reserve)
    ways = [[queue.pk]]
    seen: set[int] = set()
    while ways:
        way = ways.pop(0)
        for reserve in leads.get(way[-1], []):
            if reserve == queue.pk:
                return _named(way)
            if reserve not in seen:
                seen.add(reserve)
                ways.append([*way, reserve])
    return []


def _named(numbers: list[int]) -> list[Queue]:
    found = Queue.objects.in_bulk(numbers)
    return [found[number] for number in numbers]
