"""Reading from large tables, and the statements that a message costs."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.analytics.bench import product
from apps.analytics.bench.budget import Row, not_built
from apps.analytics.load.figures import milliseconds, percentile
from apps.channels.models import Channel
from apps.conversations import selectors as conversations
from apps.conversations.access import sight_of
from apps.conversations.models import Identity, Message
from apps.conversations.services import hot
from apps.core import clock
from apps.core.models import User
from apps.operators.models import Queue
from apps.routing import selectors as routing

A_CONVERSATION = 20  # messages
READS = 200
STATEMENT_TEXT = "Проверка"
# Words of the generated messages: a common one, and one that a message in fifty has.
WORDS = ("перевод", "ипотека")

_FILL = """
INSERT INTO conversations_customer (name, language, time_zone, phone, email, attributes, created_at)
SELECT 'Клиент ' || n, 'ru', '', '', '', '{}', now() FROM generate_series(1, %(customers)s) AS n;
"""


def measure(*, rows: int) -> list[Row]:
    """History, inbox and search over so many generated messages, and the statements of one message."""
    held = product.furnish(1)[0]
    identity = Identity.objects.select_related("customer", "channel").get(
        conversations=held.conversation
    )
    statements = _statements(held.conversation, identity)
    fill(rows=rows, line=Queue.objects.get(name=product.scene.LINE), identity=identity)
    sight = sight_of(User.objects.get(pk=held.desk.user_id))
    some = list(Message.objects.order_by("?").values_list("conversation_id", flat=True)[:READS])
    page = _p95(lambda number: _page_of(some[number]))
    section = _p95(lambda number: routing.section(sight, ("waiting", "other")[number % 2], now=clock.now()))
    search = _p95(lambda number: conversations.found_by_words(sight, " ".join(WORDS)), reads=20)
    size = f"{Message.objects.count():,} messages"
    return [
        Row("history page, p95", "<= 20 ms", "<= 5 ms", f"{milliseconds(page)} of {size}", page <= 0.02),
        Row("inbox, p95", "<= 50 ms", "<= 15 ms", f"{milliseconds(section)} of {size}", section <= 0.05),
        Row("search of two words, p95", "<= 300 ms", "<= 50 ms", f"{milliseconds(search)} of {size}", search <= 0.3),
        Row("SQL statements per chat message", "<= 2", "1", str(statements), statements <= 2),
    ]
