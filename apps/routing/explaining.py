"""Decisions in words: the one place that says why a conversation came to a line or an operator. No database here.

The workspace's "why here?" and the back office's page of a decision show the same sentences, in the reader's
language. Names are looked up beforehand (``stories``), as far as the reader may know them.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from apps.core.numbers import numbered
from apps.operators.models import Overflow, Policy
from apps.routing.matching import pool
from apps.routing.matching.pool import Waiting
from apps.routing.models import AssignmentEnd, BotEnd, Decision
from apps.routing.models.rules import Group, Kind
from apps.routing.ruling import placing, words
from apps.routing.ruling.frozen import Content, FrozenCondition

Words = dict[str, str | Promise]

PLACED: Words = {
    Decision.Reason.RULE: gettext_lazy("A rule of the line “%(line)s” holds"),
    Decision.Reason.DEPARTMENT: gettext_lazy("The customer chose “%(line)s”"),
    Decision.Reason.CHANNEL: gettext_lazy("The channel leads to the line “%(line)s”"),
    Decision.Reason.DEFAULT: gettext_lazy("No other line takes it: the common line “%(line)s”"),
    Decision.Reason.SAME_LINE: gettext_lazy("It goes on in the line “%(line)s”, where it was"),
    Decision.Reason.TRANSFER: gettext_lazy("Transferred by hand to the line “%(line)s”"),
    Decision.Reason.INTEGRATION: gettext_lazy("An integration asked for the line “%(line)s”"),
    Decision.Reason.OVERFLOW: gettext_lazy("Its line could not cope: on to the line “%(line)s”"),
    Decision.Reason.ESCALATED: gettext_lazy("Escalated by a rule to the line “%(line)s”"),
    Decision.Reason.OUTSIDE: gettext_lazy("Back from outside to the line “%(line)s”"),
    Decision.Reason.BOT: gettext_lazy("Back from a bot to the line “%(line)s”"),
    Decision.Reason.RETURNED: gettext_lazy("Given back to the line “%(line)s”"),
    Decision.Reason.HOLDER_GONE: gettext_lazy("Its holder was gone: back to the line “%(line)s”"),
    Decision.Reason.HOLDER_FULL: gettext_lazy(
        "The customer wrote again, and its holder was full: back to the line “%(line)s”"
    ),
    Decision.Reason.WOKEN: gettext_lazy("Back from snooze to the line “%(line)s”"),
    Decision.Reason.OPENED: gettext_lazy("The line “%(line)s” opened: it waits there now"),
    Decision.Reason.REPAIRED: gettext_lazy(
        "The watchdog’s finding was repaired: back to the line “%(line)s”"
    ),
}
GIVEN: Words = {
    Decision.Reason.ACCEPT: gettext_lazy("%(operator)s took it"),
    Decision.Reason.TAKE_OVER: gettext_lazy("%(operator)s took it over from a colleague"),
    Decision.Reason.TRANSFER: gettext_lazy("Handed to %(operator)s"),
    Decision.Reason.LAST_OPERATOR: gettext_lazy("%(operator)s held it last"),
    Decision.Reason.POLICY: gettext_lazy("The line chose %(operator)s"),
    Decision.Reason.KEPT: gettext_lazy("%(operator)s was asked before the others"),
    Decision.Reason.HOLDER_FULL: gettext_lazy("The customer wrote again, and %(operator)s was full"),
    Decision.Reason.BOT: gettext_lazy("Back from a bot to %(operator)s"),
    Decision.Reason.HANDED_BACK: gettext_lazy("A colleague did not take it: back to %(operator)s"),
}
# What broke the tie between those who could take it.
TIE_BREAKS: Words = {
    Policy.LEAST_BUSY: gettext_lazy(
        "The least busy: the smallest share of his own capacity; of equals who had nothing new for longest"
    ),
    Policy.LONGEST_IDLE: gettext_lazy("Who had nothing new for longest"),
    Policy.ROUND_ROBIN: gettext_lazy("In turn: who was given something the longest time ago"),
    Policy.BEST_SKILL: gettext_lazy("The best known subject; of equals the least busy"),
}
EXCLUDED: Words = {
    pool.OFFLINE: gettext_lazy("not at work"),
    pool.BREAK: gettext_lazy("on a break"),
    pool.LOST: gettext_lazy("connection lost"),
    pool.WRAP_UP: gettext_lazy("after-work"),
    pool.OFF_SHIFT: gettext_lazy("not on shift"),
    pool.FULL: gettext_lazy("full"),
    pool.KIND_FULL: gettext_lazy("no more of this kind of channel"),
    pool.LANGUAGE: gettext_lazy("does not speak the customer’s language"),
    pool.SKILL: gettext_lazy("lacks a skill that is asked for"),
    pool.REFUSED: gettext_lazy("has refused it"),
    pool.NOT_KEPT: gettext_lazy("somebody else is asked first"),
}
# Why a line that was asked for was passed over (services/choosing.py).
REFUSALS: Words = {
    "switched_off": gettext_lazy("it is off"),
    "not_offered": gettext_lazy("the channel does not offer it"),
}
# Why who held it before could not have it, or the application of an outside line did not keep it.
CANNOT: Words = {
    AssignmentEnd.DECLINED: gettext_lazy("declined"),
    AssignmentEnd.TIMED_OUT: gettext_lazy("not accepted in time"),
    AssignmentEnd.RETURNED: gettext_lazy("given back"),
    "unreachable": gettext_lazy("its token does not work, or may not answer there"),
    "at_capacity": gettext_lazy("he was full"),
    "not_at_work": gettext_lazy("he was not at work"),
}
# Why a rule of escalation, or the policy of a promise, sent it on or raised it.
MET: Words = {
    "unanswered": gettext_lazy("Nobody had answered for as long as the rule says"),
    "words": gettext_lazy("The customer had said one of the rule's words"),
    "category": gettext_lazy("The customer is of the rule's category"),
    "unverified": gettext_lazy("It has to be made sure who the customer is"),
    "clock": gettext_lazy("The policy of a promise says so"),
}
GROUPS: Words = {
    Group.ALL: gettext_lazy("must hold"),
    Group.ANY: gettext_lazy("one of these must hold"),
    Group.NONE: gettext_lazy("must not hold"),
}
# What was seen of these is known of the person himself.
PERSONAL = frozenset({Kind.ATTRIBUTE, Kind.EVENT, Kind.PAGE_EVENT, Kind.SEGMENT, Kind.PAGE, Kind.INTENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One sentence; ``mark`` is yes, no, or empty for a remark; ``level`` says how deep it stands."""

    text: str
    mark: str = ""
    level: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One decision: when, what, and everything that was looked at."""

    at: datetime
    title: str
    told: tuple[Told, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stands:
    """How it stands in its line at a moment: who could take it, and who not and why."""

    waiting: Waiting
    is_offered: bool
    candidates: tuple[int, ...]
    excluded: Mapping[str, tuple[int, ...]]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What the reader may know: names by number, and whether what was seen of the person is for him.

    ``ruled``: lines whose rules he may read; of the others he learns how many were looked at.
    """

    lines: Mapping[int, str] = field(default_factory=dict)
    ruled: Collection[int] = ()
    operators: Mapping[int, str] = field(default_factory=dict)
    categories: Mapping[int, str] = field(default_factory=dict)
    skills: Mapping[int, str] = field(default_factory=dict)
    conditions: words.Names = field(default_factory=words.Names)
    personal: bool = False

    def line(self, number: int | None) -> str:
        return self.lines.get(number or 0) or _("another line")

    def operator(self, number: int | None) -> str:
        return self.operators.get(number or 0) or _("a colleague")

    def people(self, numbers: Iterable[int]) -> str:
        return ", ".join(self.operator(number) for number in numbers)


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """Rules and conditions of a published version by number; empty where the version is not known."""

    rules: Mapping[int, str] = field(default_factory=dict)
    conditions: Mapping[int, FrozenCondition] = field(default_factory=dict)

    @classmethod
    def of(cls, content: Content | None) -> Named:
        if content is None:
            return cls()
        return cls(
            rules={rule.id: rule.name for line in content.lines for rule in line.rules},
            conditions={each.id: each for each in content.conditions()},
        )


def explain(decision: Decision, known: Known, content: Content | None = None, *, missed: str = "") -> Step:
    """A decision in words. ``content``: the version it was made by, for names of rules and what they ask.

    ``missed``: how the offer ended that was made by it, if he never had it.
    """
    told = (*_versions(decision), *_placement(decision, known, content), *_assignment(decision, known))
    if missed:
        text = _("He did not take it: %(why)s") % {"why": AssignmentEnd(missed).label}
        told = (*told, Told(text=text, mark="no"))
    return Step(at=decision.at, title=_title(decision, known), told=told)


def _title(decision: Decision, known: Known) -> str:
    titles = PLACED if decision.kind == Decision.Kind.PLACEMENT else GIVEN
    text = titles.get(decision.reason, decision.get_reason_display())
    return str(text) % {
        "line": known.line(decision.queue_id),
        "operator": known.operator(decision.operator_id),
    }


def _versions(decision: Decision) -> Iterator[Told]:
    if decision.rule_set_id is not None:
        yield Told(text=_("By version %(number)s of the rules") % {"number": decision.rule_set_id})


def explain_raise(line: int, because: str, known: Known, *, at: datetime) -> Step:
    """Why it went up in its line."""
    title = _("A rule of escalation raised it in the line “%(line)s”") % {"line": known.line(line)}
    return Step(at=at, title=title, told=tuple(_met(because)))


def _met(because: str) -> Iterator[Told]:
    if because in MET:
        yield Told(text=str(MET[because]), mark="yes")


# --- while it waits --------------------------------------------------------------------------------------


def explain_wait(stands: Stands, known: Known) -> Step:
    """Why nobody has it yet."""
    title = _("It waits in the line “%(line)s” now") % {"line": known.line(stands.waiting.line)}
    return Step(at=stands.at, title=title, told=(*_who_can(stands, known), *_who_cannot(stands, known)))


def explain_apart(line: int, known: Known, *, opens_at: datetime | None, at: datetime) -> Step:
    """Why it does not even wait: its line takes nothing now."""
    title = _("It stands apart: the line “%(line)s” is closed now") % {"line": known.line(line)}
    text = _("No opening is in sight in the line’s hours")
    if opens_at is not None:
        text = _("It waits there as soon as the line opens: in %(time)s") % {
            "time": span((opens_at - at).total_seconds())
        }
    return Step(at=at, title=title, told=(Told(text=text),))


def _who_can(stands: Stands, known: Known) -> Iterator[Told]:
    if not stands.candidates:
        empty = (
            _("Nobody serves this line") if not stands.excluded else _("Nobody can be asked at this moment")
        )
        yield Told(text=empty, mark="no")
        return
    text = _("Is offered next to one of: %(names)s") if stands.is_offered else _("May take it: %(names)s")
    yield Told(text=text % {"names": known.people(stands.candidates)}, mark="yes")


def _who_cannot(stands: Stands, known: Known) -> Iterator[Told]:
    for reason, numbers in stands.excluded.items():
        if reason == pool.REFUSED:
            yield from (_refused(number, stands, known) for number in numbers)
        else:
            described = {"reason": EXCLUDED.get(reason, reason), "names": known.people(numbers)}
            yield Told(text=_("Not asked, %(reason)s: %(names)s") % described, mark="no")


def _refused(operator: int, stands: Stands, known: Known) -> Told:
    _times, again_at = stands.waiting.refused[operator]
    described = {"name": known.operator(operator), "time": span((again_at - stands.at).total_seconds())}
    if again_at <= stands.at:
        text = _("%(name)s has refused it more often than others")
    elif again_at >= pool.NEVER:
        text = _("%(name)s has declined it, and is asked again only when the customer writes more")
    else:
        text = _("%(name)s has refused it, and is not asked again for %(time)s")
    return Told(text=text % described, mark="no")


# --- the line -------------------------------------------------------------------------------------------


def _placement(decision: Decision, known: Known, content: Content | None) -> Iterator[Told]:
    details = decision.details
    for each in details.get("rejected") or ():
        yield _passed_over(each, known)
    asked = _asked(decision)
    named = Named.of(content)
    lines = details.get("lines") or ()
    for line in lines:
        if line["id"] in known.ruled:
            yield from _line(line, known, named, asked, chosen=line["id"] == decision.queue_id)
    if hidden := sum(line["id"] not in known.ruled for line in lines):
        text = ngettext(
            "Rules of %(count)s other line, not shown to you",
            "Rules of %(count)s other lines, not shown to you",
            hidden,
        )
        yield Told(text=text % {"count": hidden})
    if details.get("category"):
        name = known.categories.get(details["category"], numbered(details["category"]))
        yield Told(text=_("Category of the customer: %(name)s") % {"name": name})
    if decision.reason == Decision.Reason.OVERFLOW and "by" in details:
        yield _overflowed(details, known)
    if decision.reason == Decision.Reason.ESCALATED:
        yield from _met(details.get("because", ""))


def _passed_over(each: dict[str, Any], known: Known) -> Told:
    described = {
        "line": known.line(each["line"]),
        "as": dict(Decision.Reason.choices).get(each["as"], each["as"]),
        "because": REFUSALS.get(each["because"], each["because"]),
    }
    return Told(text=_("Not the line “%(line)s” (%(as)s): %(because)s") % described, mark="no")


def _asked(decision: Decision) -> frozenset[int]:
    """Rules that were asked before the line was found; the others could change nothing."""
    lines = decision.details.get("lines") or ()
    rules = [(rule["id"], rule["beats_choice"]) for line in lines for rule in line["rules"]]
    return placing.asked(rules, why=decision.reason, rule=decision.details.get("rule"))


def _line(
    line: dict[str, Any], known: Known, named: Named, asked: frozenset[int], *, chosen: bool
) -> Iterator[Told]:
    """A line and its rules."""
    rules = [rule for rule in line["rules"] if rule["id"] in asked]
    holds = any(rule["holds"] for rule in rules)
    text = _("The line “%(line)s”, priority %(priority)s")
    if not rules:
        text = _("The line “%(line)s”, priority %(priority)s: its rules were not asked")
    elif chosen and holds:
        text = _("The line “%(line)s”, priority %(priority)s: chosen")
    is_told = (chosen and holds) or not any(_is_personal(rule, known) for rule in line["rules"])
    described = {"line": known.line(line["id"]), "priority": line["priority"]}
    yield Told(text=text % described, mark=_mark(holds) if is_told and rules else "")
    for rule in line["rules"]:
        yield from _rule(rule, known, named, is_asked=rule["id"] in asked)


def _rule(rule: dict[str, Any], known: Known, named: Named, *, is_asked: bool) -> Iterator[Told]:
    """A rule with its conditions. One that was not asked neither holds nor fails: it says what it would have done."""
    is_told, text = not _is_personal(rule, known), _("Rule “%(name)s”")
    if is_told and not is_asked:
        text = _("Rule “%(name)s”: would hold") if rule["holds"] else _("Rule “%(name)s”: would not hold")
    name = named.rules.get(rule["id"]) or numbered(rule["id"])
    yield Told(text=text % {"name": name}, mark=_mark(rule["holds"]) if is_told and is_asked else "", level=1)
    marks = condition_marks([(each["group"], each["met"]) for each in rule["conditions"]])
    for verdict, mark in zip(rule["conditions"], marks, strict=True):
        yield _condition(verdict, known, named, mark=mark if is_asked else "")


def condition_marks(verdicts: Collection[tuple[str, bool]]) -> list[str]:
    """How each condition, as (group, met), speaks for its rule: of "one of these" only those that hold, if any does."""
    one_holds = any(met for group, met in verdicts if group == Group.ANY)
    return [
        "" if group == Group.ANY and one_holds and not met else _mark(met != (group == Group.NONE))
        for group, met in verdicts
    ]


def _is_personal(rule: dict[str, Any], known: Known) -> bool:
    """Whether it would tell this reader what is known of the person: its answer is that of its conditions."""
    return not known.personal and any(each["kind"] in PERSONAL for each in rule["conditions"])


def _condition(verdict: dict[str, Any], known: Known, named: Named, *, mark: str) -> Told:
    """Of the person himself neither what was seen nor whether it held, for whom that is not."""
    kind = verdict["kind"]
    what = str(dict(Kind.choices).get(kind, kind))
    if kind in PERSONAL and not known.personal:
        return Told(text=_("%(condition)s: personal data, not shown to you") % {"condition": what}, level=2)
    asked = named.conditions.get(verdict["id"])
    described = {
        "condition": words.in_words(asked, known.conditions) if asked else what,
        "group": GROUPS.get(verdict["group"], verdict["group"]),
        "seen": words.seen_in_words(kind, verdict["seen"], known.conditions),
    }
    text = _("%(condition)s (%(group)s); seen: %(seen)s") % described
    return Told(text=text, mark=mark, level=2)


def _overflowed(details: dict[str, Any], known: Known) -> Told:
    described = {
        "line": known.line(details.get("line")),
        "why": dict(Overflow.By.choices).get(details["by"], details["by"]),
        "limit": details.get("limit"),
    }
    return Told(text=_("From the line “%(line)s”: %(why)s (limit %(limit)s)") % described)


# --- the operator ---------------------------------------------------------------------------------------


def _assignment(decision: Decision, known: Known) -> Iterator[Told]:
    yield from _timing(decision.details)
    yield from _choice(decision.details, known)
    yield from _by_hand(decision.details, known)


def _timing(details: dict[str, Any]) -> Iterator[Told]:
    if details.get("waited", 0) >= 1:
        yield Told(text=_("The customer had waited %(time)s") % {"time": span(details["waited"])})
    due = details.get("due_in")
    if due is not None:
        text = _("The promise had %(time)s left") if due >= 0 else _("The promise was late by %(time)s")
        yield Told(text=text % {"time": span(abs(due))})
    if details.get("freed") is not None:
        yield Told(text=_("A place had become free %(time)s before") % {"time": short_span(details["freed"])})
    if details.get("took") is not None:
        yield Told(text=_("Decided in %(time)s") % {"time": short_span(details["took"] / 1000)})


def _choice(details: dict[str, Any], known: Known) -> Iterator[Told]:
    if details.get("policy"):
        yield Told(text=str(TIE_BREAKS.get(details["policy"], details["policy"])), mark="yes")
    if details.get("others"):
        yield Told(text=_("Could have taken it too: %(names)s") % {"names": known.people(details["others"])})
    for skill, level in details.get("needs") or ():
        if not level:
            continue  # relaxed away by waiting
        described = {"skill": known.skills.get(skill, numbered(skill)), "level": level}
        yield Told(text=_("Skill asked for: %(skill)s, level %(level)s") % described)
    for reason, numbers in (details.get("excluded") or {}).items():
        described = {"reason": EXCLUDED.get(reason, reason), "names": known.people(numbers)}
        yield Told(text=_("Not asked, %(reason)s: %(names)s") % described, mark="no")


def _by_hand(details: dict[str, Any], known: Known) -> Iterator[Told]:
    if details.get("held_by") is not None:
        yield Told(text=_("Until then held by %(name)s") % {"name": known.operator(details["held_by"])})
    if details.get("by") in known.operators:
        yield Told(text=_("Sent by %(name)s") % {"name": known.operator(details["by"])})
    if details.get("ended") in BotEnd.values:
        yield Told(text=str(BotEnd(details["ended"]).label))
    if details.get("load") is not None:
        yield Told(
            text=_("Units the operator held, with this one: %(load)s")
            % {"load": number_format(details["load"])}
        )
    if details.get("refused"):
        because = CANNOT.get(details["refused"], details["refused"])
        text = (
            _("The line “%(line)s” did not keep it: %(because)s")
            if "line" in details
            else _("It could not be given to him: %(because)s")
        )
        described = {"line": known.line(details.get("line")), "because": because}
        yield Told(text=text % described, mark="no")


def _mark(yes: bool) -> str:
    return "yes" if yes else "no"


def short_span(seconds: float) -> str:
    """How long, of what mostly takes less than a second: 12 ms, 45 s."""
    if seconds < 1:
        return _("%(number)s ms") % {"number": round(seconds * 1000)}
    return span(seconds)


def span(seconds: float) -> str:
    """How long: 45 s, 6 min, 1 h 5 min."""
    whole = int(seconds)
    if whole < 60:
        return _("%(seconds)s s") % {"seconds": whole}
    if whole < 3600:
        return _("%(minutes)s min") % {"minutes": whole // 60}
    return _("%(hours)s h %(minutes)s min") % {"hours": whole // 3600, "minutes": whole % 3600 // 60}
