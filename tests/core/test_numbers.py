"""How rows are called by their number, and found by what people type."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from django.utils import translation
from django.utils.formats import date_format

from apps.core.models import Brand
from apps.core.numbers import numbered, typed_number


@pytest.mark.parametrize(("language", "written"), [("ru", "№ 35"), ("en", "No. 35")])
def test_a_row_is_called_by_its_number(language, written):
    with translation.override(language):
        assert numbered(35) == written


@pytest.mark.parametrize("typed", ["35", "№ 35", "№35", "#35", "No. 35", "no 35", " 35 "])
def test_a_number_is_found_however_it_is_written(typed):
    assert typed_number(typed) == 35


@pytest.mark.parametrize("typed", ["", "№", "3 5", "Anna", "٣٥", "1" * 19, "-1"])
def test_what_is_no_number_finds_nothing(typed):
    assert typed_number(typed) is None


@pytest.mark.parametrize(("language", "written"), [("ru", "22.11.2026 15:30"), ("en", "22 Nov 2026, 15:30")])
def test_hours_are_counted_to_twenty_four_in_both_languages(language, written):
    with translation.override(language):
        assert date_format(datetime(2026, 11, 22, 15, 30, tzinfo=UTC), "SHORT_DATETIME_FORMAT") == written


def test_a_bank_is_called_in_english_where_it_has_such_a_name():
    both, one = Brand(name="Меридиан", name_en="Meridian"), Brand(name="Меридиан")
    assert (both.called("en"), both.called("ru"), one.called("en")) == ("Meridian", "Меридиан", "Меридиан")
