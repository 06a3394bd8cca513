from __future__ import annotations

import pgtrigger
from django.contrib.postgres.indexes import BTreeIndex
from django.db import models
from django.db.models.expressions import Func
from django.utils.translation import gettext_lazy as _

from apps.core.actors import ActorKind


class CurrentTransaction(Func):
    """``pg_current_xact_id()``: the 64-bit number of the running transaction, which never wraps."""

    template = "pg_current_xact_id()"
    arity = 0


class TransactionIdField(models.Field):
    """PostgreSQL's xid8: comparable with ``pg_snapshot_xmin(pg_current_snapshot())``. An int in Python."""

    def db_type(self, connection: object) -> str:
        return "xid8"

    def get_prep_value(self, value: object) -> object:
        # The driver would send an int as bigint, which does not compare with xid8.
        return str(value) if isinstance(value, int) else super().get_prep_value(value)

    def from_db_value(self, value: object, expression: object, connection: object) -> int | None:
        return None if value is None else int(str(value))


class Event(models.Model):
    """One thing that happened, written in the transaction that made it happen and never changed.

    Stream, metrics, webhooks and replay are read from here. ``details`` holds ids, codes and numbers, never a
    person's words, so that erasing a person stays possible. Ids commit out of order: readers walk by
    (xid, id) and stay below the oldest running transaction (see core.log).
    """

    id = models.BigAutoField(primary_key=True)
    xid = TransactionIdField(_("transaction"), db_default=CurrentTransaction(), editable=False)
    kind = models.CharField(_("kind"), max_length=60)
    subject_kind = models.CharField(_("subject"), max_length=30)
    subject_id = models.BigIntegerField(_("subject number"))
    actor_kind = models.CharField(_("who"), max_length=12, choices=ActorKind)
    actor_id = models.BigIntegerField(_("whose number"), null=True, blank=True)
    at = models.DateTimeField(_("when"))
    details = models.JSONField(_("details"), default=dict)

    class Meta:
        verbose_name = _("event")
        triggers = [
            # Erasing what is too old will say so aloud, by ignoring this trigger.
            pgtrigger.Protect(name="append_only", operation=pgtrigger.Update | pgtrigger.Delete)
        ]
        verbose_name_plural = _("events")
        indexes = [
            # Readers by position: webhooks and every later follower of the log.
            BTreeIndex(fields=["xid", "id"], name="event_position"),
            # The story of one conversation, customer or operator.
            BTreeIndex(fields=["subject_kind", "subject_id", "id"], name="event_subject"),
            # The journal by kind, newest first: a rare kind is not looked for in millions of others.
            models.Index(fields=["kind", "-id"], name="event_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.subject_kind} {self.subject_id}"


class LogCursor(models.Model):
    """How far one follower of the event log has read: everything up to (xid, id) is done."""

    name = models.CharField(max_length=40, primary_key=True)
    xid = models.BigIntegerField(default=0)
    event_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.name} at {self.xid}/{self.event_id}"
