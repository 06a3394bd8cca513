"""Who serves a line outside, on its page: chosen among integrations, told in words, and not for single lines."""

from __future__ import annotations

import pytest
from django.contrib.messages import get_messages
from django.test import Client

from apps.core import clock
from apps.core.actors import SYSTEM
from apps.core.models import User, WebhookSubscription
from apps.core.services import tokens
from apps.operators.models import Queue
from apps.routing.services import publishing
from apps.routing.subscribers import PUBLISHED
from tests.api import Integration
from tests.factories import organisation, roles
from tests.factories.people import NOW
from tests.operators.test_admin_lines import announced
from tests.operators.test_admin_reach import page, queue_form

pytestmark = pytest.mark.django_db


def browser(role: str, *lines: Queue) -> Client:
    account = roles.staff(role, lines=lines)
    User.objects.filter(pk=account.pk).update(language="en")
    account.refresh_from_db()
    return roles.browser(account)


@pytest.fixture
def cards() -> Queue:
    return organisation.line("Cards", accept_seconds=45)


def test_it_is_chosen_among_integrations_announced_published_and_told(cards: Queue) -> None:
    partner, client = Integration(), browser("administrator")
    publishing.publish(actor=SYSTEM, now=NOW)
    shown = client.get(page("queue_change", cards.pk)).content.decode()
    assert f'<option value="{partner.user.pk}">{partner.token.name}</option>' in shown
    assert partner.user.username not in shown
    form = queue_form(cards, outside=partner.user.pk)
    answer = client.post(page("queue_change", cards.pk), form)
    assert answer.status_code == 302, answer.context["adminform"].form.errors
    assert announced("queue.changed") == [{"queue": cards.pk, "fields": ["outside"]}]
    assert "outside" in PUBLISHED
    publishing.publish_if_at_once(actor=SYSTEM, now=NOW)
    assert publishing.current(now=NOW).terms_of(cards.pk).outside_id == partner.user.pk
    told = client.get(page("queue_change", cards.pk)).content.decode()
    assert f"“{partner.token.name}” answers outside: it has 45 seconds to accept" in told
    assert partner.token.name in client.get(page("queue_changelist")).content.decode()


def test_what_keeps_the_partner_from_serving_is_told(cards: Queue) -> None:
    partner, client = Integration(), browser("administrator")
    form = queue_form(cards, outside=partner.user.pk)
    answer = client.post(page("queue_change", cards.pk), form)
    warnings = [str(each) for each in get_messages(answer.wsgi_request)]
    assert any("has no webhook for “offer.made”" in each for each in warnings)
    assert "has no webhook" in client.get(page("queue_change", cards.pk)).content.decode()
    WebhookSubscription.objects.create(
        name="x", url="https://x.example/", kinds=["offer.made"], token=partner.token, secret="s"
    )
    assert "has no webhook" not in client.get(page("queue_change", cards.pk)).content.decode()
    tokens.revoke(partner.token, now=clock.now())
    assert "does not work" in client.get(page("queue_change", cards.pk)).content.decode()


@pytest.mark.parametrize(
    ("values", "said"),
    [({"is_default": "on"}, "served here"), ({"accept_seconds": 0}, "name the seconds he has")],
)
def test_a_line_that_could_not_give_back_is_refused(
    cards: Queue, values: dict[str, object], said: str
) -> None:
    form = queue_form(cards, outside=Integration().user.pk, **values)
    answer = browser("administrator").post(page("queue_change", cards.pk), form)
    assert said in str(answer.context["adminform"].form.errors)
    cards.refresh_from_db()
    assert (cards.outside_id, cards.accept_seconds) == (None, 45)


def test_people_are_no_applications_and_single_lines_have_no_say(cards: Queue) -> None:
    person = roles.staff("operator")
    answer = browser("administrator").post(
        page("queue_change", cards.pk), queue_form(cards, outside=person.pk)
    )
    assert "outside" in answer.context["adminform"].form.errors
    partner = Integration()
    supervisor = browser("supervisor", cards)
    supervisor.post(page("queue_change", cards.pk), queue_form(cards, outside=partner.user.pk))
    cards.refresh_from_db()
    assert cards.outside_id is None
