"""The page of a line's silence: steps in order, own lines only, the figure beside it."""

from __future__ import annotations

from typing import Any

import pytest

from apps.channels.models import Channel
from apps.conversations.models import Conversation
from apps.core import clock
from apps.operators.models import Queue
from apps.routing.models import SilenceChannel, SilencePolicy, SilenceStep
from tests.factories import dialogues, organisation, roles

pytestmark = pytest.mark.django_db

PAGE = "/admin/routing/silencepolicy/"


def form(queue: Queue, *steps: tuple[int, str, str], **values: object) -> dict[str, object]:
    data: dict[str, object] = {
        "queue": queue.pk,
        "is_active": "on",
        "counts_open_hours": "on",
        "steps-TOTAL_FORMS": len(steps),
        "steps-INITIAL_FORMS": 0,
        "channels-TOTAL_FORMS": 0,
        "channels-INITIAL_FORMS": 0,
        **values,
    }
    for place, (after, action, text) in enumerate(steps):
        named = {"after_minutes": after, "action": action, "text_ru": text, "text_en": ""}
        data |= {f"steps-{place}-{name}": value for name, value in named.items()}
    return data


def test_a_policy_is_kept_with_its_steps() -> None:
    line = organisation.line()
    client = roles.browser(roles.staff("administrator"))
    answer = client.post(f"{PAGE}add/", form(line, (5, "remind", "Вы здесь?"), (60, "close", "")))
    assert answer.status_code == 302
    assert list(SilenceStep.objects.values_list("after_minutes", "action")) == [(5, "remind"), (60, "close")]


@pytest.mark.parametrize(
    "steps",
    [
        ((60, "close", ""), (90, "remind", "Вы здесь?")),
        ((60, "close", ""), (90, "close", "")),
        ((5, "remind", ""),),
        ((5, "reach", ""),),
        ((0, "close", ""),),
        ((5, "remind", "А"), (5, "snooze", "")),
    ],
)
def test_steps_that_make_no_sense_are_refused(steps: Any) -> None:
    line = organisation.line()
    client = roles.browser(roles.staff("administrator"))
    assert client.post(f"{PAGE}add/", form(line, *steps)).status_code == 200
    assert not SilencePolicy.objects.exists()


def channel_form(channel: Channel) -> dict[str, object]:
    return {"channels-TOTAL_FORMS": 1, "channels-0-channel": channel.pk, "channels-0-position": 1}


def test_other_channels_are_kept_where_the_bank_may_write_first() -> None:
    """By a supervisor of the line too; a kind that only answers cannot be named."""
    line = organisation.line()
    client = roles.browser(roles.staff("supervisor", lines=(line,)))
    steps = ((5, "reach", "Ждём вас"), (60, "close", ""))
    answering = organisation.channel(kind="null-keyed")
    assert client.post(f"{PAGE}add/", form(line, *steps, **channel_form(answering))).status_code == 200
    assert not SilencePolicy.objects.exists()
    bot = organisation.channel(kind="null")
    answer = client.post(f"{PAGE}add/", form(line, *steps, **channel_form(bot)), follow=True)
    assert list(SilenceChannel.objects.values_list("channel", "position")) == [(bot.pk, 1)]
    assert "will be skipped" not in answer.content.decode()


def test_a_step_by_another_channel_without_any_is_warned_of() -> None:
    line = organisation.line()
    client = roles.browser(roles.staff("administrator"))
    answer = client.post(f"{PAGE}add/", form(line, (5, "reach", "Ждём вас")), follow=True)
    assert SilenceStep.objects.get().action == "reach"
    assert "будет пропущен" in answer.content.decode()


def test_a_step_by_letter_needs_no_other_channel() -> None:
    line = organisation.line()
    client = roles.browser(roles.staff("supervisor", lines=(line,)))
    values = form(line, (5, "reach", "Ждём вас"), by_letter="on")
    answer = client.post(f"{PAGE}add/", values, follow=True)
    assert SilencePolicy.objects.get().by_letter
    assert "будет пропущен" not in answer.content.decode()


def test_a_supervisor_of_single_lines_sees_and_makes_only_theirs() -> None:
    mine, other = organisation.line("Mine"), organisation.line("Other")
    foreign = SilencePolicy.objects.create(queue=other)
    client = roles.browser(roles.staff("supervisor", lines=(mine,)))
    assert client.get(PAGE).context["cl"].result_count == 0
    assert client.get(f"{PAGE}{foreign.pk}/change/", follow=True).redirect_chain[-1][0] == "/admin/"
    assert client.post(f"{PAGE}add/", form(other)).status_code == 200
    assert SilencePolicy.objects.count() == 1
    assert client.post(f"{PAGE}add/", form(mine)).status_code == 302
    assert set(SilencePolicy.objects.values_list("queue", flat=True)) == {mine.pk, other.pk}


def test_the_list_shows_how_many_were_closed_without_a_reaction() -> None:
    line = organisation.common_line()
    SilencePolicy.objects.create(queue=line)
    for reason in ("no_reaction", ""):
        number = dialogues.conversation().pk
        Conversation.objects.filter(pk=number).update(
            state="closed", closed_at=clock.now(), close_reason=reason, closed_by="system"
        )
    client = roles.browser(roles.staff("administrator"))
    page = client.get(PAGE, headers={"Accept-Language": "en"})
    assert page.context["cl"].result_list[0].closings.without_reaction == 1
