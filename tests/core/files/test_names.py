"""A name is only shown: no path, no trick with direction or endings."""

import pytest
from django.utils import translation
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.core.files.kinds import JPEG, PDF, TEXT, FileType
from apps.core.files.names import display_name


@pytest.mark.parametrize(
    ("given_name", "shown"),
    [
        ("photo.jpg", "photo.jpg"),
        ("photo.JPEG", "photo.jpg"),
        ("photo", "photo.jpg"),
        ("photo.jpg.html", "photo.jpg"),
        ("photo.php.jpg", "photo.jpg"),
        ("photo.pht", "photo.jpg"),
        ("../../etc/passwd", "passwd.jpg"),
        ("C:\\Users\\me\\photo.jpg", "photo.jpg"),
        ("photo\u202egpj.exe", "photogpj.jpg"),
        ("\u2066photo\u2069.jpg", "photo.jpg"),
        ("a\x00b\r\nc.jpg", "abc.jpg"),
        ("  many   spaces .jpg", "many spaces.jpg"),
        ('quo"te<b>|?*.jpg', "quo_te_b____.jpg"),
        ("", "file.jpg"),
        (".jpg", "file.jpg"),
        (".htaccess", "htaccess.jpg"),
        ("...", "file.jpg"),
        ("CON.jpg", "_CON.jpg"),
        ("Договор 12.03.2026.jpg", "Договор 12.03.2026.jpg"),
        ("v1.2 смета.jpg", "v1.2 смета.jpg"),
        ("карта 4111 1111 1111 1111.jpg", "карта •••• 1111.jpg"),
        ("x" * 300 + ".jpg", "x" * 120 + ".jpg"),
    ],
)
def test_a_name_is_made_harmless(given_name: str, shown: str) -> None:
    with translation.override("en"):
        assert display_name(given_name, JPEG) == shown


@settings(max_examples=300, deadline=None)
@given(given_name=st.text(max_size=300), file_type=st.sampled_from([JPEG, PDF, TEXT]))
def test_no_name_is_dangerous(given_name: str, file_type: FileType) -> None:
    name = display_name(given_name, file_type)

    assert name.endswith(f".{file_type.extension}")
    assert len(name) <= 130
    assert not set(name) & set('/\\\x00\r\n\u202e"<>')
    name.encode()
    assert display_name(name, file_type) == name
