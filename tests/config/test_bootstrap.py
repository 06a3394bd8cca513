"""The part that runs on a bare system: what it says, and one real installation from a folder of wheels."""

from __future__ import annotations

import ast
import base64
import hashlib
import os
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from config import bootstrap

ROOT = Path(__file__).resolve().parent.parent.parent


# --- What it says -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["manage.py", "config/bootstrap.py"])
def test_an_old_python_can_read_it_and_say_that_it_is_too_old(name: str) -> None:
    ast.parse((ROOT / name).read_text(), feature_version=(3, 7))


def test_python_too_old_is_told_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(sys, "version", "3.9.2 (default)")
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(bootstrap.CannotInstall, match=r"needs Python 3\.11 or newer; this is 3\.9\.2"):
        bootstrap.refuse_old_python()


def test_newer_python_of_the_machine_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "version_info", (3, 9, 2))
    monkeypatch.setattr(shutil, "which", lambda name: name if name in {"python3.12", "python3.11"} else None)
    with pytest.raises(bootstrap.CannotInstall, match=r"`python3\.12 manage\.py demo`"):
        bootstrap.refuse_old_python()


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_missing_venv_module_names_the_system_package(monkeypatch: pytest.MonkeyPatch, missing: str) -> None:
    there = bootstrap.importlib.util.find_spec
    monkeypatch.setattr(
        bootstrap.importlib.util, "find_spec", lambda name: None if name == missing else there(name)
    )
    with pytest.raises(bootstrap.CannotInstall, match=r"Install the system package .*python3\.\d+-venv"):
        bootstrap.make_venv()


def test_wheels_that_are_no_folder_are_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WHEELS", str(tmp_path / "nothing"))
    with pytest.raises(bootstrap.CannotInstall, match="nothing, which is not a folder"):
        bootstrap.pip_command("base")


def test_closed_network_asks_no_index(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("WHEELS", str(tmp_path))
    command = bootstrap.pip_command("base")
    assert "--no-index" in command
    assert command[command.index("--find-links") + 1] == str(tmp_path)


def test_every_set_is_pinned_with_hashes() -> None:
    for which in ("base", "production", "dev"):
        lines = bootstrap.requirements(which).read_text().splitlines()
        pins = [line for line in lines if line and not line.startswith((" ", "#"))]
        assert pins
        assert all("==" in line and line.endswith("\\") for line in pins)
        assert not any("://" in line for line in lines)


# --- One real installation --------------------------------------------------------------------------


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project with this manage.py and one small package to install, under a path with a space."""
    folder = tmp_path / "my office"
    (folder / "config").mkdir(parents=True)
    (folder / "requirements").mkdir()
    (folder / "wheels").mkdir()
    shutil.copy(ROOT / "manage.py", folder)
    shutil.copy(ROOT / "config" / "bootstrap.py", folder / "config")
    (folder / "config" / "__init__.py").write_text("import tiny_package\n")
    (folder / "config" / "commands.py").write_text(
        "import sys\ndef run(argv): print('inside', sys.prefix, tiny_package_version(), *argv[1:])\n"
        "def tiny_package_version(): import tiny_package; return tiny_package.VERSION\n"
    )
    pin(folder, version="1.0")
    return folder


def pin(project: Path, *, version: str) -> None:
    """Put a wheel into the folder and its hash into the requirements."""
    wheel = project / "wheels" / f"tiny_package-{version}-py3-none-any.whl"
    info = f"tiny_package-{version}.dist-info"
    files = {
        "tiny_package.py": f"VERSION = '{version}'\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: tiny-package\nVersion: {version}\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = [f"{name},sha256={digest(text)},{len(text)}" for name, text in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,"]) + "\n"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    sha256 = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (project / "requirements" / "base.txt").write_text(
        f"tiny-package=={version} \\\n    --hash=sha256:{sha256}\n"
    )


def digest(text: str) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(text.encode()).digest()).rstrip(b"=").decode()


def demo(project: Path) -> subprocess.CompletedProcess[str]:
    """`python3 manage.py demo --port 1` by a Python outside .venv."""
    outside = Path(sys.base_prefix) / "bin" / "python3"
    environment = {"PATH": os.environ["PATH"], "HOME": str(project), "WHEELS": str(project / "wheels")}
    return subprocess.run(
        [str(outside), "manage.py", "demo", "--port", "1"],
        cwd=project,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_first_run_installs_and_second_run_does_not(project: Path) -> None:
    first = demo(project)
    assert first.returncode == 0, first.stderr
    assert "  1/1 tiny-package\n" in first.stdout
    assert first.stdout.splitlines()[-1] == f"inside {project / '.venv'} 1.0 demo --port 1"
    second = demo(project)
    assert second.stdout == f"inside {project / '.venv'} 1.0 demo --port 1\n"
    pin(project, version="1.1")
    assert demo(project).stdout.splitlines()[-1] == f"inside {project / '.venv'} 1.1 demo --port 1"


def test_changed_wheel_is_refused_and_not_taken_for_installed(project: Path) -> None:
    next((project / "wheels").glob("*.whl")).write_bytes(b"something else")
    refused = demo(project)
    assert refused.returncode == 1
    assert "could not be installed" in refused.stderr
    assert not (project / ".venv" / "otklik-installed.json").exists()
