"""An integration as its programmer sees it: a token, addresses under /api/v1/, JSON both ways."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta
from itertools import count
from typing import Any

from django.contrib.auth.models import Group
from django.test import Client

from apps.channels.models import Channel
from apps.conversations.models import Grant, Right, Scope
from apps.core import clock
from apps.core.scopes import scopes
from apps.core.services import tokens
from apps.operators.models import Queue
from tests.factories import people

_numbers = count(1)
ALL_RIGHTS = (Right.TEXT, Right.PERSONAL, Right.ANSWER, Right.TAKE_OVER)


class Integration:
    """A token with a client. ``lines``: those it sees, None for all; ``can`` its scopes, None for all."""

    def __init__(
        self,
        *,
        lines: Iterable[Queue] | None = None,
        can: Iterable[str] | None = None,
        rights: Iterable[str] = ALL_RIGHTS,
        channel: Channel | None = None,
    ) -> None:
        number = next(_numbers)
        self.user = people.user(f"service{number}", is_service=True)
        group = Group.objects.create(name=f"service {number}")
        self.user.groups.add(group)
        areas = [(Scope.ALL, None)] if lines is None else [(Scope.LINE, line) for line in lines]
        for right in rights:
            for scope, line in areas:
                Grant.objects.create(group=group, right=right, scope=scope, queue=line, channel=channel)
        now = clock.now()
        self.token, self.plain = tokens.issue(
            name=f"Integration {number}",
            user=self.user,
            scopes=set(scopes()) if can is None else set(can),
            expires_at=now + timedelta(days=30),
            now=now,
        )
        self.client = Client(headers={"Authorization": f"Bearer {self.plain}", "Accept-Language": "en"})

    def get(self, path: str, **query: Any) -> Any:
        return self.client.get(f"/api/v1/{path}", query)

    def send(self, method: str, path: str, body: Any = None, *, key: str | None = None) -> Any:
        key = key or f"test-key-{next(_numbers)}"
        return self.client.generic(
            method,
            f"/api/v1/{path}",
            data=b"" if body is None else _encoded(body),
            content_type="application/json",
            headers={"Idempotency-Key": key},
        )

    def post(self, path: str, body: Any = None, *, key: str | None = None) -> Any:
        return self.send("POST", path, body, key=key)

    def upload(self, file: Any, *, key: str | None = None) -> Any:
        key = key or f"test-key-{next(_numbers)}"
        return self.client.post("/api/v1/attachments/", {"file": file}, headers={"Idempotency-Key": key})


def _encoded(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body).encode()


def codes(answer: Any) -> tuple[int, str]:
    """Status and code of a refusal."""
    return answer.status_code, answer.json()["code"]
