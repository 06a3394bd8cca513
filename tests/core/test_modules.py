from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from csp.middleware import CSPMiddleware
from django.contrib.staticfiles import storage
from django.core.management import call_command
from django.http import HttpResponse
from django.template import engines
from django.test import RequestFactory, override_settings

from apps.core import modules

PAGE = (
    "{% load otklik_static %}{% import_map 'widget' %}{% module_preloads 'widget/app.js' 'widget/store.js' %}"
)


def render(page: str = PAGE) -> tuple[str, str]:
    """The rendered page and its Content-Security-Policy."""
    request = RequestFactory().get("/")
    middleware = CSPMiddleware(
        lambda _: HttpResponse(engines["django"].from_string(page).render({}, request))
    )
    response = middleware(request)
    return response.content.decode(), response["Content-Security-Policy"]


def map_of(text: str) -> dict[str, dict[str, str]]:
    found = re.search(r'<script type="importmap"[^>]*>(.*?)</script>', text)
    assert found is not None
    return json.loads(found[1])


@pytest.fixture
def collected(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """The static files as production serves them: collected, hashed, with a manifest."""
    backend = {"staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}}
    with override_settings(STATIC_ROOT=str(tmp_path), STORAGES=backend, DEBUG=False):
        call_command("collectstatic", "--noinput", verbosity=0)
        monkeypatch.setattr(
            storage.staticfiles_storage, "_wrapped", storage.storages.create_storage(backend["staticfiles"])
        )
        modules.forget()
        yield tmp_path
    modules.forget()


def test_without_a_manifest_only_bare_names_are_mapped() -> None:
    text, _ = render()
    assert map_of(text) == {
        "imports": {
            entry: f"/static/vendor/{path}"
            for entry, path in {
                "preact": "preact/preact.js",
                "preact/hooks": "preact/hooks.js",
                "htm": "htm/htm.js",
                "@preact/signals-core": "preact-signals-core/signals-core.js",
                "@preact/signals": "preact-signals/signals.js",
            }.items()
        }
    }


def test_nonce_of_the_map_is_in_the_policy() -> None:
    text, policy = render()
    nonce = re.search(r'nonce="([^"]+)"', text)
    assert nonce is not None
    assert f"'nonce-{nonce[1]}'" in policy


def test_preloads_name_each_module_once_with_all_it_imports() -> None:
    text, _ = render()
    urls = re.findall(r'modulepreload" href="([^"]+)"', text)
    assert len(urls) == len(set(urls))
    assert {"/static/widget/app.js", "/static/shared/socket.js", "/static/vendor/preact/preact.js"} <= set(
        urls
    )


def test_collected_addresses_are_mapped_to_hashed_ones_with_their_integrity(collected: Path) -> None:
    made = map_of(render()[0])
    url = made["imports"]["/static/widget/app.js"]
    assert re.fullmatch(r"/static/widget/app\.[0-9a-f]{12}\.js", url)
    digest = hashlib.sha384((collected / url.removeprefix("/static/")).read_bytes()).digest()
    assert made["integrity"][url] == "sha384-" + base64.b64encode(digest).decode()
    assert set(made["integrity"]) == set(made["imports"].values())


def test_surface_learns_nothing_of_another(collected: Path) -> None:
    made = map_of(render()[0])
    assert not [url for url in made["imports"] if "/workspace/" in url]


def test_map_is_computed_once(collected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    render()
    monkeypatch.setattr(modules, "_integrity", lambda url: pytest.fail("computed again"))
    render()


def test_import_of_something_unknown_is_an_error() -> None:
    with pytest.raises(LookupError, match="neither relative nor vendored"):
        modules._resolve("widget/app.js", "lodash")


def test_static_imports_are_found_in_each_form() -> None:
    source = """
import a from './a.js';
import { b,
  c } from "./b.js"
export { d } from './d.js';
import './e.js';
const later = () => import('./not.js');
export function from(x) { return "./no.js"; }
"""
    assert modules.STATIC_IMPORT.findall(source) == ["./a.js", "./b.js", "./d.js", "./e.js"]
