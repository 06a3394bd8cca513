"""A storage of this test alone, and ways to make uploads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpResponseBase
from PIL import Image
from pytest_django.fixtures import Settings

from apps.core import files
from apps.core.models import StoredFile

NOW = datetime(2026, 11, 20, 9, 0, tzinfo=UTC)
ALL_KINDS = frozenset(StoredFile.Kind.values)
PDF = b"%PDF-1.7\n1 0 obj\n<< /Type /Catalog >>\nendobj\n%%EOF\n"

Receive = Callable[..., StoredFile]
Serve = Callable[..., HttpResponseBase]


@pytest.fixture(autouse=True)
def storage(settings: Settings, tmp_path: Path) -> Path:
    """The folder where files of this test are kept."""
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {
            **settings.STORAGES["default"],
            "OPTIONS": {**settings.STORAGES["default"]["OPTIONS"], "location": str(tmp_path / "files")},
        },
    }
    settings.CLAMD = ""
    settings.UNSCANNED_FILES = "allow"
    return tmp_path / "files"


@pytest.fixture
def receive(db: None) -> Receive:
    """Upload bytes as visitor 9."""

    def upload(content: bytes, name: str = "file", **options: object) -> StoredFile:
        values = {"uploaded_by": "visitor:9", "allowed_kinds": ALL_KINDS, "max_bytes": 20_000_000, "now": NOW}
        return files.receive(SimpleUploadedFile(name, content), **(values | options))

    return upload


@pytest.fixture
def serve(db: None) -> Iterator[Serve]:
    """`files.serve`, whose responses are closed as a server closes them."""
    responses: list[HttpResponseBase] = []

    def answer(stored: StoredFile, **options: object) -> HttpResponseBase:
        responses.append(files.serve(stored, **options))
        return responses[-1]

    yield answer
    for response in responses:
        response.close()


def picture(
    format_name: str = "PNG", size: tuple[int, int] = (64, 32), mode: str = "RGB", **options: object
) -> bytes:
    encoded = BytesIO()
    Image.effect_noise(size, 80).convert(mode).save(encoded, format_name, **options)
    return encoded.getvalue()


def kept_on_disk(storage: Path) -> list[Path]:
    return sorted(path for path in storage.rglob("*") if path.is_file())
