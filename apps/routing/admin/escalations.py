"""Escalation rules, and what they did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db import connection
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.conversations.oversight import OfConversation
from apps.core import clock
from apps.core.backoffice.base import CREATED, DELETED, ReachFilter, Saved
from apps.core.backoffice.shown import shows
from apps.routing.admin.promises import OfLineAdmin, in_words
from apps.routing.models import Escalation, EscalationRun

When, Act = Escalation.When, Escalation.Act


# The boxes that each choice needs.
USED: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "when": {When.UNANSWERED: ("seconds",), When.WORDS: ("words",), When.CATEGORY: ("category",)},
    "act": {
        Act.LINE: ("to_queue",),
        Act.OPERATOR: ("to_queue", "to_operator", "wait_seconds"),
        Act.RAISE: ("rank",),
    },
}
KEPT = ("wait_seconds",)  # has always a number


class WordsField(forms.CharField):
    """Words, one a line."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # a list of lines
        lines = [" ".join(line.split()).casefold() for line in (value or "").splitlines()]
        return list(dict.fromkeys(line for line in lines if line))

    def validate(self, value: Any) -> None:
        for word in value:
            if len(word) > 60:
                raise forms.ValidationError(_("At most 60 characters in a line."))
            if not _is_found(word):
                raise forms.ValidationError(
                    _("“%(word)s” is in every text: it would find nothing."), params={"word": word}
                )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)


def _is_found(word: str) -> bool:
    """Whether anything of it is left when words that say nothing are dropped, as the search does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT numnode(phraseto_tsquery('russian', %s)) > 0", [word])
        return bool(cursor.fetchone()[0])


def _found_more(word: str) -> str:
    """What of it is looked for, where the search drops a part: it then finds more than it says. Empty where none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(each, ' ' ORDER BY place) FROM unnest(%s::text[]) WITH ORDINALITY AS w(each, place) "
            "WHERE numnode(plainto_tsquery('russian', each)) > 0",
            [word.split()],
        )
        kept = str(cursor.fetchone()[0] or "")
    return "" if kept == word else kept


class EscalationForm(forms.ModelForm):
    words = WordsField(
        label=gettext_lazy("Words"),
        required=False,
        help_text=gettext_lazy("One a line, in any form: “claim” finds “claims”, “жалоба” finds “жалобу”."),
    )

    class Meta:
        model = Escalation
        fields = "__all__"  # noqa: DJ007 - the page's fieldsets name them

    def clean(self) -> dict[str, Any]:
        """What another choice would have needed is not kept: the page shows it no more."""
        found = super().clean() or self.cleaned_data
        for choice, boxes in USED.items():
            used = boxes.get(found.get(choice, ""), ())
            for name in {each for names in boxes.values() for each in names} - {*used, *KEPT}:
                if name in found:
                    found[name] = [] if name == "words" else None
        return found


@admin.register(Escalation)
class EscalationAdmin(OfLineAdmin):
    task = "promises"
    task_order = 50
    task_hint = gettext_lazy("When a conversation goes to the second line by itself")
    form = EscalationForm
    list_display = ("name", "queue", "condition", "effect", "order", "is_active")
    list_editable = ("order", "is_active")
    list_select_related = ("queue", "category", "to_queue", "to_operator")
    list_filter = ("is_active", "when", ("queue", ReachFilter))
    search_fields = ("name",)
    sortable_by = ()
    autocomplete_fields = ("to_operator",)
    fieldsets = (
        (None, {"fields": ("name", "queue", "is_active", "order")}),
        (gettext_lazy("When"), {"fields": ("when", "seconds", "words", "category")}),
        (
            gettext_lazy("What follows"),
            {"fields": ("act", "to_queue", "to_operator", "wait_seconds", "rank")},
        ),
    )
    change_form_template = "admin/otklik/shown_form.html"

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Only the boxes of what is chosen."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        return shows(field, USED[db_field.name]) if db_field.name in USED else field

    def consequences(self, request: HttpRequest, row: Any, saved: Saved) -> None:
        """Words that were said before are not looked for."""
        if DELETED not in saved.fields and saved.touches("is_active", "when", "words", CREATED):
            Escalation.objects.filter(pk=row.pk).update(since=clock.now())
        if DELETED not in saved.fields and saved.touches("words", CREATED):
            self._warn_of_more(request, row)

    def _warn_of_more(self, request: HttpRequest, row: Escalation) -> None:
        for word in row.words:
            if kept := _found_more(word):
                text = _("“%(word)s” is met by every “%(kept)s”: words that say nothing are not looked for.")
                self.message_user(request, text % {"word": word, "kept": kept}, messages.WARNING)

    @admin.display(description=gettext_lazy("when"))
    def condition(self, rule: Escalation) -> str:
        if rule.when == Escalation.When.UNANSWERED:
            return _("nobody has answered for %(time)s") % {"time": in_words(rule.seconds)}
        seen = {
            Escalation.When.WORDS: ", ".join(rule.words[:5]),
            Escalation.When.CATEGORY: str(rule.category or ""),
        }.get(Escalation.When(rule.when), "")
        return f"{rule.get_when_display()}: {seen}" if seen else rule.get_when_display()

    @admin.display(description=gettext_lazy("what follows"))
    def effect(self, rule: Escalation) -> str:
        whereto = {
            Escalation.Act.LINE: rule.to_queue,
            Escalation.Act.OPERATOR: rule.to_operator,
            Escalation.Act.RAISE: rule.rank,
        }[Escalation.Act(rule.act)]
        return f"{rule.get_act_display()}: {whereto}"


@admin.register(EscalationRun)
class EscalationRunAdmin(OfConversation):
    task = "promises"
    task_order = 70
    task_hint = gettext_lazy("Which conversations rules have sent on")
    list_display = ("at", "conversation", "rule", "outcome", "refused")
    list_select_related = ("conversation", "rule")
    list_filter = ("outcome", "at")
    fields = ("at", "conversation", "rule", "message", "outcome", "refused")
    readonly_fields = ("refused",)

    @admin.display(description=gettext_lazy("because"))
    def refused(self, run: EscalationRun) -> str:
        return str(REFUSALS.get(run.refusal, run.refusal)) or "—"


# Codes of services.sending and services.escalating.
REFUSALS = {
    "switched_off": gettext_lazy("the line is off"),
    "not_waiting": gettext_lazy("nobody waited any more, or it stood as high already"),
    "same_line": gettext_lazy("it stood in that line already"),
    "same_holder": gettext_lazy("he held it already"),
    "no_right": gettext_lazy("he may not answer there"),
    # Of a reserve line, foreseen only.
    "closed": gettext_lazy("that line is closed then"),
}
