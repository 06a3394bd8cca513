"""Signed tokens that were used, and how long they are remembered."""

from __future__ import annotations

from datetime import timedelta

import pytest

from apps.channels.models import UsedToken
from apps.channels.services import signed
from tests.factories import organisation
from tests.factories.people import NOW


@pytest.mark.django_db
def test_a_used_token_is_remembered_while_it_could_be_valid_and_no_longer() -> None:
    channel = organisation.channel()
    for jti, seconds in (("over", -1), ("just", 0), ("still", 60)):
        UsedToken.objects.create(channel=channel, jti=jti, expires_at=NOW + timedelta(seconds=seconds))
    assert signed.forget_used(now=NOW) == 1
    assert set(UsedToken.objects.values_list("jti", flat=True)) == {"just", "still"}
