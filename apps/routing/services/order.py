"""The order in which what waits is served: said once in SQL, and in words for each row.

Between lines the priority that was published; inside a line the rank of the customer's category (or a raised one),
the nearest promise, and age. ``matching.pool.Waiting.order`` is the same for what is not in the database.
"""

from __future__ import annotations

from django.db.models import F

# Columns of routing_queueentry (e) and operators_queue (q); the index entry_order serves it within a line.
ORDER = "q.live_priority DESC, e.rank DESC, e.due_at ASC NULLS LAST, e.waiting_since, e.id"

# The same inside one line, for the ORM.
WITHIN_A_LINE = (F("rank").desc(), F("due_at").asc(nulls_last=True), "waiting_since", "id")
