"""Who works at the demo bank, in which lines, when, and with which texts."""

from __future__ import annotations

import secrets
from datetime import datetime, time

from apps.channels.models import Channel, ChannelKey
from apps.core.models import Brand, User
from apps.operators.models import (
    BreakReason,
    Calendar,
    CalendarInterval,
    Operator,
    Presence,
    Queue,
    QueueMembership,
    ReplyTemplate,
    Skill,
    Tag,
    TemplateFolder,
)
from apps.routing.models import ChannelLine, Department
from config.demo import PASSWORD
from config.demo.texts import BREAKS, TAGS, TEMPLATES
from config.roles import seed_roles

# name, name for English customers, priority, hours, is common
LINES = {
    "fraud": ("Антифрод", "Suspicious payments", 100, None, False),
    "business": ("Бизнес-клиенты", "Business", 50, "Будни 9–18", False),
    "cards": ("Карты и счета", "Cards and accounts", 20, None, False),
    "loans": ("Кредиты и ипотека", "Loans and mortgages", 20, "Ежедневно 9–21", False),
    "app": ("Поддержка приложения", "App support", 10, None, False),
    "common": ("Общая линия", "General questions", 0, None, True),
}

# name, position, lines, skills, capacity
OPERATORS = {
    "anna": (
        "Анна Кузнецова",
        "Специалист по картам",
        ("cards", "common", "fraud"),
        ("Карты", "Английский"),
        5,
    ),
    "boris": ("Борис Титов", "Кредитный консультант", ("loans", "common"), ("Ипотека", "Кредиты"), 4),
    "vika": (
        "Виктория Ли",
        "Поддержка приложения",
        ("app", "cards", "common"),
        ("Приложение", "Английский"),
        6,
    ),
    "timur": ("Тимур Ахметов", "Менеджер бизнес-клиентов", ("business", "common"), ("Эквайринг", "ВЭД"), 4),
}


def build(*, now: datetime) -> dict[str, Queue]:
    """Make the organisation and return its lines; the roles exist already."""
    Brand.objects.update_or_create(pk=1, defaults={"name": "Меридиан", "accent": "#0c5a4b"})
    lines = _lines(_calendars())
    _staff(lines, now)
    _texts(lines)
    _channels(lines)
    return lines


def _calendars() -> dict[str, Calendar]:
    week = {"Будни 9–18": (range(5), time(9), time(18)), "Ежедневно 9–21": (range(7), time(9), time(21))}
    found = {}
    for name, (days, opens, closes) in week.items():
        found[name] = Calendar.objects.create(name=name)
        CalendarInterval.objects.bulk_create(
            CalendarInterval(calendar=found[name], weekday=day, opens=opens, closes=closes) for day in days
        )
    return found


def _lines(calendars: dict[str, Calendar]) -> dict[str, Queue]:
    found = {}
    for code, (name, english, priority, hours, common) in LINES.items():
        values = {"name": name, "public_name_en": english, "priority": priority}
        values |= {"calendar": calendars[hours] if hours else None}
        if common:
            # Every installation has a common line from its first migration on: the demo gives it a name.
            found[code], _created = Queue.objects.update_or_create(is_default=True, defaults=values)
        else:
            found[code] = Queue.objects.create(**values)
    return found


def _staff(lines: dict[str, Queue], now: datetime) -> None:
    for code, (name, title, own, skills, capacity) in OPERATORS.items():
        operator = _operator(code, name, title=title, capacity=capacity, role="operator", now=now)
        operator.skills.set([Skill.objects.get_or_create(name=skill)[0] for skill in skills])
        _join(operator, [lines[line] for line in own])
    supervisor = _operator(
        "elena", "Елена Орлова", title="Супервизор", capacity=3, role="supervisor", now=now
    )
    _join(supervisor, [lines[line] for line in ("cards", "loans", "app", "common")])
    _user("olga", "Ольга Белова", "auditor", is_staff=True)
    _user("admin", "Администратор", "administrator", is_staff=True, is_superuser=True)


def _operator(code: str, name: str, *, title: str, capacity: int, role: str, now: datetime) -> Operator:
    user = _user(code, name, role, is_staff=role == "supervisor")
    operator = Operator.objects.create(user=user, public_name=name, title=title, capacity=capacity)
    Presence.objects.create(operator=operator, since=now)
    return operator


def _user(code: str, name: str, role: str, **values: bool) -> User:
    user = User.objects.create_user(
        code, email=f"{code}@meridian.example", password=PASSWORD, display_name=name, **values
    )
    user.groups.add(seed_roles()[role])
    return user


def _join(operator: Operator, lines: list[Queue]) -> None:
    QueueMembership.objects.bulk_create(QueueMembership(queue=line, operator=operator) for line in lines)


def _texts(lines: dict[str, Queue]) -> None:
    Tag.objects.bulk_create(Tag(name=name, colour=colour) for name, colour in TAGS)
    BreakReason.objects.bulk_create(
        BreakReason(name_ru=russian, name_en=english, position=place)
        for place, (russian, english) in enumerate(BREAKS)
    )
    for place, (folder, line, shortcut, title, text, language) in enumerate(TEMPLATES):
        ReplyTemplate.objects.create(
            folder=TemplateFolder.objects.get_or_create(name=folder)[0],
            queue=lines[line] if line else None,
            shortcut=shortcut,
            title=title,
            text=text,
            language=language,
            position=place,
        )


def _channels(lines: dict[str, Queue]) -> None:
    site = Channel.objects.create(
        kind="web",
        name="Сайт банка",
        title_ru="Меридиан на связи",
        title_en="Meridian is here",
        greeting_ru="Здравствуйте! Спросите о картах, кредитах или приложении — ответит человек.",
        greeting_en="Hello! Ask about cards, loans or the app: a person will answer.",
        promise_ru="Обычно отвечаем за 2 минуты",
        promise_en="We usually answer within 2 minutes",
        closed_text_ru="Сейчас мы не в сети. Напишите — ответим, как только откроемся.",
        closed_text_en="We are closed now. Write to us: we will answer as soon as we open.",
    )
    app = Channel.objects.create(
        kind="app",
        name="Мобильное приложение",
        title_ru="Чат с банком",
        title_en="Chat with the bank",
        greeting_ru="Здравствуйте! Чем помочь?",
        greeting_en="Hello! How can we help?",
    )
    for channel in (site, app):
        ChannelKey.objects.create(channel=channel, name="demo-1", secret=secrets.token_urlsafe(48))
        for place, code in enumerate(("cards", "loans", "app", "business", "fraud")):
            Department.objects.create(channel=channel, queue=lines[code], position=place)
    ChannelLine.objects.create(channel=app, queue=lines["app"])
