"""Letters in the back office: whose one sees, which may go again, and what a line says in them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core import mail

from apps.channels.models import Channel
from apps.conversations.models import Conversation, Letter, LetterText
from apps.operators.models import Operator, QueueMembership
from tests.factories import letters, organisation, roles
from tests.factories.letters import answer, at, chat, passes
from tests.factories.pages import fields_of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("settled_at_once")]

PAGE = "/admin/conversations/letter/"


def supervisor(*, own: bool) -> Any:
    """One who supervises the line of the letters, or another one."""
    line = organisation.common_line() if own else organisation.line()
    return roles.browser(roles.staff("supervisor", lines=(line,)))


def lost() -> Letter:
    """A letter of which nobody knows whether it left, in a conversation that nobody holds any more."""
    conversation = chat()
    answer(conversation)
    passes(150)
    Conversation.objects.update(state="closed", holder=None, closed_at=at(200), closed_by="staff")
    Letter.objects.update(state="uncertain", trouble="lost")
    mail.outbox.clear()
    return Letter.objects.get()


def test_a_supervisor_sees_the_letters_of_his_lines_with_addresses_shortened() -> None:
    letter = lost()
    own, other = supervisor(own=True), supervisor(own=False)
    shown = own.get(PAGE)
    assert [each.pk for each in shown.context["cl"].result_list] == [letter.pk]
    assert "i•••@mail.example" in shown.content.decode()
    detail = own.get(f"{PAGE}{letter.pk}/change/").content.decode()
    assert "ivan@mail.example" not in shown.content.decode() + detail
    assert other.get(PAGE).context["cl"].result_count == 0
    assert other.get(f"{PAGE}{letter.pk}/change/", follow=True).redirect_chain[-1][0] == "/admin/"


def test_a_letter_is_sent_again_from_the_list_and_what_has_left_is_not() -> None:
    letter = lost()
    client = supervisor(own=True)
    again = {"action": "send_again", "_selected_action": [letter.pk]}
    client.post(PAGE, again)
    assert letters.states() == ["queued"]
    letters.post(10**6)
    assert (letters.states(), len(mail.outbox)) == (["sent"], 1)
    client.post(PAGE, again)
    assert letters.states() == ["sent"]


def test_who_supervises_another_line_sends_nothing_again() -> None:
    letter = lost()
    supervisor(own=False).post(PAGE, {"action": "send_again", "_selected_action": [letter.pk]})
    assert letters.states() == ["uncertain"]


def test_a_supervisor_words_the_letters_of_his_own_line() -> None:
    line = organisation.common_line()
    client = supervisor(own=True)
    page = f"/admin/operators/queue/{line.pk}/change/"
    [prefix] = [
        each.formset.prefix
        for each in client.get(page).context["inline_admin_formsets"]
        if each.opts.model is LetterText
    ]
    data = fields_of(client.get(page), "queue_form") | {
        f"{prefix}-TOTAL_FORMS": 1,
        f"{prefix}-0-language": "ru",
        f"{prefix}-0-subject": "Вам ответили",
        f"{prefix}-0-queue": line.pk,
    }
    assert client.post(page, data).status_code == 302
    assert list(LetterText.objects.values_list("queue", "language", "subject")) == [
        (line.pk, "ru", "Вам ответили")
    ]
    empty = data | {f"{prefix}-0-subject": "", f"{prefix}-0-language": "en"}
    LetterText.objects.all().delete()
    assert client.post(page, empty).status_code == 200
    assert not LetterText.objects.exists()


def test_the_channels_page_sets_when_letters_go_and_a_messengers_does_not_ask() -> None:
    client = roles.browser(roles.staff("administrator"))
    site, bot = organisation.channel(), organisation.channel(kind="null")
    names = {
        each: set(
            client.get(f"/admin/support_channels/channel/{each.pk}/change/").context["adminform"].form.fields
        )
        for each in (site, bot)
    }
    settings = {"sends_letters", "letter_gone_seconds", "letter_unread_seconds", "letter_pause_minutes"}
    assert settings <= names[site]
    assert not settings & names[bot]
    assert Channel.objects.filter(sends_letters=True).count() == 2


def test_an_operator_is_no_supervisor_of_letters() -> None:
    lost()
    member = Operator.objects.get(pk=QueueMembership.objects.values("operator")[:1])
    assert roles.browser(member.user).get(PAGE).status_code in (302, 403)
