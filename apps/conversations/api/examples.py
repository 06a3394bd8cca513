"""Examples in the schema, as the demo bank would answer."""

CONVERSATION = {
    "id": 1042,
    "rev": 7,
    "seq": 3,
    "state": "assigned",
    "state_since": "2026-11-20T09:01:10Z",
    "thread": "",
    "queue": 3,
    "channel": 1,
    "channel_kind": "web",
    "customer": 501,
    "identity": 77,
    "holder": 12,
    "opened_at": "2026-11-20T09:00:03Z",
    "first_answer_at": "2026-11-20T09:01:42Z",
    "awaiting_since": None,
    "snoozed_until": None,
    "closed_at": None,
    "closed_by": "",
    "last_at": "2026-11-20T09:01:42Z",
    "last_text": "Your card is ready.",
    "tags": [4],
}
START = {"identity": 77, "text": "Please call me back about my mortgage.", "thread": "callback-8841"}
STARTED = {"conversation": 1043, "message": 5320, "seq": 1}
MESSAGE = {
    "id": 5312,
    "conversation": 1042,
    "seq": 3,
    "rev": 6,
    "kind": "text",
    "author": {"kind": "operator", "id": 12, "name": "Anna"},
    "identity": 77,
    "at": "2026-11-20T09:01:42Z",
    "text": "Your card is ready.",
    "code": "",
    "params": {},
    "staff_only": False,
    "files": [],
    "reply_to": None,
    "edited_at": None,
    "deleted": False,
    "delivery": None,
}
WRITE = {"text": "The courier will arrive between 10 and 12.", "note": False}
FILE = {
    "id": "5f3b7c1e-8d0a-4f57-9c55-0d4b8f0d7a11",
    "name": "statement.pdf",
    "size": 48213,
    "kind": "document",
    "content_type": "application/pdf",
    "state": "clean",
    "width": None,
    "height": None,
}
CUSTOMER = {
    "id": 501,
    "name": "Ivan Petrov",
    "bank_id": "C-20417",
    "phone": "+79160000000",
    "email": "ivan@example.com",
    "attributes": {"segment": "premium", "cards": 2},
    "language": "ru",
    "time_zone": "Europe/Moscow",
    "manager": 12,
    "created_at": "2026-10-02T12:00:00Z",
}
UPSERT = {"bank_id": "C-20417", "name": "Ivan Petrov", "attributes": {"segment": "premium"}}
UPSERTED = {"id": 501, "bank_id": "C-20417"}
CUSTOMER_CHANGE = {"phone": "+79160000000", "attributes": {"cards": 2, "old_flag": None}}
CUSTOMER_EVENT = {"code": "contract_signed", "at": "2026-11-20T08:55:00Z"}
CUSTOMER_EVENT_STORED = {"customer": 501, **CUSTOMER_EVENT}
IDENTITY = {
    "id": 77,
    "customer": 501,
    "channel": 1,
    "channel_kind": "web",
    "external_id": "v-9c2f",
    "name": "Ivan",
    "verification": "signed",
    "created_at": "2026-10-02T12:00:00Z",
}
DELIVERY = {
    "id": 88,
    "conversation": 1042,
    "message": 5312,
    "identity": 77,
    "state": "sent",
    "error": "",
    "attempts_made": 1,
    "created_at": "2026-11-20T09:01:42Z",
    "changed_at": "2026-11-20T09:01:43Z",
}
ATTEMPT = {
    "outcome": "sent",
    "error": "",
    "started_at": "2026-11-20T09:01:42Z",
    "ended_at": "2026-11-20T09:01:43Z",
}
RATING = {
    "id": 301,
    "conversation": 1042,
    "operator": 12,
    "score": 5,
    "comment": "Quick and kind.",
    "at": "2026-11-20T09:20:00Z",
}
