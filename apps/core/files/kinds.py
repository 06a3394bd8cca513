"""What a file is, told by its bytes. Neither its name nor the type the browser claims is asked.

What is not recognised is refused. Libraries that guess call a JPEG-headed HTML a JPEG and know no SVG, so this is
a short list of our own: pictures are proved by decoding them afterwards, all else is only ever downloaded.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import IO

from django.utils.translation import gettext as _

from apps.core.files.errors import FileRefused
from apps.core.models.files import StoredFile

Kind = StoredFile.Kind
HEAD = 64 * 1024
MARKUP_WITHIN = 1024


@dataclass(frozen=True, slots=True)
class FileType:
    """One type of the list: our kind, the type it is served as, the only ending its name gets."""

    kind: str
    content_type: str
    extension: str


JPEG = FileType(Kind.IMAGE, "image/jpeg", "jpg")
PNG = FileType(Kind.IMAGE, "image/png", "png")
GIF = FileType(Kind.IMAGE, "image/gif", "gif")
WEBP = FileType(Kind.IMAGE, "image/webp", "webp")
PDF = FileType(Kind.DOCUMENT, "application/pdf", "pdf")
RTF = FileType(Kind.DOCUMENT, "application/rtf", "rtf")
ZIP = FileType(Kind.ARCHIVE, "application/zip", "zip")
MP3 = FileType(Kind.AUDIO, "audio/mpeg", "mp3")
AAC = FileType(Kind.AUDIO, "audio/aac", "aac")
MP4 = FileType(Kind.VIDEO, "video/mp4", "mp4")
TEXT = FileType(Kind.DOCUMENT, "text/plain", "txt")

_BEGINNINGS: tuple[tuple[bytes, FileType], ...] = (
    (b"\xff\xd8\xff", JPEG),
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"{\\rtf", RTF),
    (b"Rar!\x1a\x07", FileType(Kind.ARCHIVE, "application/vnd.rar", "rar")),
    (b"7z\xbc\xaf\x27\x1c", FileType(Kind.ARCHIVE, "application/x-7z-compressed", "7z")),
    (b"ID3", MP3),
    (b"fLaC", FileType(Kind.AUDIO, "audio/flac", "flac")),
    (b"#!AMR", FileType(Kind.AUDIO, "audio/amr", "amr")),
)
_RIFF = {
    b"WEBP": WEBP,
    b"WAVE": FileType(Kind.AUDIO, "audio/wav", "wav"),
    b"AVI ": FileType(Kind.VIDEO, "video/x-msvideo", "avi"),
}
# Brands of the ISO container that are films or sound; pictures (heic, avif) use it too and are not taken.
_ISO_BRANDS = {
    b"M4A ": FileType(Kind.AUDIO, "audio/mp4", "m4a"),
    b"M4B ": FileType(Kind.AUDIO, "audio/mp4", "m4a"),
    b"qt  ": FileType(Kind.VIDEO, "video/quicktime", "mov"),
    **dict.fromkeys(
        (b"isom", b"iso2", b"iso4", b"iso5", b"iso6", b"mp41", b"mp42", b"avc1", b"M4V ", b"dash"), MP4
    ),
    b"3gp4": FileType(Kind.VIDEO, "video/3gpp", "3gp"),
    b"3gp5": FileType(Kind.VIDEO, "video/3gpp", "3gp"),
}
_OOXML = "application/vnd.openxmlformats-officedocument."
# A part that only this type has, looked for among the names that a ZIP keeps in clear.
_OFFICE = (
    (b"word/document.xml", FileType(Kind.DOCUMENT, f"{_OOXML}wordprocessingml.document", "docx")),
    (b"xl/workbook.", FileType(Kind.DOCUMENT, f"{_OOXML}spreadsheetml.sheet", "xlsx")),
    (b"ppt/presentation.xml", FileType(Kind.DOCUMENT, f"{_OOXML}presentationml.presentation", "pptx")),
)
_ODF = "application/vnd.oasis.opendocument."
_OPEN_DOCUMENT = (
    (b"mimetype" + f"{_ODF}text".encode(), FileType(Kind.DOCUMENT, f"{_ODF}text", "odt")),
    (b"mimetype" + f"{_ODF}spreadsheet".encode(), FileType(Kind.DOCUMENT, f"{_ODF}spreadsheet", "ods")),
    (b"mimetype" + f"{_ODF}presentation".encode(), FileType(Kind.DOCUMENT, f"{_ODF}presentation", "odp")),
)
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Names of streams inside the old Office container; installers use the container too and are not taken.
_OLE_STREAMS = (
    ("WordDocument", FileType(Kind.DOCUMENT, "application/msword", "doc")),
    ("Workbook", FileType(Kind.DOCUMENT, "application/vnd.ms-excel", "xls")),
    ("PowerPoint Document", FileType(Kind.DOCUMENT, "application/vnd.ms-powerpoint", "ppt")),
)
_TEXTS = {
    "csv": FileType(Kind.DOCUMENT, "text/csv", "csv"),
    "vcf": FileType(Kind.DOCUMENT, "text/vcard", "vcf"),
    "ics": FileType(Kind.DOCUMENT, "text/calendar", "ics"),
    **{ending: FileType(Kind.DOCUMENT, "text/plain", ending) for ending in ("log", "md", "json")},
}
_MARKUP = re.compile(
    rb"^\s*<|<\s*(?:!doctype|\?xml|html|head|body|svg|script|iframe|object|embed|math)\b", re.IGNORECASE
)
_BOMS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")
# Controls that no text holds; their presence means bytes of a program or of a type we do not know.
_NOT_TEXT = re.compile("[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def sniff(content: IO[bytes], name: str) -> FileType:
    """The type of the content; FileRefused when it is none of the list. ``name`` only tells CSV from text."""
    content.seek(0)
    head = content.read(HEAD)
    found = _by_beginning(head) or _by_container(head, content) or _as_text(head, name)
    if found is None:
        raise FileRefused(_("Files of this kind are not accepted."), code="kind_unknown")
    return found


def _by_beginning(head: bytes) -> FileType | None:
    for beginning, found in _BEGINNINGS:
        if head.startswith(beginning):
            return found
    # Sound without a header: sync bits of MPEG layer III and of ADTS.
    if len(head) > 2 and head[0] == 0xFF and head[:2] not in _BOMS:
        if head[1] & 0xE6 == 0xE2:
            return MP3
        if head[1] & 0xF6 == 0xF0:
            return AAC
    return None


def _by_container(head: bytes, content: IO[bytes]) -> FileType | None:
    if head.startswith(b"RIFF"):
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _ISO_BRANDS.get(head[8:12])
    if head.startswith(b"OggS"):
        return FileType(Kind.VIDEO, "video/ogg", "ogv") if b"theora" in head[:512] else _OGG_AUDIO
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return _matroska(head)
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _zip_type(head, content)
    if head.startswith(_OLE):
        return _ole_type(content)
    return None


_OGG_AUDIO = FileType(Kind.AUDIO, "audio/ogg", "ogg")


def _matroska(head: bytes) -> FileType | None:
    if b"webm" not in head[:64]:
        return FileType(Kind.VIDEO, "video/x-matroska", "mkv") if b"matroska" in head[:64] else None
    # Browsers record voice into WebM; a track that is a picture names its codec near the beginning.
    if b"V_" in head[:4096]:
        return FileType(Kind.VIDEO, "video/webm", "webm")
    return FileType(Kind.AUDIO, "audio/webm", "weba")


def _zip_type(head: bytes, content: IO[bytes]) -> FileType:
    for sign, found in _OPEN_DOCUMENT:
        if head[30 : 30 + len(sign)] == sign:
            return found
    # Nothing is unpacked: names stand in clear, and a bomb stays a file to download.
    return _find(content, _OFFICE) or ZIP


def _ole_type(content: IO[bytes]) -> FileType | None:
    return _find(content, tuple((name.encode("utf-16-le"), found) for name, found in _OLE_STREAMS))


def _find(content: IO[bytes], signs: tuple[tuple[bytes, FileType], ...]) -> FileType | None:
    """The type of the first sign that stands anywhere in the content, read in overlapping pieces."""
    overlap = max(len(sign) for sign, _found in signs)
    content.seek(0)
    kept = b""
    while piece := content.read(HEAD):
        window = kept + piece
        for sign, found in signs:
            if sign in window:
                return found
        kept = window[-overlap:]
    return None


def _as_text(head: bytes, name: str) -> FileType | None:
    text = _decoded(head)
    if text is None or _NOT_TEXT.search(text):
        return None
    if _MARKUP.search(text[:MARKUP_WITHIN].encode("utf-8", "replace")):
        raise FileRefused(_("Web pages, SVG and XML are not accepted."), code="markup")
    return _TEXTS.get(name.rpartition(".")[2].lower(), TEXT)


def _decoded(head: bytes) -> str | None:
    """The beginning as text: UTF-8, UTF-16 with its mark, or the Cyrillic of Windows."""
    encodings = ("utf-16",) if head.startswith(_BOMS[1:]) else ("utf-8-sig", "cp1251")
    for encoding in encodings:
        try:
            return head.decode(encoding)
        except UnicodeDecodeError as error:
            # The piece may end in the middle of a character.
            if len(head) == HEAD and error.start > HEAD - 4:
                return head[: error.start].decode(encoding)
    return None
