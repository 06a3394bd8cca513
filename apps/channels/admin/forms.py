"""Forms of a channel and of its signing keys."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from apps.channels.adapters.registry import own_socket_kinds
from apps.channels.models import Channel, ChannelKey
from apps.core.backoffice.base import LabelledFormSet
from apps.core.forms import SecretTextarea

# As in a browser's Origin header.
SITE = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?")
SHORTEST_SECRET = 32  # bytes; HS256 wants 256 bits


class SitesField(forms.CharField):
    """Addresses, one a line, kept as a list of origins."""

    widget = forms.Textarea

    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, (list, tuple)) else value

    def to_python(self, value: Any) -> list[str]:  # type: ignore[override]  # a list of lines
        lines = [line.strip() for line in (value or "").splitlines()]
        return list(dict.fromkeys(origin_of(line) for line in lines if line))

    def validate(self, value: Any) -> None:
        for site in value:
            if not SITE.fullmatch(site):
                raise ValidationError(
                    _("“%(site)s” is not an address such as https://bank.example."), params={"site": site}
                )

    def has_changed(self, initial: Any, data: Any) -> bool:
        return list(initial or []) != self.to_python(data)


def origin_of(line: str) -> str:
    """Scheme, host and port of an address that may have a path; other text as it is."""
    parts = urlsplit(line.lower() if "://" in line else f"https://{line.lower()}")
    return f"{parts.scheme}://{parts.netloc}" if parts.netloc else line


class ChannelForm(forms.ModelForm):
    allowed_sites = SitesField(
        label=_("Sites"),
        required=False,
        help_text=_("Addresses of pages that may show the widget, one a line."),
    )
    form_fields = forms.MultipleChoiceField(
        label=_("Asked before the chat"),
        choices=Channel.FormField,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    class Meta:
        model = Channel
        fields = "__all__"  # noqa: DJ007 - the page's fieldsets name them

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "allowed_sites" in self.fields:
            self.fields["allowed_sites"].widget.attrs.update(
                {"rows": 3, "placeholder": "https://bank.example"}
            )
        for name in ("greeting_ru", "greeting_en", "closed_text_ru", "closed_text_en"):
            if name in self.fields:
                self.fields[name].widget.attrs["rows"] = 3

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if cleaned.get("form_required") and not cleaned.get("form_fields"):
            self.add_error("form_required", _("Choose first what is asked."))
        return cleaned


class KeyForm(forms.ModelForm):
    class Meta:
        model = ChannelKey
        fields = ("name", "algorithm", "secret", "is_active")
        widgets = {"secret": SecretTextarea(attrs={"rows": 2, "cols": 40})}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        secret, algorithm = cleaned.get("secret"), cleaned.get("algorithm")
        if secret and algorithm and (problem := fault_of_key(algorithm, secret)):
            self.add_error("secret", problem)
        return cleaned


class KeyFormSet(LabelledFormSet):
    """Two keys may be active, so that one can take over from the other."""

    def clean(self) -> None:
        super().clean()
        active = [
            form
            for form in self.forms
            if form.cleaned_data.get("is_active") and not form.cleaned_data.get("DELETE")
        ]
        if len(active) > 2:
            raise ValidationError(_("At most two signing keys may be on."))


def fault_of_key(algorithm: str, secret: str) -> Any:
    """What is wrong with a signing key, in words; None when it can be used."""
    if algorithm == ChannelKey.Algorithm.HS256:
        short = len(secret.encode()) < SHORTEST_SECRET
        return _("An HS256 secret has at least 32 bytes.") if short else None
    try:
        key = load_pem_public_key(secret.encode())
    except ValueError:
        return _("This is not a public key in PEM.")
    return None if isinstance(key, Ed25519PublicKey) else _("The key is not an Ed25519 public key.")


def has_own_socket(kind: str) -> bool:
    """Whether customers of a kind are reached through our sockets: no webhook proves itself there."""
    return kind in own_socket_kinds()
