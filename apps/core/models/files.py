from __future__ import annotations

import uuid

from django.db import models
from django.utils.translation import gettext_lazy as _


class StoredFile(models.Model):
    """A file somebody gave us, under a random name outside any web root.

    The row appears when the upload began; ``state`` says whether it may be served. ``name`` is only what
    people see. ``uploaded_by`` names the giver ("user:5", "visitor:9", "token:3"): only that one may attach it.
    """

    class Kind(models.TextChoices):
        IMAGE = "image", _("image")
        AUDIO = "audio", _("audio")
        VIDEO = "video", _("video")
        DOCUMENT = "document", _("document")
        ARCHIVE = "archive", _("archive")

    class State(models.TextChoices):
        RECEIVED = "received", _("received")
        SCANNING = "scanning", _("being scanned")
        CLEAN = "clean", _("clean")
        INFECTED = "infected", _("infected")
        UNSCANNED = "unscanned", _("not scanned")
        FAILED = "failed", _("could not be stored")

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=255)
    content_type = models.CharField(_("type"), max_length=100)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind)
    size = models.BigIntegerField(_("size, bytes"))
    sha256 = models.CharField(max_length=64)
    width = models.PositiveIntegerField(_("width"), null=True, blank=True)
    height = models.PositiveIntegerField(_("height"), null=True, blank=True)
    path = models.CharField(max_length=200)
    thumbnail_path = models.CharField(max_length=200, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.RECEIVED)
    uploaded_by = models.CharField(_("from"), max_length=40)
    created_at = models.DateTimeField(_("received at"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints = [
            models.CheckConstraint(
                condition=models.Q(
                    state__in=["received", "scanning", "clean", "infected", "unscanned", "failed"]
                ),
                name="file_state_is_known",
            )
        ]
        indexes = [
            # The sweep of uploads that nothing refers to.
            models.Index(fields=["created_at"], name="file_by_age"),
            # The sweep that sends waiting files to the scanner again.
            models.Index(
                fields=["created_at"],
                name="file_unscanned",
                condition=models.Q(state__in=["received", "scanning"]),
            ),
        ]

    def __str__(self) -> str:
        return self.name
