"""The workspace's doors: its page, the ticket for its socket, its user's language."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from apps.core.models import SocketTicket, User
from tests.factories import people

pytestmark = pytest.mark.django_db


@pytest.fixture
def anna() -> User:
    return people.operator("Анна").user


@pytest.fixture
def signed_in(anna: User) -> Client:
    client = Client()
    client.force_login(anna)
    return client


def test_a_stranger_is_sent_to_sign_in_and_comes_back() -> None:
    response = Client().get("/workspace/")
    assert (response.status_code, response["Location"]) == (302, "/accounts/login/?next=/workspace/")


def test_the_page_knows_its_user_and_trusts_no_markup(signed_in: Client, anna: User) -> None:
    response = signed_in.get("/workspace/")
    config = json.loads(
        response.content.decode().split('id="config" type="application/json">')[1].split("</script>")[0]
    )
    assert config["user"] == {"id": anna.pk, "name": str(anna), "staff": False}
    assert config["urls"]["admin"] is None
    policy = response["Content-Security-Policy"]
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert "connect-src 'self' ws://testserver" in policy
    assert response["Cache-Control"] == "no-store, private"


def test_a_ticket_names_its_user(signed_in: Client, anna: User) -> None:
    answer = signed_in.post("/workspace/ticket/").json()
    assert answer["user"] == anna.pk
    assert SocketTicket.objects.get().user_id == anna.pk
    assert len(answer["ticket"]) > 20


def test_a_page_whose_session_has_ended_is_told_so_and_gets_no_ticket() -> None:
    response = Client().post("/workspace/ticket/")
    assert (response.status_code, response.json()["code"]) == (401, "signed_out")
    assert not SocketTicket.objects.exists()


def test_a_ticket_needs_the_page_s_own_token(anna: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(anna)
    assert client.post("/workspace/ticket/").status_code == 403
    assert not SocketTicket.objects.exists()


def test_the_language_is_kept_with_the_user(signed_in: Client, anna: User) -> None:
    assert signed_in.post("/workspace/language/", {"language": "en"}).json() == {"language": "en"}
    anna.refresh_from_db()
    assert anna.language == "en"
    assert 'lang="en"' in signed_in.get("/workspace/").content.decode()


def test_a_language_nobody_speaks_here_is_refused(signed_in: Client, anna: User) -> None:
    assert signed_in.post("/workspace/language/", {"language": "xx"}).status_code == 400
    anna.refresh_from_db()
    assert anna.language == "ru"


def test_pages_around_signing_in_wear_our_look(signed_in: Client) -> None:
    for path in ("/accounts/logout/", "/accounts/password/change/", "/workspace/back/"):
        text = signed_in.get(path).content.decode()
        assert 'class="sheet"' in text, path
        assert "<h1>" in text, path


def test_five_wrong_passwords_close_the_door_for_a_while(anna: User) -> None:
    client = Client()
    for _try in range(5):
        response = client.post("/accounts/login/", {"login": anna.username, "password": "wrong"})
    text = response.content.decode()
    assert response.status_code == 429
    assert 'class="sheet"' in text
    assert "15" in text
