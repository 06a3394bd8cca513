"""Every text that somebody outside the code can write, found by looking at the tables, and a way to write them all."""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.db.models import CharField, Field, JSONField, Model, TextField

from apps.core.fields import EncryptedTextField
from tests.security.payloads import PAYLOADS, text

LONGEST = 4000
ADDRESSES = [
    place for place, payload in enumerate(PAYLOADS) if payload.strip().lower().startswith("javascript:")
]

# Written by the code alone, or of a shape that is checked before it is stored.
MADE_BY_US = {
    "analytics.WhatIfRun": {"content", "digest", "result", "zone"},
    "conversations.ContinueLink": {"digest"},
    "conversations.Conversation": {"last_author", "intent"},
    "conversations.Customer": {"time_zone"},
    "conversations.Merge": {"moved"},
    "conversations.Message": {"client_id", "code", "params"},
    "conversations.MessageVersion": {"by_kind"},
    "core.ApiToken": {"digest", "last_four"},
    "core.Brand": {"accent"},
    "core.Connection": {"surface"},
    "core.Event": {"kind", "subject_kind", "details"},
    "core.IdempotentRequest": {"key", "fingerprint", "body"},
    "core.LogCursor": {"name"},
    "core.ProcessLease": {"node"},
    "core.SocketTicket": {"digest", "session_key"},
    "core.StoredFile": {"content_type", "sha256", "path", "thumbnail_path", "uploaded_by"},
    "core.User": {"username", "password", "time_zone"},
    "core.WebhookSubscription": {"url"},
    "operators.Calendar": {"time_zone"},
    "operators.ReplyTemplate": {"shortcut"},
    "operators.Tag": {"colour"},
    "routing.Assignment": {"kind"},
    "routing.Category": {"code", "colour"},
    "routing.Decision": {"details"},
    "routing.EscalationRun": {"refusal"},
    "routing.Lead": {"phone_key", "email_key"},
    "routing.LeadRequest": {"client_id"},
    "routing.LookupSetting": {"url", "header"},
    "routing.Obligation": {"compensation_code"},
    "routing.Promise": {"compensation_code"},
    "routing.QueueEntry": {"needs"},
    "routing.RuleSet": {"content", "digest"},
    "routing.Showing": {"compensation_code"},
    "routing.Violation": {"details"},
    "support_channels.Channel": {"public_key", "accent"},
    "support_channels.UsedToken": {"jti"},
    "support_channels.Visitor": {"external_id", "token_digest", "site", "language", "time_zone"},
}
WRITTEN = {
    "conversations.Conversation": {"thread", "last_text", "written_to"},
    "conversations.Customer": {"bank_id", "name", "phone", "email", "attributes"},
    "conversations.Delivery": {"provider_id", "error"},
    "conversations.DeliveryAttempt": {"error"},
    "conversations.Draft": {"text"},
    "conversations.GivenEmail": {"email"},
    "conversations.Identity": {"external_id", "name"},
    "conversations.Letter": {"email", "words"},
    "conversations.LetterText": {"subject", "opening", "closing"},
    "conversations.Message": {"text"},
    "conversations.MessageVersion": {"text"},
    "conversations.Rating": {"comment"},
    "bots.Bot": {"name_ru", "name_en"},
    "conversations.Participant": {"called"},
    "core.ApiToken": {"name"},
    "core.Brand": {"name", "name_en"},
    "core.StoredFile": {"name"},
    "core.User": {"first_name", "last_name", "email", "display_name"},
    "core.WebhookAttempt": {"error"},
    "core.WebhookSubscription": {"name"},
    "operators.BreakReason": {"name_ru", "name_en"},
    "operators.Calendar": {"name"},
    "operators.CalendarException": {"note"},
    "operators.DeclineReason": {"name_ru", "name_en"},
    "operators.Operator": {"public_name", "title"},
    "operators.ProductionDay": {"note"},
    "operators.Queue": {
        *("name", "public_name_ru", "public_name_en"),
        *("last_minutes_text_ru", "last_minutes_text_en"),
    },
    "operators.ReplyTemplate": {"title", "text"},
    "operators.Shift": {"note"},
    "operators.Skill": {"name"},
    "operators.Tag": {"name"},
    "operators.TemplateFolder": {"name"},
    "routing.Category": {"name"},
    "routing.Condition": {"name", "values"},
    "routing.Escalation": {"name"},
    "routing.ForceMajeure": {"reason"},
    "routing.Lead": {"name", "phone", "email", "reason"},
    "routing.LeadRequest": {"name", "phone", "email", "preferred", "question"},
    "routing.Obligation": {"reason", "asked_reason"},
    "routing.Promise": {"name", "text_ru", "text_en", "compensation_ru", "compensation_en"},
    "routing.Rule": {"name"},
    "routing.RuleSet": {"note"},
    "routing.Showing": {"text"},
    "routing.Segment": {"name"},
    "routing.ServicePolicy": {"name"},
    "routing.SilenceStep": {"text_ru", "text_en"},
    "support_channels.Channel": {
        *("name", "title_ru", "title_en", "greeting_ru", "greeting_en"),
        *("promise_ru", "promise_en", "closed_text_ru", "closed_text_en"),
    },
    "support_channels.ChannelKey": {"name"},
    "support_channels.InboundUpdate": {"external_id", "error"},
    "support_channels.Visitor": {"page_url", "page_title", "browser"},
}


def _ours() -> Iterator[type[Model]]:
    """Our tables, without those that keep the history of others."""
    for model in apps.get_models():
        is_history = any(field.name == "pgh_label" for field in model._meta.concrete_fields)
        if model.__module__.startswith("apps.") and not is_history and not model._meta.proxy:
            yield model


def _texts(model: type[Model]) -> Iterator[Field]:
    for field in model._meta.concrete_fields:
        plain = isinstance(field, CharField | TextField | JSONField)
        if plain and not field.choices and not isinstance(field, EncryptedTextField):
            yield field


def differences() -> set[str]:
    """Texts that stand in neither list or in both, and listed ones that are no texts of ours."""
    there = {f"{model._meta.label}.{field.name}" for model in _ours() for field in _texts(model)}
    lists = [{f"{name}.{each}" for name in of for each in of[name]} for of in (MADE_BY_US, WRITTEN)]
    return (there ^ (lists[0] | lists[1])) | (lists[0] & lists[1])


def poison(*, but: set[str] = frozenset()) -> None:
    """Put the corpus into every text that people write: row by row another payload first, and as many as fit.

    The tables take what they are given, as if every check before them had been got round. ``but`` names columns to
    leave, such as one by which the test itself finds a row.
    """
    for label, names in WRITTEN.items():
        model = apps.get_model(label)
        fields = [model._meta.get_field(name) for name in sorted(names) if f"{label}.{name}" not in but]
        for number, key in enumerate(model._default_manager.order_by("pk").values_list("pk", flat=True)):
            values = {field.name: _value(field, number) for field in fields}
            if number < len(PAYLOADS):
                model._default_manager.filter(pk=key).update(**values)


def _value(field: Field, number: int) -> object:
    if field.name == "page_url":
        # An address does harm by its beginning alone.
        return text(ADDRESSES[number % len(ADDRESSES)], field.max_length or LONGEST)
    if isinstance(field, JSONField):
        return {text(number + place, 60): text(number + place, 300) for place in range(10)}
    return text(number, field.max_length or LONGEST)
