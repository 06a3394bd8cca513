"""The demo bank's last days: the project's own dialogues, lived through the product's own services."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

from apps.analytics.replay.dialogues import Dialogue, load
from apps.channels.models import Channel
from apps.conversations.access import Sight, sight_of
from apps.conversations.models import Identity, Verification
from apps.conversations.services import inbound, marginalia, marks, outbound, people
from apps.core.actors import SYSTEM
from apps.operators.models import Operator, Presence, Queue, Tag
from apps.routing.models import Assignment
from apps.routing.services import clocks, dispatch, doors, greeting, handling, offers, placement
from apps.routing.services.promised import Book
from config.demo.busy import MOSCOW

SEED = 2026
# What the newest dialogues, still waiting for their first answer, are about.
WAITING = ("card", "transfer", "app", "card", "credit", "account", "fraud")
DAYS = 9
LASTS = timedelta(days=DAYS, hours=3)
# Of those that are over, the ones for whose first answer a customer waited too long: which one, minutes.
LATE = {6: 14, 13: 11, 19: 26, 27: 18}

CUSTOMERS = (
    ("Мария Лебедева", "+7 900 555-01-17", "ru"),
    ("Игорь Самойлов", "+7 900 555-02-34", "ru"),
    ("Наталья Зуева", "+7 900 555-04-48", "ru"),
    ("Павел Громов", "", "ru"),
    ("Айгуль Каримова", "+7 900 555-06-62", "ru"),
    ("Сергей Д.", "", "ru"),
    ("Ольга Петрова", "+7 900 555-08-80", "ru"),
    ("Роман Власов", "", "ru"),
    ("Елена Фомина", "+7 900 555-10-14", "ru"),
    ("Артём Котов", "+7 900 555-11-29", "ru"),
)
FOREIGNERS = (("Lee Harper", "", "en"), ("Nora Quinn", "+44 7700 900123", "en"), ("Sam Okafor", "", "en"))
COMMENTS = ("Быстро и по делу, спасибо!", "", "Долго ждал ответа", "", "Анна — умница", "", "Помогли", "")
LINE_OF = {
    "card": "cards",
    "account": "cards",
    "transfer": "cards",
    "deposit": "cards",
    "mortgage": "loans",
    "credit": "loans",
    "app": "support",
    "fraud": "fraud",
    "accounting": "assistants",
    "docs": "assistants",
}
BROWSER_ZONES = ("Europe/Moscow", "Asia/Yekaterinburg", "Asia/Novosibirsk", "Europe/Kaliningrad")


@dataclass
class Stage:
    """What playing needs: chance, channels, lines and operators."""

    chance: random.Random
    channels: list[Channel]
    lines: dict[str, Queue]
    operators: list[Operator]
    tags: list[Tag]
    # Policies and promises, read once for all of it.
    book: Book


def live_through(lines: dict[str, Queue], *, now: datetime) -> None:
    """Play the dialogues over the last days; the newest stay open. Nobody is at work at the end.

    When people were at work the busy days have told: here they are only let in.
    """
    stage = Stage(
        chance=random.Random(SEED),  # noqa: S311 - a repeatable demo, not a secret
        channels=list(Channel.objects.order_by("pk")),
        lines=lines,
        operators=list(Operator.objects.exclude(title="Супервизор")),
        tags=list(Tag.objects.all()),
        book=Book(),
    )
    _all(Presence.State.ONLINE, now=now - timedelta(days=DAYS, hours=2))
    dialogues = load()
    stage.chance.shuffle(dialogues)
    waiting = _newest(dialogues)
    finished = [dialogue for dialogue in dialogues if dialogue not in waiting]
    for place, dialogue in enumerate(finished):
        age = timedelta(days=DAYS) * (1 - place / len(finished)) + timedelta(hours=1)
        began = _by_day(now - age, now)
        waits = timedelta(minutes=LATE.get(place, 0))
        _play(stage, dialogue, _customer(stage, dialogue, began), began=began, waits=waits)
    callers = stage.chance.sample(CUSTOMERS, len(waiting))
    for place, (dialogue, caller) in enumerate(zip(waiting, callers, strict=True)):
        began = now - timedelta(minutes=3 * (len(waiting) - place))
        _begin(stage, dialogue, _identity(stage, caller, began), began)
    _all(Presence.State.OFFLINE, now=now)


def _all(state: str, *, now: datetime) -> None:
    Presence.objects.update(state=state, since=now)


def _by_day(moment: datetime, now: datetime) -> datetime:
    """Whatever hour it was, between ten and eight, in the same order; of today it stays as it is."""
    local = moment.astimezone(MOSCOW)
    if local.date() == now.astimezone(MOSCOW).date():
        return moment
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    return midnight + timedelta(hours=10) + (local - midnight) * 10 / 24


def _newest(dialogues: list[Dialogue]) -> list[Dialogue]:
    """One Russian dialogue for each subject that waits."""
    left = [dialogue for dialogue in dialogues if dialogue.language == "ru"]
    found = []
    for domain in WAITING:
        fitting = [dialogue for dialogue in left if domain in dialogue.domains]
        found += fitting[:1]
        left = [dialogue for dialogue in left if dialogue not in found]
    return found


def _customer(stage: Stage, dialogue: Dialogue, now: datetime) -> Identity:
    people_of_language = FOREIGNERS if dialogue.language == "en" else CUSTOMERS
    return _identity(stage, stage.chance.choice(people_of_language), now)


def _identity(stage: Stage, person: tuple[str, str, str], now: datetime) -> Identity:
    name, phone, language = person
    channel = stage.chance.choice(stage.channels)
    address = inbound.Address(
        channel_id=channel.pk,
        external_id=f"demo-{name}",
        name=name,
        language=language,
        time_zone=stage.chance.choice(BROWSER_ZONES),
    )
    identity = inbound.identify(address, now=now)
    if phone:
        people.describe(identity.customer_id, actor=SYSTEM, now=now, phone=phone)
    if channel.kind == "app":
        Identity.objects.filter(pk=identity.pk).update(verification=Verification.SIGNED)
    return identity


def _begin(stage: Stage, dialogue: Dialogue, identity: Identity, began: datetime) -> tuple[int, int]:
    """The customer's first turns; returns the conversation and how many turns were said."""
    said = 0
    conversation = 0
    line = _line(stage, dialogue)
    lines = [each.pk for each in doors.lines_of(identity.channel)]
    shown = greeting.greet(identity.channel, lines, identity.customer, language=dialogue.language, now=began)
    for turn in dialogue.turns:
        if turn.who != "customer":
            break
        moment = began + timedelta(seconds=turn.t)
        stored = inbound.receive(
            identity,
            text=turn.text,
            client_id=f"demo-{dialogue.id}-{said}",
            now=moment,
            requested_line=line,
            begun=partial(shown.begun, department=line),
        )
        conversation, said = stored.conversation_id, said + 1
    placement.route(conversation, now=began)
    return conversation, said


def _line(stage: Stage, dialogue: Dialogue) -> int:
    """The line that serves the dialogue's domain; what has none goes to the common line."""
    domain = next(iter(dialogue.domains), None) or ""
    return stage.lines[LINE_OF.get(domain, "common")].pk


def _play(stage: Stage, dialogue: Dialogue, identity: Identity, *, began: datetime, waits: timedelta) -> None:
    conversation, said = _begin(stage, dialogue, identity, began)
    clocks.keep(conversation, now=began, book=stage.book)
    operator = _take(stage, conversation, began)
    sight = sight_of(operator.user)
    moment = began
    for place, turn in enumerate(dialogue.turns[said:], start=said):
        moment = max(moment, began + timedelta(seconds=150), began + waits) + timedelta(
            seconds=stage.chance.randint(8, 70)
        )
        key = f"demo-{dialogue.id}-{place}"
        if turn.who == "customer":
            inbound.receive(identity, text=turn.text, client_id=key, now=moment, conversation_id=conversation)
        else:
            outbound.answer(sight, conversation_id=conversation, text=turn.text, client_id=key, now=moment)
    clocks.keep(conversation, now=moment, book=stage.book)
    _finish(stage, identity, conversation, sight, moment)


def _take(stage: Stage, conversation: int, began: datetime) -> Operator:
    """Whoever is offered it accepts, as the line's policy names him; from other lines somebody takes it himself."""
    dispatch.dispatch(now=began)
    soon = began + timedelta(seconds=stage.chance.randint(4, 20))
    given = Assignment.objects.filter(conversation=conversation, ended_at__isnull=True).first()
    if given is None:
        chosen = stage.chance.choice(_operators_of(stage, conversation))
        handling.accept(sight_of(chosen.user), conversation, now=began + timedelta(seconds=60))
        return chosen
    if given.accepted_at is None:
        offers.accept(given.operator_id, conversation, now=soon)
    return Operator.objects.select_related("user").get(pk=given.operator_id)


def _operators_of(stage: Stage, conversation: int) -> list[Operator]:
    line = Queue.objects.filter(conversations=conversation)
    return list(Operator.objects.filter(queues__in=line, pk__in=[each.pk for each in stage.operators])) or (
        stage.operators
    )


def _finish(stage: Stage, identity: Identity, conversation: int, sight: Sight, moment: datetime) -> None:
    marks.customer_received(identity, conversation, seq=10_000, read=True, now=moment)
    if stage.chance.random() < 0.4:
        tags = [stage.chance.choice(stage.tags).pk]
        marginalia.set_tags(sight, conversation, tags=tags, actor=SYSTEM, now=moment)
    closed = moment + timedelta(seconds=40)
    if stage.chance.random() < 0.2:
        handling.close_by_customer(identity, conversation, now=closed)
    else:
        handling.close(sight, conversation, now=closed)
    if stage.chance.random() < 0.6:
        score = stage.chance.choices((5, 4, 3, 2, 1), (60, 22, 9, 4, 5))[0]
        comment = stage.chance.choice(COMMENTS)
        marginalia.rate(
            identity, conversation, score=score, comment=comment, now=closed + timedelta(minutes=1)
        )
