from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.channels.models import Channel
from apps.core.history import tracked
from apps.operators.models import Queue


@tracked()
class Department(models.Model):
    """A line that a channel's customers may choose before the chat."""

    channel = models.ForeignKey(
        Channel, verbose_name=_("channel"), on_delete=models.CASCADE, related_name="departments"
    )
    queue = models.ForeignKey(
        Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="departments"
    )
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    class Meta:
        verbose_name = _("department")
        verbose_name_plural = _("departments")
        ordering = ["position", "id"]
        constraints = [models.UniqueConstraint(fields=["channel", "queue"], name="department_once")]

    def __str__(self) -> str:
        return str(self.queue)


@tracked()
class ChannelLine(models.Model):
    """The line that takes a channel's conversations when the customer chose none."""

    channel = models.OneToOneField(
        Channel, verbose_name=_("channel"), on_delete=models.CASCADE, primary_key=True, related_name="line"
    )
    queue = models.ForeignKey(Queue, verbose_name=_("line"), on_delete=models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("line of the channel")
        verbose_name_plural = _("lines of channels")

    def __str__(self) -> str:
        return f"{self.channel} → {self.queue}"
