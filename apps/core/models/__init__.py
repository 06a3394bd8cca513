"""Public face of core's models; the submodules do not import each other."""

from apps.core.models.brand import Brand
from apps.core.models.files import StoredFile
from apps.core.models.integrations import (
    ApiToken,
    IdempotentRequest,
    WebhookAttempt,
    WebhookDelivery,
    WebhookSubscription,
)
from apps.core.models.log import Event, LogCursor
from apps.core.models.people import GroupPermission, StaffGroup, User, UserGroup
from apps.core.models.processes import Connection, ProcessLease, SocketTicket

__all__ = [
    "ApiToken",
    "Brand",
    "Connection",
    "Event",
    "GroupPermission",
    "IdempotentRequest",
    "LogCursor",
    "ProcessLease",
    "SocketTicket",
    "StaffGroup",
    "StoredFile",
    "User",
    "UserGroup",
    "WebhookAttempt",
    "WebhookDelivery",
    "WebhookSubscription",
]
