"""Who did it: the attribution that every event and every change of state carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class ActorKind(models.TextChoices):
    CUSTOMER = "customer", _("customer")
    STAFF = "staff", _("staff")
    BOT = "bot", _("bot")
    INTEGRATION = "integration", _("integration")
    SYSTEM = "system", _("system")


@dataclass(frozen=True, slots=True)
class Actor:
    """A kind and the id that goes with it: an identity for customers, a user for staff, a token for integrations."""

    kind: str
    id: int | None = None

    @classmethod
    def staff(cls, user_id: int) -> Self:
        return cls(ActorKind.STAFF, user_id)

    @classmethod
    def customer(cls, identity_id: int | None) -> Self:
        return cls(ActorKind.CUSTOMER, identity_id)


SYSTEM = Actor(ActorKind.SYSTEM)
