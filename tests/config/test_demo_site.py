"""The demo bank's site: what it shows, and the tokens it signs."""

from __future__ import annotations

from datetime import UTC, datetime

import jwt
import pytest
from django.conf import settings
from django.test import Client

from apps.channels.models import ChannelKey
from apps.channels.services import signed
from config.demo.people import PEOPLE, signed_token
from tests.factories import organisation

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
demo_urls = pytest.mark.urls("tests.browser.urls")


@pytest.mark.django_db
def test_site_is_not_served_unless_it_is_asked_for(client: Client) -> None:
    assert settings.DEMO_SITE is False
    assert client.get("/demo/token/").status_code == 404


@demo_urls
@pytest.mark.django_db
def test_front_page_embeds_the_widget_of_the_first_site(client: Client) -> None:
    channel = organisation.channel()
    organisation.channel()
    page = client.get("/").content.decode()
    assert f'data-key="{channel.public_key}"' in page
    assert "data-token" not in page


@demo_urls
@pytest.mark.django_db
def test_without_a_channel_the_page_says_what_to_do(client: Client) -> None:
    page = client.get("/").content.decode()
    assert "data-key" not in page
    assert 'role="alert"' in page


@demo_urls
@pytest.mark.django_db
def test_who_signs_in_is_vouched_for_until_he_signs_out(client: Client) -> None:
    channel = organisation.channel()
    ChannelKey.objects.create(channel=channel, name="demo", secret="k" * 40)
    assert client.get("/demo/token/").status_code == 404
    client.post("/demo/sign-in/", {"person": "maria"})
    token = client.get("/demo/token/").json()["jwt"]
    claims = jwt.decode(token, "k" * 40, algorithms=["HS256"], audience=channel.public_key)
    assert (claims["sub"], claims["name"]) == ("MB-204817", "Мария Лебедева")
    client.post("/demo/sign-out/")
    assert client.get("/demo/token/").status_code == 404


@demo_urls
@pytest.mark.django_db
def test_nobody_signs_in_as_somebody_else_than_the_list_has(client: Client) -> None:
    client.post("/demo/sign-in/", {"person": "admin"})
    assert client.get("/demo/token/").status_code == 404


@pytest.mark.django_db
@pytest.mark.parametrize("person", PEOPLE.values(), ids=PEOPLE)
def test_signed_token_is_what_the_chat_accepts_once(person: object) -> None:
    channel = organisation.channel()
    ChannelKey.objects.create(channel=channel, name="demo", secret="k" * 40)
    token = signed_token(channel, person, now=NOW)
    assert signed.verify(channel, token, now=NOW).bank_id == person.bank_id
    with pytest.raises(signed.SignatureRefused):
        signed.verify(channel, token, now=NOW)
