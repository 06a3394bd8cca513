"""The Russian catalogue: whole, current, compiled as it is written, and with every blank of its English."""

from __future__ import annotations

import ast
import re
import shutil

import polib
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.utils import translation
from django.utils.translation.template import templatize

from config.management.commands import messages

# "%(name)s", "%s", "{name}" and "%%"; "5 %" before a word is a percent sign, not a blank.
BLANK = re.compile(r"%\(\w+\)[sd]|%[sd]\b|%%|\{\w*\}")


@pytest.fixture(scope="module")
def texts() -> polib.POFile:
    return polib.pofile(str(messages.catalogue()))


def translations(entry: polib.POEntry) -> list[str]:
    return list(entry.msgstr_plural.values()) if entry.msgid_plural else [entry.msgstr]


def test_every_text_has_a_russian_translation_that_was_not_guessed(texts):
    assert len(texts) > 700
    assert [entry.msgid for entry in texts if entry.fuzzy or not all(translations(entry))] == []


def test_a_translation_has_the_blanks_of_its_text(texts):
    wrong = [
        entry.msgid
        for entry in texts
        for said in translations(entry)
        if sorted(set(BLANK.findall(said))) != sorted(set(BLANK.findall(entry.msgid_plural or entry.msgid)))
    ]
    assert wrong == []


def test_a_plural_has_as_many_forms_as_the_catalogue_declares(texts):
    declared = int(re.search(r"nplurals=(\d)", texts.metadata["Plural-Forms"])[1])
    assert {len(entry.msgstr_plural) for entry in texts if entry.msgid_plural} == {declared}


def test_texts_keep_the_spaces_and_ends_of_lines_around_them(texts):
    edges = re.compile(r"^\s*|\s*$")
    wrong = [
        entry.msgid
        for entry in texts
        for said in translations(entry)
        if edges.findall(said) != edges.findall(entry.msgid)
    ]
    assert wrong == []


def test_the_compiled_file_says_what_the_catalogue_says(texts, tmp_path):
    compiled = tmp_path / "django.mo"
    texts.save_as_mofile(str(compiled))
    assert compiled.read_bytes() == messages.compiled().read_bytes()


@pytest.mark.parametrize(
    ("count", "said"),
    [(1, "минуту"), (2, "минуты"), (5, "минут"), (11, "минут"), (21, "минуту"), (104, "минуты")],
)
def test_a_number_chooses_its_russian_form(count, said):
    with translation.override("ru"):
        text = translation.ngettext(
            "Try again in %(minutes)s minute.", "Try again in %(minutes)s minutes.", count
        )
    assert text % {"minutes": count} == f"Повторите через {count} {said}."


def test_months_of_django_keep_their_names_beside_our_words():
    with translation.override("ru"):
        assert translation.gettext("May") == "Май"
        assert translation.gettext("may") == "май"
        assert translation.pgettext("token", "May") == "Разрешено"


NAMES = {
    f"{kind}{how}"
    for kind in ("gettext", "ngettext", "pgettext", "npgettext")
    for how in ("", "_lazy", "_noop")
}
# What Django makes of a template's tags: a call with texts in quotes, amid lines of nothing.
TAG = re.compile(r"""\b(?:n?p?gettext|_)\((?:u?(?:"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*')\s*,?\s*|count)+\)""")


def texts_of(source: str) -> set[tuple[str | None, str]]:
    """The context and first form of each text in Python, read without GNU gettext."""
    found = set()
    for call in (node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)):
        name = getattr(call.func, "id", getattr(call.func, "attr", ""))
        said = [each.value for each in call.args if isinstance(each, ast.Constant)]
        if (name == "_" or name in NAMES) and said and isinstance(said[0], str):
            found.add((said[0], said[1]) if "pgettext" in name else (None, said[0]))
    return found


def texts_of_template(source: str) -> set[tuple[str | None, str]]:
    calls = TAG.findall(templatize(source))
    return set().union(*(texts_of(call) for call in calls))


def test_the_catalogue_has_exactly_the_texts_of_the_sources(texts):
    """As `manage.py messages --check` compares with xgettext, where that is installed."""
    folders = [settings.BASE_DIR / name for name in ("apps", "config", "templates")]
    sources = [
        path for folder in folders for path in folder.rglob("*") if path.suffix in (".py", ".html", ".txt")
    ]
    collected = set()
    for path in sources:
        collected |= (texts_of if path.suffix == ".py" else texts_of_template)(path.read_text())
    kept = {(entry.msgctxt, entry.msgid) for entry in texts}
    assert collected == kept


def test_no_text_hides_under_a_name_that_collecting_does_not_know():
    hidden = re.compile(r"import .*gettext\w* as (?!_\b)\w+|(?<!\w)_\(f[\"']|gettext\w*\(f[\"']")
    sources = [path for top in ("apps", "config") for path in (settings.BASE_DIR / top).rglob("*.py")]
    assert len(sources) > 100
    assert [path.name for path in sources if hidden.search(path.read_text())] == []


def test_collecting_without_gettext_names_the_package_to_install(monkeypatch):
    monkeypatch.setattr(shutil, "which", lambda name: None)
    before = messages.stored()
    with pytest.raises(CommandError, match="gettext"):
        call_command("messages", check=True)
    assert messages.stored() == before
