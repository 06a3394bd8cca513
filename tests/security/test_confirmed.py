"""Keys, rights, others' passwords and exports ask for the password once more when it was given long ago."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.test import Client, override_settings
from django.urls import reverse

from apps.channels.models import Channel
from apps.core import clock
from apps.core.middleware import STARTED
from apps.core.models import ApiToken, User, WebhookSubscription
from apps.core.services import tokens
from apps.operators.models import ReplyTemplate
from tests.factories import organisation, people, roles

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"
OPENED = "account_authentication_methods"
ASKS = "/accounts/reauthenticate/"
MINUTES = settings.ACCOUNT_REAUTHENTICATION_TIMEOUT / 60


@pytest.fixture(autouse=True)
def _fresh_counters() -> Iterator[None]:
    cache.clear()
    yield
    cache.clear()


@pytest.fixture
def chief() -> User:
    organisation.common_line()
    return roles.staff("administrator")


@pytest.fixture
def client(chief: User) -> Client:
    """Signed in at the door, just now."""
    found = Client()
    answer = found.post("/accounts/login/", {"login": chief.username, "password": PASSWORD})
    assert answer.status_code == 302
    found.get("/admin/")
    return found


def later(client: Client, minutes: float) -> None:
    """As if the password had been given so much longer ago."""
    session = client.session
    session[STARTED] -= minutes * 60
    session[OPENED] = [{**each, "at": each["at"] - minutes * 60} for each in session[OPENED]]
    session.save()


def asked(answer: Any) -> str | None:
    """Where the page that asks for the password leads back; None when it was not asked."""
    location = answer.headers.get("Location", "")
    return parse_qs(urlsplit(location).query)["next"][0] if location.startswith(ASKS) else None


def token() -> ApiToken:
    account, now = people.user("crm", is_service=True), clock.now()
    return tokens.issue(name="CRM", user=account, scopes=[], expires_at=now + timedelta(days=1), now=now)[0]


def pages() -> dict[str, str]:
    """Addresses of every form that gives keys or rights, or lets texts out."""
    anna = people.operator("Анна", lines=(organisation.line("Cards"),))
    group, channel, key = Group.objects.get(name="operator"), Channel.objects.create(name="Site"), token()
    hook = WebhookSubscription.objects.create(name="CRM", url="https://crm.example/", token=key, secret="s")
    return {
        "a new token": reverse("admin:core_apitoken_add"),
        "a token": reverse("admin:core_apitoken_change", args=[key.pk]),
        "a webhook": reverse("admin:core_webhooksubscription_change", args=[hook.pk]),
        "a channel with its keys": reverse("admin:support_channels_channel_change", args=[channel.pk]),
        "a group": reverse("admin:auth_group_change", args=[group.pk]),
        "deleting a group": reverse("admin:auth_group_delete", args=[group.pk]),
        "an account": reverse("admin:core_user_change", args=[anna.pk]),
        "somebody's password": reverse("admin:auth_user_password_change", args=[anna.pk]),
        "an operator": reverse("admin:operators_operator_change", args=[anna.pk]),
    }


def test_what_is_asked_for_soon_after_signing_in_needs_no_password(client: Client) -> None:
    for what, address in pages().items():
        assert client.get(address).status_code == 200, what
    assert client.get(reverse("admin:operators_replytemplate_export")).status_code == 200


def test_every_form_of_keys_and_rights_asks_later_and_leads_back(client: Client) -> None:
    later(client, MINUTES + 1)
    for what, address in pages().items():
        assert asked(client.get(address)) == address, what


def test_confirming_opens_the_page_and_a_wrong_password_does_not(client: Client, chief: User) -> None:
    later(client, MINUTES + 1)
    address = reverse("admin:core_apitoken_add")
    wrong = client.post(ASKS, {"password": "wrong", "next": address})
    assert wrong.status_code == 200
    assert asked(client.get(address)) == address
    right = client.post(ASKS, {"password": PASSWORD, "next": address})
    assert right.headers["Location"] == address
    assert client.get(address).status_code == 200


def test_other_pages_never_ask(client: Client) -> None:
    later(client, MINUTES + 1)
    for name in ("operators_queue_add", "operators_replytemplate_add", "core_apitoken_changelist"):
        assert client.get(reverse(f"admin:{name}")).status_code == 200


def test_whoever_only_looks_is_not_asked(client: Client) -> None:
    there = pages()
    auditor = roles.staff("auditor")
    found = Client()
    found.post("/accounts/login/", {"login": auditor.username, "password": PASSWORD})
    found.get("/admin/")
    later(found, MINUTES + 1)
    for what in ("a token", "a channel with its keys", "a group"):
        assert found.get(there[what]).status_code == 200, what


def test_a_form_opened_in_time_is_taken_and_nothing_typed_is_lost(client: Client) -> None:
    later(client, MINUTES - 1)
    address = reverse("admin:auth_group_add")
    assert client.get(address).status_code == 200
    later(client, 10)
    form = {"name": "Night shift", "grants-TOTAL_FORMS": 0, "grants-INITIAL_FORMS": 0}
    assert asked(client.post(address, form)) is None
    assert Group.objects.filter(name="Night shift").exists()


def test_a_form_sent_beyond_that_changes_nothing_and_asks(client: Client) -> None:
    later(client, MINUTES + settings.ADMIN_IDLE_SECONDS / 60 + 1)
    address = reverse("admin:auth_group_add")
    form = {"name": "Night shift", "grants-TOTAL_FORMS": 0, "grants-INITIAL_FORMS": 0}
    answer = client.post(address, form)
    assert asked(answer) == address
    assert not Group.objects.filter(name="Night shift").exists()
    assert "problem" in client.get(answer.headers["Location"]).content.decode()
    assert PASSWORD not in str(dict(client.session))


def test_a_secret_is_renewed_only_after_the_password(client: Client) -> None:
    key = token()
    hook = WebhookSubscription.objects.create(name="CRM", url="https://crm.example/", token=key, secret="s")
    later(client, MINUTES + settings.ADMIN_IDLE_SECONDS / 60 + 1)
    buttons = {
        reverse("admin:core_apitoken_renew", args=[key.pk]): reverse(
            "admin:core_apitoken_change", args=[key.pk]
        ),
        reverse("admin:core_subscription_new_key", args=[hook.pk]): reverse(
            "admin:core_webhooksubscription_change", args=[hook.pk]
        ),
    }
    for button, page in buttons.items():
        assert asked(client.post(button)) == page
    before = (key.digest, "s")
    key.refresh_from_db()
    hook.refresh_from_db()
    assert (key.digest, hook.secret) == before


def test_texts_leave_the_house_only_after_the_password(client: Client) -> None:
    ReplyTemplate.objects.create(shortcut="hello", title="Greeting", text="Good day")
    later(client, MINUTES + 1)
    answer = client.get(reverse("admin:operators_replytemplate_export"), {"language__exact": "en"})
    lists = reverse("admin:operators_replytemplate_changelist")
    assert asked(answer) == f"{lists}?language__exact=en"
    assert b"Good day" not in answer.content


def test_groups_are_not_deleted_from_the_list_without_it(client: Client) -> None:
    group = Group.objects.create(name="Night shift")
    later(client, MINUTES + 1)
    lists = reverse("admin:auth_group_changelist")
    chosen = {"action": "delete_selected", "_selected_action": [group.pk], "post": "yes"}
    assert asked(client.post(lists, chosen)) == lists
    assert Group.objects.filter(pk=group.pk).exists()


def test_rights_are_neither_taken_back_nor_restored_without_it(client: Client) -> None:
    group = Group.objects.create(name="Night shift")
    Group.objects.filter(pk=group.pk).update(name="Day shift")
    history = reverse("admin:auth_group_history", args=[group.pk])
    number = client.get(history).context["changes"][0].number
    later(client, MINUTES + 1)
    undo = reverse("admin:auth_group_undo", args=[group.pk, "group", number])
    assert asked(client.post(undo)) == history
    group.refresh_from_db()
    assert group.name == "Day shift"
    group.delete()
    deleted = reverse("admin:auth_group_deleted")
    number = client.get(deleted).context["deletions"][0].change.number
    assert asked(client.post(reverse("admin:auth_group_restore", args=[number]))) == deleted
    assert not Group.objects.filter(name="Day shift").exists()


@override_settings(ACCOUNT_REAUTHENTICATION_TIMEOUT=60)
def test_the_setting_says_how_long(client: Client) -> None:
    later(client, 2)
    address = reverse("admin:core_apitoken_add")
    assert asked(client.get(address)) == address


def test_an_account_without_a_password_has_nothing_to_confirm_with(chief: User) -> None:
    chief.set_unusable_password()
    chief.save()
    client = roles.browser(chief)
    client.get("/admin/")
    session = client.session
    session[STARTED] -= 60 * 60
    session.save()
    assert client.get(reverse("admin:core_apitoken_add")).status_code == 200
