"""The widget as browsers load it: headers, caching, who may frame it, and releases that never change."""

from __future__ import annotations

import base64
import gzip
import hashlib
import json
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.http import HttpResponse
from django.test import Client

from apps.channels.models import Channel
from apps.core.models import Brand
from tests.factories import organisation

WIDGET = Path(settings.BASE_DIR) / "static" / "widget"
RELEASES = sorted((WIDGET / "releases").glob("*.js"))


def directives(response: HttpResponse) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response["Content-Security-Policy"].split(";"))
    return {name: value for name, _space, value in parts}


def config_of(response: HttpResponse) -> dict[str, Any]:
    found = re.search(
        r'<script id="config" type="application/json">(.*?)</script>', response.content.decode()
    )
    assert found is not None
    return json.loads(found[1])


def test_loader_is_kept_for_minutes_and_may_be_loaded_by_any_site(client: Client) -> None:
    response = client.get("/widget.js")
    assert response.content == (WIDGET / "widget.js").read_bytes()
    assert response["Content-Type"] == "text/javascript; charset=utf-8"
    assert response["Cache-Control"] == "public, max-age=600"
    assert response["Access-Control-Allow-Origin"] == "*"
    assert response["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert not response.cookies


def test_loader_is_sent_packed_to_those_who_take_it(client: Client) -> None:
    response = client.get("/widget.js", headers={"Accept-Encoding": "gzip, br"})
    assert response["Content-Encoding"] == "gzip"
    assert gzip.decompress(response.content) == (WIDGET / "widget.js").read_bytes()


def test_loader_that_has_not_changed_is_not_sent_again(client: Client) -> None:
    etag = client.get("/widget.js")["ETag"]
    assert client.get("/widget.js", headers={"If-None-Match": etag}).status_code == 304


def test_release_stays_for_ever(client: Client) -> None:
    response = client.get("/widget/1.0.0.js")
    assert response.status_code == 200
    assert response["Cache-Control"] == "public, max-age=31536000, immutable"


@pytest.mark.django_db
@pytest.mark.parametrize("version", ["9.9.9", "..", "1.0.0%2f..%2fwidget", "app", "1.0"])
def test_only_releases_are_found_by_version(client: Client, version: str) -> None:
    assert client.get(f"/widget/{version}.js").status_code == 404


def test_installed_loader_is_a_release() -> None:
    source = (WIDGET / "widget.js").read_text()
    version = re.search(r"const VERSION = '([^']+)'", source)
    assert version is not None
    assert source.startswith(f"/*! Otklik widget loader {version[1]}.")
    assert (WIDGET / "releases" / f"{version[1]}.js").read_text() == source, (
        "raise VERSION and add the release"
    )


@pytest.mark.parametrize("release", RELEASES, ids=lambda path: path.name)
def test_documented_hash_is_the_release_s_own(release: Path) -> None:
    digest = base64.b64encode(hashlib.sha384(release.read_bytes()).digest()).decode()
    page = (Path(settings.BASE_DIR) / "docs" / "widget.md").read_text()
    assert f"| `/widget/{release.name}` | `sha384-{digest}` |" in page


@pytest.mark.django_db
def test_frame_may_be_shown_by_the_channel_s_sites_only(client: Client) -> None:
    channel = organisation.channel(allowed_sites=["https://www.bank.example", "http://localhost:8000"])
    response = client.get(f"/widget/{channel.public_key}/")
    assert directives(response)["frame-ancestors"] == "https://www.bank.example http://localhost:8000"
    assert "X-Frame-Options" not in response
    assert config_of(response)["sites"] == ["https://www.bank.example", "http://localhost:8000"]


@pytest.mark.django_db
def test_site_that_would_change_the_policy_admits_nobody(client: Client) -> None:
    channel = organisation.channel(allowed_sites=["https://a.example; script-src *", "*"])
    policy = directives(client.get(f"/widget/{channel.public_key}/"))
    assert policy["frame-ancestors"] == "'none'"
    assert "*" not in policy["script-src"]


@pytest.mark.django_db
def test_frame_forbids_markup_and_foreign_connections(client: Client) -> None:
    channel = organisation.channel()
    policy = directives(client.get(f"/widget/{channel.public_key}/"))
    assert policy["require-trusted-types-for"] == "'script'"
    assert policy["trusted-types"] == "'none'"
    assert policy["connect-src"] == "'self' ws://testserver"
    assert "unsafe" not in " ".join(policy.values())


@pytest.mark.django_db
def test_frame_is_never_cached_and_tells_nobody_where_it_is(client: Client) -> None:
    channel = organisation.channel()
    response = client.get(f"/widget/{channel.public_key}/")
    assert "no-store" in response["Cache-Control"]
    assert response["Referrer-Policy"] == "no-referrer"
    assert not response.cookies


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("asked", "shown"), [("en", "Meridian Bank"), ("ru", "Банк Меридиан"), ("xx", "Банк Меридиан")]
)
def test_frame_speaks_the_language_asked_for(client: Client, asked: str, shown: str) -> None:
    channel = organisation.channel(title_ru="Банк Меридиан", title_en="Meridian Bank")
    response = client.get(f"/widget/{channel.public_key}/?lang={asked}")
    assert f"<title>{shown}</title>" in response.content.decode()


@pytest.mark.django_db
def test_frame_takes_the_bank_s_colour_unless_the_channel_has_its_own(client: Client) -> None:
    Brand.objects.update_or_create(pk=1, defaults={"accent": "#112233"})
    channel = organisation.channel()
    assert config_of(client.get(f"/widget/{channel.public_key}/"))["colour"] == "#112233"
    Channel.objects.filter(pk=channel.pk).update(accent="#445566")
    assert config_of(client.get(f"/widget/{channel.public_key}/"))["colour"] == "#445566"


@pytest.mark.django_db
@pytest.mark.parametrize("theme", ['evil" onload=alert(1)', "blue", ""])
def test_unknown_theme_is_left_out(client: Client, theme: str) -> None:
    channel = organisation.channel()
    assert "data-theme" not in client.get(f"/widget/{channel.public_key}/", {"theme": theme}).content.decode()


@pytest.mark.django_db
def test_title_cannot_leave_the_page_s_data(client: Client) -> None:
    channel = organisation.channel(title_ru="</script><script>alert(1)</script>", title_en="")
    response = client.get(f"/widget/{channel.public_key}/?lang=ru")
    assert "<script>alert" not in response.content.decode()
    assert config_of(response)["name"] == "</script><script>alert(1)</script>"


@pytest.mark.django_db
def test_channel_that_is_off_and_one_that_never_was_look_alike(client: Client) -> None:
    keys = (organisation.channel(is_active=False).public_key, "no-such-key")
    answers = [client.get(f"/widget/{key}/") for key in keys]
    assert [answer.status_code for answer in answers] == [404, 404]
    # What the asker said himself and what is new in every answer aside.
    varying = re.compile(r'(nonce|csrfmiddlewaretoken" value)="[^"]+"')
    same, other = (
        varying.sub("", answer.content.decode().replace(key, ""))
        for key, answer in zip(keys, answers, strict=True)
    )
    assert same == other
