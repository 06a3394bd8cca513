"""Reading from large tables, and the statements that a message costs."""

from __future__ import annotations

import time
from collections.abc import Callable

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.analytics.bench import product
from apps.analytics.bench.budget import Row, not_built
from apps.analytics.load.figures import milliseconds, percentile
from apps.analytics.replay import scene
from apps.conversations import selectors as conversations
from apps.conversations.access import sight_of
from apps.conversations.models import Conversation, Identity, Message, State
from apps.conversations.services import hot
from apps.core import clock
from apps.core.models import User
from apps.operators.models import Queue
from apps.routing import selectors as routing

A_CONVERSATION = 20  # messages
WAITING = 2000  # twice what performance.md lets wait when operators are assigned
READS = 200
STATEMENT_TEXT = "Проверка"
# Words of the generated messages: a common one, and one that a message in fifty has.
WORDS = ("перевод", "ипотека")

# Some wait in the line; the others were closed one after another.
_FILL = """
WITH people AS (
    INSERT INTO conversations_customer (name, language, time_zone, phone, email, attributes, created_at)
    SELECT 'Клиент ' || n, 'ru', '', '', '', '{}', now() FROM generate_series(1, %(number)s) AS n RETURNING id
), addresses AS (
    INSERT INTO conversations_identity (customer_id, channel_id, external_id, name, verification, created_at)
    SELECT id, %(channel)s, 'bench-' || id, '', 'anonymous', now() FROM people RETURNING id, customer_id
), begun AS (
    INSERT INTO conversations_conversation
        (customer_id, identity_id, channel_id, line_id, thread, state, state_since, seq, rev, opened_at, closed_at,
         closed_by, close_reason, intent, idle, written_to, last_at, last_text, last_author, unread, staff_read_seq,
         customer_delivered_seq, customer_read_seq)
    SELECT customer_id, id, %(channel)s, %(line)s, '', CASE WHEN id %% %(every)s = 0 THEN 'queued' ELSE 'closed' END,
        now() - id * interval '1 second', %(messages)s, %(messages)s, now() - id * interval '1 second',
        CASE WHEN id %% %(every)s = 0 THEN NULL ELSE now() - id * interval '1 second' END, '', '', '', false, '',
        now() - id * interval '1 second', 'Спасибо', 'customer', 0, 0, 0, 0
    FROM addresses RETURNING id, identity_id, line_id, state, state_since
), standing AS (
    INSERT INTO routing_queueentry
        (conversation_id, queue_id, reason, entered_at, stage, waiting_since, rank, rank_reason, kept_reason, needs,
         left_reason)
    SELECT id, line_id, 'placed', state_since, 'waiting', state_since, 0, '', '', '[]', ''
    FROM begun WHERE state = 'queued'
)
INSERT INTO conversations_message
    (conversation_id, seq, rev, kind, author_kind, identity_id, client_id, text, code, params, staff_only, at)
SELECT begun.id, n, n, 'text', 'customer', begun.identity_id, 'bench-' || begun.id || '-' || n,
    'Здравствуйте, ' || (CASE WHEN n = 3 THEN 'перевод' ELSE 'вопрос ' || n END) || ' по договору '
        || (CASE WHEN begun.id %% 50 = 0 THEN 'ипотека' ELSE 'карта' END) || ' ' || begun.id,
    '', '{}', false, now() - begun.id * interval '1 second'
FROM begun, generate_series(1, %(messages)s) AS n
"""


def fill(*, rows: int, line: Queue, identity: Identity) -> None:
    """So many messages in conversations of twenty, with the statistics the planner needs."""
    number = max(1, rows // A_CONVERSATION)
    values = {
        "number": number,
        "every": max(1, number // WAITING),
        "messages": A_CONVERSATION,
        "channel": identity.channel_id,
        "line": line.pk,
    }
    with connection.cursor() as cursor:
        cursor.execute(_FILL, values)
        cursor.execute("ANALYZE")


def measure(*, rows: int) -> list[Row]:
    """History, inbox and search over so many generated messages, and the statements of one message."""
    held = product.furnish(1)[0]
    identity = Conversation.objects.select_related("identity").get(pk=held.conversation).identity
    statements = _statements(held.conversation, identity)
    fill(rows=rows, line=Queue.objects.get(name=scene.LINE), identity=identity)
    sight = sight_of(User.objects.get(pk=held.desk.user_id))
    some = list(Message.objects.order_by("?").values_list("conversation_id", flat=True)[:READS])
    page = _p95(lambda number: _page_of(some[number]))
    section = _p95(lambda number: routing.section(sight, ("waiting", "other")[number % 2], now=clock.now()))
    search = _p95(lambda number: conversations.found_by_words(sight, " ".join(WORDS)), reads=20)
    size = f"{Message.objects.count():,} messages"
    waiting = f"{Conversation.objects.filter(state=State.QUEUED).count():,} waiting"
    return [
        Row("history page, p95", "<= 20 ms", "<= 5 ms", f"{milliseconds(page)} of {size}", page <= 0.02),
        Row(
            "inbox, p95",
            "<= 50 ms",
            "<= 15 ms",
            f"{milliseconds(section)} of {size}, {waiting}",
            section <= 0.05,
        ),
        Row(
            "search of two words, p95",
            "<= 300 ms",
            "<= 50 ms",
            f"{milliseconds(search)} of {size}",
            search <= 0.3,
        ),
        Row("SQL statements per chat message", "<= 2", "1", str(statements), statements <= 2),
    ]


def _page_of(conversation: int) -> None:
    page = conversations.page_of_messages(conversation)
    assert [conversations.message_view(message, staff=True) for message in page]


def _p95(read: Callable[[int], object], *, reads: int = READS) -> float:
    """Seconds that nineteen reads of twenty do not exceed, the first few left out."""
    taken = []
    for number in range(reads):
        began = time.perf_counter()
        read(number)
        taken.append(time.perf_counter() - began)
    return percentile(taken[reads // 20 :], 0.95)


def _statements(conversation: int, identity: Identity) -> int:
    """Statements of one message on the hot path, once its connection has prepared them."""
    counts = []
    for number in range(2):
        with CaptureQueriesContext(connection) as captured:
            written = hot.write_from_customer(
                conversation_id=conversation,
                customer_id=identity.customer_id,
                identity_id=identity.pk,
                channel_id=identity.channel_id,
                client_id=f"statements-{conversation}-{number}",
                text=STATEMENT_TEXT,
                reply_to=None,
                now=clock.now(),
            )
        assert written is not None
        counts.append(len(captured))
    return counts[-1]


def later() -> list[Row]:
    """Budgets whose parts come later."""
    return [
        not_built("outbound delivery, CPU beside the provider's time", "<= 5 ms", "<= 2 ms"),
    ]
