"""What the demo bank promises and does by itself: hours, policies, a public promise, silence, escalation, leads."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from apps.channels.models import Channel
from apps.conversations.access import sight_of
from apps.conversations.models import Conversation, Message
from apps.conversations.services import inbound
from apps.core.actors import SYSTEM, Actor
from apps.core.models import User
from apps.operators.models import Calendar, Operator, Queue, Shift, Tag
from apps.operators.services import production
from apps.routing.models import (
    Category,
    Escalation,
    ForceMajeure,
    Obligation,
    PolicyAction,
    Promise,
    PromiseChannel,
    PromiseExclusion,
    ServicePolicy,
    SilencePolicy,
    SilenceStep,
)
from apps.routing.services import clocks, contacts, escalating, leads, ledger
from apps.routing.services.promised import Book

MOSCOW = ZoneInfo("Europe/Moscow")
# After how many minutes, what, in words.
SILENCE = (
    (10, "remind", "Вы ещё здесь? Если вопрос решился, можно ничего не отвечать.", "Are you still there?"),
    (30, "snooze", "", ""),
    (24 * 60, "close", "Закрываем обращение. Напишите, и мы продолжим с того же места.", ""),
)
# Name, telephone, question; what became of it.
LEADS = (
    ("Вера Сотникова", "+7 900 555-21-10", "Хочу узнать ставку по ипотеке на новостройку.", "new"),
    ("Глеб Анисимов", "+7 900 555-22-27", "Перезвоните насчёт рефинансирования, удобно до обеда.", "in_work"),
    ("Зоя Маркелова", "+7 900 555-23-34", "Какие документы нужны для кредитной карты?", "done"),
)


def follow_production_calendar(*, now: datetime) -> None:
    """The country's holidays, as they come with the product, for every line that has hours."""
    production.take_over(production.read(production.shipped()), actor=SYSTEM, now=now)
    Calendar.objects.update(follows_production=True)


def promise_aloud(lines: dict[str, Queue], *, now: datetime) -> None:
    """Policies, the public promise, silence and escalation, all in force since before the past that is played."""
    _policies(lines, now)
    promise = Promise.objects.create(
        name="10 минут или месяц бесплатно",
        text_ru="Ответим за 10 минут — или месяц обслуживания бесплатно",
        text_en="We answer within 10 minutes, or a month is free",
        seconds=600,
        business_hours=True,
        requests_a_day=3,
        compensation_code="free_month",
        compensation_ru="Месяц обслуживания бесплатно",
        compensation_en="A month free of charge",
        since=now,
    )
    for channel in Channel.objects.filter(kind="web"):
        PromiseChannel.objects.create(promise=promise, channel=channel)
    PromiseExclusion.objects.create(promise=promise, category=Category.objects.get(code="premium"))
    ForceMajeure.objects.create(
        promise=promise,
        begins_at=now - timedelta(days=20),
        ends_at=now - timedelta(days=20) + timedelta(hours=3),
        reason="Авария у провайдера связи",
    )
    _silence(lines)
    _escalations(lines, now)


def _policies(lines: dict[str, Queue], now: datetime) -> None:
    common = ServicePolicy.objects.create(
        name="Все линии",
        first_seconds=600,
        next_seconds=900,
        last_word_may_stay=True,
        warn_percent=70,
        order=10,
        since=now,
    )
    PolicyAction.objects.create(policy=common, moment="breach", act="raise", rank=5)
    fraud = ServicePolicy.objects.create(
        name="Антифрод: две минуты",
        queue=lines["fraud"],
        first_seconds=120,
        next_seconds=180,
        business_hours=False,
        warn_percent=50,
        since=now,
    )
    elena = Operator.objects.get(user__username="elena")
    PolicyAction.objects.create(policy=fraud, moment="warning", act="notify", operator=elena)
    PolicyAction.objects.create(policy=fraud, act="tag", tag=Tag.objects.get(name="мошенники"))
    vip = Category.objects.get(code="vip")
    ServicePolicy.objects.create(
        name="VIP", category=vip, first_seconds=180, next_seconds=300, resolution_seconds=4 * 3600, since=now
    )


def _silence(lines: dict[str, Queue]) -> None:
    policy = SilencePolicy.objects.create(queue=lines["cards"])
    SilenceStep.objects.bulk_create(
        SilenceStep(policy=policy, after_minutes=minutes, action=action, text_ru=russian, text_en=english)
        for minutes, action, russian, english in SILENCE
    )


def _escalations(lines: dict[str, Queue], now: datetime) -> None:
    words = ["жалоба", "претензия", "подам в суд"]
    Escalation.objects.create(
        name="Жалоба: выше в линии", when="words", words=words, act="raise", rank=30, since=now
    )
    # Whoever writes of a theft is not left to wait among questions about cards, whichever department he chose.
    Escalation.objects.create(
        name="Мошенники: сразу в Антифрод",
        when="words",
        words=["мошенники", "украли деньги", "взломали"],
        act="line",
        to_queue=lines["fraud"],
        since=now,
    )
    Escalation.objects.create(
        name="Карты ждут 15 минут",
        when="unanswered",
        seconds=900,
        queue=lines["cards"],
        act="raise",
        rank=15,
        order=1,
    )
    Escalation.objects.create(
        name="Сложный вопрос по кассе: бизнес-ассистентам",
        when="unanswered",
        seconds=1200,
        queue=lines["kassa"],
        act="line",
        to_queue=lines["assistants"],
        order=2,
    )


def add_shifts(*, now: datetime) -> None:
    """Days that are not as every week: a holiday, and who stands in."""
    monday = now.astimezone(MOSCOW).date() + timedelta(days=7 - now.astimezone(MOSCOW).weekday())
    boris, dasha = (Operator.objects.get(user__username=name) for name in ("boris", "dasha"))
    for day in range(3):
        date = monday + timedelta(days=day)
        Shift.objects.create(operator=boris, date=date, note="Отпуск")
        Shift.objects.create(operator=dasha, date=date, begins=time(12), ends=time(21), note="За Бориса")


# --- what came of it in the past ------------------------------------------------------------------------


def keep_clocks(*, now: datetime) -> None:
    """Clocks of what still waits; a late call decides as a prompt one would have."""
    book = Book()
    for number in Conversation.objects.open().order_by("pk").values_list("pk", flat=True):
        clocks.keep(number, now=now, book=book)


def escalate(*, now: datetime) -> None:
    """What rules find in what waits now."""
    waiting = Message.objects.filter(conversation__state="queued").values_list("pk", flat=True)
    escalating.hear(list(waiting), now=now)
    escalating.escalate(now=now)


def decide(*, now: datetime) -> None:
    """Of what the bank owes the supervisor has confirmed one and waived one; the others wait for her."""
    elena = Actor.staff(User.objects.get(username="elena").pk)
    owed = list(Obligation.objects.order_by("pk").values_list("pk", flat=True))
    for number in owed[:1]:
        ledger.confirm(number, actor=elena, now=now - timedelta(hours=20))
    for number in owed[1:2]:
        reason = "Клиент писал с двух устройств, ему ответили в другом обращении"
        ledger.waive(number, actor=elena, now=now - timedelta(hours=19), reason=reason)


def leave_contacts(line: Queue, *, now: datetime) -> None:
    """Contacts that were left at night, when the line asks for them instead of a chat."""
    local = now.astimezone(MOSCOW)
    night = (local - timedelta(days=1)).replace(hour=22, minute=10)
    channel = Channel.objects.filter(kind="web").order_by("pk")[0]
    boris = sight_of(User.objects.get(username="boris"))
    for place, (name, phone, question, state) in enumerate(LEADS):
        moment = night + timedelta(minutes=11 * place)
        address = inbound.Address(channel_id=channel.pk, external_id=f"demo-lead-{place}", name=name)
        asked = contacts.request(
            wanted="callback",
            name=name,
            phone=phone,
            email="",
            question=question,
            preferred="",
            client_id=f"demo-lead-{place}",
        )
        identity = inbound.identify(address, now=moment)
        lead = contacts.leave(identity, asked, conversation_id=None, department=line.pk, now=moment)
        for step in _steps_to(state):
            leads.move(
                boris, lead.pk, to=step, actor=Actor.staff(boris.user_id), now=now - timedelta(hours=2)
            )


def _steps_to(state: str) -> Collection[str]:
    return {"new": (), "in_work": ("in_work",), "done": ("in_work", "done")}[state]
