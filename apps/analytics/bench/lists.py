"""The back office's lists over millions of rows: as opened, filtered each way, by number and on a later page."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import unquote, urlsplit

from django.contrib.auth.models import Group
from django.db import connection, models
from django.test import Client
from django.urls import reverse
from django.utils import translation

from apps.analytics.bench.budget import Row
from apps.analytics.load.figures import milliseconds
from apps.channels.models import Channel
from apps.conversations.models import Conversation, Delivery, Message
from apps.core.models import Event, User
from apps.operators.models import Operator, Queue, QueueMembership

LISTS: tuple[type[models.Model], ...] = (Conversation, Message, Delivery, Event)
MUST_SECONDS = 0.3
READS = 5
CUSTOMERS = 50  # rows of each customer
READERS = ("administrator", "auditor", "supervisor")
NAME = "Bench of lists"

_PEOPLE = """
WITH people AS (
    INSERT INTO conversations_customer (name, language, time_zone, phone, email, attributes, created_at)
    SELECT 'Клиент ' || n, 'ru', '', '', '', '{}', now() FROM generate_series(1, %(people)s) AS n RETURNING id
)
INSERT INTO conversations_identity (customer_id, channel_id, external_id, name, verification, created_at)
SELECT id, %(channel)s, 'list-' || id, '', 'anonymous', now() FROM people
"""
_CONVERSATIONS = """
INSERT INTO conversations_conversation
    (customer_id, identity_id, channel_id, line_id, thread, state, state_since, seq, rev, opened_at, closed_at,
     closed_by, last_at, last_text, last_author, unread, staff_read_seq, customer_delivered_seq, customer_read_seq)
SELECT customer_id, id, channel_id, %(line)s, '', 'closed', moment, 1, 1, moment, moment, 'operator', moment,
    'Спасибо', 'customer', 0, 0, 0, 0
FROM (
    SELECT identity.*, now() - (times - turn) * interval '12 hours' AS moment
    FROM generate_series(1, %(each)s) AS turn, (SELECT %(each)s AS times) AS constants,
        conversations_identity AS identity
    WHERE identity.channel_id = %(channel)s
    ORDER BY turn
) AS history
"""
_MESSAGES = """
INSERT INTO conversations_message
    (conversation_id, seq, rev, kind, author_kind, identity_id, client_id, text, code, params, staff_only, at)
SELECT id, 1, 1, 'text', 'customer', identity_id, 'list-' || id, 'Вопрос по договору ' || id, '', '{}', false,
    opened_at
FROM conversations_conversation WHERE channel_id = %(channel)s
"""
_DELIVERIES = """
INSERT INTO conversations_delivery
    (message_id, conversation_id, identity_id, place, state, provider_id, error, attempts_made, due_at, created_at,
     changed_at)
SELECT message.id, conversation_id, identity_id, 1,
    CASE WHEN message.id %% 100000 = 0 THEN 'failed' ELSE (ARRAY['sent', 'delivered', 'read'])[1 + message.id %% 3] END,
    'list-' || message.id, '', 1, at, at, at
FROM conversations_message AS message JOIN conversations_identity AS identity ON identity.id = identity_id
WHERE identity.channel_id = %(channel)s
"""
_EVENTS = """
INSERT INTO core_event (kind, subject_kind, subject_id, actor_kind, at, details)
SELECT CASE WHEN id %% 100000 = 0 THEN 'rating.given' ELSE 'message.sent' END, 'conversation', id, 'customer',
    opened_at, '{}'
FROM conversations_conversation WHERE channel_id = %(channel)s
"""


@dataclass(frozen=True, slots=True)
class Slowest:
    """The view of a list that took longest, and how long: the median of a few reads, in seconds."""

    seconds: float
    query: str


@dataclass(frozen=True, slots=True)
class Reader:
    """A member of staff at a browser."""

    user: User
    client: Client


def measure(*, rows: int) -> list[Row]:
    """So many rows in each table; every list as members of the seeded groups open it."""
    channel = Channel.objects.create(name=NAME, kind="web")
    line = Queue.objects.create(name=NAME)
    _fill(rows=rows, channel=channel, line=line)
    readers = [_reader(group, line) for group in READERS]
    return [_row(model, readers, rows) for model in LISTS]


def _row(model: type[models.Model], readers: list[Reader], rows: int) -> Row:
    right = f"{model._meta.app_label}.view_{model._meta.model_name}"
    may_look = [each.client for each in readers if each.user.has_perm(right)]
    slowest = max((_slowest(client, model) for client in may_look), key=lambda each: each.seconds)
    what = f"{milliseconds(slowest.seconds)} at {rows:,} rows, {unquote(slowest.query) or 'as opened'}"
    met = slowest.seconds < MUST_SECONDS
    # The pages have left their readers' language behind.
    with translation.override("en"):
        name = str(model._meta.verbose_name_plural)
    return Row(f"admin list of {name}, its slowest view", "< 300 ms", "", what, met)


def _fill(*, rows: int, channel: Channel, line: Queue) -> None:
    each = min(CUSTOMERS, rows)
    values = {"people": rows // each, "each": each, "channel": channel.pk, "line": line.pk}
    with connection.cursor() as cursor:
        for statement in (_PEOPLE, _CONVERSATIONS, _MESSAGES, _DELIVERIES, _EVENTS):
            cursor.execute(statement, values)
        cursor.execute("ANALYZE")


def _reader(group: str, line: Queue) -> Reader:
    """A member of a seeded group at work in one line: the supervisor's lists are filtered by that."""
    user = User.objects.create_user(f"list-{group}-{time.time_ns()}", is_staff=True)
    operator = Operator.objects.create(user=user, public_name="Bench")
    QueueMembership.objects.create(queue=line, operator=operator)
    user.groups.add(Group.objects.get(name=group))
    client = Client(headers={"host": "localhost"})
    client.force_login(user)
    return Reader(user, client)


def _slowest(reader: Client, model: type[models.Model]) -> Slowest:
    page = reverse(f"admin:{model._meta.label_lower.replace('.', '_')}_changelist")
    views = [page, *(f"{page}{query}" for query in _queries(reader, page))]
    found = (Slowest(_median(reader, view), view.removeprefix(page)) for view in views)
    return max(found, key=lambda each: each.seconds)


def _queries(reader: Client, page: str) -> Iterator[str]:
    """What a reader can choose on the page: each choice of each filter, the next page, a number."""
    links = _Links()
    links.feed(reader.get(page).content.decode())
    yield from sorted(links.queries)
    yield "?q=1000"


class _Links(HTMLParser):
    """The page's links to itself."""

    def __init__(self) -> None:
        super().__init__()
        self.queries: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        target = urlsplit(dict(attrs).get("href") or "")
        if tag == "a" and target.query and not target.path:
            self.queries.add(f"?{target.query}")


def _median(reader: Client, address: str) -> float:
    taken = []
    for _number in range(READS):
        began = time.perf_counter()
        answer = reader.get(address)
        taken.append(time.perf_counter() - began)
        if answer.status_code != 200:
            raise RuntimeError(f"{address}: {answer.status_code}")
    return sorted(taken)[READS // 2]
