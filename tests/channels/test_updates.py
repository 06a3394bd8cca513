"""The ledger of raw updates."""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from apps.channels.models import Channel, InboundUpdate
from apps.channels.services import updates
from apps.core.actors import SYSTEM
from apps.core.errors import Conflict
from apps.core.models import Event
from tests.adapters import null
from tests.factories import organisation
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return organisation.channel(kind="null", webhook_secret=null.SECRET)


def post(channel: Channel, body: bytes, **headers: str) -> Any:
    signed = {null.SIGNATURE: null.signature(body), **headers}
    return Client().post(
        f"/hooks/{channel.public_key}/", body, content_type="application/json", headers=signed
    )


def test_a_request_is_stored_as_it_came_and_encrypted(channel: Channel) -> None:
    body = null.request(null.message("7", "где карта?"))
    answer = post(channel, body, **{"X-Provider": "left\u00fc"})
    assert answer.status_code == 200
    stored = InboundUpdate.objects.get()
    assert (stored.external_id, stored.state) == ("7", "pending")
    assert json.loads(bytes(stored.body)) == null.message("7", "где карта?")
    assert json.loads(stored.headers)["X-Provider"] == "left\u00fc"
    with connection.cursor() as cursor:
        cursor.execute("SELECT body, headers FROM support_channels_inboundupdate")
        kept, headers = cursor.fetchone()
    assert "карта".encode() not in bytes(kept)
    assert "X-Provider" not in headers


def test_updates_of_one_request_keep_their_order(channel: Channel) -> None:
    post(channel, null.request(*(null.message(str(number), "a") for number in (9, 3, 5))))
    assert list(InboundUpdate.objects.order_by("pk").values_list("external_id", flat=True)) == ["9", "3", "5"]


def test_a_known_update_is_skipped_also_within_one_request_and_a_day_later(channel: Channel) -> None:
    first, second = null.message("1", "раз"), null.message("2", "два")
    assert post(channel, null.request(first, first)).status_code == 200
    assert post(channel, null.request(first, second)).status_code == 200
    accepted = updates.accept_updates(
        channel,
        headers={null.SIGNATURE: null.signature(null.request(first))},
        body=null.request(first),
        now=NOW + timedelta(days=1),
    )
    assert accepted == (0, 1)
    assert InboundUpdate.objects.count() == 2
    assert [e.details["count"] for e in Event.objects.filter(kind="updates.accepted")] == [1, 1]


def test_the_same_number_in_another_channel_is_another_update(channel: Channel) -> None:
    other = organisation.channel(kind="null", webhook_secret=null.SECRET)
    for each in (channel, other):
        assert post(each, null.request(null.message("1", "раз"))).status_code == 200
    assert InboundUpdate.objects.count() == 2


@pytest.mark.parametrize(
    "body", [b"", b"not json", b"[]", b'{"updates": 5}', b'{"updates": [{}]}', b"\xff\x00"]
)
def test_a_body_that_cannot_be_cut_is_kept_whole_and_parked(channel: Channel, body: bytes) -> None:
    assert post(channel, body).status_code == 200
    stored = InboundUpdate.objects.get()
    assert (bytes(stored.body), stored.state) == (body, "parked")
    assert "Error" in stored.error


def test_deep_nesting_is_parked_and_not_a_500(channel: Channel) -> None:
    assert post(channel, b"[" * 200_000).status_code == 200
    assert InboundUpdate.objects.get().state == "parked"


def test_a_long_or_odd_number_of_the_provider_is_kept_as_its_digest(channel: Channel) -> None:
    for number in ("x" * 300, "a\0b", ""):
        assert post(channel, null.request({"id": number})).status_code == 200
    ids = InboundUpdate.objects.values_list("external_id", flat=True)
    assert len(ids) == 3
    assert all(each.startswith("sha256:") for each in ids)


@pytest.mark.parametrize("header", ["", "wrong", "Ж"])
def test_a_forged_request_gets_403_without_a_word_and_is_not_stored(channel: Channel, header: str) -> None:
    answer = post(channel, null.request(null.message("1", "раз")), **{null.SIGNATURE: header})
    assert (answer.status_code, answer.content) == (403, b"")
    assert not InboundUpdate.objects.exists()


def test_a_channel_without_a_secret_takes_nothing_even_when_signed_with_nothing() -> None:
    channel = organisation.channel(kind="null")
    body = null.request(null.message("1", "раз"))
    answer = post(channel, body, **{null.SIGNATURE: null.signature(body, "")})
    assert answer.status_code == 403
    assert not InboundUpdate.objects.exists()


def test_unknown_switched_off_and_own_socket_channels_are_404(channel: Channel) -> None:
    body = null.request(null.message("1", "раз"))
    Channel.objects.filter(pk=channel.pk).update(is_active=False)
    site = organisation.channel(kind="web", webhook_secret=null.SECRET)
    for key in (channel.public_key, site.public_key, "nowhere"):
        answer = Client().post(
            f"/hooks/{key}/",
            body,
            content_type="application/json",
            headers={null.SIGNATURE: null.signature(body)},
        )
        assert (answer.status_code, answer.content) == (404, b"")
    assert not InboundUpdate.objects.exists()


def test_a_body_over_the_limit_is_413(channel: Channel, settings: Any) -> None:
    settings.WEBHOOK_MAX_BYTES = 1000
    assert post(channel, b"x" * 1001).status_code == 413
    assert not InboundUpdate.objects.exists()
    assert post(channel, b"x" * 1000).status_code == 200


def test_a_parked_whole_body_is_cut_when_it_is_replayed(channel: Channel, monkeypatch: Any) -> None:
    body = null.request(null.message("1", "раз"), null.message("2", "два"))
    with monkeypatch.context() as patch:
        patch.setattr(null.BlindAdapter, "split", lambda self, body: 1 / 0)
        post(channel, body)
    parked = InboundUpdate.objects.get()
    updates.replay(parked.pk, actor=SYSTEM, now=NOW)
    found = InboundUpdate.objects.order_by("pk").values_list("external_id", "state")
    assert list(found)[1:] == [("1", "pending"), ("2", "pending")]
    parked.refresh_from_db()
    assert parked.state == "done"


def test_what_is_not_parked_cannot_be_replayed(channel: Channel) -> None:
    post(channel, null.request(null.message("1", "раз")))
    with pytest.raises(Conflict):
        updates.replay(InboundUpdate.objects.get().pk, actor=SYSTEM, now=NOW)


def test_old_bodies_are_forgotten_in_batches_and_what_waits_stays(
    channel: Channel, settings: Any, monkeypatch: Any
) -> None:
    settings.RAW_UPDATE_DAYS = 30
    monkeypatch.setattr(updates, "RETENTION_BATCH", 2)
    for number, state in enumerate(["done", "done", "done", "parked", "pending", "done"]):
        InboundUpdate.objects.create(
            channel=channel, external_id=str(number), body=b"x", state=state, received_at=NOW
        )
    InboundUpdate.objects.filter(external_id="5").update(received_at=NOW + timedelta(days=1))
    assert updates.forget_old(now=NOW + timedelta(days=30, seconds=1)) == 4
    assert set(InboundUpdate.objects.values_list("external_id", flat=True)) == {"4", "5"}
