"""The bytes say what a file is, and what is not on the list is refused."""

import zipfile
from io import BytesIO

import pytest

from apps.core.files import FileRefused
from apps.core.files.kinds import sniff
from tests.core.files.conftest import PDF, picture

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600
OOXML = "application/vnd.openxmlformats-officedocument."
ODT = "application/vnd.oasis.opendocument.text"


def zipped(*names: str, first: bytes = b"x") -> bytes:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in names:
            archive.writestr(name, first)
    return packed.getvalue()


# Far more names than the first look at the file covers.
MANY_PARTS = zipped(*(f"{number}{'x' * 200}" for number in range(2000)), "ppt/presentation.xml")


@pytest.mark.parametrize(
    ("content", "name", "content_type"),
    [
        (picture("JPEG"), "x.exe", "image/jpeg"),
        (picture("PNG"), "x.jpg", "image/png"),
        (picture("GIF"), "", "image/gif"),
        (picture("WEBP"), "", "image/webp"),
        (PDF, "x.html", "application/pdf"),
        (b"{\\rtf1 hello}", "", "application/rtf"),
        (zipped("a.txt"), "x.docx", "application/zip"),
        (zipped("[Content_Types].xml", "word/document.xml"), "", OOXML + "wordprocessingml.document"),
        (zipped("[Content_Types].xml", "xl/workbook.xml"), "", OOXML + "spreadsheetml.sheet"),
        (MANY_PARTS, "", OOXML + "presentationml.presentation"),
        (zipped("mimetype", first=ODT.encode()), "", ODT),
        (OLE + "WordDocument".encode("utf-16-le"), "", "application/msword"),
        (OLE + b"\0" * 70_000 + "Workbook".encode("utf-16-le"), "", "application/vnd.ms-excel"),
        (b"Rar!\x1a\x07\x01\x00", "", "application/vnd.rar"),
        (b"7z\xbc\xaf\x27\x1c\0", "", "application/x-7z-compressed"),
        (b"ID3\x04\0", "", "audio/mpeg"),
        (b"\xff\xfb\x90\x64", "", "audio/mpeg"),
        (b"\xff\xf1\x50\x80", "", "audio/aac"),
        (b"OggS\0\x02" + b"\0" * 22 + b"OpusHead", "", "audio/ogg"),
        (b"RIFF\x24\0\0\0WAVEfmt ", "", "audio/wav"),
        (b"fLaC\0\0\0\x22", "", "audio/flac"),
        (b"\0\0\0\x20ftypM4A \0\0\0\0", "", "audio/mp4"),
        (b"\0\0\0\x20ftypisom\0\0\0\0", "", "video/mp4"),
        (b"\0\0\0\x14ftypqt  \0\0\0\0", "", "video/quicktime"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + b"\0" * 40 + b"A_OPUS", "", "audio/webm"),
        (b"\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm" + b"\0" * 40 + b"V_VP9", "", "video/webm"),
        ("Привет".encode(), "x.txt", "text/plain"),
        ("Привет".encode("cp1251"), "x", "text/plain"),
        ("Привет".encode("utf-16"), "x", "text/plain"),
        ("я".encode() * 40_000, "x", "text/plain"),
        (b"x" + "я".encode() * 40_000, "x", "text/plain"),
        (b"a;b\n1;2\n", "X.CSV", "text/csv"),
        (b"BEGIN:VCARD\n", "x.vcf", "text/vcard"),
        (b'{"a": 1}', "x.json", "text/plain"),
        (b"1 < 2 and 3 > 2", "x.txt", "text/plain"),
    ],
)  # fmt: skip
def test_the_bytes_tell_the_type(content: bytes, name: str, content_type: str) -> None:
    assert sniff(BytesIO(content), name).content_type == content_type


@pytest.mark.parametrize(
    "content",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"\xef\xbb\xbf<?xml version='1.0'?><svg/>",
        b"<!DOCTYPE html><script>alert(1)</script>",
        b"  \n\t<b>hello</b>",
        b"hello <script>alert(1)</script>",
        b"GIF <sCrIpT src=x>",
        "<html>".encode("utf-16"),
        "<html>".encode("utf-16-be"),
        b"<?php system('id');",
        b"text < iframe src=x>",
    ],
)
def test_markup_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        sniff(BytesIO(content), "photo.jpg")

    assert refusal.value.code in ("markup", "kind_unknown")


@pytest.mark.parametrize(
    "content",
    [
        b"MZ\x90\0\x03\0\0\0",
        b"\x7fELF\x02\x01\x01\0",
        b"\xca\xfe\xba\xbe\0\0\0\x34",
        b"\0\0\0\x18ftypheic\0\0\0\0",
        b"\0\0\0\x18ftypavif\0\0\0\0",
        b"BM\x36\0\0\0\0\0",
        b"II*\0\x08\0\0\0",
        b"RIFF\x24\0\0\0ACON",
        b"SQLite format 3\0",
        OLE,
        b"\x1a\x45\xdf\xa3something else",
        b"L\0\0\0\x01\x14\x02\0",
        bytes(range(256)),
    ],
)
def test_what_is_not_on_the_list_is_refused(content: bytes) -> None:
    with pytest.raises(FileRefused) as refusal:
        sniff(BytesIO(content), "report.pdf")

    assert refusal.value.code == "kind_unknown"
