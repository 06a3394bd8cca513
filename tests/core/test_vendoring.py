from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command

from apps.core import vendoring

REGISTER = """
[[file]]
name = "thing"
version = "1.0.0"
licence = "MIT"
upstream = "dist/thing.mjs"
path = "thing/thing.js"
module = "thing"
sha384 = "{sha384}"
"""
PUBLISHED = b"export const one=1;//# sourceMappingURL=thing.mjs.map\n"
SERVED = b"export const one=1;\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A vendor folder with one file copied out of a package archive."""
    (tmp_path / "VENDOR.toml").write_text(REGISTER.format(sha384=vendoring.integrity(SERVED)))
    archive = tmp_path.parent / "thing.tgz"
    with tarfile.open(archive, "w:gz") as package:
        for name, content in (("package/dist/thing.mjs", PUBLISHED), ("package/LICENSE", b"MIT")):
            member = tarfile.TarInfo(name)
            member.size = len(content)
            package.addfile(member, io.BytesIO(content))
    vendoring.copy_from(archive, vendoring.read_register(tmp_path)[0], tmp_path)
    return tmp_path


def test_what_is_served_is_what_the_register_names() -> None:
    assert vendoring.problems(Path(settings.BASE_DIR) / "static" / "vendor") == []


def test_check_command_downloads_nothing_and_agrees() -> None:
    out = io.StringIO()
    call_command("vendor", "--check", stdout=out)
    assert out.getvalue().endswith("vendored files are as registered\n")


def test_copy_leaves_out_only_the_source_map(folder: Path) -> None:
    assert (folder / "thing" / "thing.js").read_bytes() == SERVED
    assert vendoring.problems(folder) == []


def test_altered_file_is_named(folder: Path) -> None:
    (folder / "thing" / "thing.js").write_bytes(SERVED + b" ")
    assert vendoring.problems(folder) == ["thing/thing.js: differs from thing 1.0.0"]


def test_file_outside_the_register_is_named(folder: Path) -> None:
    (folder / "thing" / "more.js").write_text("")
    assert vendoring.problems(folder) == ["thing/more.js: not in VENDOR.toml"]


def test_missing_licence_is_named(folder: Path) -> None:
    (folder / "thing" / "LICENSE").unlink()
    assert vendoring.problems(folder) == ["thing/LICENSE: missing"]


def test_check_command_fails_with_the_list(folder: Path, settings: pytest.FixtureRequest) -> None:
    (folder / "static").mkdir()
    settings.BASE_DIR = folder
    (folder / "static" / "vendor").symlink_to(folder)
    (folder / "thing" / "thing.js").unlink()
    with pytest.raises(CommandError, match=r"thing/thing\.js: missing"):
        call_command("vendor", "--check")
