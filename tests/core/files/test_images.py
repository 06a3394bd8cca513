"""Only pixels get through: every picture is taken apart and made anew."""

import struct
import zlib
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image, PngImagePlugin

from apps.core import files
from apps.core.files import images
from apps.core.models import StoredFile
from tests.core.files.conftest import Receive, kept_on_disk, picture

EVIL = b"<html><script>alert(document.domain)</script></html>"


def content_of(stored: StoredFile) -> bytes:
    with files.open_stored(stored) as content:
        return content.read()


@pytest.mark.parametrize("format_name", ["JPEG", "PNG", "GIF", "WEBP"])
def test_a_page_behind_a_picture_does_not_survive(format_name: str, receive: Receive) -> None:
    stored = receive(picture(format_name) + EVIL, "cat.html")

    kept = content_of(stored)
    assert b"<script" not in kept
    assert b"<html" not in kept
    assert (stored.kind, stored.width, stored.height) == ("image", 64, 32)
    assert stored.name == f"cat.{'jpg' if format_name == 'JPEG' else format_name.lower()}"
    with Image.open(BytesIO(kept)) as image:
        assert (image.format, image.size) == (format_name, (64, 32))


def test_comments_and_places_are_gone(receive: Receive) -> None:
    exif = Image.Exif()
    exif[0x010E] = "taken at home"
    exif.get_ifd(0x8825)[1] = "N"
    for content in (
        picture("JPEG", exif=exif, comment=EVIL, icc_profile=EVIL),
        picture("WEBP", exif=exif, icc_profile=EVIL, xmp=EVIL),
        picture("PNG", exif=exif, icc_profile=EVIL, pnginfo=_png_text()),
        picture("GIF", comment=EVIL),
    ):
        kept = content_of(receive(content))

        assert b"script" not in kept
        assert b"home" not in kept
        with Image.open(BytesIO(kept)) as image:
            assert not image.getexif()
            assert not {"comment", "icc_profile", "exif", "xmp", "Comment"} & set(image.info)


def _png_text() -> PngImagePlugin.PngInfo:
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", EVIL.decode())
    return info


def test_a_photo_is_turned_as_its_camera_said(receive: Receive) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by a quarter
    photo = Image.new("RGB", (60, 20), "red")
    photo.paste("blue", (0, 0, 30, 20))
    encoded = BytesIO()
    photo.save(encoded, "JPEG", exif=exif, quality=95)

    stored = receive(encoded.getvalue())

    assert (stored.width, stored.height) == (20, 60)
    with Image.open(BytesIO(content_of(stored))) as image:
        red, green, blue = image.convert("RGB").getpixel((10, 5))
        assert blue > 200 > red
        assert green < 50


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "I;16", "CMYK", "YCbCr"])
def test_every_mode_of_colour_is_taken(mode: str, receive: Receive) -> None:
    format_name = "JPEG" if mode in ("CMYK", "YCbCr") else "PNG"
    encoded = BytesIO()
    Image.new(mode, (10, 10)).save(encoded, format_name)

    stored = receive(encoded.getvalue())

    assert (stored.state, stored.width) == ("unscanned", 10)


def test_transparency_is_kept(receive: Receive) -> None:
    encoded = BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).quantize().save(encoded, "PNG")

    with Image.open(BytesIO(content_of(receive(encoded.getvalue())))) as image:
        assert image.convert("RGBA").getpixel((5, 5))[3] == 0


@pytest.mark.parametrize("format_name", ["GIF", "WEBP", "PNG"])
def test_an_animation_stays_one(format_name: str, receive: Receive) -> None:
    frames = [Image.new("RGB", (40, 30), colour) for colour in ("red", "green", "blue")]
    encoded = BytesIO()
    frames[0].save(
        encoded, format_name, save_all=True, append_images=frames[1:], duration=[50, 60, 70], loop=2
    )

    stored = receive(encoded.getvalue() + EVIL)

    kept = content_of(stored)
    assert b"script" not in kept
    with Image.open(BytesIO(kept)) as image:
        assert image.n_frames == 3
        image.seek(1)
        assert image.convert("RGB").getpixel((5, 5))[1] > 100
        assert image.info["duration"] in (60, 60.0)
    assert stored.thumbnail_path


def test_a_photo_with_a_second_picture_inside_keeps_the_first(receive: Receive) -> None:
    encoded = BytesIO()
    Image.new("RGB", (40, 30), "red").save(
        encoded, "MPO", save_all=True, append_images=[Image.new("RGB", (40, 30), "blue")]
    )

    with Image.open(BytesIO(content_of(receive(encoded.getvalue())))) as image:
        assert (image.format, image.convert("RGB").getpixel((5, 5))[0] > 200) == ("JPEG", True)


def bomb(width: int, height: int) -> bytes:
    """A PNG that promises many pixels and holds few bytes; a promise over 50 megapixels stays one."""

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack("!L", len(body)) + kind + body + struct.pack("!L", zlib.crc32(kind + body))

    head = chunk(b"IHDR", struct.pack("!LLBBBBB", width, height, 1, 0, 0, 0, 0))
    rows = zlib.compress(b"\0" * min(height * (width // 8 + 1), 7_000_000), 9)
    return b"\x89PNG\r\n\x1a\n" + head + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.mark.parametrize("size", [(10_000, 5_000), (50_000, 50_000), (2_000_000, 21)])
def test_too_many_pixels_are_refused_before_they_are_decoded(
    size: tuple[int, int], receive: Receive, storage: Path
) -> None:
    with pytest.raises(files.FileRefused) as refusal:
        receive(bomb(*size))

    assert refusal.value.code == "too_many_pixels"
    assert kept_on_disk(storage) == []


@pytest.mark.parametrize(("frames", "side"), [(images.MAX_FRAMES + 1, 2), (5, 3000)])
def test_an_endless_animation_is_refused(frames: int, side: int, receive: Receive) -> None:
    first, *rest = (Image.new("L", (side, side), number % 2 * 255) for number in range(frames))
    encoded = BytesIO()
    first.save(encoded, "GIF", save_all=True, append_images=rest)

    with pytest.raises(files.FileRefused) as refusal:
        receive(encoded.getvalue())

    assert refusal.value.code == "too_many_pixels"


@pytest.mark.parametrize(
    "content",
    [
        picture("JPEG")[:200],
        picture("PNG")[:100],
        b"\xff\xd8\xff" + EVIL,
        b"GIF89a" + EVIL,
        b"\x89PNG\r\n\x1a\n" + EVIL,
        b"RIFF\x24\0\0\0WEBP" + EVIL,
        b"\xff\xd8\xff\xe0" + bytes(range(256)) * 10,
    ],
)
def test_what_only_begins_like_a_picture_is_refused(content: bytes, receive: Receive, storage: Path) -> None:
    with pytest.raises(files.FileRefused) as refusal:
        receive(content, "photo.jpg")

    assert refusal.value.code == "broken_image"
    assert kept_on_disk(storage) == []


def test_a_large_picture_gets_a_thumbnail(receive: Receive) -> None:
    stored = receive(picture("PNG", (960, 640), "RGBA"))

    with files.open_stored(stored, thumbnail=True) as content, Image.open(content) as image:
        assert (image.format, image.size) == ("WEBP", (480, 320))
    assert (stored.width, stored.height) == (960, 640)


def test_a_small_picture_is_its_own_thumbnail(receive: Receive) -> None:
    stored = receive(picture("PNG", (480, 100)))

    assert stored.thumbnail_path == ""
    with files.open_stored(stored, thumbnail=True) as content, Image.open(content) as image:
        assert image.size == (480, 100)


def scans(number: int) -> bytes:
    """A progressive JPEG in which one of its scans comes again and again: sixty bytes, a whole pass each."""
    encoded = BytesIO()
    Image.new("L", (64, 64), 128).save(encoded, "JPEG", progressive=True)
    whole = encoded.getvalue()
    places = [place for place in range(len(whole)) if whole.startswith(images.START_OF_SCAN, place)]
    scan = whole[places[1] : places[2]].partition(b"\xff\xc4")[0]
    return whole[:-2] + scan * number + whole[-2:]


def test_a_picture_made_of_thousands_of_passes_is_refused_before_it_is_decoded(
    receive: Receive, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(images, "MAX_SCANS", 30)
    assert receive(scans(20), "phone.jpg").kind == "image"

    monkeypatch.setattr(images.Image, "open", None)
    with pytest.raises(files.FileRefused) as refusal:
        receive(scans(2000), "phone.jpg")
    assert refusal.value.code == "broken_image"
