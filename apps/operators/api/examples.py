"""Examples in the schema, as the demo bank would answer."""

QUEUE = {
    "id": 3,
    "name": "Cards",
    "public_name_ru": "Карты",
    "public_name_en": "Cards",
    "priority": 10,
    "is_default": False,
    "is_active": True,
    "open": True,
    "members": [12, 15],
}
PRESENCE = {
    "operator": 12,
    "state": "break",
    "reason": 1,
    "since": "2026-11-20T09:30:00Z",
    "cause": "sent",
    "sent_by": 4,
    "shift_ends_at": "2026-11-20T15:00:00Z",
}
OPERATOR = {
    "id": 12,
    "public_name": "Anna",
    "title": "Card specialist",
    "capacity": 5,
    "is_active": True,
    "queues": [3],
    "skills": ["English"],
    "presence": PRESENCE,
}
TEMPLATE = {
    "id": 7,
    "shortcut": "hello",
    "title": "Greeting",
    "text": "Hello, {customer}! How can I help?",
    "language": "en",
    "folder": "Common",
    "queue": None,
    "is_active": True,
}
TAG = {"id": 4, "name": "complaint", "colour": "#c01c28", "is_active": True}
BREAK_REASON = {"id": 1, "name_ru": "Обед", "name_en": "Lunch", "is_active": True}
