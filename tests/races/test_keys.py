"""Row locks and foreign keys: who checks a key never waits for who writes the row, or each would wait for the other."""

from __future__ import annotations

import re
import threading
from pathlib import Path

import pytest
from django.conf import settings
from django.db import transaction

from apps.conversations.services import inbound, lifecycle
from apps.routing.services import dispatch
from tests.factories import dialogues, organisation, people
from tests.factories.people import NOW
from tests.races.crew import at_once

WITHIN_SECONDS = 10


@pytest.mark.django_db(transaction=True)
def test_giving_a_conversation_does_not_wait_for_who_serves_its_customer() -> None:
    """A commit checks keys, the customer's too. Who has him locked goes on to lock the conversation."""
    line = organisation.line(offering="automatic", accept_seconds=0)
    people.operator(lines=(line,))
    identity = dialogues.identity()
    waiting = dialogues.conversation(by=identity, line=line)
    locked, given = threading.Event(), threading.Event()

    def write() -> bool:
        with transaction.atomic():
            inbound.lock_owner(identity)
            locked.set()
            in_time = given.wait(WITHIN_SECONDS)
            lifecycle.lock(waiting.pk)
            return in_time

    def give() -> int:
        assert locked.wait(WITHIN_SECONDS)
        done = dispatch.dispatch(now=NOW)
        given.set()
        return done

    assert at_once(write, give) == [True, 1]


def test_every_row_lock_of_the_product_leaves_the_key_free() -> None:
    found = {
        f"{path.relative_to(settings.BASE_DIR)}: {call}"
        for path in Path(settings.BASE_DIR, "apps").rglob("*.py")
        for call in re.findall(r"select_for_update\([^)]*\)", path.read_text())
        if "no_key=True" not in call
    }
    assert found == set()
