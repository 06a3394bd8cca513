"""Shifts as a CSV file: operator (sign-in name), date, from, to, note. Without times a row is a day off."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import fields, resources
from import_export.widgets import DateWidget, TimeWidget

from apps.core.moments import sensible
from apps.core.sheets import made_plain
from apps.operators import reach
from apps.operators.admin.template_file import LARGEST, Named
from apps.operators.models import Operator, Shift


class Day(DateWidget):
    """A day as it stands in the file, of the age that the boxes of the page take."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            found = super().clean(value, row=row, **kwargs)
        except ValueError as error:
            raise ValueError(_("“%(value)s” is no date. Write it as 2026-11-25.") % _cut(value)) from error
        if found is not None:
            try:
                sensible(found)
            except ValidationError as refusal:
                # The library writes down only this one beside the row.
                raise ValueError(" ".join(refusal.messages)) from refusal
        return found


class Hour(TimeWidget):
    """A time as it stands in the file."""

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(value, row=row, **kwargs)
        except ValueError as error:
            raise ValueError(_("“%(value)s” is no time. Write it as 09:00.") % _cut(value)) from error


def _cut(value: Any) -> dict[str, str]:
    return {"value": str(value)[:20]}


class ShiftResource(resources.ModelResource):
    """One shift a row; found again by operator, date and beginning."""

    operator = fields.Field(
        attribute="operator", column_name="operator", widget=Named(Operator, "user__username")
    )
    date = fields.Field(attribute="date", column_name="date", widget=Day(format="%Y-%m-%d"))
    begins = fields.Field(attribute="begins", column_name="from", widget=Hour(format="%H:%M"))
    ends = fields.Field(attribute="ends", column_name="to", widget=Hour(format="%H:%M"))

    class Meta:
        model = Shift
        import_id_fields = ("operator", "date", "begins")
        fields = ("operator", "date", "begins", "ends", "note")
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def __init__(self, user: Any = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.user = user
        if user is not None:
            self.fields["operator"].widget.rows = reach.operators(user, Operator.objects.all())

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        if self.user is None:
            return found
        return found.filter(operator__in=reach.operators(self.user, Operator.objects.all()))

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        if len(dataset) > LARGEST:
            # The refusal alone is only noted: every row would be looked up all the same.
            del dataset[:]
            raise ValueError(_("The file has more than %(limit)s rows.") % {"limit": LARGEST})

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        for name, value in row.items():
            if isinstance(value, str):
                row[name] = made_plain(value.replace("\x00", "")).strip()
