"""Several workers write and send letters at once, are killed in the middle, he comes back: never a second letter."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from apps.conversations.models import Letter, Message
from apps.conversations.services import fallback, letters, marks
from apps.core import clock
from tests.factories import letters as factory
from tests.factories.letters import answer, at, chat
from tests.races.crew import at_once, crew, processes
from tests.smtp import MailServer, mail_server

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("settled_at_once")]


@pytest.fixture
def server(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[MailServer]:
    """Letters of this process and of its children go here."""
    with mail_server() as found:
        for name, value in found.host().items():
            setattr(settings, name, value)
        monkeypatch.setenv("EMAIL_URL", f"smtp://127.0.0.1:{found.port}")
        monkeypatch.setenv("LETTERS_FROM", "bank@bank.example")
        yield found


def left(number: int = 1) -> list[int]:
    """So many customers who left before they were answered; the answers are read out of the log."""
    conversations = [chat(email=f"c{each}@mail.example") for each in range(number)]
    for each in conversations:
        answer(each)
    while fallback.notice(now=at(0)):
        pass
    fallback.watch(now=at(0))
    return [each.pk for each in conversations]


def test_four_workers_write_one_letter_each_and_three_processes_send_each_once(server: MailServer) -> None:
    numbers = left(6)
    assert sum(at_once(*[lambda: fallback.watch(now=at(130))] * 4)) == 6
    sent = processes(3, "send_letters")
    assert sum(sent) == 6
    assert sorted(str(each["To"]) for each in server.taken) == [f"c{each}@mail.example" for each in range(6)]
    assert len({each["Message-ID"] for each in server.taken}) == 6
    assert factory.states() == ["sent"] * 6
    assert Message.objects.filter(conversation__in=numbers, code="letter_sent").count() == 6


def test_a_process_killed_while_the_server_has_the_letter_leaves_it_uncertain(server: MailServer) -> None:
    [number] = left()
    fallback.watch(now=at(130))
    server.release.clear()
    with crew(1, "send_letters") as [process]:
        assert server.arrived.wait(60)
        process.kill()
    assert factory.states() == ["sending"]
    letters.recover(now=clock.now())
    assert letters.send_due(now=clock.now) == 0, "nobody takes it a second time"
    later = clock.now() + letters.TRY_LIFE + timedelta(seconds=1)
    letters.recover(now=later)
    letters.send_due(now=lambda: later)
    assert (len(server.taken), factory.states()) == (1, ["uncertain"])
    assert list(
        Message.objects.filter(conversation=number, staff_only=True).values_list("code", flat=True)
    ) == ["letter_uncertain"]


def test_who_reads_at_the_moment_it_leaves_has_either_no_letter_or_one(server: MailServer) -> None:
    for _round in range(4):
        [number] = left()
        fallback.watch(now=at(130))
        identity = Letter.objects.order_by("-pk")[0].identity
        taken = len(server.taken)

        def read(number: int = number, identity: Any = identity) -> bool:
            return marks.customer_received(identity, number, seq=99, read=True, now=at(131))

        at_once(lambda: letters.send_due(now=lambda: at(131)), read)
        state = Letter.objects.get(conversation=number).state
        assert (state, len(server.taken) - taken) in {("sent", 1), ("dropped", 0)}


@pytest.mark.parametrize(
    ("behaviour", "state", "trouble"),
    [
        ({"on_recipient": "550 no such user"}, "failed", "address"),
        ({"on_recipient": "450 later"}, "queued", ""),
        ({"on_letter": "554 looks like spam"}, "failed", "content"),
        ({"cuts": True}, "uncertain", "lost"),
    ],
)
def test_what_a_mail_server_says_is_understood(
    server: MailServer, behaviour: dict[str, Any], state: str, trouble: str
) -> None:
    for name, value in behaviour.items():
        setattr(server, name, value)
    left()
    fallback.watch(now=at(130))
    letters.send_due(now=lambda: at(131))
    assert list(Letter.objects.values_list("state", "trouble")) == [(state, trouble)]


def test_a_mail_server_that_is_not_there_is_asked_again(settings: Any) -> None:
    with mail_server() as gone:
        for name, value in gone.host().items():
            setattr(settings, name, value)
    left()
    fallback.watch(now=at(130))
    letters.send_due(now=lambda: at(131))
    assert factory.states() == ["queued"]
    with mail_server() as back:
        settings.EMAIL_PORT = back.port
        letters.send_due(now=lambda: at(150))
        assert (len(back.taken), factory.states()) == (1, ["sent"])
