"""Who works at the demo bank, in which lines, when, and with which texts."""

from __future__ import annotations

import secrets
from datetime import datetime, time
from decimal import Decimal

from django.contrib.auth.models import Group

from apps.analytics.models import StaffingTarget
from apps.channels.models import Channel, ChannelKey
from apps.conversations.models import Customer, Grant, Right, Scope
from apps.core.models import Brand, User
from apps.operators.models import (
    BreakReason,
    Calendar,
    CalendarInterval,
    DeclineReason,
    Operator,
    Presence,
    Queue,
    QueueMembership,
    ReplyTemplate,
    SkillLevel,
    Tag,
    TemplateFolder,
    WeeklyShift,
    WorkSetting,
)
from apps.routing.models import ChannelLine, Department, OperatorLimit
from config.demo import PASSWORD
from config.demo.bot import add_bot
from config.demo.lines import add_ways, make_lines, skill_called, weigh_kinds
from config.demo.partner import add_partner
from config.demo.people import PEOPLE
from config.demo.rules import write_rules
from config.demo.texts import BREAKS, DECLINES, TAGS, TEMPLATES
from config.roles import seed_roles

# name, position, lines, skills with levels, capacity
OPERATORS: dict[str, tuple[str, str, tuple[str, ...], dict[str, int], int]] = {
    "anna": (
        "Анна Кузнецова",
        "Специалист по картам",
        ("cards", "common", "fraud", "mail"),
        {"Карты": 5, "Английский": 4},
        5,
    ),
    "boris": (
        "Борис Титов",
        "Кредитный консультант",
        ("loans", "common", "kassa_sales"),
        {"Ипотека": 5, "Кредиты": 4},
        4,
    ),
    "vika": (
        "Виктория Ли",
        "Техническая поддержка",
        ("support", "kassa", "common", "cards", "fraud"),
        {"Приложение": 5, "Касса": 3, "Английский": 5},
        6,
    ),
    "timur": (
        "Тимур Ахметов",
        "Бизнес-ассистент",
        ("assistants", "accounting", "kassa", "common"),
        {"Касса": 5, "Бухгалтерия": 3, "ВЭД": 4},
        4,
    ),
    "dasha": (
        "Дарья Ершова",
        "Бизнес-ассистент, бухгалтер",
        ("assistants", "accounting", "mail", "fraud"),
        {"Бухгалтерия": 5, "ВЭД": 2},
        4,
    ),
}
# The first of his five days in a row, Monday is 0; from, to.
SHIFTS = {
    "anna": (0, time(9), time(18)),
    "boris": (1, time(10), time(19)),
    "vika": (2, time(12), time(21)),
    "timur": (0, time(9), time(18)),
    "dasha": (2, time(10), time(19)),
    "elena": (5, time(9), time(18)),
    "marina": (6, time(12), time(21)),
}
PICKERS = "Выбирают из очереди"
SUPERVISED = ("cards", "loans", "support", "kassa", "kassa_sales", "mail", "common")


def build(*, now: datetime) -> dict[str, Queue]:
    """Make the organisation and return its lines; the roles exist already."""
    look = {"name": "Меридиан", "name_en": "Meridian", "accent": "#0c5a4b"}
    Brand.objects.update_or_create(pk=1, defaults=look)
    lines = make_lines(_calendars())
    _staff(lines, now)
    _work()
    _texts(lines)
    _channels(lines)
    weigh_kinds()
    add_ways(lines)
    add_partner(lines["insurance"], now=now)
    add_bot(now=now)
    _clients(now)
    write_rules(lines)
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


def _staff(lines: dict[str, Queue], now: datetime) -> None:
    for code, (name, title, own, skills, capacity) in OPERATORS.items():
        operator = _operator(code, name, title=title, capacity=capacity, role="operator", now=now)
        for skill, level in skills.items():
            SkillLevel.objects.create(operator=operator, skill=skill_called(skill), level=level)
        _join(operator, [lines[line] for line in own])
    supervisor = _operator(
        "elena", "Елена Орлова", title="Супервизор", capacity=3, role="supervisor", now=now
    )
    _join(supervisor, [lines[line] for line in SUPERVISED])
    head = _operator(
        "marina", "Марина Власова", title="Старший супервизор", capacity=1, role="head supervisor", now=now
    )
    _join(head, list(lines.values()))
    SkillLevel.objects.bulk_create(
        SkillLevel(operator=each, skill=skill_called("Русский"), level=5) for each in Operator.objects.all()
    )
    OperatorLimit.objects.create(operator=supervisor, kind="app", at_most=1)
    _let_pick()
    _user("olga", "Ольга Белова", "auditor", is_staff=True)
    _user("admin", "Администратор", "administrator", is_staff=True, is_superuser=True)


def _work() -> None:
    """Five shifts a week for everybody who answers, so that each day has some; whoever likes may come besides.

    How many are needed is reckoned with three conversations at once: in so small a bank there are rarely more to lead.
    """
    StaffingTarget.objects.bulk_create(
        StaffingTarget(queue=line, slots=Decimal(3), shrinkage_percent=10)
        for line in Queue.objects.order_by("pk")
    )
    WorkSetting.objects.create(pk=1, away_minutes=30, missed_offers=5)
    people = {each.user.username: each for each in Operator.objects.select_related("user")}
    WeeklyShift.objects.bulk_create(
        WeeklyShift(operator=people[code], weekday=(first + number) % 7, begins=begins, ends=ends)
        for code, (first, begins, ends) in SHIFTS.items()
        for number in range(5)
    )


def _operator(code: str, name: str, *, title: str, capacity: int, role: str, now: datetime) -> Operator:
    user = _user(code, name, role, is_staff=role != "operator")
    operator = Operator.objects.create(user=user, public_name=name, title=title, capacity=capacity)
    Presence.objects.create(operator=operator, since=now)
    return operator


def _let_pick() -> None:
    """In so small a bank operators may choose from the line; in others they take the next one."""
    group, _made = Group.objects.get_or_create(name=PICKERS)
    Grant.objects.get_or_create(group=group, right=Right.PICK, scope=Scope.OWN)
    for user in User.objects.filter(username__in=OPERATORS):
        user.groups.add(group)


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
        BreakReason(name_ru=russian, name_en=english, minutes=minutes, position=place)
        for place, (russian, english, minutes) in enumerate(BREAKS)
    )
    DeclineReason.objects.bulk_create(
        DeclineReason(name_ru=russian, name_en=english, position=place)
        for place, (russian, english) in enumerate(DECLINES)
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
        promise_ru="Обычно отвечаем за несколько минут",
        promise_en="We usually answer within a few minutes",
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
        for place, code in enumerate(("cards", "loans", "support", "assistants", "fraud")):
            Department.objects.create(channel=channel, queue=lines[code], position=place)
    ChannelLine.objects.create(channel=app, queue=lines["support"])


def _clients(now: datetime) -> None:
    """Those who may sign in at the demo's site, as the bank's own systems have told of them."""
    for person in PEOPLE.values():
        manager = User.objects.get(username=person.manager) if person.manager else None
        Customer.objects.create(
            bank_id=person.bank_id,
            name=person.name,
            phone=person.phone,
            language=person.language,
            attributes=person.attributes,
            manager=manager,
            created_at=now,
        )
