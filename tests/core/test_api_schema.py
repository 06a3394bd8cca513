"""The schema in docs/ is the one that is served, and the product answers as it says."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
import yaml
from django.conf import settings
from django.core.cache import cache
from django.core.management import call_command
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from pytest_django.fixtures import Settings
from schemathesis.specs.openapi import checks

from apps.core.api.views import WRITES, ApiView
from apps.core.scopes import scopes
from apps.operators.models import BreakReason, ReplyTemplate, Tag
from tests.api import Integration
from tests.factories import dialogues, organisation, people

COMMITTED = settings.BASE_DIR / "docs" / "openapi.yaml"
schema = schemathesis.openapi.from_path(COMMITTED)
schema.app = get_wsgi_application()


def generated() -> dict[str, Any]:
    out = io.StringIO()
    call_command("spectacular", "--lang", "en", "--validate", "--fail-on-warn", stdout=out)
    found: dict[str, Any] = yaml.safe_load(out.getvalue())
    return found


def views(patterns: Any = None) -> list[type[ApiView]]:
    """Every view of REST, by walking the addresses."""
    found: list[type[ApiView]] = []
    for entry in get_resolver("config.api").url_patterns if patterns is None else patterns:
        if isinstance(entry, URLResolver):
            found += views(entry.url_patterns)
        elif isinstance(entry, URLPattern):
            view = getattr(entry.callback, "cls", None)
            found += [view] if view is not None and issubclass(view, ApiView) else []
    return found


def test_committed_schema_is_current() -> None:
    """Refresh it with: manage.py spectacular --lang en --file docs/openapi.yaml"""
    assert yaml.safe_load(COMMITTED.read_text()) == generated()


def test_every_operation_has_examples_a_scope_and_a_key_for_writes() -> None:
    for path, operations in generated()["paths"].items():
        for method, found in operations.items():
            [security] = found["security"]
            assert security["token"][0] in scopes(), path
            good = next(answer for code, answer in found["responses"].items() if code.startswith("2"))
            [media] = good["content"].values()
            assert "examples" in media or path.endswith("/content/"), path
            keys = [each for each in found.get("parameters", []) if each["name"] == "Idempotency-Key"]
            assert bool(keys) == (method in WRITES), path


@pytest.mark.parametrize("view", views(), ids=lambda view: view.__name__)
def test_every_method_names_its_scope_and_every_write_is_guarded(view: type[ApiView]) -> None:
    methods = {each.upper() for each in ("get", *WRITES) if hasattr(view, each)}
    assert set(view.scopes) == methods
    assert set(view.scopes.values()) <= set(scopes())
    for name in set(WRITES) & {each.lower() for each in methods}:
        assert hasattr(getattr(view, name), "__wrapped__"), name


@pytest.mark.django_db
def test_schema_is_served_to_listed_addresses_only(settings: Settings) -> None:
    client = Client()
    served = client.get("/api/v1/schema/")
    assert (served.status_code, yaml.safe_load(served.content)["openapi"]) == (200, "3.1.0")
    assert client.get("/api/v1/docs/").status_code == 200
    settings.API_DOCS_ADDRESSES = ["10.0.0.0/8"]
    for path in ("/api/v1/schema/", "/api/v1/docs/"):
        assert client.get(path).status_code == 404


@pytest.fixture
def seeded(db: None) -> Integration:
    """A token over rows whose small numbers generated requests will hit."""
    line = organisation.line()
    anna = people.operator("Анна", lines=(line,), capacity=90)
    for number in range(3):
        dialogues.conversation(line=line, holder=anna if number else None)
    Tag.objects.create(name="complaint")
    BreakReason.objects.create(name_ru="Обед")
    ReplyTemplate.objects.create(shortcut="hello", title="Hello", text="…")
    return Integration()


@pytest.fixture
def _one_connection() -> Iterator[None]:
    """A real server ends each request by looking after its connections; here they are the test's own."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.usefixtures("_one_connection")
@schema.parametrize()
@hypothesis_settings(
    max_examples=5,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_product_answers_as_the_schema_says(case: Any, seeded: Integration) -> None:
    cache.clear()
    headers = {"Authorization": f"Bearer {seeded.plain}"}
    case.call_and_validate(
        headers=headers,
        checks=[
            schemathesis.checks.not_a_server_error,
            checks.status_code_conformance,
            checks.content_type_conformance,
            checks.response_schema_conformance,
        ],
    )
