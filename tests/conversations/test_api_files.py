"""REST: files go up with the token's authority and come down to who may read their conversation."""

from __future__ import annotations

import uuid
from io import BytesIO

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from apps.core.models import StoredFile
from tests.api import Integration, codes
from tests.factories import dialogues, organisation

pytestmark = pytest.mark.django_db


def picture(name: str = "card.png") -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (8, 6), "red").save(content, "PNG")
    return SimpleUploadedFile(name, content.getvalue(), "image/png")


def test_file_is_uploaded_sent_and_fetched_by_who_may_read_it() -> None:
    mine, other = organisation.line(), organisation.line()
    conversation = dialogues.conversation(line=mine)
    crm, stranger = Integration(lines=[mine]), Integration(lines=[other])
    uploaded = crm.upload(picture())
    assert uploaded.status_code == 201
    file_id = uploaded.json()["id"]
    assert stranger.get(f"attachments/{file_id}/").status_code == 404
    sent = crm.post(f"conversations/{conversation.pk}/messages/", {"files": [file_id]})
    assert [each["id"] for each in sent.json()["files"]] == [file_id]
    content = crm.get(f"attachments/{file_id}/content/")
    assert content.status_code == 200
    assert content["Content-Disposition"].startswith("attachment")
    assert content["X-Content-Type-Options"] == "nosniff"
    assert b"".join(content.streaming_content).startswith(b"\x89PNG")
    for path in (f"attachments/{file_id}/", f"attachments/{file_id}/content/"):
        assert stranger.get(path).json() == stranger.get(path.replace(file_id, str(uuid.uuid4()))).json()


def test_file_of_another_token_cannot_be_sent() -> None:
    conversation = dialogues.conversation()
    file_id = Integration().upload(picture()).json()["id"]
    answer = Integration().post(f"conversations/{conversation.pk}/messages/", {"files": [file_id]})
    assert codes(answer) == (400, "file_missing")
    assert conversation.messages.count() == 1


def test_upload_repeated_under_its_key_is_kept_once() -> None:
    crm = Integration()
    first, again = (crm.upload(picture(), key="upload-0001") for _try in range(2))
    assert first.json() == again.json()
    assert StoredFile.objects.count() == 1
    other = crm.upload(SimpleUploadedFile("a.txt", b"other words", "text/plain"), key="upload-0001")
    assert codes(other) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("x.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "markup"),
        ("x.jpg", b"<html><script>alert(1)</script>", "markup"),
        ("x.bin", b"\x00\x01\x02\x03" * 20, "kind_unknown"),
        ("x.txt", b"", "empty"),
    ],
)
def test_forbidden_files_are_refused_and_not_kept(name: str, content: bytes, code: str) -> None:
    answer = Integration().upload(SimpleUploadedFile(name, content, "image/png"))
    assert codes(answer) == (400, code)
    assert not StoredFile.objects.exists()


def test_upload_without_a_file_or_as_json_is_refused() -> None:
    crm = Integration()
    assert codes(crm.upload("just words")) == (400, "invalid")
    assert crm.post("attachments/", {"file": "x"}).status_code == 415
    assert not StoredFile.objects.exists()
