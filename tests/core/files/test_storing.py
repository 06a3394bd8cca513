"""A file is kept whole and private, or not at all."""

import errno
import hashlib
import socket
import stat
import struct
import threading
from collections.abc import Iterator
from datetime import timedelta
from io import BytesIO
from pathlib import Path

import pytest
from celery import current_app
from django.core.files.storage import FileSystemStorage
from django.core.files.uploadedfile import SimpleUploadedFile
from kombu.exceptions import OperationalError
from pytest_django.fixtures import DjangoCaptureOnCommitCallbacks, Settings

from apps.core import files, tasks
from apps.core.models import StoredFile
from tests.core.files.conftest import ALL_KINDS, NOW, PDF, Receive, Serve, kept_on_disk, picture

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


class TestReceive:
    def test_the_row_describes_what_is_kept(self, receive: Receive, storage: Path) -> None:
        stored = receive(PDF, "Договор.pdf.exe", uploaded_by="user:5")

        row = StoredFile.objects.get(pk=stored.pk)
        assert (row.name, row.content_type, row.kind) == ("Договор.pdf", "application/pdf", "document")
        assert (row.size, row.sha256) == (len(PDF), hashlib.sha256(PDF).hexdigest())
        assert (row.uploaded_by, row.created_at, row.state) == ("user:5", NOW, "unscanned")
        with files.open_stored(row) as content:
            assert content.read() == PDF

    def test_the_name_on_disk_is_random_and_private(self, receive: Receive, storage: Path) -> None:
        stored = receive(PDF, "../../../etc/passwd")

        (path,) = kept_on_disk(storage)
        assert path.relative_to(storage).as_posix() == stored.path
        assert path.parent == storage / "2026" / "11"
        assert len(path.name) == 36
        assert path.name != str(stored.pk)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700

    def test_a_plain_stream_is_taken_as_well(self, db: None) -> None:
        stored = files.receive(
            BytesIO(PDF), uploaded_by="token:3", allowed_kinds=ALL_KINDS, max_bytes=100, now=NOW, name="a.pdf"
        )

        assert (stored.name, stored.size) == ("a.pdf", len(PDF))

    def test_the_size_is_counted_and_not_believed(self, receive: Receive, storage: Path) -> None:
        class Endless:
            """Never ends and says it is short."""

            name, size, given = "a.txt", 3, 0

            def read(self, amount: int) -> bytes:
                self.given += amount
                return b"x" * amount

        upload = Endless()
        with pytest.raises(files.FileRefused) as refusal:
            files.receive(
                upload, uploaded_by="visitor:9", allowed_kinds=ALL_KINDS, max_bytes=1_000_000, now=NOW
            )

        assert refusal.value.code == "too_large"
        assert upload.given < 1_100_000
        assert kept_on_disk(storage) == []
        assert not StoredFile.objects.exists()

    def test_a_file_of_exactly_the_limit_passes(self, receive: Receive) -> None:
        assert receive(b"x" * 1000, max_bytes=1000).size == 1000
        with pytest.raises(files.FileRefused):
            receive(b"x" * 1001, max_bytes=1000)

    @pytest.mark.parametrize(
        ("content", "allowed", "code"),
        [
            (b"", ALL_KINDS, "empty"),
            (b"MZ\x90\0\x03\0\0\0", ALL_KINDS, "kind_unknown"),
            (b"<svg onload=alert(1)>", ALL_KINDS, "markup"),
            (PDF, {"image"}, "kind_not_allowed"),
            (picture("JPEG"), {"document"}, "kind_not_allowed"),
            (b"PK\x05\x06" + b"\0" * 18, {"image", "document"}, "kind_not_allowed"),
        ],
    )
    def test_a_refusal_keeps_nothing(
        self, content: bytes, allowed: set[str], code: str, receive: Receive, storage: Path
    ) -> None:
        with pytest.raises(files.FileRefused) as refusal:
            receive(content, "photo.jpg", allowed_kinds=allowed)

        assert refusal.value.code == code
        assert str(refusal.value)
        assert not StoredFile.objects.exists()
        assert kept_on_disk(storage) == []

    def test_an_archive_is_never_unpacked(self, receive: Receive, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr("zipfile.ZipFile", None)

        stored = receive(b"PK\x03\x04" + b"\0" * 26 + b"bomb", "x.zip")

        assert (stored.kind, stored.content_type, stored.name) == ("archive", "application/zip", "x.zip")


class TestFullDisk:
    @pytest.fixture
    def full_after(self, monkeypatch: pytest.MonkeyPatch) -> list[int]:
        """Writes of files fail once so many have succeeded; the failing one leaves its bytes behind."""
        room = [0]
        original = FileSystemStorage._save

        def fail(self: FileSystemStorage, name: str, content: object) -> str:
            saved = original(self, name, content)
            room[0] -= 1
            if room[0] < 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return saved

        monkeypatch.setattr(FileSystemStorage, "_save", fail)
        return room

    @pytest.mark.parametrize("writes_that_succeed", [0, 1])
    def test_the_row_says_failed_and_no_half_file_stays(
        self, writes_that_succeed: int, receive: Receive, serve: Serve, storage: Path, full_after: list[int]
    ) -> None:
        full_after[0] = writes_that_succeed

        stored = receive(picture("PNG", (960, 640)), "big.png")

        row = StoredFile.objects.get(pk=stored.pk)
        assert (row.state, row.path, row.thumbnail_path, row.name) == ("failed", "", "", "big.png")
        assert kept_on_disk(storage) == []
        with pytest.raises(files.FileUnavailable) as refusal:
            serve(row)
        assert refusal.value.code == "failed"

    def test_sending_it_again_works(self, receive: Receive, full_after: list[int]) -> None:
        assert receive(PDF).state == "failed"

        full_after[0] = 10
        assert receive(PDF).state == "unscanned"


class Clamd:
    """Speaks clamd's side of INSTREAM: EICAR is a virus, the rest is clean."""

    def __init__(self, listener: socket.socket, reply: bytes | None = None) -> None:
        self.received: list[bytes] = []
        self._reply, self._listener = reply, listener
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection, connection.makefile("rb") as stream:
                self._scan(connection, stream)

    def _scan(self, connection: socket.socket, stream: object) -> None:
        assert stream.read(10) == b"zINSTREAM\0"
        content = b""
        while length := struct.unpack("!L", stream.read(4))[0]:
            content += stream.read(length)
        self.received.append(content)
        found = b"stream: Eicar-Signature FOUND\0" if EICAR in content else b"stream: OK\0"
        connection.sendall(self._reply or found)


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener


@pytest.fixture
def clamd(listener: socket.socket, settings: Settings) -> Clamd:
    settings.CLAMD = f"127.0.0.1:{listener.getsockname()[1]}"
    settings.UNSCANNED_FILES = "refuse"
    return Clamd(listener)


@pytest.fixture
def nobody(settings: Settings) -> None:
    """A scanner that is down."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        settings.CLAMD = f"127.0.0.1:{listener.getsockname()[1]}"
    settings.UNSCANNED_FILES = "refuse"


def state_of(stored: StoredFile) -> str:
    return StoredFile.objects.get(pk=stored.pk).state


class TestScan:
    def test_a_clean_file_becomes_downloadable(self, receive: Receive, serve: Serve, clamd: Clamd) -> None:
        stored = receive(PDF)
        assert state_of(stored) == "received"
        with pytest.raises(files.FileUnavailable) as refusal:
            serve(stored)
        assert refusal.value.code == "scanning"

        assert files.scan(stored.pk, now=NOW) == "clean"

        stored.refresh_from_db()
        assert clamd.received == [PDF]
        assert serve(stored).status_code == 200

    def test_eicar_is_never_served(
        self, receive: Receive, serve: Serve, clamd: Clamd, settings: Settings
    ) -> None:
        stored = receive(EICAR, "eicar.txt")

        assert files.scan(stored.pk, now=NOW) == "infected"

        stored.refresh_from_db()
        settings.UNSCANNED_FILES = "allow"
        with pytest.raises(files.FileUnavailable) as refusal:
            serve(stored)
        assert refusal.value.code == "infected"

    def test_a_second_run_does_not_ask_again(self, receive: Receive, clamd: Clamd) -> None:
        stored = receive(PDF)
        files.scan(stored.pk, now=NOW)

        assert files.scan(stored.pk, now=NOW) is None
        assert len(clamd.received) == 1

    def test_a_large_file_is_sent_in_pieces(self, receive: Receive, clamd: Clamd) -> None:
        stored = receive(b"x" * 300_000)

        files.scan(stored.pk, now=NOW)

        assert clamd.received == [b"x" * 300_000]

    def test_a_unix_socket_is_an_address_too(
        self, receive: Receive, settings: Settings, tmp_path: Path
    ) -> None:
        settings.CLAMD = str(tmp_path / "clamd.ctl")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(settings.CLAMD)
            listener.listen()
            Clamd(listener)
            stored = receive(EICAR)

            assert files.scan(stored.pk, now=NOW) == "infected"

    def test_while_the_scanner_is_down_the_file_waits(self, receive: Receive, nobody: None) -> None:
        stored = receive(PDF)

        with pytest.raises(files.ScannerDown):
            files.scan(stored.pk, now=NOW + timedelta(minutes=59))

        assert state_of(stored) == "received"
        assert files.waiting_for_scan(now=NOW + timedelta(minutes=1)) == [stored.pk]

    def test_after_an_hour_it_is_marked_and_still_not_served(
        self, receive: Receive, serve: Serve, nobody: None
    ) -> None:
        stored = receive(PDF)

        with pytest.raises(files.ScannerDown):
            files.scan(stored.pk, now=NOW + timedelta(hours=1))

        stored.refresh_from_db()
        assert stored.state == "unscanned"
        with pytest.raises(files.FileUnavailable) as refusal:
            serve(stored)
        assert refusal.value.code == "not_scanned"

    def test_a_bank_that_allows_it_serves_unscanned_files_at_once(
        self, receive: Receive, serve: Serve, nobody: None, settings: Settings
    ) -> None:
        settings.UNSCANNED_FILES = "allow"
        stored = receive(PDF)

        with pytest.raises(files.ScannerDown):
            files.scan(stored.pk, now=NOW)

        stored.refresh_from_db()
        assert stored.state == "unscanned"
        assert serve(stored).status_code == 200

    @pytest.mark.parametrize(
        "reply", [b"INSTREAM size limit exceeded. ERROR\0", b"stream: ERROR\0", b"\0", b"OK"]
    )
    def test_an_answer_that_is_no_verdict_is_none(
        self, reply: bytes, receive: Receive, listener: socket.socket, settings: Settings
    ) -> None:
        settings.CLAMD = f"127.0.0.1:{listener.getsockname()[1]}"
        settings.UNSCANNED_FILES = "refuse"
        Clamd(listener, reply)
        stored = receive(PDF)

        with pytest.raises(files.ScannerDown):
            files.scan(stored.pk, now=NOW)

        assert state_of(stored) == "received"

    def test_a_file_whose_content_is_gone_has_failed(
        self, receive: Receive, clamd: Clamd, storage: Path
    ) -> None:
        stored = receive(PDF)
        (storage / stored.path).unlink()

        assert files.scan(stored.pk, now=NOW) == "failed"

    def test_the_scan_is_asked_for_after_the_commit(
        self,
        receive: Receive,
        clamd: Clamd,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        sent: list[tuple[str, dict[str, str]]] = []
        monkeypatch.setattr(current_app, "send_task", lambda name, kwargs: sent.append((name, kwargs)))

        with django_capture_on_commit_callbacks(execute=True):
            stored = receive(PDF)
            assert sent == []

        assert sent == [("apps.core.tasks.scan_file", {"file_id": str(stored.pk)})]
        assert tasks.scan_file.name == "apps.core.tasks.scan_file"

    def test_without_a_broker_the_upload_succeeds_all_the_same(
        self,
        receive: Receive,
        clamd: Clamd,
        monkeypatch: pytest.MonkeyPatch,
        django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
    ) -> None:
        def down(name: str, kwargs: object) -> None:
            raise OperationalError("connection refused")

        monkeypatch.setattr(current_app, "send_task", down)

        with django_capture_on_commit_callbacks(execute=True):
            stored = receive(PDF)

        assert state_of(stored) == "received"

    def test_without_a_scanner_nothing_is_asked(
        self, receive: Receive, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
    ) -> None:
        with django_capture_on_commit_callbacks() as callbacks:
            assert receive(PDF).state == "unscanned"

        assert callbacks == []


class TestTasks:
    def test_the_sweep_scans_what_was_lost(self, receive: Receive, clamd: Clamd) -> None:
        lost = [receive(PDF) for _ in range(3)]
        StoredFile.objects.filter(pk=lost[1].pk).update(state="scanning")

        tasks.scan_waiting()

        assert [state_of(each) for each in lost] == ["clean"] * 3

    def test_the_sweep_leaves_new_files_to_their_task(self, receive: Receive, clamd: Clamd) -> None:
        receive(PDF)

        assert files.waiting_for_scan(now=NOW + timedelta(seconds=9)) == []

    def test_the_sweep_stops_when_the_scanner_is_down(
        self, receive: Receive, nobody: None, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        stored = [receive(PDF), receive(PDF)]
        asked: list[object] = []
        real = files.scan
        monkeypatch.setattr(
            files, "scan", lambda file_id, now: asked.append(file_id) or real(file_id, now=NOW)
        )

        tasks.scan_waiting()

        assert asked == [stored[0].pk]

    def test_a_task_whose_scanner_is_down_ends_quietly(self, receive: Receive, nobody: None) -> None:
        stored = receive(PDF, now=NOW.replace(year=2099))

        tasks.scan_file(file_id=str(stored.pk))

        assert state_of(stored) == "received"


def test_uploads_of_django_and_streams_hash_alike(db: None) -> None:
    options = {"uploaded_by": "user:1", "allowed_kinds": ALL_KINDS, "max_bytes": 1000, "now": NOW}

    assert (
        files.receive(SimpleUploadedFile("a", PDF), **options).sha256
        == files.receive(BytesIO(PDF), **options).sha256
    )
