"""Reply templates as a CSV file: what leaves cannot run in a spreadsheet, what comes is checked like a form."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from import_export import fields, resources
from import_export.widgets import ForeignKeyWidget

from apps.core.sheets import made_plain, made_safe
from apps.operators import reach
from apps.operators.models import Operator, Queue, ReplyTemplate, TemplateFolder

LARGEST = 5000  # rows of one file
MARK = "exported"  # the column that says by whom and when


class Named(ForeignKeyWidget):
    """A related row by its name, among those that the importing person may know of."""

    rows: Any = None

    def get_queryset(self, value: Any, row: Any, *args: Any, **kwargs: Any) -> Any:
        return self.rows if self.rows is not None else super().get_queryset(value, row, *args, **kwargs)

    def clean(self, value: Any, row: Any = None, **kwargs: Any) -> Any:
        try:
            return super().clean(value, row, **kwargs)
        except self.model.DoesNotExist as error:
            raise ValueError(_("There is no “%(name)s”.") % {"name": value}) from error


class TemplateResource(resources.ModelResource):
    """One template a row; found again by shortcut, language, line and owner."""

    folder = fields.Field(attribute="folder", column_name="folder", widget=Named(TemplateFolder, "name"))
    queue = fields.Field(attribute="queue", column_name="line", widget=Named(Queue, "name"))
    owner = fields.Field(attribute="owner", column_name="owner", widget=Named(Operator, "user__username"))

    class Meta:
        model = ReplyTemplate
        import_id_fields = ("shortcut", "language", "queue", "owner")
        fields = (
            "shortcut",
            "language",
            "title",
            "text",
            "folder",
            "queue",
            "owner",
            "position",
            "is_active",
        )
        export_order = fields
        clean_model_instances = True
        skip_unchanged = True
        report_skipped = True
        use_transactions = True

    def __init__(self, user: Any = None, mark: str = "", **kwargs: Any) -> None:
        """``mark`` says who exports and when; it stands in every row, and an import does not read it."""
        super().__init__(**kwargs)
        self.user, self.mark = user, mark
        if user is not None:
            self.fields["queue"].widget.rows = reach.lines(user, Queue.objects.all())
            self.fields["owner"].widget.rows = reach.operators(user, Operator.objects.all())

    def get_queryset(self) -> Any:
        found = super().get_queryset()
        return found if self.user is None else reach.templates(self.user, found)

    def export_field(self, field: Any, instance: Any, **kwargs: Any) -> Any:
        value = super().export_field(field, instance, **kwargs)
        return made_safe(value) if isinstance(value, str) else value

    def after_export(self, queryset: Any, dataset: Any, **kwargs: Any) -> None:
        dataset.append_col([made_safe(self.mark)] * len(dataset), header=MARK)

    def before_import(self, dataset: Any, **kwargs: Any) -> None:
        if len(dataset) > LARGEST:
            # The refusal alone is only noted: every row would be looked up all the same.
            del dataset[:]
            raise ValueError(_("The file has more than %(limit)s rows.") % {"limit": LARGEST})

    def before_import_row(self, row: Any, **kwargs: Any) -> None:
        for name, value in row.items():
            if isinstance(value, str):
                row[name] = made_plain(value.replace("\x00", ""))

    def after_init_instance(self, instance: Any, new: bool, row: Any, **kwargs: Any) -> None:
        if self.user is not None and not new and not reach.may_change_template(self.user, instance):
            raise ValidationError(_("Texts for everybody are changed by an administrator."))

    def before_save_instance(self, instance: Any, row: Any, **kwargs: Any) -> None:
        if self.user is not None and not reach.may_change_template(self.user, instance):
            raise ValidationError(_("Texts for everybody are made by an administrator."))
        longest = ReplyTemplate._meta.get_field("text").max_length
        if longest is not None and len(instance.text) > longest:
            raise ValidationError(_("The text is longer than %(limit)s characters.") % {"limit": longest})
