"""To a bot and back: it answers while it has it, and whatever becomes of it, the customer gets a person."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from apps.bots.models import Bot, BotLine
from apps.conversations.models import Conversation, Customer, Grant, Message, Participant, Right, Scope
from apps.conversations.selectors import message_view, messages, row_view, rows
from apps.conversations.services import inbound
from apps.conversations.services import people as customers
from apps.core import clock
from apps.core.errors import Conflict, Forbidden, NotFound
from apps.core.files import receive
from apps.core.models import Event, StoredFile, WebhookDelivery, WebhookSubscription
from apps.core.services import tokens, webhooks
from apps.operators.models import Operator, Presence, Queue
from apps.routing import selectors, stories
from apps.routing.models import (
    Assignment,
    BotStay,
    Category,
    Condition,
    Decision,
    QueueEntry,
    SilencePolicy,
    SilenceStep,
)
from apps.routing.services import clocks, escalating, handling, ranking, reminding, to_bot
from apps.routing.services.to_bot import transfer_to_bot
from tests.api import Integration, codes
from tests.conversations.test_api_files import picture
from tests.factories import bots, dialogues, organisation, people
from tests.factories import rules as given
from tests.factories.people import NOW
from tests.factories.promises import clock as clock_of
from tests.factories.promises import escalation, policy

pytestmark = pytest.mark.django_db
HANDED = NOW + timedelta(minutes=5)


def after(seconds: float) -> Any:
    return HANDED + timedelta(seconds=seconds)


@pytest.fixture
def line() -> Queue:
    return organisation.line("Карты", priority=1)


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,), capacity=1)


@pytest.fixture
def partner() -> Integration:
    return bots.integration()


@pytest.fixture
def bot(partner: Integration) -> Bot:
    return bots.bot(answers_as=partner)


@pytest.fixture
def handed(line: Queue, anna: Operator, bot: Bot) -> Conversation:
    """Anna has handed hers to the bot, with a note."""
    conversation = dialogues.conversation(line=line, holder=anna)
    transfer_to_bot(people.sight(anna), conversation.pk, bot.pk, comment="Про лимиты", now=HANDED)
    return conversation


def place(conversation: Conversation) -> tuple[str, int, int | None]:
    row = Conversation.objects.get(pk=conversation.pk)
    return row.state, row.line_id, row.holder_id


def end_of(conversation: Conversation) -> str:
    return BotStay.objects.filter(conversation=conversation).latest("pk").end_reason


def says(
    partner: Integration, conversation: Conversation, text: str = "Лимит 100 000 ₽", **values: Any
) -> Any:
    return partner.post(f"conversations/{conversation.pk}/messages/", {"text": text, **values})


def asks(conversation: Conversation, text: str, now: Any) -> None:
    inbound.receive(conversation.identity, text=text, client_id=f"again-{now}", now=now)


def last_line(conversation: Conversation) -> tuple[str, dict]:
    return last_lines(conversation, 1)[0]


def last_lines(conversation: Conversation, count: int) -> list[tuple[str, dict]]:
    found = Message.objects.filter(conversation=conversation, kind="system").order_by("-seq")[:count]
    return [(each.code, each.params) for each in reversed(found)]


# --- handing over ---------------------------------------------------------------------------------------


def test_what_she_holds_is_handed_over_in_one_step_with_its_record(
    handed: Conversation, line: Queue, anna: Operator, bot: Bot
) -> None:
    assert place(handed) == ("bot", line.pk, None)
    assert Assignment.objects.get(conversation=handed).end_reason == "transferred"
    stay = BotStay.objects.get(conversation=handed)
    assert (stay.bot, stay.account, stay.came_from_id, stay.ended_at) == (bot, bot.account, anna.pk, None)
    decision = Decision.objects.get(conversation=handed, reason="transfer")
    assert (decision.operator_id, decision.queue_id, decision.details["by"]) == (
        bot.account_id,
        line.pk,
        anna.pk,
    )
    event = Event.objects.get(kind="bot.given", subject_id=handed.pk)
    assert event.details == {"conversation": handed.pk, "bot": bot.pk, "line": line.pk, "seconds": 30}
    note = Message.objects.get(conversation=handed, kind="note")
    assert (note.text, note.staff_only) == ("Про лимиты", True)
    assert last_line(handed) == ("joined", {"operator": bot.account_id, "name": "Помощник"})


def test_what_waits_in_a_line_is_handed_over_by_who_may_answer_there(
    line: Queue, anna: Operator, bot: Bot
) -> None:
    waiting = dialogues.conversation(line=line)
    stranger = people.operator("Олег", lines=(organisation.line(),))
    with pytest.raises(NotFound):
        transfer_to_bot(people.sight(stranger), waiting.pk, bot.pk, comment="", now=HANDED)
    transfer_to_bot(people.sight(anna), waiting.pk, bot.pk, comment="", now=HANDED)
    assert place(waiting) == ("bot", line.pk, None)
    assert QueueEntry.objects.get(conversation=waiting).left_reason == "transferred"
    assert BotStay.objects.get(conversation=waiting).came_from is None


def test_the_customer_reads_a_comment_that_is_shown(line: Queue, anna: Operator, bot: Bot) -> None:
    conversation = dialogues.conversation(line=line, holder=anna)
    sight = people.sight(anna)
    transfer_to_bot(sight, conversation.pk, bot.pk, comment="Вам ответит помощник", shown=True, now=HANDED)
    said = Message.objects.get(conversation=conversation, text="Вам ответит помощник")
    assert (said.author_kind, said.staff_only) == ("operator", False)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda bot, line: Bot.objects.update(is_active=False), "bot_off"),
        (lambda bot, line: tokens.revoke(bot.account.api_token, now=NOW), "bot_no_token"),
        (lambda bot, line: Grant.objects.filter(group__user=bot.account).delete(), "bot_no_right"),
        (lambda bot, line: BotLine.objects.create(bot=bot, queue=organisation.line()), "bot_not_in_line"),
        (
            lambda bot, line: Grant.objects.create(
                group=bot.account.groups.get(), right=Right.TEXT, scope=Scope.LINE, queue=line
            ),
            "bot_reads_more",
        ),
    ],
)
def test_who_cannot_answer_there_is_handed_nothing(
    line: Queue, anna: Operator, bot: Bot, change: Any, code: str
) -> None:
    conversation = dialogues.conversation(line=line, holder=anna)
    assert [each.pk for each in to_bot.offered(people.sight(anna), conversation.pk, now=HANDED)] == [bot.pk]
    change(bot, line)
    assert to_bot.offered(people.sight(anna), conversation.pk, now=HANDED) == []
    with pytest.raises(Conflict) as refusal:
        transfer_to_bot(people.sight(anna), conversation.pk, bot.pk, comment="Про лимиты", now=HANDED)
    assert refusal.value.code == code
    assert place(conversation) == ("assigned", line.pk, anna.pk)
    assert not Message.objects.filter(conversation=conversation, kind="note").exists()
    assert not Participant.objects.filter(user=bot.account).exists()


def test_a_bot_of_this_line_is_handed_it_and_one_that_has_it_is_not_handed_it_again(
    line: Queue, handed: Conversation, anna: Operator, bot: Bot
) -> None:
    BotLine.objects.create(bot=bot, queue=line)
    with translation.override("ru"), pytest.raises(Conflict, match="уже у этого бота"):
        transfer_to_bot(people.sight(anna), handed.pk, bot.pk, comment="", now=after(1))
    second = bots.bot("Второй", lines=(line,))
    transfer_to_bot(people.sight(anna), handed.pk, second.pk, comment="", now=after(2))
    stays = BotStay.objects.filter(conversation=handed).order_by("pk")
    assert [(each.bot, each.end_reason, each.came_from_id) for each in stays] == [
        (bot, "transferred", anna.pk),
        (second, "", anna.pk),
    ]


def test_by_rest_it_is_handed_to_one_of_the_three(line: Queue, anna: Operator, bot: Bot) -> None:
    conversation = dialogues.conversation(line=line, holder=anna)
    crm = Integration()
    both = crm.post(f"conversations/{conversation.pk}/transfer/", {"bot": bot.pk, "queue": line.pk})
    assert both.status_code == 400
    answer = crm.post(f"conversations/{conversation.pk}/transfer/", {"bot": bot.pk})
    assert (answer.status_code, answer.json()["state"]) == (200, "bot")
    again = crm.post(f"conversations/{conversation.pk}/transfer/", {"bot": bot.pk})
    assert again.status_code == 409


# --- while it has it ------------------------------------------------------------------------------------


def test_it_answers_as_a_bot_by_its_name_in_the_customers_language(
    handed: Conversation, partner: Integration
) -> None:
    answer = says(partner, handed)
    assert answer.status_code == 201
    assert answer.json()["author"]["kind"] == "bot"
    view = message_view(messages().get(pk=answer.json()["id"]), staff=False)
    assert (view.author.kind, view.author.name) == ("bot", "Помощник")
    row = Conversation.objects.get(pk=handed.pk)
    assert (row.awaiting_since, row.first_answer_at, row.last_author) == (None, None, "bot")


def test_the_list_of_those_in_work_shows_which_bot_has_it(handed: Conversation, line: Queue) -> None:
    boris = people.operator("Борис", lines=(line,))
    page, _more = selectors.section(people.sight(boris), "other", now=after(1))
    assert [each.pk for each in page] == [handed.pk]
    assert row_view(rows().get(pk=handed.pk)).holder_name == "Помощник"


def sent_file(conversation: Conversation, anna: Operator) -> str:
    uploaded = receive(
        picture(), uploaded_by="staff", allowed_kinds=["image"], max_bytes=10**6, now=clock.now()
    )
    StoredFile.objects.filter(pk=uploaded.pk).update(state="clean")
    handling.outbound.answer(
        people.sight(anna),
        conversation_id=conversation.pk,
        text="",
        client_id="picture-1",
        now=NOW,
        files=[uploaded.pk],
        uploaded_by="staff",
    )
    return str(uploaded.pk)


def _fetched(partner: Integration, file: str) -> int:
    answer = partner.get(f"attachments/{file}/content/")
    if answer.streaming:
        assert b"".join(answer.streaming_content).startswith(b"\x89PNG")
    return int(answer.status_code)


def _is_of_one(event: dict[str, Any]) -> bool:
    return event["subject"]["kind"] == "conversation"


@pytest.mark.usefixtures("settled_at_once")
def test_it_sees_it_while_it_has_it_and_neither_before_nor_after(
    line: Queue, anna: Operator, bot: Bot, partner: Integration
) -> None:
    conversation = dialogues.conversation("Сколько лимит", line=line, holder=anna)
    number, file = conversation.pk, sent_file(conversation, anna)
    other = dialogues.conversation("Другой лимит", by=dialogues.identity(), line=line)

    def seen() -> tuple[Any, ...]:
        return (
            [each["id"] for each in partner.get("conversations/").json()["items"]],
            partner.get(f"conversations/{number}/").status_code,
            partner.get(f"conversations/{number}/messages/").status_code,
            [each["conversation"] for each in partner.get("messages/", search="лимит").json()],
            [each["id"] for each in partner.get("customers/").json()["items"]],
            partner.get(f"attachments/{file}/").status_code,
            _fetched(partner, file),
            {each["subject"]["id"] for each in partner.get("events/").json()["items"] if _is_of_one(each)},
        )

    nothing = ([], 404, 404, [], [], 404, 404, set())
    assert seen() == nothing
    assert says(partner, conversation).status_code == 404
    transfer_to_bot(people.sight(anna), number, bot.pk, comment="", now=HANDED)
    assert seen() == ([number], 200, 200, [number], [conversation.customer_id], 200, 200, {number})
    assert says(partner, conversation).status_code == 201
    assert says(partner, other).status_code == 404
    assert partner.post(f"conversations/{number}/return/", {}).status_code == 200
    assert seen() == nothing
    for refused in (
        says(partner, conversation),
        partner.post(f"conversations/{number}/close/", {}),
        partner.post(f"conversations/{number}/return/", {}),
        partner.post(f"conversations/{number}/transfer/", {"queue": line.pk}),
    ):
        assert refused.status_code == 404
    assert place(conversation) == ("assigned", line.pk, anna.pk)


def test_earlier_conversations_of_the_customer_stay_hidden_from_it(
    line: Queue, anna: Operator, bot: Bot, partner: Integration
) -> None:
    identity = dialogues.identity()
    before = dialogues.conversation("Тайна", by=identity, line=line, holder=anna)
    handling.close(people.sight(anna), before.pk, now=NOW)
    Queue.objects.filter(pk=line.pk).update(shares_history=True, reopen_hours=0)
    later = dialogues.conversation("Снова", by=identity, line=line, now=HANDED)
    transfer_to_bot(people.sight(anna), later.pk, bot.pk, comment="", now=HANDED)
    assert partner.get(f"conversations/{later.pk}/").status_code == 200
    assert partner.get(f"conversations/{before.pk}/").status_code == 404


@pytest.mark.usefixtures("settled_at_once")
def test_its_webhook_is_told_while_it_has_it(
    line: Queue, anna: Operator, bot: Bot, partner: Integration
) -> None:
    WebhookSubscription.objects.create(
        name="Bot", url="https://bot.example/", kinds=["bot.given", "message.received"], token=partner.token
    )
    WebhookSubscription.objects.update(created_at=NOW)
    webhooks.collect(now=NOW)
    before = dialogues.conversation("До", line=line, holder=anna, now=HANDED)
    while webhooks.collect(now=HANDED):
        pass
    assert not WebhookDelivery.objects.exists()
    transfer_to_bot(people.sight(anna), before.pk, bot.pk, comment="", now=HANDED)
    asks(before, "Сколько лимит", after(1))
    while webhooks.collect(now=after(2)):
        pass
    told = WebhookDelivery.objects.order_by("event_id").values_list("event__kind", flat=True)
    assert list(told) == ["bot.given", "message.received"]


# --- back, by its own will ------------------------------------------------------------------------------


def test_it_gives_it_back_to_who_held_it_with_a_note(
    handed: Conversation, line: Queue, anna: Operator, partner: Integration
) -> None:
    answer = partner.post(f"conversations/{handed.pk}/return/", {"comment": "Просит человека"})
    assert (answer.status_code, answer.json()["holder"]) == (200, anna.pk)
    assert end_of(handed) == "returned"
    note = Message.objects.filter(conversation=handed, kind="note").latest("seq")
    assert (note.author_kind, note.text) == ("bot", "Просит человека")
    (back, told), _joined = last_lines(handed, 2)
    assert (back, told["because"]) == ("back_from_bot", "returned")
    assert Event.objects.get(kind="bot.left", subject_id=handed.pk).details["reason"] == "returned"
    row = Conversation.objects.get(pk=handed.pk)
    assert row.awaiting_since is not None


def test_a_repeat_of_giving_back_is_answered_as_the_first(handed: Conversation, partner: Integration) -> None:
    first, second = (
        partner.post(f"conversations/{handed.pk}/return/", {}, key="give-back-1") for _time in range(2)
    )
    assert (first.status_code, first.json()) == (second.status_code, second.json())
    assert BotStay.objects.filter(conversation=handed).count() == 1


def test_it_names_the_line_where_it_goes(handed: Conversation, anna: Operator, partner: Integration) -> None:
    second = organisation.line("Вторая")
    address = f"conversations/{handed.pk}/return/"
    assert partner.post(address, {"queue": 0}).status_code in (400, 404)
    assert partner.post(address, {"queue": second.pk + 1000}).status_code == 404
    assert place(handed)[0] == "bot"
    assert partner.post(address, {"queue": second.pk}).status_code == 200
    assert place(handed) == ("queued", second.pk, None)


def test_it_waits_in_its_line_when_who_held_it_has_left_or_is_full(
    handed: Conversation, line: Queue, anna: Operator, bot: Bot
) -> None:
    sight = people.sight(bot.account)
    actor = to_bot.SYSTEM
    Presence.objects.filter(operator=anna).update(state="offline")
    to_bot.give_back(sight, handed.pk, actor=actor, now=after(1))
    assert place(handed) == ("queued", line.pk, None)
    assert QueueEntry.objects.get(conversation=handed, left_at=None).reason == "returned"
    with translation.override("en"):
        steps = stories.story(people.sight(anna), handed.pk, now=after(2))
    told = {step.title: [each.text for each in step.told] for step in steps}
    assert "Handed to Helper" in told
    assert "It could not be given to him: he was not at work" in told["Back from a bot to Анна"]
    assert "the bot gave it back" in told["Back from a bot to the line “Карты”"]


def test_it_closes_what_it_has(handed: Conversation, partner: Integration) -> None:
    assert says(partner, handed).status_code == 201
    assert partner.post(f"conversations/{handed.pk}/close/", {}).status_code == 200
    row = Conversation.objects.get(pk=handed.pk)
    assert (row.state, row.closed_by, last_line(handed)[1]["by"]) == ("closed", "bot", "bot")
    assert end_of(handed) == "closed"
    assert partner.get(f"conversations/{handed.pk}/").status_code == 404


def test_who_reads_english_reads_its_english_name_whatever_language_its_application_speaks(
    handed: Conversation, anna: Operator, partner: Integration
) -> None:
    Customer.objects.filter(pk=handed.customer_id).update(language="en")
    assert partner.post(f"conversations/{handed.pk}/close/", {}).status_code == 200
    assert last_line(handed)[1]["name"] == "Helper"
    for language, name in (("ru", "Помощник"), ("en", "Helper")):
        with translation.override(language):
            told = [step.title for step in stories.story(people.sight(anna), handed.pk, now=after(2))]
        assert any(name in title for title in told), told


def test_who_does_not_have_it_gives_nothing_back(handed: Conversation, line: Queue) -> None:
    other = Integration()
    answer = other.post(f"conversations/{handed.pk}/return/", {})
    assert codes(answer) == (403, "not_yours")
    with pytest.raises(Forbidden):
        to_bot.give_back(people.sight(other.user), handed.pk, actor=to_bot.SYSTEM, now=after(1))
    assert place(handed)[0] == "bot"


# --- taken back -----------------------------------------------------------------------------------------


def test_a_bot_that_says_nothing_loses_it_after_its_seconds(
    handed: Conversation, line: Queue, anna: Operator
) -> None:
    assert to_bot.take_back(now=after(29)) == 0
    assert to_bot.take_back(now=after(30)) == 1
    assert place(handed) == ("assigned", line.pk, anna.pk)
    assert end_of(handed) == "silent"
    assert last_lines(handed, 2) == [
        ("back_from_bot", {"names": {"ru": "Помощник", "en": "Helper"}, "because": "silent", "to": "Анна"}),
        ("joined", {"operator": anna.pk, "name": "Анна"}),
    ]
    joined = Message.objects.filter(conversation=handed, code="joined").latest("seq")
    assert joined.staff_only is False
    assert to_bot.take_back(now=after(60)) == 0


def test_its_seconds_are_its_own_and_run_from_the_first_words_that_it_leaves_unanswered(
    handed: Conversation, bot: Bot
) -> None:
    Bot.objects.filter(pk=bot.pk).update(answer_seconds=60)
    assert to_bot.take_back(now=after(59)) == 0
    _answered_at(handed, bot, after(59))
    assert to_bot.take_back(now=after(3600)) == 0
    asks(handed, "А перевод", after(4000))
    asks(handed, "Ау", after(4050))
    assert to_bot.take_back(now=after(4059)) == 0
    assert to_bot.take_back(now=after(4060)) == 1
    assert Conversation.objects.get(pk=handed.pk).awaiting_since == after(4000)


def _answered_at(conversation: Conversation, bot: Bot, moment: Any) -> None:
    from apps.conversations.services import integration

    integration.write(
        people.sight(bot.account),
        conversation_id=conversation.pk,
        text="Лимит 100 000 ₽",
        note=False,
        reply_to=None,
        files=(),
        actor=to_bot.SYSTEM,
        now=moment,
    )


@pytest.mark.parametrize(
    ("change", "because"),
    [
        (lambda bot, line: Bot.objects.update(is_active=False), "off"),
        (lambda bot, line: tokens.revoke(bot.account.api_token, now=NOW), "no_token"),
        (lambda bot, line: Grant.objects.filter(group__user=bot.account).delete(), "no_right"),
        (lambda bot, line: Bot.objects.update(account=bots.integration().user), "other_account"),
        (
            lambda bot, line: Grant.objects.create(
                group=bot.account.groups.get(), right=Right.TEXT, scope=Scope.ALL
            ),
            "reads_more",
        ),
    ],
)
def test_who_may_not_answer_any_more_loses_it_at_once(
    handed: Conversation, line: Queue, anna: Operator, bot: Bot, change: Any, because: str
) -> None:
    assert to_bot.take_back(now=after(1)) == 0
    change(bot, line)
    assert to_bot.take_back(now=after(1)) == 1
    assert place(handed) == ("assigned", line.pk, anna.pk)
    assert end_of(handed) == because
    assert not Participant.objects.filter(conversation=handed, role="bot", until=None).exists()


def test_one_that_cannot_be_taken_back_holds_up_no_other(
    handed: Conversation, line: Queue, bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = dialogues.conversation(line=line)
    boris = people.operator("Борис", lines=(line,))
    transfer_to_bot(people.sight(boris), second.pk, bot.pk, comment="", now=HANDED)
    real = to_bot._to_people

    def failing(conversation: Conversation, *args: Any, **values: Any) -> None:
        if conversation.pk == handed.pk:
            raise RuntimeError
        real(conversation, *args, **values)

    monkeypatch.setattr(to_bot, "_to_people", failing)
    to_bot.take_back(now=after(60))
    assert (place(handed)[0], place(second)[0]) == ("bot", "queued")


# --- people and rules take it ---------------------------------------------------------------------------


def test_who_may_answer_there_takes_it_over(handed: Conversation, line: Queue, partner: Integration) -> None:
    boris = people.operator("Борис", lines=(line,))
    reader = people.operator("Вера", lines=(line,), rights=(Right.TEXT,))
    with pytest.raises(Forbidden):
        handling.take_over(people.sight(reader), handed.pk, now=after(1))
    handling.take_over(people.sight(boris), handed.pk, now=after(2))
    assert place(handed) == ("assigned", line.pk, boris.pk)
    assert end_of(handed) == "taken_over"
    line_in_thread = Message.objects.get(conversation=handed, code="taken_from_bot")
    assert line_in_thread.params == {"by": "Борис", "names": {"ru": "Помощник", "en": "Helper"}}
    assert says(partner, handed).status_code == 404


@pytest.mark.parametrize("same_line", [True, False])
def test_the_customer_who_asks_for_a_person_gets_one(
    handed: Conversation, line: Queue, same_line: bool
) -> None:
    to = line if same_line else organisation.line("Вторая")
    escalation(when="words", words=["оператор"], act="line", to_queue=to)
    escalating.listen(now=after(0))
    asks(handed, "Позовите оператора", after(5))
    number = Message.objects.filter(conversation=handed, author_kind="customer").latest("seq").pk
    escalating.hear([number], now=after(6))
    assert escalating.escalate(now=after(6)) == 1
    assert place(handed) == ("queued", to.pk, None)
    assert end_of(handed) == "escalated"


def test_a_customer_of_a_category_gets_a_person_when_he_is_recognised_while_the_bot_has_it(
    handed: Conversation, line: Queue
) -> None:
    second = organisation.line("Премиум")
    vip = Category.objects.create(code="vip", name="VIP", rank=10)
    given.publish()
    escalation(when="category", category=vip, act="line", to_queue=second)
    assert escalating.escalate(now=after(1)) == 0
    BotStay.objects.filter(conversation=handed).update(category=vip)
    ranking.follow_customer(handed.customer_id, now=after(1))
    assert escalating.escalate(now=after(2)) == 0
    BotStay.objects.filter(conversation=handed).update(category=vip)
    assert escalating.escalate(now=after(3)) == 1
    assert place(handed) == ("queued", second.pk, None)


def test_whom_the_bot_recognised_stands_in_line_as_what_he_is(
    line: Queue, anna: Operator, partner: Integration, bot: Bot
) -> None:
    vip = Category.objects.create(code="vip", name="VIP", rank=10)
    Condition.objects.create(
        category=vip, group="all", comparison="is", kind="attribute", name="tariff", values=["premium"]
    )
    given.publish()
    conversation = dialogues.conversation(line=line)
    transfer_to_bot(people.sight(anna), conversation.pk, bot.pk, comment="", now=HANDED)
    customers.describe(
        conversation.customer_id, actor=to_bot.SYSTEM, now=after(1), attributes={"tariff": "premium"}
    )
    ranking.follow_customer(conversation.customer_id, now=after(1))
    transfer_to_bot(people.sight(anna), conversation.pk, bots.bot("Второй").pk, comment="", now=after(2))
    assert [each.category for each in BotStay.objects.order_by("pk")] == [vip, vip]
    to_bot.take_back(now=after(60))
    entry = QueueEntry.objects.get(conversation=conversation, left_at=None)
    assert (entry.category, entry.rank) == (vip, 10)


def test_rules_by_time_and_by_proof_leave_it_to_the_bots_own_seconds(handed: Conversation) -> None:
    second = organisation.line()
    escalation(when="unanswered", seconds=10, act="line", to_queue=second)
    escalation(when="unverified", act="line", to_queue=second)
    assert escalating.escalate(now=after(20)) == 0
    assert place(handed)[0] == "bot"


def test_what_bots_have_stands_in_no_rules_way(
    handed: Conversation, line: Queue, monkeypatch: pytest.MonkeyPatch
) -> None:
    second = organisation.line()
    late = dialogues.conversation(line=line)
    escalation(when="unanswered", seconds=10, act="line", to_queue=second)
    monkeypatch.setattr(escalating, "BATCH", 1)
    assert escalating.escalate(now=after(20)) == 1
    assert (place(handed)[0], place(late)[1]) == ("bot", second.pk)


# --- promises and silence -------------------------------------------------------------------------------


def test_the_house_promises_run_from_the_moment_a_person_has_to_answer(
    line: Queue, anna: Operator, bot: Bot
) -> None:
    policy(first_seconds=600)
    conversation = dialogues.conversation(line=line, now=HANDED)
    transfer_to_bot(people.sight(anna), conversation.pk, bot.pk, comment="", now=HANDED)
    clocks.keep(conversation.pk, now=after(1))
    assert not conversation.clocks.exists()
    _answered_at(conversation, bot, after(10))
    clocks.keep(conversation.pk, now=after(11))
    assert not conversation.clocks.exists()
    to_bot.give_back(people.sight(bot.account), conversation.pk, actor=to_bot.SYSTEM, now=after(100))
    assert Conversation.objects.get(pk=conversation.pk).awaiting_since == after(100)
    clocks.keep(conversation.pk, now=after(101))
    assert (clock_of(conversation).started_at, clock_of(conversation).due_at) == (after(100), after(700))


def test_a_promise_that_ran_before_runs_on_with_the_bot_and_is_not_met_by_its_words(
    line: Queue, anna: Operator, bot: Bot
) -> None:
    policy(first_seconds=600)
    conversation = dialogues.conversation(line=line, now=HANDED)
    clocks.keep(conversation.pk, now=after(1))
    transfer_to_bot(people.sight(anna), conversation.pk, bot.pk, comment="", now=after(2))
    _answered_at(conversation, bot, after(10))
    clocks.keep(conversation.pk, now=after(11))
    assert (clock_of(conversation).state, clock_of(conversation).due_at) == ("running", after(600))
    clocks.keep(conversation.pk, now=after(601))
    assert clock_of(conversation).state == "broken"


def test_what_a_person_answered_before_the_bot_is_not_owed_after_it(
    line: Queue, anna: Operator, bot: Bot
) -> None:
    conversation = dialogues.conversation(line=line, holder=anna)
    handling.outbound.answer(
        people.sight(anna), conversation_id=conversation.pk, text="Да", client_id="anna-1", now=NOW
    )
    transfer_to_bot(people.sight(anna), conversation.pk, bot.pk, comment="", now=HANDED)
    to_bot.give_back(people.sight(bot.account), conversation.pk, actor=to_bot.SYSTEM, now=after(5))
    assert Conversation.objects.get(pk=conversation.pk).awaiting_since is None


def test_a_customer_who_says_nothing_to_the_bot_is_reminded_and_closed_as_the_line_says(
    handed: Conversation, line: Queue, bot: Bot
) -> None:
    rule = SilencePolicy.objects.create(queue=line, is_active=True)
    SilenceStep.objects.create(policy=rule, action="close", after_minutes=10)
    _answered_at(handed, bot, after(5))
    assert reminding.follow_silences(now=after(10 * 60)) == 0
    assert reminding.follow_silences(now=after(10 * 60 + 5)) == 1
    assert place(handed)[0] == "closed"
    assert end_of(handed) == "closed"
