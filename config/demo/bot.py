"""The demo bank's bot: the sample of docs/examples, an integration like any other, which answers while the demo runs.

It knows tariffs, and returns the rest to people. At each start it is given a new secret, which nobody else learns.
"""

from __future__ import annotations

import importlib.util
import threading
from datetime import datetime, timedelta
from types import ModuleType

from django.conf import settings

from apps.bots.models import Bot
from apps.core.models import ApiToken, User
from apps.core.services import tokens
from config.roles import seed_roles

ACCOUNT = "api-tariff-bot"
LIFE = timedelta(days=365)
SCOPES = ("conversations:read", "conversations:write")


def add_bot(*, now: datetime) -> None:
    """A bot that may be given conversations from every line."""
    account = User.objects.create_user(ACCOUNT, display_name="Бот «Тарифы»", is_service=True)
    account.groups.add(seed_roles()["bot"])
    tokens.issue(name=account.display_name, user=account, scopes=SCOPES, expires_at=now + LIFE, now=now)
    Bot.objects.create(name_ru=account.display_name, name_en="Tariff bot", account=account)


def new_secret(*, now: datetime) -> str | None:
    """What it proves itself with from now on; None when somebody has taken its token, its account or the bot away."""
    its = ApiToken.objects.filter(user__bot__is_active=True, user__username=ACCOUNT)
    token = its.select_related("user").first()
    if token is None or not tokens.is_live(token, now=now):
        return None
    _token, secret = tokens.issue(
        name=token.name, user=token.user, scopes=token.scopes, expires_at=token.expires_at, now=now
    )
    return secret


def play(*, port: int, secret: str) -> None:
    """Let it work beside the server, in a thread that ends with the process."""
    arguments = ["--url", f"http://127.0.0.1:{port}", "--token", secret]
    threading.Thread(target=_sample().main, args=(arguments,), name="demo-bot", daemon=True).start()


def _sample() -> ModuleType:
    """docs/examples/bot.py, which is a page to read and no package."""
    spec = importlib.util.spec_from_file_location(
        "otklik_sample_bot", settings.BASE_DIR / "docs/examples/bot.py"
    )
    assert spec is not None
    assert spec.loader is not None
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found
