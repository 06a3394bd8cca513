"""Letters for a new password: who gets one, what it looks like, how long its link lives (A16, A17)."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from io import BytesIO
from smtplib import SMTPServerDisconnected
from typing import Any
from unittest import mock

import pytest
from celery import current_app
from celery.exceptions import Retry
from django.contrib.auth.tokens import PasswordResetTokenGenerator
from django.core import mail
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, override_settings
from django.urls import reverse
from PIL import Image

from apps.core import clock, files, letters, tasks
from apps.core.actors import SYSTEM
from apps.core.models import Brand, Event, StoredFile, User
from tests.factories import people, roles

pytestmark = pytest.mark.django_db

ASK = "/accounts/password/reset/"
PASSWORD = "correct horse battery"
NEW = "a quite different horse"


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any) -> Callable[[], None]:
    """Do what was handed to the worker so far."""
    posted: list[dict[str, Any]] = []
    monkeypatch.setattr(current_app, "send_task", lambda name, kwargs: posted.append(kwargs))

    def run() -> None:
        while posted:
            tasks.send_password_letter(**posted.pop(0))

    return run


@pytest.fixture
def ask(work: Callable[[], None], django_capture_on_commit_callbacks: Any) -> Callable[[str], Client]:
    """Ask at the door for a letter to this address, and let the worker send what is to be sent."""

    def run(address: str) -> Client:
        browser = Client()
        with django_capture_on_commit_callbacks(execute=True):
            answer = browser.post(ASK, {"email": address})
        assert answer.status_code == 302
        assert answer["Location"] == "/accounts/password/reset/sent/"
        work()
        return browser

    return run


def picture() -> StoredFile:
    content = BytesIO()
    Image.new("RGB", (80, 40), "#0a7d55").save(content, "PNG")
    upload = SimpleUploadedFile("logo.png", content.getvalue())
    return files.receive(
        upload, uploaded_by="brand", allowed_kinds=["image"], max_bytes=100_000, now=clock.now()
    )


def worker(**values: Any) -> User:
    return people.user("anna", **{"email": "anna@bank.example", "language": "en", **values})


def opened(index: int = -1) -> EmailMessage:
    """A letter as its reader's program takes it apart."""
    found = message_from_bytes(mail.outbox[index].message().as_bytes(), policy=default)
    assert isinstance(found, EmailMessage)
    return found


def text_of(letter: EmailMessage, kind: str) -> str:
    body = letter.get_body((kind,))
    assert body is not None
    return str(body.get_content())


def link(letter: EmailMessage) -> str:
    found = re.search(r"http://testserver(/accounts/password/reset/\S+)", text_of(letter, "plain"))
    assert found
    return found[1]


def english() -> Client:
    return Client(headers={"accept-language": "en"})


def set_password(address: str, password: str = NEW) -> Any:
    """Follow the link in a fresh browser and write the password twice."""
    browser = english()
    form = browser.get(address, follow=True)
    return browser.post(
        form.request["PATH_INFO"], {"password1": password, "password2": password}, follow=True
    )


def can_sign_in(name: str, password: str) -> bool:
    return Client().post("/accounts/login/", {"login": name, "password": password}).status_code == 302


def test_a_forgotten_password_is_set_anew_by_the_link_of_a_letter(ask: Any) -> None:
    user = worker()
    before = Client()
    before.force_login(user)
    ask("Anna@bank.example")
    assert "The password is set" in set_password(link(opened())).content.decode()
    assert can_sign_in("anna", NEW)
    assert before.get("/workspace/").status_code == 302, "the old session is over"
    assert Event.objects.filter(kind="staff.rights_changed", subject_id=user.pk).exists(), "sockets close"


def test_a_link_works_once(ask: Any) -> None:
    worker()
    ask("anna@bank.example")
    address = link(opened())
    set_password(address)
    assert "This link works no more" in set_password(address, "yet another horse").content.decode()
    assert can_sign_in("anna", NEW)


def test_a_link_dies_after_a_day(ask: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    worker()
    ask("anna@bank.example")
    real = PasswordResetTokenGenerator._now

    def a_day_later(generator: PasswordResetTokenGenerator) -> datetime:
        return real(generator) + timedelta(hours=24, seconds=1)

    monkeypatch.setattr(PasswordResetTokenGenerator, "_now", a_day_later)
    assert "This link works no more" in set_password(link(opened())).content.decode()


def test_a_sign_in_ends_the_link(ask: Any) -> None:
    worker()
    ask("anna@bank.example")
    assert can_sign_in("anna", PASSWORD)
    assert "This link works no more" in set_password(link(opened())).content.decode()


@pytest.mark.parametrize("key", ["x", "0-0", "c1a2b3-" + "0" * 32, "set-password"])
def test_a_made_up_link_opens_nothing(key: str) -> None:
    user = worker()
    answer = english().get(f"/accounts/password/reset/{user.pk}/{key}/")
    assert "This link works no more" in answer.content.decode()


def test_who_is_switched_off_meanwhile_sets_no_password(ask: Any) -> None:
    user = worker()
    ask("anna@bank.example")
    user.is_active = False
    user.save()
    assert "This link works no more" in set_password(link(opened())).content.decode()


@pytest.mark.parametrize("values", [{"is_active": False}, {"is_service": True}])
def test_an_account_without_a_door_gets_no_letter_and_the_page_does_not_tell(ask: Any, values: Any) -> None:
    worker(**values)
    ask("anna@bank.example")
    ask("nobody@bank.example")
    assert mail.outbox == []


def test_a_blank_address_is_refused_before_anything_is_looked_up() -> None:
    worker(email="")
    answer = Client().post(ASK, {"email": " "})
    assert answer.status_code == 200
    assert answer.context["form"].errors


def test_somebody_who_asks_again_and_again_is_held_up(ask: Any) -> None:
    worker()
    for _again in range(5):
        ask("anna@bank.example")
    assert Client().post(ASK, {"email": "anna@bank.example"}).status_code == 429
    assert len(mail.outbox) == 5


def test_without_a_mail_server_nobody_is_offered_a_letter() -> None:
    administrator = roles.browser(roles.staff("administrator"))
    accounts = reverse("admin:core_user_changelist")
    assert ASK in Client().get("/accounts/login/").content.decode()
    assert "send_password_letter" in administrator.get(accounts).content.decode()
    with override_settings(LETTERS=False):
        assert ASK not in Client().get("/accounts/login/").content.decode()
        assert Client().get(ASK).status_code == 404
        assert "send_password_letter" not in administrator.get(accounts).content.decode()
        assert not letters.ask_password_letter(worker(), site="", actor=SYSTEM, now=clock.now())


@pytest.mark.parametrize(
    ("language", "subject", "words"),
    [
        ("en", "A new password at Meridian", "The link works once, until"),
        ("ru", "Новый пароль: Meridian", "Ссылка сработает один раз, до"),
    ],
)
def test_a_letter_speaks_its_readers_language(ask: Any, language: str, subject: str, words: str) -> None:
    Brand.objects.update_or_create(pk=1, defaults={"name": "Meridian"})
    worker(language=language)
    ask("anna@bank.example")
    letter = opened()
    assert letter["Subject"] == subject
    assert words in text_of(letter, "plain")
    assert words in text_of(letter, "html")
    assert "anna" in text_of(letter, "plain")


def test_a_letter_has_the_banks_name_colour_and_logo_and_fetches_nothing(
    ask: Any, django_capture_on_commit_callbacks: Any
) -> None:
    logo = picture()
    Brand.objects.update_or_create(
        pk=1, defaults={"name": "Банк «Меридиан»", "accent": "#0a7d55", "logo": logo}
    )
    worker()
    ask("anna@bank.example")
    letter = opened()
    html = text_of(letter, "html")
    assert letter["From"].addresses[0].display_name == "Банк «Меридиан»"
    assert "#0a7d55" in html
    assert "cid:logo" in html
    assert set(re.findall(r'(?:src|href)="(\w+):', html)) == {"cid", "http"}
    assert re.findall(r'src="http', html) == []
    (inside,) = [part for part in letter.walk() if part.get_content_maintype() == "image"]
    assert inside["Content-ID"] == "<logo>"
    assert inside.get_content()


def test_a_logo_that_is_gone_keeps_no_letter_back(ask: Any) -> None:
    logo = picture()
    StoredFile.objects.filter(pk=logo.pk).update(path="gone/away")
    Brand.objects.update_or_create(pk=1, defaults={"logo": logo})
    worker()
    ask("anna@bank.example")
    assert "cid:logo" not in text_of(opened(), "html")


@pytest.mark.parametrize(("accent", "on"), [("#2457d6", "#ffffff"), ("#ffd400", "#14171f")])
def test_the_button_is_readable_on_the_banks_colour(accent: str, on: str) -> None:
    assert Brand(accent=accent).on_accent() == on


def test_a_mail_server_that_is_away_is_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    user = worker()
    monkeypatch.setattr(letters, "send_password_letter", mock.Mock(side_effect=SMTPServerDisconnected))
    monkeypatch.setattr(tasks.send_password_letter, "retry", mock.Mock(side_effect=Retry))
    with pytest.raises(Retry):
        tasks.send_password_letter(user_id=user.pk, site="http://testserver")


def test_an_administrator_sends_letters_and_is_told_who_gets_none(
    work: Any, django_capture_on_commit_callbacks: Any
) -> None:
    administrator = roles.staff("administrator")
    users = [worker(), people.user("boris", email="")]
    with django_capture_on_commit_callbacks(execute=True):
        answer = roles.browser(administrator).post(
            reverse("admin:core_user_changelist"),
            {"action": "send_password_letter", "_selected_action": [user.pk for user in users]},
            follow=True,
        )
    work()
    said = [str(message) for message in answer.context["messages"]]
    assert len(said) == 2
    assert "boris" in said[1]
    assert [letter.to for letter in mail.outbox] == [["anna@bank.example"]]
    asked = Event.objects.get(kind="staff.password_letter_asked")
    assert (asked.subject_id, asked.actor_id) == (users[0].pk, administrator.pk)
    assert "testserver" not in str(asked.details)
