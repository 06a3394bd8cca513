"""A served file has no power over our pages, and a link works for one person for five minutes."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.http import HttpResponseBase

from apps.core import files
from apps.core.models import StoredFile
from tests.core.files.conftest import NOW, PDF, Receive, Serve, picture

SOUND = b"ID3\x04\0" + bytes(range(251))


def body(response: HttpResponseBase) -> bytes:
    return b"".join(response)


CASES = [
    (picture("JPEG"), "cat.jpg", "image/jpeg", "inline"),
    (picture("GIF"), "cat.gif", "image/gif", "inline"),
    (SOUND, "voice.mp3", "audio/mpeg", "inline"),
    (PDF, "doc.pdf", "application/pdf", "inline"),
    (b"hello", "note.txt", "text/plain", "attachment"),
    (b"a;b", "rows.csv", "text/csv", "attachment"),
    (b"\0\0\0\x20ftypisom\0\0\0\0", "film.mp4", "video/mp4", "attachment"),
    (b"PK\x03\x04" + b"\0" * 30, "all.zip", "application/zip", "attachment"),
    (b"{\\rtf1 hello}", "old.rtf", "application/rtf", "attachment"),
]


class TestHeaders:
    @pytest.mark.parametrize(("content", "name", "content_type", "disposition"), CASES)
    def test_only_what_is_safe_is_shown_in_place(
        self, content: bytes, name: str, content_type: str, disposition: str, receive: Receive, serve: Serve
    ) -> None:
        response = serve(receive(content, name))

        assert response["Content-Type"] == content_type
        assert response["Content-Disposition"] == f'{disposition}; filename="{name}"'

    @pytest.mark.parametrize(("content", "name", "content_type", "disposition"), CASES)
    def test_every_file_is_served_powerless(
        self, content: bytes, name: str, content_type: str, disposition: str, receive: Receive, serve: Serve
    ) -> None:
        response = serve(receive(content, name), as_download=True)

        assert response["Content-Disposition"] == f'attachment; filename="{name}"'
        assert response["X-Content-Type-Options"] == "nosniff"
        assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert response["Cross-Origin-Resource-Policy"] == "same-origin"
        assert response["Cache-Control"] == "private, no-store"

    def test_a_name_in_russian_is_carried_encoded(self, receive: Receive, serve: Serve) -> None:
        response = serve(receive(PDF, "Договор.pdf"))

        assert (
            response["Content-Disposition"]
            == "inline; filename*=utf-8''%D0%94%D0%BE%D0%B3%D0%BE%D0%B2%D0%BE%D1%80.pdf"
        )

    def test_the_content_comes_whole(self, receive: Receive, serve: Serve) -> None:
        content = b"x" * 200_000
        response = serve(receive(content))

        assert response["Content-Length"] == "200000"
        assert body(response) == content

    def test_the_thumbnail_is_served_in_its_own_type(self, receive: Receive, serve: Serve) -> None:
        stored = receive(picture("PNG", (960, 640)))

        response = serve(stored, thumbnail=True)

        assert response["Content-Type"] == "image/webp"
        assert response["Content-Disposition"].startswith("inline")
        assert body(response)[8:12] == b"WEBP"

    def test_a_file_without_thumbnail_is_served_itself(self, receive: Receive, serve: Serve) -> None:
        assert body(serve(receive(PDF), thumbnail=True)) == PDF

    def test_a_missing_content_is_said_so(self, receive: Receive, serve: Serve, storage: Path) -> None:
        stored = receive(PDF)
        (storage / stored.path).unlink()

        with pytest.raises(files.FileUnavailable) as refusal:
            serve(stored)

        assert refusal.value.code == "missing"

    async def test_an_async_server_gets_the_same_bytes(self, serve: Serve) -> None:
        default_storage.save("sound", ContentFile(SOUND * 1000))
        stored = StoredFile(
            name="a.mp3", content_type="audio/mpeg", kind="audio", path="sound", state="clean"
        )

        response = serve(stored)

        chunks: AsyncIterator[bytes] = aiter(response)
        assert b"".join([chunk async for chunk in chunks]) == SOUND * 1000


class TestRanges:
    @pytest.mark.parametrize(
        ("asked", "start", "end"),
        [
            ("bytes=0-0", 0, 1),
            ("bytes=0-", 0, 256),
            ("bytes=10-19", 10, 20),
            ("bytes=250-", 250, 256),
            ("bytes=250-999", 250, 256),
            ("bytes=-6", 250, 256),
            ("bytes=-9999", 0, 256),
        ],
    )
    def test_a_part_of_a_sound_is_served(
        self, asked: str, start: int, end: int, receive: Receive, serve: Serve
    ) -> None:
        response = serve(receive(SOUND), range_header=asked)

        assert body(response) == SOUND[start:end]
        assert response["Content-Length"] == str(end - start)
        if end - start < 256:
            assert (response.status_code, response["Content-Range"]) == (206, f"bytes {start}-{end - 1}/256")
        else:
            assert response.status_code == 200

    @pytest.mark.parametrize("asked", ["bytes=256-", "bytes=999-1000", "bytes=20-10", "bytes=-0"])
    def test_a_part_that_is_not_there_is_416(self, asked: str, receive: Receive, serve: Serve) -> None:
        response = serve(receive(SOUND), range_header=asked)

        assert (response.status_code, response["Content-Range"]) == (416, "bytes */256")
        assert response["Content-Type"] == "application/problem+json"
        problem = json.loads(body(response))
        assert (problem["status"], problem["code"]) == (416, "no_such_part")
        assert problem["detail"]
        assert response["Content-Security-Policy"] == "sandbox; default-src 'none'"

    @pytest.mark.parametrize(
        "asked", ["bytes=-", "bytes=0-1,4-5", "lines=1-2", "x", "bytes=" + "9" * 5000 + "-"]
    )
    def test_what_is_no_range_gets_the_whole(self, asked: str, receive: Receive, serve: Serve) -> None:
        response = serve(receive(SOUND), range_header=asked)

        assert (response.status_code, body(response)) == (200, SOUND)

    def test_other_files_are_not_cut(self, receive: Receive, serve: Serve) -> None:
        response = serve(receive(PDF), range_header="bytes=0-1")

        assert (response.status_code, body(response)) == (200, PDF)


class TestLinks:
    def test_a_link_opens_its_file_for_five_minutes(self) -> None:
        file_id = uuid4()
        token = files.sign_link(file_id, "visitor:9", NOW)

        assert files.check_link(token, "visitor:9", NOW) == file_id
        assert files.check_link(token, "visitor:9", NOW + timedelta(minutes=5)) == file_id
        with pytest.raises(files.BadLink):
            files.check_link(token, "visitor:9", NOW + timedelta(minutes=5, seconds=1))

    @pytest.mark.parametrize("audience", ["visitor:8", "user:9", "visitor:99", ""])
    def test_a_link_of_somebody_else_opens_nothing(self, audience: str) -> None:
        token = files.sign_link(uuid4(), "visitor:9", NOW)

        with pytest.raises(files.BadLink):
            files.check_link(token, audience, NOW)

    def test_a_changed_link_opens_nothing(self) -> None:
        token = files.sign_link(uuid4(), "visitor:9", NOW)
        other, later = uuid4().hex, int((NOW + timedelta(days=1)).timestamp())

        for changed in (
            other + token[32:],
            f"{token[:32]}.{later}:{token.rpartition(':')[2]}",
            token[:-1] + ("A" if token[-1] != "A" else "B"),
            token.rpartition(":")[0],
            "",
            "x",
            ":",
            "\ud800",
        ):
            with pytest.raises(files.BadLink):
                files.check_link(changed, "visitor:9", NOW)

    def test_a_link_does_not_tell_whose_it_is(self) -> None:
        assert "visitor" not in files.sign_link(uuid4(), "visitor:9", NOW)
