"""A real server inside the test process, so that a test can act for the bank's side by calling services."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from django.core.management import call_command
from django.test import override_settings
from playwright.sync_api import BrowserContext, ConsoleMessage, Page, expect

from apps.channels.models import ChannelKey
from apps.conversations.models import Right, Scope
from apps.core import modules
from config.asgi import make_application
from tests.browser.desk import Office, Window, sign_in
from tests.browser.site import Bank, Chat
from tests.factories import organisation, people
from tests.servers import free_port

START_WITHIN_SECONDS = 20
# How long is waited for what must come: it says nothing of a machine with much else to do. What would come by the
# minute's own look of an open screen comes later than this.
PATIENCE_SECONDS = 20
MANIFEST = {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}


@pytest.fixture(scope="session", autouse=True)
def _queries_beside_playwright() -> Iterator[None]:
    """Playwright keeps an event loop in the tests' thread until the session ends; queries there endanger nothing."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        yield


@pytest.fixture(scope="session", autouse=True)
def _patient_expectations() -> None:
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)


@pytest.fixture(scope="session")
def collected(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The static files as production serves them: hashed, compressed, with a manifest."""
    folder = tmp_path_factory.mktemp("static")
    with override_settings(STATIC_ROOT=str(folder), STORAGES=_storages(), DEBUG=False):
        call_command("collectstatic", "--noinput", verbosity=0)
    return folder


def _storages() -> dict[str, Any]:
    from django.conf import settings

    return {**settings.STORAGES, "staticfiles": MANIFEST}


class Product:
    """uvicorn in a thread, which a test may stop and start again on the same port."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        options = {"host": "127.0.0.1", "port": self.port, "log_level": "critical", "ws": "websockets-sansio"}
        config = uvicorn.Config(make_application(), timeout_graceful_shutdown=1, **options)
        self.server = uvicorn.Server(config)
        self.thread = threading.Thread(target=self.server.run, name="server", daemon=True)
        self.thread.start()
        deadline = time.monotonic() + START_WITHIN_SECONDS
        while not self.server.started:
            assert time.monotonic() < deadline, "the server did not start"
            time.sleep(0.02)

    def stop(self) -> None:
        self.server.should_exit = True
        self.thread.join(START_WITHIN_SECONDS)


@pytest.fixture
def product(transactional_db: None, settings: Any, collected: Path) -> Iterator[Product]:
    """The product over the test's database, its static files as in production."""
    settings.STATIC_ROOT = str(collected)
    settings.STORAGES = _storages()
    settings.HOT_INLINE = False
    settings.ROOT_URLCONF = "tests.browser.urls"
    modules.forget()
    running = Product()
    running.start()
    yield running
    running.stop()
    modules.forget()


@pytest.fixture
def server(product: Product) -> str:
    """The address of the running product."""
    return product.url


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Without the browser's own calls to the outside."""
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--no-first-run",
    ]
    return {**browser_type_launch_args, "args": [*browser_type_launch_args.get("args", []), *quiet]}


@pytest.fixture
def watched(page: Page) -> Iterator[Page]:
    """A page on which any broken policy, failed script or uncaught error fails the test."""
    seen: list[str] = []
    page.on("console", lambda message: _note(seen, message))
    page.on("pageerror", lambda error: seen.append(f"uncaught: {error}"))
    yield page
    assert seen == []


def _note(seen: list[str], message: ConsoleMessage) -> None:
    text = message.text
    if (
        message.type == "error"
        or "Content Security Policy" in text
        or "integrity" in text
        or "preload" in text
    ):
        seen.append(text)


Eventually = Callable[[Callable[[], Any]], Any]


@pytest.fixture
def eventually() -> Eventually:
    """Calls until it returns something true, ``PATIENCE_SECONDS`` at most; the last value is returned."""

    def wait(call: Callable[[], Any]) -> Any:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (value := call()):
            assert time.monotonic() < deadline, f"still {value!r}"
            time.sleep(0.05)
        return value

    return wait


# --- the two surfaces ---------------------------------------------------------------------------------


@pytest.fixture
def office(server: str) -> Office:
    organisation.common_line()
    cards, loans = organisation.line("Карты"), organisation.line("Кредиты")
    anna = people.operator("Анна", lines=(cards,))
    anna.user.groups.add(people.group("watchers", Right.METADATA, scope=Scope.ALL))
    return Office(cards, loans, anna, people.operator("Борис", lines=(cards, loans)))


@pytest.fixture
def window(watched: Page, server: str, office: Office) -> Callable[[], Window]:
    """Opens Anna's workspace; any broken policy or script error fails the test."""

    def open_window() -> Window:
        sign_in(watched.context, server, office.anna.user)
        return Window(watched, server)

    return open_window


@pytest.fixture
def second_page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    yield page
    page.close()


@pytest.fixture
def bank(server: str) -> Bank:
    line = organisation.common_line()
    channel = organisation.channel(
        title_ru="Банк Меридиан",
        title_en="Meridian Bank",
        greeting_ru="Здравствуйте! Чем помочь?",
        greeting_en="Hello! How can we help?",
        promise_ru="Отвечаем за 3 минуты",
        promise_en="We reply within 3 minutes",
        accent="#0b5c4f",
    )
    ChannelKey.objects.create(channel=channel, name="demo", secret="k" * 40)
    return Bank(channel, line, people.operator("Анна Ковалёва", lines=(line,)))


@pytest.fixture
def chat(watched: Page, bank: Bank, server: str) -> Chat:
    return Chat(watched, server)
