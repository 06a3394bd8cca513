"""Pictures are taken apart and made anew, so that nothing but pixels gets through.

A file that is a picture and a page at once, a comment, a place in EXIF: none of it survives. The decoder sees one
format only, the one the bytes begin with, and never more pixels than the cap.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from io import BytesIO
from threading import BoundedSemaphore
from typing import IO, Any

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from apps.core.files.errors import FileRefused
from apps.core.files.kinds import GIF, JPEG, PNG, WEBP, FileType

MAX_PIXELS = 40_000_000
MAX_FRAMES = 500
# Passes over a JPEG: progressive ones have about ten. Each costs the time of the whole picture and sixty bytes.
MAX_SCANS = 100
START_OF_SCAN = b"\xff\xda"
THUMBNAIL_SIDE = 480
IN_MEMORY = 2 * 1024 * 1024
CHUNK = 64 * 1024
_FORMATS = {JPEG: "JPEG", PNG: "PNG", GIF: "GIF", WEBP: "WEBP"}
_MODES = {
    "JPEG": frozenset({"L", "RGB"}),
    "PNG": frozenset({"1", "L", "LA", "RGB", "RGBA", "I;16"}),
    "GIF": frozenset({"RGB", "RGBA"}),
    "WEBP": frozenset({"RGB", "RGBA"}),
}
# A JPEG of some phones holds further pictures (depth, preview) that are no animation.
_ANIMATED = frozenset({"GIF", "PNG", "WEBP"})
_OPTIONS: dict[str, dict[str, Any]] = {"JPEG": {"quality": 88}, "WEBP": {"quality": 88}}
# A picture at the cap takes some 160 MB while it is made anew.
_slots = BoundedSemaphore(2)


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture made anew; ``thumbnail`` (WebP) is None where the picture itself is small enough."""

    content: IO[bytes]
    width: int
    height: int
    thumbnail: bytes | None


def re_encode(content: IO[bytes], file_type: FileType) -> Picture:
    """Decode and encode again in the same format; FileRefused for what cannot be decoded or is too large."""
    if file_type == JPEG:
        _check_scans(content)
    content.seek(0)
    with _slots:
        try:
            with Image.open(content, formats=[_FORMATS[file_type]]) as image:
                _check_pixels(image.width * image.height)
                return _encode(image, _FORMATS[file_type])
        except FileRefused:
            raise
        except (Image.DecompressionBombError, Image.DecompressionBombWarning, MemoryError) as error:
            raise _too_many_pixels() from error
        except Exception as error:
            # Decoders fail in many ways on bytes made to break them: none of them is ours to tell apart.
            raise FileRefused(
                _("This picture is damaged and cannot be opened."), code="broken_image"
            ) from error


def _encode(image: Image.Image, format_name: str) -> Picture:
    if format_name in _ANIMATED and getattr(image, "is_animated", False):
        frames, options = _frames(image)
    else:
        frames, options = [_upright(image)], {}
    frames = [_bare(frame, format_name) for frame in frames]
    if len(frames) > 1:
        options |= {"save_all": True, "append_images": frames[1:]}
    content = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115 - the caller reads it and closes it
    frames[0].save(content, format_name, **_OPTIONS.get(format_name, {}), **options)
    return Picture(
        content, frames[0].width, frames[0].height, _thumbnail(frames[0], animated=len(frames) > 1)
    )


def _upright(image: Image.Image) -> Image.Image:
    """The pixels turned as EXIF asks, because EXIF itself is dropped."""
    image.load()
    return ImageOps.exif_transpose(image)


def _frames(image: Image.Image) -> tuple[list[Image.Image], dict[str, Any]]:
    """All frames of an animation with its timing, as long as the pixels of all of them stay under the cap."""
    frames: list[Image.Image] = []
    durations: list[int] = []
    while _seek(image, len(frames)):
        if len(frames) == MAX_FRAMES:
            raise _too_many_pixels()
        _check_pixels((len(frames) + 1) * image.width * image.height)
        frames.append(image.convert("RGBA"))
        durations.append(int(image.info.get("duration") or 100))
    timing: dict[str, Any] = {"duration": durations if len(frames) > 1 else durations[0]}
    if isinstance(image.info.get("loop"), int):
        timing["loop"] = image.info["loop"]
    if image.format == "GIF":
        timing["disposal"] = 2
    return frames, timing


def _seek(image: Image.Image, frame: int) -> bool:
    try:
        image.seek(frame)
    except EOFError:
        return False
    return True


def _bare(image: Image.Image, format_name: str) -> Image.Image:
    """A copy in a mode the format can hold, without comments, profiles and EXIF."""
    if image.mode not in _MODES[format_name]:
        sees_through = image.has_transparency_data and format_name != "JPEG"
        image = image.convert("RGBA" if sees_through else "RGB")
    bare = image.copy()
    bare.info = {}
    return bare


def _thumbnail(image: Image.Image, *, animated: bool) -> bytes | None:
    if max(image.size) <= THUMBNAIL_SIDE and not animated:
        return None
    small = _bare(image, "WEBP")
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), reducing_gap=2.0)
    encoded = BytesIO()
    small.save(encoded, "WEBP", quality=80)
    return encoded.getvalue()


def _check_scans(content: IO[bytes]) -> None:
    """FileRefused for a JPEG made to be decoded for hours. The mark of a scan cannot stand inside its data."""
    content.seek(0)
    scans, kept = 0, b""
    while piece := content.read(CHUNK):
        scans += (kept + piece).count(START_OF_SCAN)
        kept = piece[-1:] if piece.endswith(START_OF_SCAN[:1]) else b""
    if scans > MAX_SCANS:
        raise FileRefused(_("This picture is damaged and cannot be opened."), code="broken_image")


def _check_pixels(pixels: int) -> None:
    if pixels > MAX_PIXELS:
        raise _too_many_pixels()


def _too_many_pixels() -> FileRefused:
    return FileRefused(
        _("The picture is too large: at most %(limit)s megapixels.") % {"limit": MAX_PIXELS // 1_000_000},
        code="too_many_pixels",
    )
