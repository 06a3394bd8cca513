"""The form of conditions: three groups of rows, each with the operators and the values that its kind knows.

A row carries the values of every kind, and a style sheet shows those of the kind that is chosen, so that nothing
depends on scripts. What is read of them, and whether it makes sense, is decided here. See docs/rules.md.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from apps.core.numbers import numbered
from apps.operators import reach
from apps.operators.models import Queue
from apps.routing.models import Condition
from apps.routing.models.rules import Comparison, Group, Kind
from apps.routing.ruling import kinds, words
from apps.routing.ruling.kinds import KINDS, Asked

CHOSEN = {kind: f"of_{kind}" for kind, asked in KINDS.items() if asked.chosen}
# Kinds whose values are numbers of rows.
NUMBERED = frozenset({Kind.CHANNEL, Kind.TOPIC, Kind.SEGMENT, Kind.HOURS})


class ConditionForm(forms.ModelForm):
    """One condition. ``asked`` and ``known`` are set by the formset of the page."""

    asked: ClassVar[dict[str, Asked]] = KINDS
    known: ClassVar[words.Names] = words.Names()

    words = forms.CharField(
        label=_("values, one a line"),
        required=False,
        strip=False,
        widget=forms.Textarea(attrs={"rows": 2, "cols": 30}),
    )
    limit = forms.CharField(label=_("number"), required=False, max_length=40)
    days = forms.IntegerField(
        label=_("days"), required=False, min_value=1, max_value=kinds.MAX_DAYS, initial=30
    )

    class Meta:
        model = Condition
        fields = ("kind", "name", "comparison")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._field("kind").choices = self._kinds()
        self._field("comparison").choices = self._comparisons()
        self.fields["name"].widget.attrs |= {
            "list": "known-names",
            "autocomplete": "off",
            "spellcheck": "false",
        }
        for kind, name in CHOSEN.items():
            if kind in self.asked:
                self.fields[name] = self._boxes(kind)
        self._show_values()

    def _field(self, name: str) -> Any:
        return self.fields[name]

    def _kinds(self) -> list[tuple[str, Any]]:
        return [("", _("what…")), *((kind, capfirst(Kind(kind).label)) for kind in self.asked)]

    def _comparisons(self) -> list[tuple[str, Any]]:
        known = {each for asked in self.asked.values() for each in asked.comparisons}
        return [("", _("how…")), *((each, each.label) for each in Comparison if each in known)]

    def _boxes(self, kind: str) -> forms.MultipleChoiceField:
        """Boxes to tick: everything one may know of, and what the condition names already."""
        choices = [(str(value), name) for value, name in self.known.choices(kind)]
        held = self.instance.values if self.instance.kind == kind else []
        offered = {value for value, _name in choices}
        choices += [(str(value), numbered(value)) for value in held if str(value) not in offered]
        widget = forms.CheckboxSelectMultiple()
        return forms.MultipleChoiceField(
            label=Kind(kind).label, required=False, choices=choices, widget=widget
        )

    def _show_values(self) -> None:
        """What is stored, in the widget that shows it."""
        row = self.instance
        if not row.pk:
            return
        if row.kind in CHOSEN:
            self.initial[CHOSEN[row.kind]] = [str(value) for value in row.values]
        elif row.comparison in kinds.NUMBERS:
            self.initial["limit"] = str(row.values[0]) if row.values else ""
        elif row.comparison == Comparison.WITHIN:
            self.initial["days"] = row.values[0] if row.values else None
        else:
            self.initial["words"] = "\n".join(str(value) for value in row.values)

    @property
    def changed_data(self) -> list[str]:
        """A new row in which nothing was chosen is no condition, whatever its other boxes hold."""
        found = super().changed_data
        return found if self.instance.pk or {"kind", "name", "words", "limit"} & set(found) else []

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        kind, comparison = str(cleaned.get("kind") or ""), cleaned.get("comparison")
        asked = self.asked.get(kind)
        if asked is None or not comparison:
            return cleaned
        if comparison not in asked.comparisons:
            self.add_error("comparison", _misfit(kind, asked))
            return cleaned
        cleaned["name"] = self._name(asked, cleaned)
        self.instance.values = self._values(Kind(kind), Comparison(comparison), cleaned)
        return cleaned

    def _name(self, asked: Asked, cleaned: dict[str, Any]) -> str:
        name = str(cleaned.get("name") or "").strip()
        if asked.named and not name:
            self.add_error("name", _("Say which: its name as the bank's systems send it."))
        return name if asked.named else ""

    def _values(self, kind: Kind, comparison: Comparison, cleaned: dict[str, Any]) -> list[Any]:
        if comparison in kinds.BARE:
            return []
        if kind in CHOSEN:
            return self._ticked(kind, cleaned)
        if comparison == Comparison.WITHIN:
            return self._one("days", cleaned.get("days"))
        if comparison in kinds.NUMBERS:
            return self._limit(cleaned)
        return self._typed(kind, comparison, cleaned)

    def _ticked(self, kind: Kind, cleaned: dict[str, Any]) -> list[Any]:
        values = cleaned.get(CHOSEN[kind]) or []
        if not values:
            self.add_error(CHOSEN[kind], _("Tick at least one."))
        return [int(each) for each in values] if kind in NUMBERED else list(values)

    def _one(self, name: str, value: Any) -> list[Any]:
        if value is None and name not in self.errors:
            self.add_error(name, _("Type a number."))
        return [] if value is None else [value]

    def _limit(self, cleaned: dict[str, Any]) -> list[Any]:
        text = str(cleaned.get("limit") or "").strip()
        if not text:
            return self._one("limit", None)
        fault = kinds.fault_of_number(text)
        if fault:
            self.add_error("limit", str(fault))
        return [text]

    def _typed(self, kind: Kind, comparison: Comparison, cleaned: dict[str, Any]) -> list[str]:
        values = list(dict.fromkeys(line.strip() for line in (cleaned.get("words") or "").splitlines()))
        values = [each for each in values if each]
        for fault in _faults(kind, comparison, values):
            self.add_error("words", str(fault))
        return values

    @property
    def told(self) -> str:
        """The stored condition in words, for who may only look."""
        return words.in_words(self.instance, self.known) if self.instance.pk else ""

    @property
    def value_fields(self) -> list[tuple[str, str, Any]]:
        """Each widget of a value with the kinds and the comparisons at which the style sheet shows it."""
        typed = [kind for kind, asked in self.asked.items() if not asked.chosen]
        words_at = [
            each for each in Comparison if each not in kinds.NUMBERS | kinds.BARE | {Comparison.WITHIN}
        ]
        rows = [
            (kind, " ".join(Comparison.values), name) for kind, name in CHOSEN.items() if kind in self.asked
        ]
        rows += [
            (" ".join(typed), " ".join(words_at), "words"),
            (" ".join(typed), " ".join(sorted(kinds.NUMBERS)), "limit"),
            (" ".join(typed), Comparison.WITHIN.value, "days"),
        ]
        return [(shown_for, at, self[name]) for shown_for, at, name in rows]


def _misfit(kind: str, asked: Asked) -> ValidationError:
    possible = ", ".join(f"“{each.label}”" for each in asked.comparisons)
    text = _("“%(what)s” is compared so: %(possible)s.")
    return ValidationError(text, params={"what": Kind(kind).label, "possible": possible})


def _faults(kind: Kind, comparison: Comparison, values: list[str]) -> Iterable[str | Promise]:
    """Why typed values are not taken."""
    if not values:
        yield _("Type at least one value.")
    most = kinds.MAX_PATTERNS if comparison == Comparison.MATCHES else kinds.MAX_VALUES
    if len(values) > most:
        yield _("At most %(number)s values.") % {"number": most}
    if comparison == Comparison.MATCHES:
        yield from (fault for each in values[:most] if (fault := kinds.fault_of_pattern(each)))
    elif any(len(each) > kinds.MAX_WORD_LENGTH for each in values):
        yield _("A value has at most %(number)s characters.") % {"number": kinds.MAX_WORD_LENGTH}
    if kind == Kind.PAGE and comparison == Comparison.STARTS:
        wrong = [each for each in values if "://" not in each]
        yield from (_("Begin with the whole address, as in https://%s") % each.lstrip("/") for each in wrong)


class ConditionFormSet(forms.BaseInlineFormSet):
    """The rows of one group."""

    group: ClassVar[Group]

    def get_queryset(self) -> QuerySet[Any]:
        if not hasattr(self, "_rows"):
            self._rows = super().get_queryset().filter(group=self.group).order_by("pk")
        return self._rows

    def save_new(self, form: Any, commit: bool = True) -> Any:
        form.instance.group = self.group
        return super().save_new(form, commit=commit)

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove")

    @cached_property
    def is_untouched(self) -> bool:
        return not self.is_bound and not self.initial_form_count()


class ConditionInline(admin.StackedInline):
    """A group of conditions on the page of their rule, segment or category."""

    model = Condition
    template = "admin/otklik/conditions.html"
    group: ClassVar[Group]
    extra = 1
    max_num = kinds.MAX_CONDITIONS
    verbose_name = _("condition")

    def get_formset(self, request: HttpRequest, obj: Any = None, **kwargs: Any) -> Any:
        page: Any = self.admin_site._registry[self.parent_model]
        form = type("Form", (ConditionForm,), {"asked": page.asked, "known": known_to(request)})
        formset = type("FormSet", (ConditionFormSet,), {"group": self.group})
        return super().get_formset(request, obj, form=form, formset=formset, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("kind", "name", "comparison")


class AllInline(ConditionInline):
    group = Group.ALL
    verbose_name_plural = _("All of these must be so")


class AnyInline(ConditionInline):
    group = Group.ANY
    verbose_name_plural = _("At least one of these must be so")


class NoneInline(ConditionInline):
    group = Group.NONE
    verbose_name_plural = _("None of these may be so")


GROUPS = (AllInline, AnyInline, NoneInline)


def known_to(request: HttpRequest) -> words.Names:
    """Names of everything a condition may point to, read once a request; of lines those within reach."""
    found: words.Names | None = getattr(request, "_names_in_conditions", None)
    if found is None:
        found = words.names()
        mine = set(reach.lines(request.user, Queue.objects.all()).values_list("pk", flat=True))
        lines: dict[int | str, str] = {
            pk: name for pk, name in found.by_kind[Kind.TOPIC].items() if pk in mine
        }
        found = words.Names({**found.by_kind, Kind.TOPIC: lines})
        request._names_in_conditions = found  # type: ignore[attr-defined]  # kept with the request
    return found
