#!/usr/bin/env python3
"""Otklik's commands. Those below need only Python 3.11: they make and fill .venv themselves.

demo                        install, prepare, fill and serve a demo bank
test-all [pytest's words]   install and run every test this machine can run
install [SET]               install the requirements of a set: base, production or dev
wheels FOLDER [SET]         fetch their wheels for a machine without a network
"""

import importlib.util
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Tests that mind no neighbour are spread over the processors, each with a database of its own. The others drive
# browsers, race processes and kill servers within a time, and run one after another.
SPREAD = (
    *("analytics", "bots", "channels", "config", "conversations", "core", "operators", "routing", "security"),
    *("js", "test_deploy.py", "test_plugin.py"),
)
# Command -> the set of requirements it makes sure of.
SELF_INSTALLING = {"demo": "base", "test-all": "dev"}


def load_bootstrap():
    """By its path: importing the package `config` would import Celery, which may not be installed yet."""
    spec = importlib.util.spec_from_file_location("otklik_bootstrap", str(HERE / "config" / "bootstrap.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def before_django(bootstrap, command, argv):
    """What can be done without a single package; True when that was all."""
    if command == "install":
        bootstrap.install(*(argv[2:3] or ["base"]))
        return True
    if command == "wheels":
        bootstrap.download(*(argv[2:4] or ["wheelhouse"]))
        return True
    if command in SELF_INSTALLING:
        bootstrap.enter(SELF_INSTALLING[command], argv)
    elif importlib.util.find_spec("django") is None:
        bootstrap.go_on_inside(argv)
    return False


def run_tests(words):
    """Every test; with words of pytest's own, only what they ask for. Returns the exit code."""
    pytest = [sys.executable, "-m", "pytest"]
    if words:
        return subprocess.call([*pytest, *words])
    folders = [f"tests/{name}" for name in SPREAD]
    spread = ["-n", str(min(4, os.cpu_count() or 1)), "--dist", "loadfile"]
    first = subprocess.call([*pytest, *spread, *folders])
    second = subprocess.call([*pytest, *(f"--ignore={folder}" for folder in folders)])
    return first or second


def main():
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    # Whoever watches a file or a pipe sees each line when it is written, as on a terminal.
    sys.stdout.reconfigure(line_buffering=True)
    bootstrap = load_bootstrap()
    try:
        bootstrap.refuse_old_python()
        if before_django(bootstrap, command, sys.argv):
            return
    except bootstrap.CannotInstall as error:
        sys.exit(str(error))
    if command == "test-all":
        sys.exit(run_tests(sys.argv[2:]))
    from config.commands import run

    run(sys.argv)


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
