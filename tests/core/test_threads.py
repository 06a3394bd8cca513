"""Hot threads: what is run there speaks the language of who asked."""

from __future__ import annotations

import asyncio

from django.utils import translation
from django.utils.translation import gettext as _
from pytest_django.fixtures import Settings

from apps.core.threads import close_hot_threads, run_hot


def said() -> tuple[str | None, str]:
    return translation.get_language(), _("Yes")


async def asked(language: str) -> tuple[str | None, str]:
    with translation.override(language):
        return await run_hot(said)


def test_a_hot_thread_speaks_the_language_of_who_asked(settings: Settings) -> None:
    settings.HOT_INLINE = False
    try:
        assert asyncio.run(asked("ru")) == ("ru", "Да")
        assert asyncio.run(asked("en")) == ("en", "Yes")
    finally:
        close_hot_threads()
