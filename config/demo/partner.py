"""The demo bank's outside line: a partner's insurance desk, whose own system answers by REST.

Its token's secret is told to nobody. Who wants to play the partner makes a new one on the token's page; until then
what is sent there comes back when the time to accept is over.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from django.contrib.auth.models import Group

from apps.conversations.models import Grant, Right, Scope
from apps.core.models import User
from apps.core.services import tokens
from apps.operators.models import Queue

NAME = "Полис Плюс: страховой стол"
LIFE = timedelta(days=365)
SCOPES = ("conversations:read", "conversations:write")


def add_partner(line: Queue, *, now: datetime) -> None:
    """An application that sees and answers the conversations of this line, and of no other."""
    account = User.objects.create_user("api-polis-plus", display_name=NAME, is_service=True)
    group = Group.objects.create(name="Партнёр: Полис Плюс")
    account.groups.add(group)
    for right in (Right.TEXT, Right.ANSWER):
        Grant.objects.create(group=group, right=right, scope=Scope.LINE, queue=line)
    tokens.issue(name=NAME, user=account, scopes=SCOPES, expires_at=now + LIFE, now=now)
    line.outside = account
    line.save(update_fields=["outside"])
