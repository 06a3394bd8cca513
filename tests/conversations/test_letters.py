"""The customer has left: what he was answered and has not read goes as one letter, and never as two."""

from __future__ import annotations

from datetime import timedelta
from email.message import EmailMessage
from smtplib import SMTPDataError, SMTPRecipientsRefused, SMTPSenderRefused, SMTPServerDisconnected
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend

from apps.channels.models import Channel, Visitor
from apps.conversations.access import Sight
from apps.conversations.models import Conversation, Letter, LetterText, Message, UnreadAnswer
from apps.conversations.selectors import message_view
from apps.conversations.services import changes, fallback, lifecycle, mailboxes, marks, people, timeline
from apps.conversations.services import letters as service
from apps.conversations.services.outbound import NotYours
from apps.core.actors import SYSTEM, Actor
from apps.core.errors import Conflict, NotFound
from apps.core.models import Event
from apps.routing.services import handling
from tests.factories import dialogues, letters, organisation
from tests.factories import people as staff
from tests.factories.letters import EMAIL, answer, at, chat, come, look, passes, post
from tests.factories.people import NOW

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("settled_at_once")]


def read(conversation: Conversation, *, seconds: float = 0) -> None:
    conversation.refresh_from_db()
    seq = conversation.seq
    marks.customer_received(conversation.identity, conversation.pk, seq=seq, read=True, now=at(seconds))


def holder(conversation: Conversation) -> Sight:
    assert conversation.holder is not None
    return staff.sight(conversation.holder)


def body(place: int = 0) -> str:
    return str(mail.outbox[place].body)


class Broken(EmailBackend):
    """A mail server that takes nothing, for the reason in ``error``."""

    error: Exception
    on_open: bool = False

    def open(self) -> bool:
        if self.on_open:
            raise self.error
        return True

    def send_messages(self, messages: Any) -> int:
        raise self.error


@pytest.fixture
def broken(settings: Any) -> type[Broken]:
    settings.EMAIL_BACKEND = "tests.conversations.test_letters.Broken"
    return Broken


# --- when a letter goes -----------------------------------------------------------------------------------


def test_everything_that_piled_up_goes_as_one_letter_to_the_address_he_left() -> None:
    conversation = chat()
    answer(conversation, "Your card is ready", seconds=0)
    answer(conversation, "It waits in Lenin street", seconds=30)
    answer(conversation, "He will be angry", seconds=40, note=True)
    passes(150)
    assert [each.to for each in mail.outbox] == [[EMAIL]]
    assert "Your card is ready" in body()
    assert "It waits in Lenin street" in body()
    assert "angry" not in body()
    assert letters.lines(conversation) == ["letter_sent"]
    line = Message.objects.get(code="letter_sent")
    assert (line.staff_only, line.at, line.params["shown"]) == (False, at(150), "i•••@mail.example")
    assert message_view(line, staff=False).params == {"shown": "i•••@mail.example"}
    event = Event.objects.get(kind="letter.sent")
    assert (event.details["first"], event.details["last"]) == (3, 4)
    assert "mail.example" not in str(event.details)
    assert not UnreadAnswer.objects.exists()


@pytest.mark.parametrize(("waited", "sent"), [(119, 0), (120, 1)])
def test_an_answer_may_be_read_for_two_minutes(waited: int, sent: int) -> None:
    answer(chat())
    passes(waited)
    assert len(mail.outbox) == sent


@pytest.mark.parametrize(("gone", "sent"), [(59, 0), (60, 1)])
def test_he_counts_as_gone_after_a_minute_without_a_chat(gone: int, sent: int) -> None:
    conversation = chat()
    here = come(conversation)
    answer(conversation)
    look(0)
    look(200)
    here.delete()
    look(221)
    look(221 + gone)
    post(221 + gone)
    assert len(mail.outbox) == sent


def test_who_sits_in_the_chat_gets_no_letter_however_long_he_does_not_read() -> None:
    conversation = chat()
    come(conversation)
    answer(conversation)
    for seconds in (0, 200, 4000):
        look(seconds)
    assert letters.states() == []
    assert UnreadAnswer.objects.get().look_at == at(4020)


def test_a_process_that_died_with_his_chat_holds_up_no_letter() -> None:
    conversation = chat()
    here = come(conversation)
    here.lease.expires_at = NOW
    here.lease.save()
    answer(conversation)
    passes(150)
    assert len(mail.outbox) == 1


def test_what_he_came_back_to_read_is_not_sent() -> None:
    conversation = chat()
    answer(conversation)
    look(0)
    read(conversation, seconds=60)
    look(150)
    assert (letters.states(), UnreadAnswer.objects.count()) == ([], 0)


def test_only_what_he_has_not_read_is_in_the_letter() -> None:
    conversation = chat()
    answer(conversation, "The first")
    read(conversation)
    answer(conversation, "The second", seconds=10)
    look(10)
    look(140)
    post(140)
    assert "The second" in body()
    assert "The first" not in body()


def test_a_letter_that_has_not_left_is_dropped_when_he_comes_back_and_written_again_when_he_leaves() -> None:
    conversation = chat()
    answer(conversation)
    look(0)
    look(130)
    here = come(conversation)
    post(131)
    assert (letters.states(), len(mail.outbox)) == (["dropped"], 0)
    here.delete()
    look(160)
    look(230)
    post(230)
    assert (letters.states(), len(mail.outbox)) == (["dropped", "sent"], 1)


def test_edited_words_leave_as_they_stand_and_deleted_ones_not_at_all() -> None:
    conversation = chat()
    first, second = answer(conversation, "Tomorow"), answer(conversation, "A secret")
    look(0)
    look(130)
    his = holder(conversation)
    changes.change_as_staff(his, first.pk, text="Tomorrow", now=at(131))
    changes.change_as_staff(his, second.pk, text=None, now=at(131))
    post(132)
    assert "Tomorrow" in body()
    assert "Tomorow" not in body()
    assert "secret" not in body()


def test_a_letter_whose_every_answer_was_deleted_is_not_sent() -> None:
    conversation = chat()
    said = answer(conversation)
    look(0)
    look(130)
    changes.change_as_staff(holder(conversation), said.pk, text=None, now=at(131))
    post(132)
    assert (letters.states(), mail.outbox) == (["dropped"], [])


def test_a_reminder_is_no_answer_and_goes_along_with_one() -> None:
    conversation = chat()
    with_lock = lifecycle.lock(conversation.pk)
    timeline.add_automatic_message(with_lock, "Are you there?", actor=SYSTEM, now=NOW)
    passes(150)
    assert letters.states() == []
    answer(conversation, "Your card is ready", seconds=160)
    look(160)
    look(290)
    post(290)
    assert "Are you there?" in body()


def test_words_that_only_send_him_on_are_no_answer() -> None:
    conversation = chat()
    said = answer(conversation)
    Message.objects.filter(pk=said.pk).update(code="in_passing")
    passes(150)
    assert letters.states() == []


def test_an_answer_of_a_bot_is_an_answer() -> None:
    conversation = chat()
    locked = lifecycle.lock(conversation.pk)
    assert conversation.holder_id is not None
    timeline.add_staff_message(
        locked,
        author_id=conversation.holder_id,
        text="By the app",
        client_id=None,
        now=NOW,
        actor=SYSTEM,
        bot="Robot",
    )
    passes(150)
    assert "Robot" in body()


def test_who_ended_the_conversation_himself_gets_no_letter() -> None:
    conversation = chat()
    answer(conversation)
    handling.close_by_customer(conversation.identity, conversation.pk, now=at(10))
    passes(150)
    assert (letters.states(), UnreadAnswer.objects.count()) == ([], 0)


def test_what_was_answered_and_closed_by_the_operator_goes_by_letter() -> None:
    conversation = chat()
    answer(conversation)
    handling.close(holder(conversation), conversation.pk, now=at(10))
    passes(150)
    assert len(mail.outbox) == 1


# --- settings ---------------------------------------------------------------------------------------------


def test_a_channel_that_sends_no_letters_sends_none() -> None:
    answer(chat(channel=organisation.channel(sends_letters=False)))
    passes(150)
    assert (letters.states(), UnreadAnswer.objects.count()) == ([], 0)


def test_switched_off_between_answer_and_letter_nothing_is_written() -> None:
    answer(chat())
    look(0)
    Channel.objects.update(sends_letters=False)
    look(150)
    assert (letters.states(), UnreadAnswer.objects.count()) == ([], 0)


@pytest.mark.parametrize(
    ("name", "value", "after"), [("letter_gone_seconds", 300, 300), ("letter_unread_seconds", 400, 400)]
)
def test_both_times_are_those_of_the_channel(name: str, value: int, after: int) -> None:
    answer(chat(channel=organisation.channel(**{name: value})))
    passes(after - 1)
    assert mail.outbox == []
    look(after)
    post(after)
    assert len(mail.outbox) == 1


@pytest.mark.parametrize(("minutes", "second_at"), [(15, 120 + 900), (0, 320)])
def test_the_next_letter_of_a_conversation_waits_for_the_pause(minutes: int, second_at: int) -> None:
    conversation = chat(channel=organisation.channel(letter_pause_minutes=minutes))
    answer(conversation, "The first")
    passes(120)
    answer(conversation, "The second", seconds=200)
    look(200)
    look(second_at - 1)
    post(second_at - 1)
    assert len(mail.outbox) == 1
    look(second_at)
    post(second_at)
    assert "The second" in body(1)
    assert "The first" not in body(1)


def test_without_a_mail_server_nothing_is_watched(settings: Any) -> None:
    settings.LETTERS = False
    answer(chat())
    passes(150)
    assert not UnreadAnswer.objects.exists()


def test_channels_with_a_provider_of_their_own_are_left_to_it(settings: Any) -> None:
    answer(chat(channel=organisation.channel(kind="null", webhook_secret="tests")))
    passes(150)
    assert not UnreadAnswer.objects.exists()


# --- to whom ----------------------------------------------------------------------------------------------


def vouch(conversation: Conversation, email: str = "sure@mail.example") -> None:
    people.describe(conversation.customer_id, actor=SYSTEM, now=NOW, email=email)


def test_the_address_that_the_bank_vouches_for_comes_first() -> None:
    conversation = chat()
    vouch(conversation)
    answer(conversation)
    passes(150)
    assert mail.outbox[0].to == ["sure@mail.example"]
    # Whoever sits at this browser is not told what the bank knows.
    assert Message.objects.get(code="letter_sent").params["shown"] == ""


def test_what_he_says_in_the_form_takes_not_the_place_of_the_banks_word() -> None:
    conversation = chat(email="")
    vouch(conversation)
    actor = Actor.customer(conversation.identity_id)
    people.describe(conversation.customer_id, actor=actor, now=NOW, claimed=True, email="thief@mail.example")
    answer(conversation)
    passes(150)
    assert mail.outbox[0].to == ["sure@mail.example"]


def test_what_he_said_of_himself_is_not_vouched_for_by_being_kept() -> None:
    conversation = chat(email="")
    actor = Actor.customer(conversation.identity_id)
    people.describe(conversation.customer_id, actor=actor, now=NOW, claimed=True, email=EMAIL)
    answer(conversation)
    passes(150)
    assert letters.lines(conversation) == ["unreachable"]


def test_an_address_left_elsewhere_gets_nothing_of_this_chat() -> None:
    conversation = chat(email="")
    elsewhere = dialogues.identity()
    type(elsewhere).objects.filter(pk=elsewhere.pk).update(customer=conversation.customer)
    mailboxes.give(elsewhere, EMAIL, now=NOW)
    answer(conversation)
    passes(150)
    assert (mail.outbox, letters.lines(conversation)) == ([], ["unreachable"])


def test_without_an_address_he_is_marked_unreachable_once() -> None:
    conversation = chat(email="")
    answer(conversation)
    passes(150)
    answer(conversation, seconds=200)
    look(200)
    look(400)
    assert letters.lines(conversation) == ["unreachable"]
    assert Message.objects.get(code="unreachable").staff_only
    assert Event.objects.filter(kind="conversation.unreachable").count() == 1


def test_what_waits_for_somebody_out_of_reach_leaves_once_the_bank_tells_his_address() -> None:
    conversation = chat(email="")
    answer(conversation)
    passes(150)
    vouch(conversation)
    look(200)
    look(260)
    post(260)
    assert [each.to for each in mail.outbox] == [["sure@mail.example"]]
    assert letters.lines(conversation) == ["unreachable", "letter_sent"]


def test_an_address_nobody_vouches_for_gets_so_many_letters_a_day() -> None:
    conversation = chat()
    for _each in range(mailboxes.LETTERS_A_DAY):
        Letter.objects.create(
            conversation=conversation,
            identity=conversation.identity,
            email=EMAIL,
            vouched=False,
            state="sent",
            due_at=NOW,
            created_at=at(-3600),
            changed_at=NOW,
        )
    answer(conversation)
    passes(150)
    assert mail.outbox == []
    assert UnreadAnswer.objects.get().look_at == at(150) + timedelta(hours=1)


# --- what became of it ------------------------------------------------------------------------------------


def test_a_refused_address_is_shown_and_not_tried_again_by_itself(broken: type[Broken]) -> None:
    broken.error = SMTPRecipientsRefused({EMAIL: (550, b"no such user")})
    broken.on_open = False
    conversation = chat()
    answer(conversation)
    passes(150)
    letter = Letter.objects.get()
    assert (letter.state, letter.trouble, letter.smtp_code) == ("failed", "address", 550)
    line = Message.objects.get(code="letter_failed")
    assert (line.staff_only, line.params["why"], line.params["to"]) == (True, "address", "i•••@mail.example")
    answer(conversation, seconds=2000)
    look(2000)
    look(4000)
    assert letters.lines(conversation) == ["letter_failed", "unreachable"]


def test_who_leaves_his_address_anew_is_tried_anew(broken: type[Broken], settings: Any) -> None:
    broken.error, broken.on_open = SMTPRecipientsRefused({EMAIL: (550, b"full")}), False
    conversation = chat()
    answer(conversation)
    passes(150)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mailboxes.give(conversation.identity, EMAIL, now=at(1000))
    answer(conversation, "Once more", seconds=2000)
    look(2000)
    look(2130)
    post(2130)
    assert "Your card is ready" in body()
    assert "Once more" in body()


@pytest.mark.parametrize(
    "error",
    [
        SMTPRecipientsRefused({EMAIL: (450, b"later")}),
        SMTPDataError(451, b"later"),
        SMTPSenderRefused(553, b"who are you", "us"),
    ],
)
def test_a_refusal_for_now_is_tried_later(broken: type[Broken], error: Exception, settings: Any) -> None:
    broken.error, broken.on_open = error, False
    answer(chat())
    passes(150)
    letter = Letter.objects.get()
    assert (letter.state, letter.due_at) == ("queued", at(160))
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    post(161)
    assert (letters.states(), len(mail.outbox)) == (["sent"], 1)


def test_while_the_mail_server_is_away_letters_wait_and_at_last_a_person_is_told(
    broken: type[Broken], monkeypatch: pytest.MonkeyPatch
) -> None:
    broken.error, broken.on_open = ConnectionRefusedError(), True
    monkeypatch.setattr(service, "GIVE_UP_AFTER", 2)
    conversations = [chat(), chat()]
    for each in conversations:
        answer(each)
    look(0)
    look(150)
    assert post(150) == 1, "nobody else is tried at a server that does not answer"
    assert letters.states() == ["queued", "queued"]
    for seconds in (161, 200, 240):
        post(seconds)
    assert letters.states() == ["failed", "failed"]
    assert [letters.lines(each) for each in conversations] == [["letter_failed"]] * 2
    assert set(Letter.objects.values_list("trouble", flat=True)) == {"server"}


def test_a_connection_that_broke_in_between_leaves_the_decision_to_a_person(broken: type[Broken]) -> None:
    broken.error, broken.on_open = SMTPServerDisconnected("gone"), False
    conversation = chat()
    answer(conversation)
    passes(150)
    post(4000)
    assert (letters.states(), letters.lines(conversation)) == (["uncertain"], ["letter_uncertain"])
    answer(conversation, "Something new", seconds=5000)
    look(5000)
    look(5130)
    assert Letter.objects.get(state="queued").after_seq == Letter.objects.get(state="uncertain").upto_seq


def test_a_worker_killed_before_it_began_costs_nothing() -> None:
    answer(chat())
    look(0)
    look(150)
    assert service.claim(now=at(150)) is not None
    post(160)
    assert mail.outbox == []
    post(181)
    assert (letters.states(), len(mail.outbox)) == (["sent"], 1)


def test_a_worker_killed_while_sending_leaves_an_uncertain_letter_and_no_second_one() -> None:
    conversation = chat()
    answer(conversation)
    look(0)
    look(150)
    claimed = service.claim(now=at(150))
    assert claimed is not None
    assert service._begin(claimed, at(150)) is not None
    post(449)
    assert letters.states() == ["sending"]
    post(451)
    assert (letters.states(), letters.lines(conversation)) == (["uncertain"], ["letter_uncertain"])
    assert mail.outbox == []


def test_a_worker_that_was_only_slow_says_in_the_end_that_it_left() -> None:
    conversation = chat()
    answer(conversation)
    look(0)
    look(150)
    claimed = service.claim(now=at(150))
    assert claimed is not None
    made = service._begin(claimed, at(150))
    assert made is not None
    letters.post(451)
    service._sent(made.letter, made.envelope.first_seq, now=at(460))
    assert (letters.states(), letters.lines(conversation)) == (["sent"], ["letter_uncertain", "letter_sent"])


# --- by hand ----------------------------------------------------------------------------------------------


def lost(broken: type[Broken], settings: Any) -> tuple[Conversation, Letter]:
    broken.error, broken.on_open = SMTPServerDisconnected("gone"), False
    conversation = chat()
    answer(conversation)
    passes(150)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    return Conversation.objects.get(pk=conversation.pk), Letter.objects.get()


def test_its_holder_sends_it_once_more(broken: type[Broken], settings: Any) -> None:
    conversation, letter = lost(broken, settings)
    service.retry(holder(conversation), letter.pk, now=at(200))
    post(200)
    assert "Your card is ready" in body()
    assert letters.lines(conversation) == ["letter_uncertain", "letter_again", "letter_sent"]


def test_who_has_read_meanwhile_gets_none_by_hand_either(broken: type[Broken], settings: Any) -> None:
    conversation, letter = lost(broken, settings)
    read(conversation, seconds=190)
    with pytest.raises(Conflict) as refusal:
        service.retry(holder(conversation), letter.pk, now=at(200))
    assert refusal.value.code == "came_back"
    assert letters.states() == ["uncertain"]


def test_a_stranger_finds_no_letter_and_a_colleague_may_not_send_it(
    broken: type[Broken], settings: Any
) -> None:
    _conversation, letter = lost(broken, settings)
    stranger = staff.operator(lines=(organisation.line(),))
    colleague = staff.operator(lines=(organisation.common_line(),))
    with pytest.raises(NotFound):
        service.retry(staff.sight(stranger), letter.pk, now=at(200))
    with pytest.raises(NotYours):
        service.retry(staff.sight(colleague), letter.pk, now=at(200))
    assert letters.states() == ["uncertain"]


# --- what it says -----------------------------------------------------------------------------------------


def visitor(conversation: Conversation, page: str) -> None:
    Visitor.objects.create(
        channel=conversation.channel,
        external_id=conversation.identity.external_id,
        token_digest=str(conversation.pk),
        page_url=page,
        created_at=NOW,
        seen_at=NOW,
        expires_at=at(10**6),
    )


@pytest.mark.parametrize(
    ("page", "link"),
    [
        ("https://bank.example/cards/?client=77#top", "https://bank.example/cards/"),
        ("https://evil.example/cards/", ""),
        ("javascript:alert(1)", ""),
    ],
)
def test_the_way_back_leads_to_a_page_of_the_banks_own(page: str, link: str) -> None:
    conversation = chat(channel=organisation.channel(allowed_sites=["https://bank.example"]))
    visitor(conversation, page)
    answer(conversation)
    passes(150)
    assert ("http" in body()) is bool(link)
    assert link in body()
    assert "client=77" not in body()
    assert "evil" not in str(mail.outbox[0].alternatives)


def test_where_any_site_may_show_the_chat_a_visitor_cannot_put_a_link_into_our_letter() -> None:
    conversation = chat()
    visitor(conversation, "https://evil.example/")
    answer(conversation)
    passes(150)
    assert "http" not in body()


@pytest.mark.parametrize(("language", "subject"), [("en", "News for you"), ("ru", "Новости для вас")])
def test_the_line_says_it_in_the_customers_language(language: str, subject: str) -> None:
    conversation = chat()
    people.describe(conversation.customer_id, actor=SYSTEM, now=NOW, language=language)
    for each, words in (("en", "News for you"), ("ru", "Новости для вас")):
        LetterText.objects.create(
            queue=conversation.line,
            language=each,
            subject=words,
            opening=f"{each} opening",
            closing=f"{each} closing",
        )
    answer(conversation)
    passes(150)
    assert mail.outbox[0].subject == subject
    assert f"{language} opening" in body()
    assert f"{language} closing" in body()


def test_markup_of_an_answer_is_text_and_a_card_stays_hidden() -> None:
    conversation = chat()
    said = answer(conversation, "<b>Hello</b>")
    Message.objects.filter(pk=said.pk).update(text="<b>Hello</b> 4111 1111 1111 1111")
    passes(150)
    message: EmailMessage = mail.outbox[0].message()
    html = str(mail.outbox[0].alternatives[0][0])
    assert "&lt;b&gt;Hello" in html
    assert "4111 1111" not in html + body()
    assert message["Message-ID"].startswith(f"<{Letter.objects.get().key}@")
    assert message["Auto-Submitted"] == "auto-generated"


def test_an_answer_that_is_read_late_in_the_log_makes_no_second_letter() -> None:
    conversation = chat()
    answer(conversation)
    passes(150)
    fallback.watch_again(conversation, now=at(150))
    look(4000)
    assert (letters.states(), UnreadAnswer.objects.count()) == (["sent"], 0)
