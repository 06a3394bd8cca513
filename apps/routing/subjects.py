"""Of these leads, versions of the rules or violations, which may a user see? In the form in which core asks."""

from __future__ import annotations

from collections.abc import Collection

from apps.conversations.access import sight_of
from apps.conversations.models import Right
from apps.core.models import User
from apps.operators import reach
from apps.routing.models import RuleSet, Violation
from apps.routing.services import leads


def seen_leads(user: User, ids: Collection[int]) -> set[int]:
    """Events of leads say ids and codes: to whom may know that they exist."""
    return set(leads.visible_to(sight_of(user)).filter(pk__in=ids).values_list("pk", flat=True))


def seen_rules(user: User, ids: Collection[int]) -> set[int]:
    """Versions of the rules, to whom may look at them: they hold the rules of every line."""
    if not (user.has_perm("routing.view_ruleset") and reach.has_all_lines(user)):
        return set()
    return set(RuleSet.objects.filter(pk__in=ids).values_list("pk", flat=True))


def seen_violations(user: User, ids: Collection[int]) -> set[int]:
    """What got stuck says numbers and codes: to whom may know of the line's conversations."""
    found = Violation.objects.filter(pk__in=ids)
    lines = sight_of(user).lines(Right.METADATA)
    if lines is not None:
        found = found.filter(queue__in=lines)
    return set(found.values_list("pk", flat=True))
