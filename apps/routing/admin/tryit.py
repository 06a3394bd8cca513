"""Try it: where a conversation would go now, why, and to whom. Nothing is written."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.conversations.models import Verification
from apps.operators import reach
from apps.operators.models import Operator, Queue
from apps.routing.admin.publishing import moment_widget
from apps.routing.explaining import EXCLUDED, REFUSALS, TIE_BREAKS
from apps.routing.models import Decision
from apps.routing.models.rules import Group
from apps.routing.ruling import words
from apps.routing.ruling.facts import Facts, open_calendars
from apps.routing.ruling.frozen import FrozenCondition
from apps.routing.ruling.judging import ConditionVerdict, LineVerdict, RuleVerdict, number
from apps.routing.services import trying
from apps.routing.services.trying import Trial

IN_FORCE, DRAFT = "in_force", "draft"


class TryForm(forms.Form):
    """A conversation that might come: every box but the channel may stay empty."""

    channel = forms.ModelChoiceField(label=_("channel"), queryset=Channel.objects.order_by("name"))
    address = forms.CharField(label=_("mailbox or number written to"), required=False, max_length=200)
    page = forms.CharField(label=_("page of the site"), required=False, max_length=2000)
    topic = forms.ModelChoiceField(
        label=_("department chosen"), queryset=Queue.objects.order_by("-priority", "pk"), required=False
    )
    intent = forms.CharField(label=_("what he wants, as found by the bot"), required=False, max_length=60)
    language = forms.ChoiceField(label=_("customer's language"), choices=settings.LANGUAGES, initial="ru")
    verification = forms.ChoiceField(label=_("how surely he is known"), choices=Verification.choices)
    attributes = forms.CharField(
        label=_("what the bank knows of him"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 3, "cols": 40, "placeholder": "tariff = business"}),
        help_text=_("One a line: name = value."),
    )
    events = forms.CharField(
        label=_("what he did at the bank"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 40, "placeholder": "contract_signed = 3"}),
        help_text=_("One a line: code = days ago."),
    )
    moment = forms.SplitDateTimeField(
        label=_("when"), required=False, widget=moment_widget(), help_text=_("Empty: now.")
    )
    version = forms.ChoiceField(
        label=_("by which rules"),
        choices=[(IN_FORCE, _("those that work now")), (DRAFT, _("those of the pages, published or not"))],
        widget=forms.RadioSelect,
        initial=IN_FORCE,
    )

    def clean_attributes(self) -> dict[str, Any]:
        return {name: _plain(value) for name, value in _pairs(self.cleaned_data["attributes"])}

    def clean_events(self) -> dict[str, float]:
        found = {}
        for code, value in _pairs(self.cleaned_data["events"]):
            days = number(value)
            if days is None or not 0 <= days <= 36500:
                raise ValidationError(_("“%(value)s” is not a number of days."), params={"value": value[:20]})
            found[code] = float(days)
        return found

    def facts(self, now: datetime) -> Facts:
        """What was typed, as rules see it."""
        typed = self.cleaned_data
        moment = typed["moment"] or now
        acts = {code: moment - timedelta(days=days) for code, days in typed["events"].items()}
        return Facts(
            now=moment,
            channel=typed["channel"].pk,
            channel_kind=typed["channel"].kind,
            address=typed["address"].strip(),
            page=typed["page"].strip(),
            language=typed["language"],
            verification=typed["verification"],
            topic=typed["topic"].pk if typed["topic"] else None,
            intent=typed["intent"].strip(),
            attributes=typed["attributes"],
            acts=acts,
            claims=acts,
            open_calendars=open_calendars(moment),
        )


def _pairs(text: str) -> list[tuple[str, str]]:
    found = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        name, sign, value = line.partition("=")
        if not sign or not name.strip():
            raise ValidationError(_("“%(line)s” is not “name = value”."), params={"line": line[:60]})
        found.append((name.strip(), value.strip()))
    return found


def _plain(value: str) -> str | bool:
    """As the bank's systems would send it: yes and no are no words."""
    return {"true": True, "false": False}.get(value.lower(), value)


# --- What came of it, in words --------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownCondition:
    group: str
    text: str
    seen: str
    met: bool


@dataclass(frozen=True, slots=True)
class ShownRule:
    name: str
    holds: bool
    note: str
    conditions: list[ShownCondition]


@dataclass(frozen=True, slots=True)
class ShownLine:
    name: str
    priority: int
    is_chosen: bool
    rules: list[ShownRule]


@dataclass(slots=True)
class Shown:
    """The page below the form. Lines and people out of the reader's reach are told by number only."""

    line: str
    why: str
    closed: bool = False
    rejected: list[str] = field(default_factory=list)
    lines: list[ShownLine] = field(default_factory=list)
    hidden_lines: int = 0
    category: str = ""
    place: int = 0
    waiting: int = 0
    offering: str = ""
    operator: str = ""
    policy: str = ""
    others: list[str] = field(default_factory=list)
    excluded: list[tuple[str, list[str]]] = field(default_factory=list)
    strangers: int = 0


def show(page: Any, request: HttpRequest, *, now: datetime) -> HttpResponse:
    """The form, and below it what came of it."""
    form = TryForm(request.GET if request.GET else None)
    form.fields["topic"].queryset = reach.lines(request.user, Queue.objects.order_by("-priority", "pk"))  # type: ignore[attr-defined]
    found = None
    if form.is_bound and form.is_valid():
        draft = form.cleaned_data["version"] == DRAFT
        trial = trying.try_it(form.facts(now), draft=draft, now=now)
        found = _shown(trial, request.user)
    context = {
        **page.admin_site.each_context(request),
        "title": _("Try the rules"),
        "opts": page.opts,
        "form": form,
        "found": found,
    }
    request.current_app = page.admin_site.name
    return TemplateResponse(request, "admin/otklik/try_it.html", context)


def _shown(trial: Trial, user: Any) -> Shown:
    lines = dict(reach.lines(user, Queue.objects.all()).values_list("pk", "name"))
    choice = trial.choice
    made = Shown(
        line=lines.get(choice.queue.pk, f"№ {choice.queue.pk}"),
        why=str(Decision.Reason(choice.why).label),
        closed=not trial.is_open,
        rejected=[_rejected(each, lines) for each in choice.rejected],
        category=_category(trial),
        place=trial.place,
        waiting=trial.waiting,
    )
    known = words.names()
    made.lines = [_line(each, trial, lines, known) for each in choice.verdicts if each.id in lines]
    made.hidden_lines = sum(each.id not in lines for each in choice.verdicts)
    _tell_people(made, trial, user)
    return made


def _category(trial: Trial) -> str:
    category = trial.choice.category
    return (
        gettext("%(name)s, rank %(rank)s") % {"name": category.name, "rank": category.rank}
        if category
        else ""
    )


def _rejected(each: dict[str, Any], lines: Mapping[int, str]) -> str:
    described = {
        "line": lines.get(each["line"], f"№ {each['line']}"),
        "as": Decision.Reason(each["as"]).label,
        "because": REFUSALS.get(each["because"], each["because"]),
    }
    return gettext("Not the line “%(line)s” (%(as)s): %(because)s") % described


def _line(verdict: LineVerdict, trial: Trial, lines: Mapping[int, str], known: words.Names) -> ShownLine:
    frozen = trial.content.line(verdict.id)
    asked = {rule.id: rule for rule in (frozen.rules if frozen else ())}
    rules = [
        ShownRule(
            name=asked[each.id].name,
            holds=each.holds,
            note=_note(each),
            conditions=_conditions(each.conditions, asked[each.id].conditions, known),
        )
        for each in verdict.rules
    ]
    return ShownLine(lines[verdict.id], verdict.priority, verdict.id == trial.choice.queue.pk, rules)


def _note(rule: RuleVerdict) -> str:
    if not rule.conditions:
        return gettext("no conditions: it holds for nothing")
    return gettext("goes before the customer's choice") if rule.beats_choice else ""


def _conditions(
    verdicts: Iterable[ConditionVerdict], asked: Iterable[FrozenCondition], known: words.Names
) -> list[ShownCondition]:
    by_id = {each.id: each for each in asked}
    return [
        ShownCondition(
            group=str(Group(each.group).label),
            text=words.in_words(by_id[each.id], known),
            seen=words.seen_in_words(each.kind, each.seen, known),
            met=each.met,
        )
        for each in verdicts
    ]


def _tell_people(made: Shown, trial: Trial, user: Any) -> None:
    """Who would be asked, by name where the reader may know of him."""
    numbers = {hand for _reason, hands in trial.excluded.items() for hand in hands} | set(trial.candidates)
    rows = reach.operators(user, Operator.objects.filter(pk__in=numbers))
    names = dict(rows.values_list("pk", "public_name"))
    made.strangers = len(numbers - set(names))
    made.offering = (
        "" if trial.terms.offers else gettext("Nobody is asked: members pull from this line themselves.")
    )
    if trial.candidates:
        made.operator = names.get(trial.candidates[0], f"№ {trial.candidates[0]}")
        made.policy = str(TIE_BREAKS[trial.terms.policy])
    made.others = [names[each] for each in trial.candidates[1:] if each in names]
    made.excluded = [
        (str(EXCLUDED.get(reason, reason)), sorted(names[each] for each in hands if each in names))
        for reason, hands in trial.excluded.items()
        if any(each in names for each in hands)
    ]
