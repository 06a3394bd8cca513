"""What colleagues call whoever has a conversation: an operator, a bot, or who serves an outside line."""

from __future__ import annotations

from apps.bots.models import Bot
from apps.core.models import ApiToken, User
from apps.operators.models import Operator


def name_of(user_id: int | None) -> str:
    """Empty for nobody, and for whom no name is kept."""
    if user_id is None:
        return ""
    return (
        Operator.objects.filter(pk=user_id).values_list("public_name", flat=True).first()
        or Bot.objects.filter(account=user_id).values_list("name_ru", flat=True).first()
        or ApiToken.objects.filter(user=user_id).values_list("name", flat=True).first()
        or ""
    )


def called(user: User) -> str:
    """The same for a row that came with ``operator`` and ``api_token``."""
    operator, token = getattr(user, "operator", None), getattr(user, "api_token", None)
    if operator is not None:
        return str(operator.public_name)
    return token.name if token is not None else ""


def everybody() -> dict[int, str]:
    """Operators, bots and applications by number."""
    applications = ApiToken.objects.filter(user__outside_lines__isnull=False).values_list("user", "name")
    bots = Bot.objects.values_list("account", "name_ru")
    return dict(applications) | dict(bots) | dict(Operator.objects.values_list("pk", "public_name"))
