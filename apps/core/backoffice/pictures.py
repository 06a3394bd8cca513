"""A picture given in a form of the back office: taken in by the same pipeline as customers' files."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

from apps.core import clock
from apps.core.files import FileRefused, receive
from apps.core.models import StoredFile

LARGEST = 1024 * 1024  # bytes


class PictureField(forms.FileField):
    """Cleans to the stored picture, or None when none was chosen."""

    def __init__(self, *, uploaded_by: str, **kwargs: Any) -> None:
        hint = _("A PNG, JPEG or WebP picture of at most 1 MB.")
        super().__init__(**{"required": False, "help_text": hint, **kwargs})
        self.uploaded_by = uploaded_by

    def clean(self, data: Any, initial: Any = None) -> StoredFile | None:
        upload = super().clean(data, initial)
        if not isinstance(upload, UploadedFile):
            return None
        try:
            return receive(
                upload,
                uploaded_by=self.uploaded_by,
                allowed_kinds={StoredFile.Kind.IMAGE},
                max_bytes=LARGEST,
                now=clock.now(),
            )
        except FileRefused as refusal:
            raise forms.ValidationError(str(refusal.text)) from refusal
