"""Make .venv and install the requirements, with nothing but the system's Python.

Loaded by manage.py by its path, before Django exists here. It also has to be readable by Pythons that are
too old for the rest, in order to say so: no syntax and no type newer than 3.6.
"""

import hashlib
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Dict, List, Optional, Sequence

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "otklik-installed.json"
OLDEST_PYTHON = (3, 11)
# A set, and the smaller sets that it holds with the same pins.
SETS = {"base": ("base",), "production": ("production", "base"), "dev": ("dev", "production", "base")}


class CannotInstall(Exception):
    """Something is missing on this machine; the text names it."""


def venv_python() -> Path:
    """The interpreter of .venv, whether or not it exists yet."""
    return VENV / "bin" / "python"


def inside_venv() -> bool:
    """Whether this process already runs in .venv."""
    return Path(sys.prefix).resolve() == VENV.resolve()


def enter(which: str, argv: Sequence[str]) -> None:
    """Install the requirement set if it is not there, then go on inside .venv.

    Does not return when the present interpreter is another one: the process is replaced.
    """
    install(which)
    if not inside_venv():
        go_on_inside(argv)


def go_on_inside(argv: Sequence[str]) -> None:
    """Replace this process by the same command run by .venv's interpreter."""
    if not venv_works():
        raise CannotInstall("Nothing is installed yet: begin with `python3 manage.py demo`.")
    sys.stdout.flush()
    os.execv(str(venv_python()), [str(venv_python()), *argv])


def download(folder: str, which: str = "base") -> None:
    """Fill a folder with the wheels of a set, for machines without a network."""
    refuse_old_python()
    if not venv_works():
        make_venv()
    command = [str(venv_python()), "-m", "pip", "download", "--disable-pip-version-check", "--no-input"]
    command += ["--require-hashes", "--only-binary", ":all:", "--dest", folder]
    if subprocess.run([*command, "-r", str(requirements(which))]).returncode != 0:
        raise CannotInstall("The wheels could not be fetched, see above.")
    print("On the other machine: WHEELS={} python3 manage.py demo".format(folder))


def install(which: str) -> None:
    """Bring .venv to what requirements/<which>.txt says; nothing happens when it is there already."""
    refuse_old_python()
    if installed(which):
        return
    if not venv_works():
        make_venv()
    print("Installing what Otklik needs into .venv (once; some minutes on a slow line)…", flush=True)
    run_pip(which)
    sets = read_stamp()
    sets.update((name, fingerprint(name)) for name in SETS[which])
    STAMP.write_text(json.dumps(sets, indent=1))


def installed(which: str) -> bool:
    """Whether .venv holds exactly this set, by the stamp of the last complete installation."""
    return read_stamp().get(which) == fingerprint(which) and venv_works()


def read_stamp() -> Dict[str, str]:
    """Set -> fingerprint of what was installed; empty when nothing was, or not to its end."""
    try:
        return dict(json.loads(STAMP.read_text()))
    except (OSError, ValueError):
        return {}


def fingerprint(which: str) -> str:
    """Changes whenever the pinned requirements do."""
    return hashlib.sha256(requirements(which).read_bytes()).hexdigest()


def requirements(which: str) -> Path:
    """The pinned file of a set."""
    if which not in SETS:
        raise CannotInstall("There is no set {!r}; there are {}.".format(which, ", ".join(sorted(SETS))))
    return ROOT / "requirements" / (which + ".txt")


# --- The virtual environment ------------------------------------------------------------------------


def refuse_old_python() -> None:
    """Say which Python is needed, and name a newer one if this machine has it."""
    if sys.version_info >= OLDEST_PYTHON:
        return
    wanted = ".".join(map(str, OLDEST_PYTHON))
    text = "Otklik needs Python {} or newer; this is {}.".format(wanted, sys.version.split()[0])
    for minor in range(20, OLDEST_PYTHON[1] - 1, -1):
        newer = "python3.{}".format(minor)
        if shutil.which(newer):
            raise CannotInstall("{} Run the same with {}: `{} manage.py demo`.".format(text, newer, newer))
    raise CannotInstall("{} Install it first (Debian, Ubuntu: python3 and python3-venv).".format(text))


def venv_works() -> bool:
    """False as well when the interpreter it was made from has been removed."""
    return venv_python().exists() and (VENV / "pyvenv.cfg").exists()


def make_venv() -> None:
    """Make .venv, or say which system package is missing for it."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        raise CannotInstall(
            "This Python cannot make virtual environments: its venv module is missing. "
            "Install the system package {} and run the same command again.".format(venv_package())
        )
    print("Making the virtual environment .venv…", flush=True)
    made = subprocess.run([sys.executable, "-m", "venv", "--clear", str(VENV)])
    if made.returncode != 0:
        raise CannotInstall("The virtual environment {} could not be made.".format(VENV))


def venv_package() -> str:
    """The name of the missing package, for the families of systems that split it off."""
    versioned = "python{}.{}-venv".format(*sys.version_info[:2])
    try:
        release = Path("/etc/os-release").read_text().lower()
    except OSError:
        release = ""
    if "debian" in release or "ubuntu" in release:
        return "{0} (`apt install {0}`)".format(versioned)
    return "with Python's venv and ensurepip modules (on Debian and Ubuntu {})".format(versioned)


# --- pip --------------------------------------------------------------------------------------------


def pip_command(which: str) -> List[str]:
    """Only what the hashes name, only ready-made wheels; from a folder alone when WHEELS names one."""
    command = [str(venv_python()), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"]
    command += ["--progress-bar", "off", "--require-hashes", "--only-binary", ":all:"]
    wheels = os.environ.get("WHEELS")
    if wheels:
        folder = Path(wheels).resolve()
        if not folder.is_dir():
            raise CannotInstall("WHEELS names {}, which is not a folder.".format(folder))
        command += ["--no-index", "--find-links", str(folder)]
    return [*command, "-r", str(requirements(which))]


def run_pip(which: str) -> None:
    """Run pip and show one line per package; show all it said when it fails."""
    total = len(re.findall(r"(?m)^[A-Za-z0-9].*==", requirements(which).read_text()))
    said = []  # type: List[str]
    done = 0
    with subprocess.Popen(
        pip_command(which),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        universal_newlines=True,
        env=dict(os.environ, PYTHONUNBUFFERED="1"),
    ) as pip:
        for line in pip.stdout or ():
            said.append(line)
            package = package_in(line)
            if package:
                done += 1
                show("  {:3d}/{} {}".format(done, total, package))
            elif line.startswith("Installing collected packages"):
                show("  unpacking…")
    show("")
    if pip.returncode != 0:
        raise CannotInstall("".join(said[-30:]) + "\nThe packages could not be installed, see above.")


def package_in(line: str) -> Optional[str]:
    """The package that a line of pip's begins to deal with, or None."""
    found = re.match(r"(?:Collecting|Requirement already satisfied:|Ignoring) ([\w.-]+)", line)
    found = found or re.match(r"Processing (?:.*/)?([^/]+?)-\d[^/]*\.whl", line)
    return found.group(1).replace("_", "-") if found else None


def show(text: str) -> None:
    """One line that changes on a terminal, a line each in a log."""
    if sys.stdout.isatty():
        print("\r\033[K" + text, end="", flush=True)
    elif text:
        print(text, flush=True)
