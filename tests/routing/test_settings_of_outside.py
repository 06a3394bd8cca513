"""Outside lines: a partner's application is offered what waits there; what it does not take comes back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.utils import translation

from apps.conversations.models import Conversation, Grant, Message, Right, Scope
from apps.conversations.selectors import rows as conversation_rows
from apps.conversations.services import integration
from apps.core import clock
from apps.core.actors import Actor, ActorKind
from apps.core.errors import Forbidden, NotFound
from apps.core.models import ApiToken, Event, User, WebhookDelivery, WebhookSubscription
from apps.core.services import tokens, webhooks
from apps.operators.models import Operator, Overflow, Queue
from apps.routing import selectors, stories
from apps.routing.models import Assignment, Decision, QueueEntry
from apps.routing.services import (
    capacity,
    clocks,
    dispatch,
    handling,
    offers,
    outside,
    overflow,
    silence,
    sweeps,
)
from apps.routing.services.offers import NotOffered
from tests.api import Integration, codes
from tests.factories import dialogues, organisation, people
from tests.factories import rules as given
from tests.factories.people import NOW
from tests.factories.promises import clock as clock_of
from tests.factories.promises import policy

pytestmark = pytest.mark.django_db
LATER = NOW + timedelta(minutes=5)
IN_TIME = LATER + timedelta(seconds=50)
TOO_LATE = LATER + timedelta(seconds=70)


def application(name: str, *lines: Queue, rights: tuple[str, ...] = (Right.TEXT, Right.ANSWER)) -> User:
    """A partner's account with a token, and rights over these lines only."""
    account = people.user(name, is_service=True)
    group = Group.objects.create(name=name)
    account.groups.add(group)
    for line in lines:
        for right in rights:
            Grant.objects.create(group=group, right=right, scope=Scope.LINE, queue=line)
    tokens.issue(
        name=name,
        user=account,
        scopes=["conversations:read", "conversations:write"],
        expires_at=NOW + timedelta(days=365),
        now=NOW,
    )
    return account


@pytest.fixture
def line() -> Queue:
    return organisation.line("Карты", priority=1)


@pytest.fixture
def abroad() -> Queue:
    return organisation.line("Партнёр", offering="both", accept_seconds=60)


@pytest.fixture
def partner(abroad: Queue) -> User:
    account = application("Контакт-центр", abroad)
    Queue.objects.filter(pk=abroad.pk).update(outside_id=account.pk)
    given.publish()
    return account


@pytest.fixture
def anna(line: Queue) -> Operator:
    return people.operator("Анна", lines=(line,), capacity=1)


@pytest.fixture
def handed(line: Queue, abroad: Queue, partner: User, anna: Operator) -> Conversation:
    """Anna has sent hers to the partner, with a note, and he is asked."""
    conversation = dialogues.conversation(line=line, holder=anna)
    sight = people.sight(anna)
    handling.transfer_to_line(sight, conversation.pk, abroad.pk, comment="По договору", now=LATER)
    assert outside.hand_over(now=LATER) == 1
    return conversation


def place(conversation: Conversation) -> tuple[str, int, int | None]:
    row = Conversation.objects.get(pk=conversation.pk)
    return row.state, row.line_id, row.holder_id


def last_line(conversation: Conversation) -> tuple[str, dict]:
    found = Message.objects.filter(conversation=conversation, kind="system").latest("seq")
    return found.code, found.params


def accept(account: User, conversation: Conversation) -> Conversation:
    sight = people.sight(account)
    return outside.accept(sight, conversation.pk, actor=token_of(account), now=IN_TIME)


def token_of(account: User) -> Actor:
    return Actor(ActorKind.INTEGRATION, ApiToken.objects.get(user=account).pk)


def test_the_partner_is_asked_told_by_an_event_and_takes_no_places(
    handed: Conversation, abroad: Queue, partner: User, anna: Operator
) -> None:
    offer = Assignment.objects.get(conversation=handed, ended_at=None)
    assert (offer.operator, offer.sender_id, offer.units) == (partner, anna.pk, 0)
    assert offer.offer_until == LATER + timedelta(seconds=60)
    assert place(handed) == ("queued", abroad.pk, None)
    assert QueueEntry.objects.get(conversation=handed, left_at=None).stage == "offered"
    event = Event.objects.get(kind="offer.made", subject_id=handed.pk)
    assert (event.details["operator"], event.details["line"]) == (partner.pk, abroad.pk)
    assert outside.hand_over(now=LATER) == 0


def test_accepted_it_is_the_partners_who_answers_and_closes(handed: Conversation, partner: User) -> None:
    assert accept(partner, handed).holder_id == partner.pk
    assert last_line(handed)[1]["name"] == "Контакт-центр"
    assert accept(partner, handed).holder_id == partner.pk
    integration.write(
        people.sight(partner),
        conversation_id=handed.pk,
        text="Здравствуйте",
        note=False,
        reply_to=None,
        files=(),
        actor=token_of(partner),
        now=IN_TIME,
    )
    assert silence.free_the_silent(now=IN_TIME + timedelta(days=1)) == 0
    assert sweeps.release_of_the_absent(now=IN_TIME + timedelta(days=1)) == 0
    handling.close(people.sight(partner), handed.pk, actor=token_of(partner), now=IN_TIME)
    assert place(handed)[0] == "closed"


def test_the_partners_answer_keeps_the_promise(line: Queue, abroad: Queue, partner: User) -> None:
    policy(first_seconds=600)
    conversation = dialogues.conversation(line=abroad, now=LATER)
    clocks.keep(conversation.pk, now=LATER)
    outside.hand_over(now=LATER)
    accept(partner, conversation)
    sight, actor = people.sight(partner), token_of(partner)
    asked = {
        "conversation_id": conversation.pk,
        "reply_to": None,
        "files": (),
        "actor": actor,
        "now": IN_TIME,
    }
    integration.write(sight, text="Заметка", note=True, **asked)
    clocks.keep(conversation.pk, now=IN_TIME)
    assert clock_of(conversation).state == "running"
    integration.write(sight, text="Здравствуйте", note=False, **asked)
    clocks.keep(conversation.pk, now=IN_TIME)
    assert clock_of(conversation).state == "kept"


def test_declined_it_is_the_senders_again_and_gone_from_the_partners_sight(
    handed: Conversation, line: Queue, partner: User, anna: Operator
) -> None:
    sight = people.sight(partner)
    assert Conversation.objects.visible_to(sight).filter(pk=handed.pk).exists()
    outside.decline(sight, handed.pk, actor=token_of(partner), now=IN_TIME)
    assert place(handed) == ("assigned", line.pk, anna.pk)
    assert last_line(handed) == (
        "handed_back",
        {"name": "Контакт-центр", "to": "Анна", "missed": False, "held": False},
    )
    assert not Conversation.objects.visible_to(sight).filter(pk=handed.pk).exists()
    assert outside.hand_over(now=IN_TIME) == 0
    told = Decision.objects.get(conversation=handed, reason="outside")
    assert (told.queue, told.details["refused"]) == (line, "declined")


def test_missed_it_goes_back_after_the_lines_time_and_not_before(
    handed: Conversation, line: Queue, anna: Operator
) -> None:
    assert offers.expire(now=IN_TIME) == 0
    assert offers.expire(now=TOO_LATE) == 1
    assert place(handed) == ("assigned", line.pk, anna.pk)
    assert last_line(handed)[1]["missed"] is True
    assert Event.objects.get(kind="handing.failed").details["sender"] == anna.pk


def test_a_sender_who_is_full_or_gone_leaves_it_to_his_line(
    handed: Conversation, line: Queue, anna: Operator
) -> None:
    dialogues.conversation(line=line, holder=anna)
    offers.expire(now=TOO_LATE)
    assert place(handed) == ("queued", line.pk, None)
    assert last_line(handed)[0] == "handed_to_line"
    assert capacity.load_of(anna.pk) == 1


def test_what_the_partner_holds_he_may_give_back(
    handed: Conversation, line: Queue, partner: User, anna: Operator
) -> None:
    accept(partner, handed)
    outside.give_back(people.sight(partner), handed.pk, actor=token_of(partner), now=TOO_LATE)
    assert last_line(handed)[1]["held"] is True
    assert place(handed) == ("assigned", line.pk, anna.pk)
    assert Assignment.objects.filter(conversation=handed, operator=partner).get().end_reason == "returned"


def test_another_application_learns_nothing_of_it(handed: Conversation, abroad: Queue, partner: User) -> None:
    stranger = application("Чужой")
    for verb in (outside.accept, outside.decline, outside.give_back):
        with pytest.raises(NotFound):
            verb(people.sight(stranger), handed.pk, actor=token_of(stranger), now=IN_TIME)
    reader = application("Соседний", abroad)
    for verb, refusal in (
        (outside.accept, NotOffered),
        (outside.decline, NotOffered),
        (outside.give_back, Forbidden),
    ):
        with pytest.raises(refusal):
            verb(people.sight(reader), handed.pk, actor=token_of(reader), now=IN_TIME)
    assert Assignment.objects.get(conversation=handed, ended_at=None).operator == partner
    assert place(handed) == ("queued", abroad.pk, None)


@pytest.mark.parametrize("is_outside", [True, False])
def test_operators_of_an_outside_line_are_offered_nothing_and_take_nothing(
    abroad: Queue, is_outside: bool
) -> None:
    account = application("Контакт-центр", abroad)
    Queue.objects.filter(pk=abroad.pk).update(outside_id=account.pk if is_outside else None)
    given.publish()
    boris = people.operator("Борис", lines=(abroad,))
    offered, pulled = (dialogues.conversation(line=abroad, now=LATER) for _number in range(2))
    outside.hand_over(now=LATER)
    assert dispatch.dispatch(now=LATER) == (0 if is_outside else 2)
    assert (place(pulled)[2], place(offered)[2]) == (None, None)
    assert handling.take_next(people.sight(boris), now=LATER) is None
    asked = Assignment.objects.filter(ended_at=None).values_list("operator", flat=True).distinct().get()
    assert asked == (account.pk if is_outside else boris.pk)


def test_the_setting_works_from_its_publication_on(abroad: Queue, partner: User) -> None:
    Queue.objects.filter(pk=abroad.pk).update(outside_id=None)
    waits = dialogues.conversation(line=abroad, now=LATER)
    assert outside.hand_over(now=LATER) == 1
    given.publish(now=LATER)
    later = dialogues.conversation(line=abroad, now=LATER)
    assert outside.hand_over(now=LATER) == 0
    assert place(later) == place(waits) == ("queued", abroad.pk, None)


@pytest.mark.parametrize("broken", ["token", "right", "account"])
def test_an_application_that_cannot_serve_gives_it_back_at_once(
    line: Queue, abroad: Queue, partner: User, anna: Operator, broken: str
) -> None:
    if broken == "token":
        tokens.revoke(ApiToken.objects.get(user=partner), now=NOW)
    elif broken == "right":
        Grant.objects.filter(right=Right.ANSWER, queue=abroad).delete()
    else:
        User.objects.filter(pk=partner.pk).update(is_active=False)
    conversation = dialogues.conversation(line=line, holder=anna)
    handling.transfer_to_line(people.sight(anna), conversation.pk, abroad.pk, comment="", now=LATER)
    assert outside.hand_over(now=LATER) == 0
    assert place(conversation) == ("assigned", line.pk, anna.pk)
    assert (
        Decision.objects.get(conversation=conversation, reason="outside").details["refused"] == "unreachable"
    )


def test_what_overflowed_to_the_partner_and_came_back_stays(
    line: Queue, abroad: Queue, partner: User
) -> None:
    Overflow.objects.create(queue=line, by="wait", limit=10, reserve=abroad)
    given.publish()
    conversation = dialogues.conversation(line=line, now=NOW)
    assert overflow.overflow(now=LATER) == 1
    outside.hand_over(now=LATER)
    offers.expire(now=TOO_LATE)
    assert place(conversation) == ("queued", line.pk, None)
    assert overflow.overflow(now=TOO_LATE + timedelta(hours=1)) == 0


def test_what_rules_place_outside_goes_back_to_the_common_line(abroad: Queue, partner: User) -> None:
    common = organisation.common_line()
    given.rule(abroad, {"kind": "language", "values": ["ru"]})
    given.publish()
    conversation = dialogues.conversation(now=LATER)
    assert place(conversation) == ("queued", abroad.pk, None)
    outside.hand_over(now=LATER)
    offers.expire(now=TOO_LATE)
    assert place(conversation) == ("queued", common.pk, None)


def test_who_sends_it_elsewhere_meanwhile_takes_the_offer_back(
    handed: Conversation, line: Queue, abroad: Queue, partner: User
) -> None:
    third = organisation.line("Третья")
    head = people.operator("Глава", lines=(abroad,))
    handling.transfer_to_line(people.sight(head), handed.pk, third.pk, comment="", now=IN_TIME)
    with pytest.raises(NotFound):
        accept(partner, handed)
    assert offers.expire(now=TOO_LATE) == 0
    assert place(handed) == ("queued", third.pk, None)


def test_a_supervisor_takes_it_from_a_partner_who_says_nothing(
    handed: Conversation, abroad: Queue, partner: User
) -> None:
    accept(partner, handed)
    head = people.operator("Глава", lines=(abroad,), rights=(Right.TEXT, Right.ANSWER, Right.TAKE_OVER))
    handling.take_over(people.sight(head), handed.pk, now=TOO_LATE)
    assert place(handed) == ("assigned", abroad.pk, head.pk)


def test_an_outside_line_has_somewhere_to_give_back_to_and_a_time(abroad: Queue, partner: User) -> None:
    for values in ({"is_default": True}, {"accept_seconds": 0}):
        Queue.objects.filter(is_default=True).update(is_default=False)
        with pytest.raises(IntegrityError, match="queue_outside_gives_back"), transaction.atomic():
            Queue.objects.filter(pk=abroad.pk).update(**values)


# --- over REST ------------------------------------------------------------------------------------------


def test_the_whole_way_over_rest(line: Queue, abroad: Queue) -> None:
    ours, others = Integration(lines=[abroad]), Integration(lines=[line])
    Queue.objects.filter(pk=abroad.pk).update(outside_id=ours.user.pk)
    given.publish()
    anna = people.operator("Анна", lines=(line,))
    conversation = dialogues.conversation(line=line, holder=anna)
    at = f"conversations/{conversation.pk}"
    assert codes(ours.post(f"{at}/accept/", {})) == (404, "not_found")
    now = clock.now()
    handling.transfer_to_line(people.sight(anna), conversation.pk, abroad.pk, comment="Прошу", now=now)
    outside.hand_over(now=now)
    for verb in ("accept", "decline", "return"):
        assert codes(others.post(f"{at}/{verb}/", {})) == (404, "not_found")
    assert codes(ours.post(f"{at}/return/", {})) == (403, "not_yours")
    taken = ours.post(f"{at}/accept/", {}).json()
    assert (taken["state"], taken["queue"], taken["holder"]) == ("assigned", abroad.pk, ours.user.pk)
    assert ours.post(f"{at}/messages/", {"text": "Здравствуйте"}).status_code == 201
    texts = [each["text"] for each in ours.get(f"{at}/messages/").json()["items"]]
    assert "Прошу" in texts
    back = ours.post(f"{at}/return/", {}).json()
    assert (back["state"], back["queue"], back["holder"]) == ("assigned", line.pk, anna.pk)
    assert codes(ours.get(f"{at}/messages/")) == (404, "not_found")


@pytest.mark.usefixtures("settled_at_once")
def test_the_webhook_of_the_partner_is_told_and_that_of_another_is_not(line: Queue, abroad: Queue) -> None:
    ours, others = Integration(lines=[abroad]), Integration(lines=[line])
    for each in (ours, others):
        WebhookSubscription.objects.create(
            name=each.token.name, url="https://x.example/", kinds=["offer.made"], token=each.token, secret="s"
        )
    Queue.objects.filter(pk=abroad.pk).update(outside_id=ours.user.pk)
    given.publish()
    webhooks.collect(now=clock.now())
    dialogues.conversation(line=abroad, now=clock.now())
    outside.hand_over(now=clock.now())
    while webhooks.collect(now=clock.now()):
        pass
    told = WebhookDelivery.objects.values_list("subscription__token", "event__kind")
    assert list(told) == [(ours.token.pk, "offer.made")]


# --- on the screens of the house ------------------------------------------------------------------------


def test_lists_and_why_here_name_the_partner(handed: Conversation, abroad: Queue, partner: User) -> None:
    boris = people.operator("Борис", lines=(abroad,))
    (row,) = selectors.row_views(list(conversation_rows().filter(pk=handed.pk)))
    assert row.turn is not None
    assert (row.turn.offered_to, row.turn.offered_to_name) == (partner.pk, "Контакт-центр")
    with translation.override("en"):
        titles = [step.title for step in stories.story(people.sight(boris), handed.pk, now=LATER)]
    assert titles[-1] == "Handed to Контакт-центр"
    accept(partner, handed)
    (row,) = selectors.row_views(list(conversation_rows().filter(pk=handed.pk)))
    assert (row.holder, row.holder_name) == (partner.pk, "Контакт-центр")
