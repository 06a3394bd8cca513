#!/usr/bin/env python3
"""Otklik's commands. `demo` and `test-all` need only Python 3.11: they make and fill .venv themselves."""

import importlib.util
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Command -> the set of requirements it needs.
SELF_INSTALLING = {"demo": "base", "test-all": "dev"}


def load_bootstrap():
    """By its path: importing the package `config` would import Celery, which may not be installed yet."""
    spec = importlib.util.spec_from_file_location("otklik_bootstrap", str(HERE / "config" / "bootstrap.py"))
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def enter_environment(argv):
    """Make sure that the command's packages can be imported, in .venv or where we are."""
    bootstrap = load_bootstrap()
    command = argv[1] if len(argv) > 1 else "help"
    try:
        bootstrap.refuse_old_python()
        if command in SELF_INSTALLING:
            bootstrap.enter(SELF_INSTALLING[command], argv)
        elif importlib.util.find_spec("django") is None:
            if not bootstrap.venv_works():
                raise bootstrap.CannotInstall(
                    "Nothing is installed yet: begin with `python3 manage.py demo`."
                )
            bootstrap.go_on_inside(argv)
    except bootstrap.CannotInstall as error:
        sys.exit(str(error))
    except KeyboardInterrupt:
        sys.exit("Interrupted.")


def main():
    enter_environment(sys.argv)
    if sys.argv[1:2] == ["test-all"]:
        os.execv(sys.executable, [sys.executable, "-m", "pytest", *sys.argv[2:]])
    from config.commands import run

    run(sys.argv)


if __name__ == "__main__":
    main()
