from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class ProcessLease(models.Model):
    """One living process that serves sockets. Renewed every 10 s, dead 30 s after the last renewal.

    A kill -9 fires no disconnect: what a process claimed to serve counts only while its lease lives.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    node = models.CharField(_("node"), max_length=120)
    started_at = models.DateTimeField(_("started at"))
    renewed_at = models.DateTimeField(_("renewed at"))
    expires_at = models.DateTimeField(_("expires at"), db_index=True)

    class Meta:
        verbose_name = _("process")
        verbose_name_plural = _("processes")

    def __str__(self) -> str:
        return self.node


class Connection(models.Model):
    """A person (operator or customer) whom one process serves through at least one socket."""

    lease = models.ForeignKey(ProcessLease, on_delete=models.CASCADE, related_name="connections")
    surface = models.CharField(max_length=10)
    person_id = models.BigIntegerField()
    since = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["lease", "surface", "person_id"], name="connection_once_per_process"
            )
        ]
        indexes = [models.Index(fields=["surface", "person_id"], name="connection_person")]

    def __str__(self) -> str:
        return f"{self.surface} {self.person_id}"


class SocketTicket(models.Model):
    """A one-time key for the first frame of an operator's socket, so that a cookie alone opens nothing.

    Only the SHA-256 is kept; the row dies when used or after 60 s.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    session_key = models.CharField(max_length=40)
    expires_at = models.DateTimeField(db_index=True)

    def __str__(self) -> str:
        return f"ticket of {self.user_id}"
