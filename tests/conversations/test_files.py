"""Files go up with the sender's authority and come down with the reader's, asked at that moment."""

from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from apps.channels.models import Channel, Visitor
from apps.channels.services import visitors
from apps.conversations.models import Message
from apps.conversations.services import changes, inbound
from apps.core import clock
from apps.core.errors import Invalid
from apps.core.models import Brand, StoredFile
from tests.factories import dialogues, organisation, people

pytestmark = pytest.mark.django_db


@pytest.fixture
def channel() -> Channel:
    return organisation.channel(visitor_days=30)


def visitor(channel: Channel) -> tuple[Visitor, str]:
    return visitors.admit(channel, around=visitors.Surroundings(), now=clock.now())


def picture() -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (40, 30), "navy").save(content, "PNG")
    return SimpleUploadedFile("снимок.png", content.getvalue(), content_type="image/png")


def upload(channel: Channel, token: str, file: Any) -> Any:
    return Client().post(
        f"/widget/{channel.public_key}/files/", {"file": file}, headers={"Authorization": f"Bearer {token}"}
    )


def got(url: str, client: Client | None = None, **options: Any) -> Any:
    """The answer, read to its end so that the file behind it is closed."""
    response = (client or Client()).get(url, **options)
    if response.streaming:
        list(response)
    return response


def fetch(channel: Channel, token: str, file_id: str) -> Any:
    return got(f"/widget/{channel.public_key}/files/{file_id}/", headers={"Authorization": f"Bearer {token}"})


def sent_file(channel: Channel, guest: Visitor, token: str) -> tuple[str, Message]:
    """A picture that the visitor uploaded and sent."""
    file_id = upload(channel, token, picture()).json()["id"]
    address = inbound.Address(channel_id=channel.pk, external_id=guest.external_id)
    stored = inbound.receive(
        inbound.identify(address, now=clock.now()),
        text="",
        client_id="with-a-file",
        now=clock.now(),
        files=[uuid.UUID(file_id)],
        uploaded_by=f"visitor:{guest.pk}",
    )
    return file_id, Message.objects.get(pk=stored.message_id)


def test_an_upload_is_described_and_can_be_fetched_back_by_its_giver(channel: Channel) -> None:
    _guest, token = visitor(channel)
    answer = upload(channel, token, picture())
    assert answer.status_code == 201
    assert (answer.json()["kind"], answer.json()["width"], answer.json()["height"]) == ("image", 40, 30)
    fetched = fetch(channel, token, answer.json()["id"])
    assert fetched.status_code == 200
    assert fetched["X-Content-Type-Options"] == "nosniff"
    assert fetched["Content-Security-Policy"] == "sandbox; default-src 'none'"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "markup"),
        ("a.html", b"<!doctype html><script>alert(1)</script>", "markup"),
        ("a.exe", b"MZ\x90\x00", "kind_unknown"),
        ("a.jpg", b"\xff\xd8\xff\xe0<html><script>alert(1)</script>", "broken_image"),
        ("a.txt", b"", "empty"),
    ],
)
def test_a_forbidden_upload_is_refused_with_a_reason_and_nothing_is_kept(
    channel: Channel, name: str, content: bytes, code: str
) -> None:
    _guest, token = visitor(channel)
    answer = upload(channel, token, SimpleUploadedFile(name, content))
    assert answer.status_code == 400
    assert answer.json()["code"] == code
    assert answer.json()["text"]
    assert not StoredFile.objects.exists()


def test_an_upload_without_a_token_or_with_a_foreign_one_is_refused(channel: Channel) -> None:
    other = organisation.channel()
    _guest, token = visitor(other)
    assert upload(channel, token, picture()).status_code == 401
    assert upload(channel, "nonsense", picture()).status_code == 401
    assert not StoredFile.objects.exists()


def test_the_thirty_first_file_of_a_minute_is_refused_and_a_neighbour_goes_on(channel: Channel) -> None:
    cache.clear()
    mine, neighbours = visitor(channel)[1], visitor(channel)[1]
    first = [upload(channel, mine, picture()).status_code for _file in range(30)]
    refused = upload(channel, mine, picture())
    assert first == [201] * 30
    assert (refused.status_code, refused.json()["code"]) == (429, "rate_limited")
    assert refused.json()["text"]
    assert StoredFile.objects.count() == 30
    assert upload(channel, neighbours, picture()).status_code == 201
    cache.clear()


def test_a_channel_that_takes_no_files_says_so(channel: Channel) -> None:
    Channel.objects.update(accepts_files=False)
    _guest, token = visitor(channel)
    answer = upload(channel, token, picture())
    assert (answer.status_code, answer.json()["code"]) == (403, "no_files")


def test_another_visitor_gets_404_for_a_file_that_was_sent(channel: Channel) -> None:
    guest, token = visitor(channel)
    _stranger, strange_token = visitor(channel)
    file_id, _message = sent_file(channel, guest, token)
    assert fetch(channel, token, file_id).status_code == 200
    assert fetch(channel, strange_token, file_id).status_code == 404


def test_a_file_of_a_deleted_message_is_gone_for_everybody(channel: Channel) -> None:
    guest, token = visitor(channel)
    file_id, message = sent_file(channel, guest, token)
    assert message.identity
    changes.change_own(message.identity, message.pk, text=None, now=clock.now())
    assert fetch(channel, token, file_id).status_code == 404


def test_staff_fetch_files_of_their_lines_only(channel: Channel) -> None:
    guest, token = visitor(channel)
    file_id, message = sent_file(channel, guest, token)
    mine = people.operator(lines=(message.conversation.line,))
    stranger = people.operator(lines=(organisation.line(),))
    for someone, status in ((mine, 200), (stranger, 404)):
        client = Client()
        client.force_login(someone.user, backend="django.contrib.auth.backends.ModelBackend")
        assert got(f"/workspace/files/{file_id}/", client).status_code == status
    assert got(f"/workspace/files/{file_id}/").status_code == 302


def test_somebody_elses_upload_cannot_be_attached(channel: Channel) -> None:
    _guest, token = visitor(channel)
    file_id = upload(channel, token, picture()).json()["id"]
    thief = dialogues.identity(channel)
    with pytest.raises(Invalid):
        inbound.receive(
            thief,
            text="",
            client_id="stolen-file",
            now=clock.now(),
            files=[uuid.UUID(file_id)],
            uploaded_by="visitor:0",
        )
    assert not Message.objects.exists()


def test_a_link_opens_for_five_minutes_and_asks_again_who_may(channel: Channel) -> None:
    guest, token = visitor(channel)
    file_id, message = sent_file(channel, guest, token)
    answer = Client().post(
        f"/widget/{channel.public_key}/files/{file_id}/link/", headers={"Authorization": f"Bearer {token}"}
    )
    url = answer.json()["url"]
    assert got(url).status_code == 200
    assert got(url.replace(f"/{guest.pk}/", f"/{guest.pk + 1}/")).status_code == 404
    assert message.identity
    changes.change_own(message.identity, message.pk, text=None, now=clock.now())
    assert got(url).status_code == 404


def test_only_the_logo_and_operators_pictures_are_public(channel: Channel) -> None:
    guest, token = visitor(channel)
    file_id, _message = sent_file(channel, guest, token)
    assert got(f"/widget/pictures/{file_id}/").status_code == 404
    logo = StoredFile.objects.get(pk=upload(channel, token, picture()).json()["id"])
    Brand.objects.update_or_create(pk=1, defaults={"logo": logo})
    assert got(f"/widget/pictures/{logo.pk}/").status_code == 200
