"""`manage.py messages`: collect texts from the sources into config/locale and compile what is translated."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import Any

import polib
from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import to_locale

LANGUAGE = "ru"  # the sources are written in English
IGNORED = (".venv/*", "staticfiles/*", "static/*", "tests/*", "var/*", "docs/*")


class Command(BaseCommand):
    help = (
        "Collect translatable texts and compile the Russian catalogue; --check changes nothing and compares."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="fail if catalogue or compiled file is not current"
        )

    def handle(self, *args: Any, check: bool, **options: Any) -> None:
        if shutil.which("xgettext") is None:
            raise CommandError("Collecting texts needs GNU gettext: install the system package “gettext”.")
        before = stored()
        try:
            collect()
            problems = missing()
            compile_catalogue()
            current = stored() == before
        finally:
            if check:
                restore(before)
        if check and not current:
            raise CommandError("The catalogue is not current. Run `manage.py messages`.")
        if problems:
            listed = "\n".join(f"  {text[:100]!r}" for text in problems)
            raise CommandError(f"{len(problems)} texts have no Russian translation:\n{listed}")


def catalogue() -> Path:
    """The Russian texts as translators edit them."""
    return Path(settings.LOCALE_PATHS[0]) / to_locale(LANGUAGE) / "LC_MESSAGES" / "django.po"


def compiled() -> Path:
    """The Russian texts as Django reads them."""
    return catalogue().with_suffix(".mo")


def stored() -> dict[Path, bytes]:
    """Both files as they are; one that is missing is empty."""
    return {path: path.read_bytes() if path.exists() else b"" for path in (catalogue(), compiled())}


def restore(before: dict[Path, bytes]) -> None:
    """Write both files as they were."""
    for path, content in before.items():
        path.write_bytes(content)


def collect() -> None:
    """Bring the catalogue up to the sources; texts that are gone leave it."""
    catalogue().parent.mkdir(parents=True, exist_ok=True)
    here = Path.cwd()
    os.chdir(settings.BASE_DIR)
    try:
        call_command(
            "makemessages",
            locale=[LANGUAGE],
            ignore_patterns=list(IGNORED),
            no_location=True,
            no_wrap=True,
            no_obsolete=True,
            verbosity=0,
        )
    finally:
        os.chdir(here)
    texts = polib.pofile(str(catalogue()), wrapwidth=0)
    # The moment of collecting would make every run a change.
    texts.metadata.pop("POT-Creation-Date", None)
    texts.sort(key=lambda entry: (entry.msgctxt or "", entry.msgid))
    texts.save(str(catalogue()))


def missing() -> list[str]:
    """Texts without a translation, or with one that was only guessed."""
    texts = polib.pofile(str(catalogue()))
    return [entry.msgid for entry in texts if not entry.translated() or entry.fuzzy]


def compile_catalogue() -> None:
    """Write the compiled file."""
    polib.pofile(str(catalogue())).save_as_mofile(str(compiled()))
