"""Customers of a living demo come by the same door as the bank's own."""

from __future__ import annotations

import pytest
from django.utils import timezone

from apps.analytics.replay.guests import signature_of
from apps.channels.models import ChannelKey
from apps.channels.services import signed
from tests.factories import organisation

pytestmark = pytest.mark.django_db


def test_a_guest_is_vouched_for_as_the_bank_would_do_it() -> None:
    channel = organisation.channel()
    ChannelKey.objects.create(channel=channel, name="k1", secret="s" * 48)
    signature = signature_of(channel)
    assert signature is not None
    customer = signed.verify(channel, signature.of("Нина Белова", 6), now=timezone.now())
    assert (customer.bank_id, customer.name) == ("live-6", "Нина Белова")


def test_nobody_is_vouched_for_where_the_bank_has_no_shared_secret() -> None:
    channel = organisation.channel()
    ChannelKey.objects.create(channel=channel, name="off", secret="s" * 48, is_active=False)
    assert signature_of(channel) is None
