"""What colleagues call whoever has a conversation: an operator, a bot, or who serves an outside line."""

from __future__ import annotations

from django.utils.translation import get_language

from apps.bots.models import Bot
from apps.core.models import ApiToken, User
from apps.operators.models import Operator


def name_of(user_id: int | None, language: str = "") -> str:
    """Empty for nobody, and for whom no name is kept. ``language``: of a bot's name, else that of who reads it now."""
    if user_id is None:
        return ""
    return (
        Operator.objects.filter(pk=user_id).values_list("public_name", flat=True).first()
        or _name_of_bot(user_id, language or _language())
        or ApiToken.objects.filter(user=user_id).values_list("name", flat=True).first()
        or ""
    )


def _name_of_bot(user_id: int, language: str) -> str:
    bot = Bot.objects.filter(account=user_id).first()
    return bot.name(language) if bot else ""


def called(user: User) -> str:
    """The same for a row that came with ``operator`` and ``api_token``."""
    operator, token = getattr(user, "operator", None), getattr(user, "api_token", None)
    if operator is not None:
        return str(operator.public_name)
    return token.name if token is not None else ""


def everybody() -> dict[int, str]:
    """Operators, bots and applications by number, for who reads it now."""
    applications = ApiToken.objects.filter(user__outside_lines__isnull=False).values_list("user", "name")
    language = _language()
    bots = {bot.account_id: bot.name(language) for bot in Bot.objects.all()}
    return dict(applications) | bots | dict(Operator.objects.values_list("pk", "public_name"))


def _language() -> str:
    return get_language() or ""
