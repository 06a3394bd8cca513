"""Channels in the back office: sites, keys that are never shown, the embed code, the check."""

from __future__ import annotations

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.test import Client
from django.urls import reverse

from apps.channels.models import Channel, ChannelKey, InboundUpdate
from apps.operators.models import Calendar, Queue
from apps.routing.models import ChannelLine, Department
from tests.factories import organisation, people, roles
from tests.factories.people import NOW

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    found = roles.browser(roles.staff("administrator"))
    found.post(reverse("admin:own_language"), {"language": "en"})
    return found


def form(channel: Channel | None = None, **values: object) -> dict[str, object]:
    empty = {
        f"{name}-{count}": 0
        for name in ("keys", "line", "departments")
        for count in ("TOTAL_FORMS", "INITIAL_FORMS")
    }
    return {
        "name": channel.name if channel else "Site",
        "kind": "web",
        "is_active": "on",
        "text_limit": 4000,
        "edit_minutes": 15,
        "visitor_days": 365,
        "sends_letters": "on",
        "letter_gone_seconds": 60,
        "letter_unread_seconds": 120,
        "letter_pause_minutes": 15,
        "accepts_files": "on",
        "asks_rating": "on",
        **empty,
        **values,
    }


def address(channel: Channel, name: str = "change") -> str:
    return reverse(f"admin:support_channels_channel_{name}", args=[channel.pk])


def findings(client: Client, channel: Channel) -> list[tuple[bool | None, str]]:
    answer = client.get(reverse("admin:channel_check", args=[channel.pk])).json()
    return [(each["ok"], each["text"]) for each in answer["findings"]]


def test_sites_are_kept_as_origins(client: Client) -> None:
    channel = organisation.channel()
    sites = "https://Bank.example/loans/\nbank.example\n\nhttp://localhost:8000"
    assert client.post(address(channel), form(channel, allowed_sites=sites)).status_code == 302
    channel.refresh_from_db()
    assert channel.allowed_sites == ["https://bank.example", "http://localhost:8000"]


@pytest.mark.parametrize(
    "site", ["javascript:alert(1)", "https://*.example", "https://bank.example;x", "ftp://bank.example"]
)
def test_an_odd_site_is_refused(client: Client, site: str) -> None:
    channel = organisation.channel()
    assert client.post(address(channel), form(channel, allowed_sites=site)).status_code == 200
    channel.refresh_from_db()
    assert channel.allowed_sites == []


def key_form(channel: Channel, *keys: dict[str, object]) -> dict[str, object]:
    data = form(channel) | {"keys-TOTAL_FORMS": len(keys)}
    for place, key in enumerate(keys):
        data |= {f"keys-{place}-{name}": value for name, value in key.items()}
    return data


def test_a_secret_is_stored_and_never_shown_again(client: Client) -> None:
    channel = organisation.channel()
    secret = "a-secret-of-more-than-thirty-two-bytes-XY9Z"
    client.post(
        address(channel),
        key_form(channel, {"name": "k1", "algorithm": "HS256", "secret": secret, "is_active": "on"}),
    )
    key = ChannelKey.objects.get()
    assert key.secret == secret
    for page in (address(channel), address(channel, "history")):
        shown = client.get(page).content.decode()
        assert secret not in shown
        assert secret[:30] not in shown
    assert "XY9Z" in client.get(address(channel)).content.decode()


def test_an_empty_secret_keeps_the_stored_one(client: Client) -> None:
    channel = organisation.channel()
    key = ChannelKey.objects.create(channel=channel, name="k1", secret="s" * 40)
    data = key_form(
        channel, {"id": key.pk, "name": "k2", "algorithm": "HS256", "secret": "", "is_active": "on"}
    )
    assert client.post(address(channel), data | {"keys-INITIAL_FORMS": 1}).status_code == 302
    kept = ChannelKey.objects.get()
    assert (kept.name, kept.secret, kept.secret_set_at) == ("k2", "s" * 40, key.secret_set_at)


def test_a_replaced_secret_shows_in_history_by_its_moment(client: Client) -> None:
    channel = organisation.channel()
    key = ChannelKey.objects.create(channel=channel, name="k1", secret="s" * 40)
    data = key_form(
        channel, {"id": key.pk, "name": "k1", "algorithm": "HS256", "secret": "n" * 40, "is_active": "on"}
    )
    client.post(address(channel), data | {"keys-INITIAL_FORMS": 1})
    changes = client.get(address(channel, "history")).context["changes"]
    assert [[each.name for each in change.differences] for change in changes if change.label == "update"] == [
        ["Set at"]
    ]
    assert "nnnn" not in client.get(address(channel, "history")).content.decode()


@pytest.mark.parametrize(
    ("algorithm", "secret"), [("HS256", "short"), ("EdDSA", "not a key"), ("EdDSA", "s" * 40)]
)
def test_a_key_that_could_sign_nothing_is_refused(client: Client, algorithm: str, secret: str) -> None:
    channel = organisation.channel()
    key = {"name": "k1", "algorithm": algorithm, "secret": secret, "is_active": "on"}
    assert client.post(address(channel), key_form(channel, key)).status_code == 200
    assert not ChannelKey.objects.exists()


def test_three_keys_are_one_too_many(client: Client) -> None:
    channel = organisation.channel()
    public = (
        Ed25519PrivateKey.generate()
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    )
    keys = [
        {"name": f"k{place}", "algorithm": "EdDSA", "secret": public.decode(), "is_active": "on"}
        for place in range(3)
    ]
    assert client.post(address(channel), key_form(channel, *keys)).status_code == 200
    assert client.post(address(channel), key_form(channel, *keys[:2])).status_code == 302
    assert ChannelKey.objects.count() == 2


def test_the_embed_code_is_text_to_copy_and_runs_nowhere(client: Client) -> None:
    channel = organisation.channel()
    shown = client.get(address(channel)).content.decode()
    assert f'<script async src="http://testserver/widget.js" data-key="{channel.public_key}"' not in shown
    assert f"data-key=&quot;{channel.public_key}&quot;" in shown


def test_a_site_takes_no_webhook_secret_and_keeps_its_kind(client: Client) -> None:
    channel = organisation.channel()
    client.post(address(channel), form(channel, kind="app", webhook_secret="whatever"))
    channel.refresh_from_db()
    assert (channel.kind, channel.webhook_secret) == ("web", "")


def test_the_check_finds_what_is_wrong(client: Client) -> None:
    calendar = Calendar.objects.create(name="Never")
    line = organisation.line("Cards", calendar=calendar)
    channel = organisation.channel(is_active=False, allowed_sites=["https://bank.example", "bank.example"])
    ChannelLine.objects.create(channel=channel, queue=line)
    Department.objects.create(channel=channel, queue=organisation.line("Off", is_active=False))
    people.operator("Анна", lines=(line,))
    ChannelKey.objects.create(channel=channel, name="k1", secret="short")
    assert findings(client, channel) == [
        (False, "The channel is off."),
        (False, "These sites will never match: bank.example"),
        (False, "k1: An HS256 secret has at least 32 bytes."),
        (False, "The line “Cards” is closed and does not open within two months."),
        (False, "The line “Off” is off: the common line takes its conversations."),
    ]


def test_the_check_is_content_with_a_channel_that_works(client: Client) -> None:
    channel = organisation.channel(allowed_sites=["https://bank.example"])
    ChannelKey.objects.create(channel=channel, name="k1", secret="s" * 32)
    people.operator("Анна", lines=(Queue.objects.get(is_default=True),))
    assert [ok for ok, _text in findings(client, channel)] == [True, True, True, True]


def test_the_check_asks_the_provider_of_other_kinds(client: Client) -> None:
    channel = organisation.channel(kind="null")
    assert (True, "The provider answers.") in findings(client, channel)


def test_supervisors_have_no_channels_to_check() -> None:
    channel = organisation.channel()
    supervisor = roles.browser(roles.staff("supervisor", lines=(organisation.line(),)))
    assert supervisor.get(reverse("admin:channel_check", args=[channel.pk])).status_code == 404


def test_raw_words_of_customers_are_not_shown_and_parked_items_are_tried_again(client: Client) -> None:
    channel = organisation.channel(kind="null")
    parked = InboundUpdate.objects.create(
        channel=channel,
        external_id="7",
        body=b'{"text": "4111 1111"}',
        headers="{}",
        state="parked",
        error="Boom",
        received_at=NOW,
    )
    listed = reverse("admin:support_channels_inboundupdate_changelist")
    page = reverse("admin:support_channels_inboundupdate_change", args=[parked.pk])
    assert "4111" not in client.get(page).content.decode()
    auditor = roles.browser(roles.staff("auditor"))
    auditor.post(listed, {"action": "try_again", "_selected_action": [parked.pk]})
    parked.refresh_from_db()
    assert parked.state == "parked"
    client.post(listed, {"action": "try_again", "_selected_action": [parked.pk]})
    parked.refresh_from_db()
    assert (parked.state, parked.attempts) == ("pending", 0)
