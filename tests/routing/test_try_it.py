"""Try it: the line, why, the place and the operator, by the functions that place live ones; nothing is written."""

from __future__ import annotations

from typing import Any

import pytest
from django.apps import apps
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from apps.channels.models import Channel
from apps.core import clock
from apps.core.models import User
from apps.operators.models import (
    Calendar,
    CalendarInterval,
    LineSkill,
    Operator,
    Presence,
    Queue,
    Skill,
    SkillLevel,
)
from apps.routing.models import Category, Condition, Department, EscalationRun, RulesSetting
from apps.routing.services import escalating
from tests.factories import dialogues, organisation, people, roles
from tests.factories import rules as given
from tests.factories.promises import at, escalation, policy, promise, weekdays

pytestmark = pytest.mark.django_db


def signed_in(role: str, *lines: Queue) -> Client:
    """A browser of somebody who reads English."""
    user = roles.staff(role, lines=lines)
    User.objects.filter(pk=user.pk).update(language="en")
    user.refresh_from_db()
    return roles.browser(user)


@pytest.fixture
def line() -> Queue:
    organisation.common_line()
    return organisation.line("business", priority=5, offering="automatic")


@pytest.fixture
def channel() -> Channel:
    return organisation.channel()


def tried(client: Client, channel: Channel, **values: Any) -> Any:
    asked = {
        "channel": channel.pk,
        "language": "ru",
        "verification": "anonymous",
        "version": "in_force",
        **values,
    }
    return client.post(reverse("admin:routing_rule_try"), asked)


def found(client: Client, channel: Channel, **values: Any) -> Any:
    answer = tried(client, channel, **values)
    assert answer.status_code == 200
    assert answer.context["form"].errors == {}
    return answer.context["found"]


def at_work(name: str, *lines: Queue) -> Any:
    operator = people.operator(name, lines=lines)
    Presence.objects.update_or_create(
        operator=operator, defaults={"state": "online", "since": clock.now(), "lost_at": None}
    )
    return operator


def test_a_condition_is_told_with_the_value_that_was_seen(line: Queue, channel: Channel) -> None:
    rule = given.rule(
        line,
        {"kind": "attribute", "name": "tariff", "values": ["business"]},
        {"kind": "page", "comparison": "contains", "values": ["/cards"], "group": "none"},
        name="known clients",
    )
    given.publish()
    head = signed_in("administrator")
    held = found(head, channel, attributes="tariff = Business", page="https://bank.example/loans?x=1")
    assert (held.spot.line, held.why) == ("business", "the rule “known clients”")
    ((shown,),) = [each.rules for each in held.lines]
    assert (shown.name, shown.holds) == (rule.name, True)
    assert [(each.text, each.seen, each.mark) for each in shown.conditions] == [
        ("what the bank knows of him “tariff”: business", "Business", "yes"),
        ("page of the site contains: /cards", "bank.example/loans", "yes"),
    ]
    missed = found(head, channel, attributes="tariff = base")
    assert (missed.spot.line, missed.why) == (Queue.objects.get(is_default=True).name, "the common line")
    assert missed.lines[0].rules[0].conditions[0].mark == "no"


def test_a_rule_that_a_choice_went_before_is_told_as_not_asked(line: Queue, channel: Channel) -> None:
    given.rule(line, {"kind": "channel_kind", "values": ["email"]})
    given.publish()
    chosen = organisation.line("cards")
    Department.objects.create(channel=channel, queue=chosen)
    shown = found(signed_in("administrator"), channel, topic=chosen.pk)
    ((rule,),) = [each.rules for each in shown.lines]
    assert (shown.spot.line, shown.why) == ("cards", "the customer chose the department")
    assert (rule.asked, rule.holds, rule.conditions[0].mark) == (False, False, "")


def test_the_chat_of_the_site_stands_in_the_form_already_and_then_what_was_tried_last(
    channel: Channel,
) -> None:
    app = organisation.channel("App", kind="app")
    off = organisation.channel("Another", is_active=False)
    head = signed_in("administrator")
    page = head.get(reverse("admin:routing_rule_try"))
    assert page.context["form"]["channel"].value() == channel.pk
    assert [str(choice[1]) for choice in page.context["form"]["channel"].field.choices] == [
        str(app),
        str(channel),
        f"{off} (off)",
    ]
    found(head, app)
    again = head.get(reverse("admin:routing_rule_try"))
    assert again.context["form"]["channel"].value() == app.pk
    app.delete()
    assert head.get(reverse("admin:routing_rule_try")).context["form"]["channel"].value() == channel.pk


def test_what_was_typed_stays_where_something_else_is_wrong(line: Queue, channel: Channel) -> None:
    typed = {"text": "Где деньги?", "attributes": "tariff", "moment_0": "2026-11-23", "moment_1": "14:00"}
    answer = tried(signed_in("administrator"), channel, **typed)
    assert answer.context["form"]["moment"].value() == ["2026-11-23", "14:00"]
    assert "Где деньги?</textarea>" in answer.content.decode()


def test_the_hour_is_that_of_the_reader_and_the_page_says_so(line: Queue, channel: Channel) -> None:
    Queue.objects.filter(is_default=True).update(calendar=weekdays())
    head = signed_in("administrator")
    asked = {"moment_0": "2026-11-23", "moment_1": "08:30"}
    assert found(head, channel, **asked).arrives != ""
    User.objects.filter(pk=head.session["_auth_user_id"]).update(time_zone="Asia/Vladivostok")
    there = tried(head, channel, moment_0="2026-11-23", moment_1="16:30")
    assert there.context["found"].arrives == ""
    assert "In your time zone, Asia/Vladivostok." in there.content.decode()


@pytest.mark.parametrize(
    ("condition", "typed", "other"),
    [
        (
            {"kind": "address", "values": ["vip@bank.example"]},
            {"address": "vip@bank.example"},
            {"address": "x@y"},
        ),
        ({"kind": "language", "values": ["en"]}, {"language": "en"}, {"language": "ru"}),
        (
            {"kind": "verification", "values": ["signed"]},
            {"verification": "signed"},
            {"verification": "code"},
        ),
        ({"kind": "intent", "values": ["loan"]}, {"intent": "loan"}, {"intent": "card"}),
        (
            {"kind": "event", "name": "signed", "comparison": "within", "values": [5]},
            {"events": "signed = 4"},
            {"events": "signed = 6"},
        ),
        (
            {"kind": "page_event", "name": "opened", "comparison": "known"},
            {"events": "opened = 0"},
            {"events": "closed = 0"},
        ),
        ({"kind": "channel_kind", "values": ["web"]}, {}, None),
    ],
)
def test_each_box_of_the_form_counts(
    line: Queue,
    channel: Channel,
    condition: dict[str, Any],
    typed: dict[str, str],
    other: dict[str, str] | None,
) -> None:
    given.rule(line, condition)
    given.publish()
    head = signed_in("administrator")
    assert found(head, channel, **typed).spot.line == "business"
    if other is not None:
        assert found(head, channel, **other).spot.line != "business"


def test_the_hour_and_the_department_count(line: Queue, channel: Channel) -> None:
    days = Calendar.objects.create(name="Days", time_zone="UTC")
    CalendarInterval.objects.create(calendar=days, weekday=0, opens="09:00", closes="18:00")
    given.rule(line, {"kind": "hours", "comparison": "open", "values": [days.pk]})
    Queue.objects.filter(pk=line.pk).update(calendar=days)
    given.publish()
    head = signed_in("administrator")
    monday = {"moment_0": "2026-11-23", "moment_1": "14:00"}
    assert found(head, channel, **monday).spot.line == "business"
    assert found(head, channel, moment_0="2026-11-22", moment_1="14:00").spot.line != "business"
    sunday = found(head, channel, topic=line.pk, moment_0="2026-11-22", moment_1="14:00")
    assert sunday.rejected == [
        "Not the line “business” (the customer chose the department): the channel does not offer it"
    ]
    apps.get_model("routing", "Department").objects.create(channel=channel, queue=line)
    sunday = found(head, channel, topic=line.pk, moment_0="2026-11-22", moment_1="14:00")
    assert (sunday.spot.line, sunday.arrives) == (
        "business",
        "The line is closed at that hour. It stands apart until 23 Nov 2026, 12:00 and waits in the line from then on.",
    )


def test_the_draft_is_tried_before_it_works(line: Queue, channel: Channel) -> None:
    given.publish()
    RulesSetting.objects.update_or_create(pk=1, defaults={"publishes_at_once": False})
    given.rule(line, {"kind": "language", "values": ["ru"]})
    head = signed_in("administrator")
    assert found(head, channel).spot.line != "business"
    assert found(head, channel, version="draft").spot.line == "business"


def test_a_vip_takes_the_place_before_those_who_wait_and_others_the_last(
    line: Queue, channel: Channel
) -> None:
    given.rule(line, {"kind": "channel", "values": [channel.pk]})
    vip = Category.objects.create(name="VIP", code="vip", rank=10)
    Condition.objects.create(
        category=vip, group="all", kind="attribute", name="vip", comparison="is", values=["true"]
    )
    given.publish()
    for _number in range(2):
        dialogues.conversation(by=dialogues.identity(channel), line=line)
    head = signed_in("administrator")
    usual, first = found(head, channel), found(head, channel, attributes="vip = true")
    assert (usual.category, usual.spot.place, usual.spot.waiting) == ("", 3, 2)
    assert (first.category, first.spot.place, first.spot.waiting) == ("VIP, rank 10", 1, 2)


def test_who_would_be_asked_and_why_not_the_others(line: Queue, channel: Channel) -> None:
    given.rule(line, {"kind": "channel", "values": [channel.pk]})
    skill = Skill.objects.create(name="Loans")
    LineSkill.objects.create(queue=line, skill=skill, level=3)
    knows, learns = at_work("Анна", line), at_work("Борис", line)
    Presence.objects.filter(operator=at_work("Вера", line)).update(state="offline")
    SkillLevel.objects.create(operator=knows, skill=skill, level=4)
    SkillLevel.objects.create(operator=learns, skill=skill, level=1)
    given.publish()
    shown = found(signed_in("administrator"), channel)
    assert (shown.spot.operator, shown.spot.others) == ("Анна", [])
    assert dict(shown.spot.excluded) == {
        "not at work": ["Вера"],
        "lacks a skill that is asked for": ["Борис"],
    }
    assert shown.spot.policy == "the only one who can take it now"
    people.operator("Глеб", lines=(line,), capacity=9)
    SkillLevel.objects.create(operator=Operator.objects.get(public_name="Глеб"), skill=skill, level=3)
    shown = found(signed_in("administrator"), channel)
    assert (shown.spot.operator, shown.spot.others) == ("Глеб", ["Анна"])
    assert shown.spot.policy.startswith("The least busy: the smallest share of his own capacity")
    Queue.objects.filter(pk=line.pk).update(offering="pull")
    pulled = found(signed_in("administrator"), channel, version="draft").spot
    assert (pulled.operator, pulled.others) == ("", ["Глеб", "Анна"])
    assert "pull from this line" in pulled.offering


def test_a_supervisor_of_one_line_learns_nothing_of_the_others(line: Queue, channel: Channel) -> None:
    other = organisation.line("secret desk", priority=9)
    given.rule(other, {"kind": "channel", "values": [channel.pk]}, name="secret rule")
    at_work("Тайный", other)
    given.publish()
    answer = tried(signed_in("supervisor", line), channel)
    shown, text = answer.context["found"], answer.content.decode()
    assert (shown.spot.line, shown.hidden_lines, shown.spot.strangers) == (f"No. {other.pk}", 1, 1)
    assert all(word not in text for word in ("secret desk", "secret rule", "Тайный"))


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"attributes": "tariff"}, "attributes"),
        ({"events": "signed = soon"}, "events"),
        ({"events": "signed = -1"}, "events"),
        ({"channel": "999999"}, "channel"),
        ({"moment_0": "tomorrow"}, "moment"),
    ],
)
def test_what_cannot_be_read_is_said_at_its_box(
    line: Queue, channel: Channel, values: dict[str, str], field: str
) -> None:
    asked = {
        "channel": channel.pk,
        "language": "ru",
        "verification": "anonymous",
        "version": "draft",
        **values,
    }
    answer = signed_in("administrator").post(reverse("admin:routing_rule_try"), asked)
    assert answer.status_code == 200
    assert list(answer.context["form"].errors) == [field]
    assert answer.context["found"] is None


def test_trying_writes_nothing_and_needs_the_right_to_see_rules(line: Queue, channel: Channel) -> None:
    given.rule(line, {"kind": "channel", "values": [channel.pk]})
    given.publish()
    head = signed_in("administrator")
    with CaptureQueriesContext(connection) as queries:
        found(head, channel)
    written = [each["sql"] for each in queries if each["sql"].split()[0] in ("INSERT", "UPDATE", "DELETE")]
    assert [sql for sql in written if "session" not in sql.lower()] == []
    assert roles.browser(roles.staff("operator")).get(reverse("admin:routing_rule_try")).status_code in (
        302,
        403,
    )


# --- The message ----------------------------------------------------------------------------------------


def steps(shown: Any) -> list[tuple[str, str, str]]:
    return [(each.name, each.what, each.obstacle) for each in shown.steps]


def test_words_of_the_message_show_where_a_rule_would_send_it_and_who_answers_there(
    line: Queue, channel: Channel
) -> None:
    second = organisation.line("second", offering="automatic")
    at_work("Анна", second)
    escalation(name="complaints", when="words", words=["жалоба"], act="line", to_queue=second)
    given.publish()
    dialogues.conversation(by=dialogues.identity(channel), line=second)
    head = signed_in("administrator")
    shown = found(head, channel, text="Примите мою жалобу")
    assert steps(shown) == [("complaints", "to the line “second”", "")]
    assert shown.steps[0].when == "at once: the customer used one of the words"
    assert (shown.moved.line, shown.moved.place, shown.moved.behind, shown.moved.before) == (
        "second",
        2,
        1,
        0,
    )
    assert shown.moved.operator == "Анна"
    calm = found(head, channel, text="Спасибо")
    assert (steps(calm), calm.moved) == ([], None)


@pytest.mark.usefixtures("settled_at_once")
def test_what_is_foreseen_is_what_happens(line: Queue, channel: Channel) -> None:
    second, third = organisation.line("second"), organisation.line("third")
    common = Queue.objects.get(is_default=True)
    escalation(when="unanswered", seconds=60, act="line", to_queue=third, queue=second, order=2)
    escalation(when="words", words=["жалоба"], act="line", to_queue=second, queue=common, order=1)
    escalation(when="unverified", act="raise", rank=7, queue=second, order=0)
    shown = found(signed_in("administrator"), channel, text="жалоба")
    conversation = dialogues.conversation("жалоба", by=dialogues.identity(channel))
    for after in (0, 2, 59, 60):
        escalating.listen(now=at(after))
        escalating.escalate(now=at(after))
    runs = EscalationRun.objects.filter(conversation=conversation).order_by("at", "pk")
    assert [each.name for each in shown.steps] == [run.rule.name for run in runs]
    assert [run.outcome for run in runs] == ["done"] * 3
    assert shown.moved.line == "second"
    conversation.refresh_from_db()
    assert conversation.line == third


def test_a_rule_that_could_not_act_says_why(line: Queue, channel: Channel) -> None:
    off = organisation.line("off", is_active=False)
    boris = people.operator("Борис")
    escalation(name="to a dead line", when="unanswered", seconds=90, act="line", to_queue=off, order=1)
    escalation(name="to a stranger", when="unverified", act="operator", to_operator=boris, order=2)
    shown = found(signed_in("administrator"), channel, text="Здравствуйте")
    assert steps(shown) == [
        ("to a stranger", "to Борис, who is asked first for 300 seconds", "he may not answer there"),
        ("to a dead line", "to the line “off”", "the line is off"),
    ]
    assert shown.steps[1].when == "when nobody has answered for 1 min 30 s"
    assert steps(found(signed_in("administrator"), channel, verification="signed"))[0][0] == "to a dead line"


def test_the_promise_of_the_hour_is_told_and_gives_its_place_in_the_order(
    line: Queue, channel: Channel
) -> None:
    days = weekdays()
    common = Queue.objects.get(is_default=True)
    Queue.objects.filter(pk=common.pk).update(calendar=days)
    promise(name="ten minutes", business_hours=True)
    head = signed_in("administrator")
    monday = found(head, channel, moment_0="2026-11-23", moment_1="14:00", language="en")
    assert monday.promises == [
        "public promise within 10 min, until 23 Nov 2026, 14:10 (“ten minutes”), "
        "counted in the line's open hours"
    ]
    assert "Promise in the greeting: “We answer in 10 minutes or a month is free”" in monday.chat
    sunday = found(head, channel, moment_0="2026-11-22", moment_1="14:00", language="en")
    assert (sunday.promises, sunday.arrives != "", sunday.spot.place) == ([], True, 0)
    assert sunday.chat == ["It says when it opens: 23 Nov 2026, 09:00"]
    Queue.objects.filter(pk=common.pk).update(calendar=None)
    for _number in range(2):
        dialogues.conversation(by=dialogues.identity(channel), line=common)
    promise(name="round the clock", queue=common)
    assert found(head, channel).spot.place == 1


def test_the_form_out_of_hours_and_the_notice_before_closing_are_told(line: Queue, channel: Channel) -> None:
    days = weekdays()
    common = Queue.objects.filter(is_default=True)
    common.update(
        calendar=days,
        out_of_hours="form",
        last_minutes=30,
        last_minutes_closed=False,
        last_minutes_text_en="Soon",
    )
    head = signed_in("administrator")
    night = found(head, channel, moment_0="2026-11-23", moment_1="20:00", language="en")
    assert "The chat asks for a contact and the question instead of a conversation." in night.chat
    evening = found(head, channel, moment_0="2026-11-23", moment_1="17:45", language="en")
    assert evening.chat == ["Notice: “Soon”"]


def test_an_open_chat_says_nothing_of_hours_but_those_of_its_closed_departments(
    line: Queue, channel: Channel
) -> None:
    for each in (
        line,
        organisation.line("cards", calendar=weekdays("23:58", "23:59"), public_name_en="Cards"),
    ):
        Department.objects.create(channel=channel, queue=each)
    asked = {"moment_0": "2026-11-23", "moment_1": "14:00", "language": "en"}
    head = signed_in("administrator")
    assert found(head, channel, **asked).chat == ["Department “Cards”: opens 23 Nov 2026, 23:58"]
    assert found(head, organisation.channel(kind="email"), **asked).chat == []


def test_a_card_number_is_shown_as_it_would_be_kept(line: Queue, channel: Channel) -> None:
    head = signed_in("administrator")
    assert "4242 4242 4242 4242" not in found(head, channel, text="Карта 4242 4242 4242 4242").stored
    assert found(head, channel, text="Карта 4242 4242 4242 4242").stored.startswith("Карта ")
    assert found(head, channel, text=" Добрый день ").stored == ""
    Channel.objects.filter(pk=channel.pk).update(text_limit=100)
    assert list(tried(head, channel, text="д" * 101).context["form"].errors) == ["text"]


def test_a_supervisor_learns_no_names_of_rules_and_lines_that_are_not_his(
    line: Queue, channel: Channel
) -> None:
    hidden = organisation.line("secret desk")
    common = Queue.objects.get(is_default=True)
    escalation(name="secret rule", when="words", words=["жалоба"], act="line", to_queue=hidden, queue=common)
    policy(name="secret policy", first_seconds=60, queue=common)
    answer = tried(signed_in("supervisor", line), channel, text="жалоба")
    shown, text = answer.context["found"], answer.content.decode()
    assert steps(shown) == [("a rule of another line", f"to the line “No. {hidden.pk}”", "")]
    assert len(shown.promises) == 1
    assert all(word not in text for word in ("secret desk", "secret rule", "secret policy"))


def test_trying_a_message_changes_no_row(line: Queue, channel: Channel) -> None:
    second = organisation.line("second", offering="automatic")
    at_work("Анна", second)
    escalation(when="words", words=["жалоба"], act="line", to_queue=second)
    policy(first_seconds=60)
    promise()
    head = signed_in("administrator")
    assert found(head, channel, text="Спасибо").moved is None
    before = everything()
    assert found(head, channel, text="жалоба").moved.operator == "Анна"
    assert everything() == before


def everything() -> dict[str, Any]:
    """What every table holds, but that of sessions."""
    found = {}
    with connection.cursor() as cursor:
        for table in set(connection.introspection.table_names(cursor)) - {"django_session"}:
            cursor.execute(f'SELECT md5(string_agg(t::text, chr(10) ORDER BY t::text)) FROM "{table}" t')
            found[table] = cursor.fetchone()
    return found
