"""What people read when a page is refused, absent or broken; REST answers with a problem document."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import PermissionDenied, SuspiciousOperation
from django.db import OperationalError, connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, override_settings
from django.test.utils import CaptureQueriesContext
from django.urls import path, reverse

from config import urls
from tests.factories import people, roles


def break_down(request: HttpRequest) -> HttpResponse:
    raise RuntimeError("boom")


def refuse(request: HttpRequest) -> HttpResponse:
    raise PermissionDenied("secret reason")


def suspect(request: HttpRequest) -> HttpResponse:
    raise SuspiciousOperation("secret reason")


def run_dry(request: HttpRequest) -> HttpResponse:
    raise OperationalError("FATAL: sorry, too many clients already")


class Broken:
    """The product's addresses and handlers, with three that fail on purpose."""

    urlpatterns = [
        path("break/", break_down),
        path("refuse/", refuse),
        path("suspect/", suspect),
        path("dry/", run_dry),
        path("api/v1/dry/", run_dry),
        path("api/v1/break/", break_down),
        path("api/v1/refuse/", refuse),
        path("api/v1/suspect/", suspect),
        *urls.urlpatterns,
    ]
    handler400, handler403 = urls.handler400, urls.handler403
    handler404, handler500 = urls.handler404, urls.handler500


@pytest.fixture
def client() -> Any:
    with override_settings(ROOT_URLCONF=Broken):
        yield Client(raise_request_exception=False)


@pytest.mark.parametrize(
    ("address", "status", "words"),
    [
        ("/nowhere/", 404, {"ru": "Такой страницы нет", "en": "There is no such page"}),
        ("/refuse/", 403, {"ru": "Вам это не открыто", "en": "This is not open to you"}),
        ("/suspect/", 400, {"ru": "Запрос не понят", "en": "The request was not understood"}),
        ("/dry/", 503, {"ru": "Сейчас недоступно", "en": "Not available now"}),
        ("/break/", 500, {"ru": "У нас что-то сломалось", "en": "Something went wrong on our side"}),
    ],
)
@pytest.mark.django_db
def test_a_person_is_told_in_his_language_and_shown_a_way_on(
    client: Client, address: str, status: int, words: dict[str, str]
) -> None:
    for language, said in words.items():
        answer = client.get(address, headers={"accept-language": language})
        page = answer.content.decode()
        assert answer.status_code == status
        assert f'<html lang="{language}">' in page
        assert said in page
        assert 'class="button"' in page
        assert "secret reason" not in page
        assert "boom" not in page
        assert "too many" not in page


def test_a_broken_page_asks_nothing_of_the_database(client: Client) -> None:
    # No django_db mark: a query would fail the test.
    answer = client.get("/break/", headers={"accept-language": "ru"})
    assert answer.status_code == 500
    assert "Попробовать ещё раз" in answer.content.decode()


def test_who_finds_the_database_away_is_told_when_to_come_back(client: Client) -> None:
    answer = client.get("/dry/")
    assert (answer.status_code, answer["Retry-After"]) == (503, "5")


@pytest.mark.django_db
def test_a_broken_page_reads_no_brand_and_no_session(client: Client) -> None:
    with CaptureQueriesContext(connection) as queries:
        client.get("/break/")
    assert len(queries) == 0


@pytest.mark.parametrize(
    ("address", "status", "code"),
    [
        ("break", 500, "broken"),
        ("dry", 503, "unavailable"),
        ("refuse", 403, "forbidden"),
        ("suspect", 400, "invalid"),
    ],
)
@pytest.mark.django_db
def test_rest_keeps_its_problem_documents(client: Client, address: str, status: int, code: str) -> None:
    answer = client.get(f"/api/v1/{address}/", headers={"accept-language": "en"})
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json")
    problem = answer.json()
    assert (problem["status"], problem["code"]) == (status, code)
    assert "secret reason" not in problem["detail"]


@pytest.mark.django_db
def test_an_old_form_is_explained(client: Client) -> None:
    strict = Client(enforce_csrf_checks=True)
    answer = strict.post(reverse("account_login"), {"login": "a"}, headers={"accept-language": "en"})
    assert answer.status_code == 403
    assert "The form has grown too old" in answer.content.decode()


@pytest.mark.django_db
def test_somebody_inside_is_led_back_to_where_he_works() -> None:
    operator, administrator = people.user("anna"), roles.staff("administrator")
    hers = roles.browser(operator).get("/nowhere/").content.decode()
    his = roles.browser(administrator).get("/nowhere/").content.decode()
    assert 'href="/workspace/"' in hers
    assert 'href="/admin/"' not in hers
    assert 'href="/admin/"' in his
