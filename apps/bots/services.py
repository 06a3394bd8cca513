"""Whether a bot may answer somewhere: the one place that says so, for handing over and for taking back alike."""

from __future__ import annotations

from datetime import datetime

from apps.bots.models import Bot
from apps.conversations.access import sight_of
from apps.conversations.models import Right
from apps.core.models import ApiToken
from apps.core.services.tokens import is_live


def trouble(bot: Bot, *, line_id: int, channel_id: int, now: datetime) -> str:
    """ "" or the code why it cannot answer there at this moment: off, no_token, no_right, reads_more."""
    if not bot.is_active:
        return "off"
    token = ApiToken.objects.select_related("user").filter(user=bot.account_id).first()
    if token is None or not is_live(token, now=now):
        return "no_token"
    sight = sight_of(token.user)
    if not sight.covers(Right.ANSWER, line_id=line_id, channel_id=channel_id):
        return "no_right"
    # A bot reads what it is handed and nothing before or after: grants that show whole lines forbid it.
    return "reads_more" if sight.has(Right.METADATA) else ""


def is_offered_in(bot: Bot, line_id: int) -> bool:
    """Whether it may be given conversations from the line."""
    lines = [each.queue_id for each in bot.lines.all()]
    return not lines or line_id in lines
