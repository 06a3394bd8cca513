"""What trying a message showed, in words. Lines and people out of the reader's reach are told by number only."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext

from apps.channels.models import Channel
from apps.conversations.models import State
from apps.core.numbers import numbered
from apps.operators import reach
from apps.operators.models import Operator, Overflow, Queue
from apps.routing.admin.escalations import REFUSALS as OBSTACLES
from apps.routing.admin.promises import in_words
from apps.routing.explaining import EXCLUDED, REFUSALS, TIE_BREAKS, condition_marks
from apps.routing.frames import customer
from apps.routing.models import Clock, Decision, Escalation
from apps.routing.models.rules import Group
from apps.routing.ruling import placing, words
from apps.routing.ruling.frozen import FrozenCondition, FrozenOverflow
from apps.routing.ruling.judging import LineVerdict, RuleVerdict
from apps.routing.services import doors, greeting
from apps.routing.services.foreseeing import Step
from apps.routing.services.promised import Book
from apps.routing.services.trying import Spot, Trial

When, Act = Escalation.When, Escalation.Act


@dataclass(frozen=True, slots=True)
class ShownCondition:
    group: str
    text: str
    seen: str
    mark: str


@dataclass(frozen=True, slots=True)
class ShownRule:
    name: str
    holds: bool
    asked: bool
    note: str
    conditions: list[ShownCondition]


@dataclass(frozen=True, slots=True)
class ShownLine:
    name: str
    priority: int
    is_chosen: bool
    rules: list[ShownRule]


@dataclass(frozen=True, slots=True)
class ShownStep:
    """What a rule of escalation or overflow would do; ``obstacle`` says why it could not."""

    name: str
    when: str
    what: str
    obstacle: str


@dataclass(slots=True, kw_only=True)
class ShownSpot:
    """Order and people of a line."""

    line: str
    place: int
    waiting: int
    offering: str = ""
    operator: str = ""
    policy: str = ""
    others: list[str] = field(default_factory=list)
    excluded: list[tuple[str, list[str]]] = field(default_factory=list)
    strangers: int = 0

    @property
    def behind(self) -> int:
        """How many would be served before it."""
        return max(self.place - 1, 0)

    @property
    def before(self) -> int:
        """How many it would be served before."""
        return self.waiting - self.behind


@dataclass(slots=True, kw_only=True)
class Shown:
    """The part of the page beside the form."""

    why: str
    form: str
    arrives: str
    stored: str
    chat: list[str]
    is_now: bool
    spot: ShownSpot
    moved: ShownSpot | None
    promises: list[str]
    moved_promises: list[str]
    off: bool
    steps: list[ShownStep]
    category: str
    rejected: list[str]
    lines: list[ShownLine]
    hidden_lines: int


@dataclass(frozen=True, slots=True)
class _Reader:
    """Who reads, and the names that are his to know."""

    user: Any
    lines: Mapping[int, str]
    rules: Mapping[int, str]

    def line(self, number: int) -> str:
        return self.lines.get(number, numbered(number))


def shown(trial: Trial, chat: list[str], user: Any, *, stored: str, is_now: bool) -> Shown:
    """``stored``: the message as it would be kept, where that differs from what was typed. ``is_now``: no other hour
    was typed than this one.
    """
    reader = _Reader(
        user,
        dict(reach.lines(user, Queue.objects.all()).values_list("pk", "name")),
        dict(reach.of_line(user, Escalation.objects.all()).values_list("pk", "name")),
    )
    choice, known = trial.choice, words.names()
    return Shown(
        why=_why(trial, reader),
        form=_form(trial, reader),
        arrives=_arrives(trial),
        stored=stored,
        chat=chat,
        is_now=is_now,
        spot=_spot(trial.spot, reader),
        moved=_spot(trial.moved, reader) if trial.moved else None,
        promises=[_promised(each, trial, user) for each in trial.clocks],
        moved_promises=[_promised(each, trial, user) for each in trial.moved_clocks],
        off=not trial.channel.is_active,
        steps=[_step(each, trial, reader) for each in trial.steps],
        category=_category(trial),
        rejected=[_rejected(each, reader) for each in choice.rejected],
        lines=[_line(each, trial, reader, known) for each in choice.verdicts if each.id in reader.lines],
        hidden_lines=sum(each.id not in reader.lines for each in choice.verdicts),
    )


# --- What the customer is told -------------------------------------------------------------------------


def chat(trial: Trial, channel: Channel, *, language: str, now: datetime) -> list[str]:
    """What the chat of the channel shows before the first message at that hour, with the words it uses itself.

    Nothing for a messenger or a mailbox: nobody meets our chat there.
    """
    if not doors.has_chat(channel):
        return []
    departments = doors.departments_of(channel)
    lines = departments or [doors.line_of(channel)]
    is_open, opens_at = customer.opening(lines, now)
    said = _said(trial, channel, lines, language, now)
    told = [
        _quoted(gettext("Greeting: “%(text)s”"), channel.text("greeting", language)),
        _quoted(gettext("Promise in the greeting: “%(text)s”"), said.text),
    ]
    if is_open:
        soon = "" if departments else customer.notice(lines[0], language, now)
        told.append(_quoted(gettext("Notice: “%(text)s”"), soon))
    elif not doors.asks_contact(lines, now):
        closed = _quoted(gettext("Closed: “%(text)s”"), channel.text("closed_text", language))
        told.append(closed or _opens(opens_at))
    if trial.form:
        told.append(gettext("The chat asks for a contact and the question instead of a conversation."))
    if len(departments) > 1:
        told += [text for each in departments for text in _department(each, said, language, now)]
    return [each for each in told if each]


def _said(
    trial: Trial, channel: Channel, lines: list[Queue], language: str, now: datetime
) -> greeting.Greeting:
    category = trial.choice.category
    return greeting.said_to(
        channel,
        [each.pk for each in lines],
        Book(),
        category=category.id if category else None,
        customer_id=None,
        language=language,
        now=now,
    )


def _department(queue: Queue, said: greeting.Greeting, language: str, now: datetime) -> list[str]:
    """What stands at a department to choose, where that is more than its being open."""
    promise = "" if said.text else said.text_of(queue.pk)
    shown = customer.department(queue, language, now, promise=promise)
    described = {"name": shown.name}
    found = []
    if shown.opens_at is not None:
        moment = _at(shown.opens_at)
        found.append(gettext("Department “%(name)s”: opens %(moment)s") % {**described, "moment": moment})
    elif not shown.open:
        found.append(gettext("Department “%(name)s”: closed") % described)
    for text in (shown.notice if shown.open else "", shown.promise):
        if text:
            found.append(gettext("Department “%(name)s”: “%(text)s”") % {**described, "text": text})
    return found


def _quoted(sentence: str, text: str) -> str:
    return sentence % {"text": text} if text else ""


def _opens(moment: datetime | None) -> str:
    return gettext("It says when it opens: %(moment)s") % {"moment": _at(moment)} if moment else ""


def _at(moment: datetime) -> str:
    return date_format(timezone.localtime(moment), "SHORT_DATETIME_FORMAT")


# --- Where it goes, and why ----------------------------------------------------------------------------


def _why(trial: Trial, reader: _Reader) -> str:
    """What decided; a rule by its name, where the reader configures its line."""
    choice = trial.choice
    line = trial.content.line(choice.queue.pk)
    name = next((each.name for each in line.rules if each.id == choice.rule), "") if line else ""
    if not name or choice.queue.pk not in reader.lines:
        return str(Decision.Reason(choice.why).label)
    return gettext("the rule “%(name)s”") % {"name": name}


def _form(trial: Trial, reader: _Reader) -> str:
    """That no conversation begins at that hour, and where one would have gone."""
    if not trial.form:
        return ""
    return gettext("A conversation would go to “%(line)s”.") % {"line": reader.line(trial.choice.queue.pk)}


def _arrives(trial: Trial) -> str:
    """How it comes to stand in its line, where that is not simply waiting."""
    if trial.spot.state != State.OFFLINE:
        closed = gettext(
            "The line is closed at that hour and lets people wait all the same: it stands in the line."
        )
        return "" if trial.is_open else closed
    closed = (
        gettext("These are the last minutes of the line, in which it takes nothing new.")
        if trial.is_open and trial.is_closing
        else gettext("The line is closed at that hour.")
    )
    return f"{closed} {_apart(trial.opens_at)}"


def _apart(opens_at: datetime | None) -> str:
    if opens_at is None:
        return gettext("It stands apart; no opening is in sight within two months.")
    return gettext("It stands apart until %(moment)s and waits in the line from then on.") % {
        "moment": _at(opens_at)
    }


def _category(trial: Trial) -> str:
    category = trial.choice.category
    if category is None:
        return ""
    return gettext("%(name)s, rank %(rank)s") % {"name": category.name, "rank": category.rank}


def _rejected(each: dict[str, Any], reader: _Reader) -> str:
    described = {
        "line": reader.line(each["line"]),
        "as": Decision.Reason(each["as"]).label,
        "because": REFUSALS.get(each["because"], each["because"]),
    }
    return gettext("Not the line “%(line)s” (%(as)s): %(because)s") % described


def _line(verdict: LineVerdict, trial: Trial, reader: _Reader, known: words.Names) -> ShownLine:
    frozen = trial.content.line(verdict.id)
    written = {rule.id: rule for rule in (frozen.rules if frozen else ())}
    asked = _asked(trial)
    rules = [
        ShownRule(
            name=written[each.id].name,
            holds=each.holds,
            asked=each.id in asked,
            note=_note(each),
            conditions=_conditions(each, written[each.id].conditions, known, is_asked=each.id in asked),
        )
        for each in verdict.rules
    ]
    return ShownLine(reader.line(verdict.id), verdict.priority, verdict.id == trial.choice.queue.pk, rules)


def _asked(trial: Trial) -> frozenset[int]:
    rules = [(rule.id, rule.beats_choice) for line in trial.choice.verdicts for rule in line.rules]
    return placing.asked(rules, why=trial.choice.why, rule=trial.choice.rule)


def _note(rule: RuleVerdict) -> str:
    if not rule.conditions:
        return gettext("no conditions: it holds for nothing")
    return gettext("goes before the customer's choice") if rule.beats_choice else ""


def _conditions(
    rule: RuleVerdict, written: Iterable[FrozenCondition], known: words.Names, *, is_asked: bool
) -> list[ShownCondition]:
    by_id = {each.id: each for each in written}
    marks = condition_marks([(each.group, each.met) for each in rule.conditions])
    return [
        ShownCondition(
            group=str(Group(each.group).label),
            text=words.in_words(by_id[each.id], known),
            seen=words.seen_in_words(each.kind, each.seen, known),
            mark=mark if is_asked else "",
        )
        for each, mark in zip(rule.conditions, marks, strict=True)
    ]


# --- Order and people ----------------------------------------------------------------------------------


def _spot(spot: Spot, reader: _Reader) -> ShownSpot:
    """Who would be asked, by name where the reader may know of him."""
    numbers = {hand for hands in spot.excluded.values() for hand in hands} | set(spot.candidates)
    rows = reach.operators(reader.user, Operator.objects.filter(pk__in=numbers))
    names = dict(rows.values_list("pk", "public_name"))
    made = ShownSpot(line=reader.line(spot.line), place=spot.place, waiting=spot.waiting)
    made.strangers = len(numbers - set(names))
    made.offering = _offering(spot)
    if spot.candidates and spot.terms.offers:
        made.operator = names.get(spot.candidates[0], numbered(spot.candidates[0]))
        made.policy = (
            str(TIE_BREAKS[spot.terms.policy])
            if len(spot.candidates) > 1
            else gettext("the only one who can take it now")
        )
    rest = spot.candidates[spot.terms.offers :]
    made.others = [names[each] for each in rest if each in names]
    made.excluded = [
        (str(EXCLUDED.get(reason, reason)), sorted(names[each] for each in hands if each in names))
        for reason, hands in spot.excluded.items()
        if any(each in names for each in hands)
    ]
    return made


def _offering(spot: Spot) -> str:
    """Why nobody is asked, where that is how the line works."""
    if spot.terms.outside_id is not None:
        return gettext("No operator is asked: it is handed to the application that serves this line.")
    if not spot.terms.offers:
        return gettext("Nobody is asked: members pull from this line themselves.")
    return ""


# --- Promises and what follows -------------------------------------------------------------------------


def _promised(clock: Clock, trial: Trial, user: Any) -> str:
    source = clock.policy or clock.promise
    own = reach.of_line(user, type(source).objects.filter(pk=source.pk)) if source else None
    described = {
        "what": clock.get_kind_display(),
        "name": source if own is not None and own.exists() else "—",
        "time": in_words(clock.seconds),
        "moment": _at(clock.due_at) if clock.due_at else "—",
    }
    told = gettext("%(what)s within %(time)s, until %(moment)s (“%(name)s”)") % described
    return f"{told}, {_counted(clock, trial)}"


def _counted(clock: Clock, trial: Trial) -> str:
    """In which hours, and whether it runs out before anybody looks."""
    always_open = Queue.objects.filter(pk=clock.line_id, calendar=None).exists()
    if clock.business_hours and not always_open:
        return gettext("counted in the line's open hours")
    if trial.opens_at and clock.due_at and clock.due_at <= trial.opens_at:
        return gettext("counted round the clock: it runs out before the line opens")
    return gettext("counted round the clock")


def _step(each: Step, trial: Trial, reader: _Reader) -> ShownStep:
    rule = each.rule
    obstacle = str(OBSTACLES.get(each.refusal, each.refusal))
    if isinstance(rule, Escalation):
        name = reader.rules.get(rule.pk) or gettext("a rule of another line")
        return ShownStep(name, _when(rule, each.after, trial), _what(rule, reader), obstacle)
    name = gettext("overflow of “%(line)s”") % {"line": reader.line(each.line)}
    what = gettext("to the line “%(line)s”") % {"line": reader.line(rule.reserve)}
    return ShownStep(name, _overflows(rule, each.after, trial), what, obstacle)


def _when(rule: Escalation, after: int, trial: Trial) -> str:
    if rule.when == When.UNANSWERED and after and after == rule.seconds:
        return gettext("when nobody has answered for %(time)s") % {"time": in_words(after)}
    when = _after(after, trial)
    if not after and rule.when in (When.CATEGORY, When.UNVERIFIED):
        when = gettext("at once, unless somebody has taken it already")
    return f"{when}: {rule.get_when_display()}"


def _overflows(rule: FrozenOverflow, after: int, trial: Trial) -> str:
    because = {
        Overflow.By.WAIT: gettext("nobody took it for %(limit)s"),
        Overflow.By.LENGTH: gettext("more than %(number)s wait"),
        Overflow.By.NO_STAFF: gettext("nobody of the line has been at work for %(limit)s"),
    }[Overflow.By(rule.by)]
    told = because % {"limit": in_words(rule.limit), "number": rule.limit}
    return f"{_after(after, trial)}: {told}"


def _after(after: int, trial: Trial) -> str:
    """So many seconds after the message."""
    if not after:
        return gettext("at once")
    if trial.opens_at and after == round((trial.opens_at - trial.asked_at).total_seconds()):
        return gettext("as soon as the line opens")
    return gettext("after %(time)s") % {"time": in_words(after)}


def _what(rule: Escalation, reader: _Reader) -> str:
    if rule.act == Act.RAISE:
        return gettext("it rises to rank %(rank)s") % {"rank": rule.rank}
    line = reader.line(rule.to_queue_id) if rule.to_queue_id else ""
    if rule.act == Act.LINE:
        return gettext("to the line “%(line)s”") % {"line": line}
    own = reach.operators(reader.user, Operator.objects.filter(pk=rule.to_operator_id))
    name = own.values_list("public_name", flat=True).first() or gettext("a colleague")
    first = ngettext(
        "to %(name)s, who is asked first for %(seconds)s second",
        "to %(name)s, who is asked first for %(seconds)s seconds",
        rule.wait_seconds,
    ) % {"name": name, "seconds": rule.wait_seconds}
    return f"{first} (“{line}”)" if line else first
