"""Form fields that the back-office shares."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

# A shorter secret would be half told by its last four characters.
SHOWN_FROM_LENGTH = 12


def hint_of(secret: str) -> str:
    """What may be shown of a stored secret: its last four characters when it is long enough."""
    return f"•••• {secret.rstrip()[-4:]}" if len(secret) >= SHOWN_FROM_LENGTH else "••••"


class WriteOnly(forms.Widget):
    """The page never carries the value, only its hint as the placeholder."""

    def use_required_attribute(self, initial: Any) -> bool:
        # Empty keeps the stored value, so the browser may insist only while there is none.
        return not initial and super().use_required_attribute(initial)

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        shown = {"autocomplete": "new-password", "spellcheck": "false"}
        if value:
            shown["placeholder"] = hint_of(str(value))
        return super().get_context(name, None, {**(attrs or {}), **shown})


class SecretWidget(WriteOnly, forms.PasswordInput):
    """A write-only line."""


class SecretTextarea(WriteOnly, forms.Textarea):
    """A write-only box, for keys of several lines (PEM) whose line ends must survive."""

    def __init__(self, attrs: dict[str, Any] | None = None) -> None:
        super().__init__({"rows": 4, **(attrs or {})})


class _KeptSecret(forms.BoundField):
    """An empty input means "as before": the stored value takes its place, also for `required`."""

    @property
    def data(self) -> Any:
        return super().data or self.initial

    def value(self) -> Any:
        # A form shown again after a mistake must not hint at what was typed into it.
        return self.initial


class SecretField(forms.CharField):
    """A secret: shown as a hint only, kept when left empty, changed by typing a new one."""

    widget = SecretWidget
    default_error_messages = {"required": _("Type the secret: none is stored yet.")}

    def get_bound_field(self, form: forms.BaseForm, field_name: str) -> forms.BoundField:
        return _KeptSecret(form, self, field_name)
