"""Tokens and webhooks in the back office: secrets are shown once, what is revoked opens nothing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from apps.conversations.subjects import seen_conversations
from apps.core import clock
from apps.core.models import ApiToken, Event, User, WebhookDelivery, WebhookSubscription
from apps.core.services import tokens
from apps.operators.models import Operator
from tests.factories import dialogues, people, roles
from tests.factories.people import NOW
from tests.operators.test_admin_reach import no_rows

pytestmark = pytest.mark.django_db


@pytest.fixture
def client() -> Client:
    found = roles.browser(roles.staff("administrator"))
    found.post(reverse("admin:own_language"), {"language": "en"})
    return found


def address(model: str, page: str, *args: object) -> str:
    return reverse(f"admin:core_{model}_{page}", args=args)


def made(client: Client, **values: object) -> tuple[ApiToken, str]:
    """A token as the page makes it, and the secret it shows."""
    group = people.group("crm", "see_text", scope="all")
    until = clock.now() + timedelta(days=30)
    form = {
        "name": "CRM",
        "scopes": ["conversations:read"],
        "groups": [group.pk],
        "expires_at_0": f"{until:%Y-%m-%d}",
        "expires_at_1": "12:00:00",
        **values,
    }
    answer = client.post(address("apitoken", "add"), form)
    assert answer.status_code == 200
    return ApiToken.objects.get(), answer.context["secret"]


def test_a_new_token_is_shown_once_and_works(client: Client) -> None:
    token, secret = made(client)
    assert tokens.redeem(secret, now=clock.now()) == token
    assert (token.scopes, token.user.is_service, token.user.has_usable_password()) == (
        ["conversations:read"],
        True,
        False,
    )
    assert [group.name for group in token.user.groups.all()] == ["crm"]
    for page in (
        address("apitoken", "change", token.pk),
        address("apitoken", "changelist"),
        address("apitoken", "history", token.pk),
    ):
        shown = client.get(page).content.decode()
        assert secret not in shown
        assert token.digest not in shown
    assert secret not in str(client.cookies)


def test_a_new_token_is_offered_the_group_that_sees_every_lines_conversations(client: Client) -> None:
    offered = client.get(address("apitoken", "add")).context["adminform"].form["groups"].initial
    token, _secret = made(client, groups=[group.pk for group in offered])
    conversation = dialogues.conversation()
    assert seen_conversations(token.user, [conversation.pk]) == {conversation.pk}


def test_a_revoked_token_opens_nothing(client: Client) -> None:
    token, secret = made(client)
    assert client.get(address("apitoken", "revoke", token.pk)).status_code == 403
    client.post(address("apitoken", "revoke", token.pk))
    with pytest.raises(tokens.TokenRefused):
        tokens.redeem(secret, now=clock.now())


def test_a_renewed_token_replaces_the_old_one(client: Client) -> None:
    token, old = made(client)
    new = client.post(address("apitoken", "renew", token.pk)).context["secret"]
    assert tokens.redeem(new, now=clock.now()).pk == token.pk
    with pytest.raises(tokens.TokenRefused):
        tokens.redeem(old, now=clock.now())


def test_an_account_switched_off_takes_its_token_along(client: Client) -> None:
    token, secret = made(client)
    listed = reverse("admin:core_user_changelist")
    client.post(listed, {"action": "switch_off", "_selected_action": [token.user_id]})
    with pytest.raises(tokens.TokenRefused):
        tokens.redeem(secret, now=clock.now())


def test_an_unknown_scope_is_refused(client: Client) -> None:
    answer = client.post(address("apitoken", "add"), {"name": "CRM", "scopes": ["everything"]})
    assert answer.status_code == 200
    assert not ApiToken.objects.exists()
    assert not User.objects.filter(is_service=True).exists()


@pytest.mark.parametrize("page", ["revoke", "renew"])
def test_an_auditor_looks_and_does_not_touch(client: Client, page: str) -> None:
    token, secret = made(client)
    auditor = roles.browser(roles.staff("auditor"))
    assert auditor.get(address("apitoken", "change", token.pk)).status_code == 200
    assert auditor.post(address("apitoken", page, token.pk)).status_code == 403
    assert tokens.redeem(secret, now=clock.now()) == token


def subscribed(client: Client) -> tuple[WebhookSubscription, str]:
    token, _secret = made(client)
    form = {
        "name": "CRM",
        "url": "https://crm.example/hook",
        "kinds": ["message.sent"],
        "token": token.pk,
        "is_active": "on",
    }
    answer = client.post(address("webhooksubscription", "add"), form)
    return WebhookSubscription.objects.get(), answer.context["secret"]


def test_an_address_that_nothing_is_sent_to_is_refused(client: Client) -> None:
    token, _secret = made(client)
    form = {"name": "CRM", "url": "http://crm.example/hook", "kinds": ["message.sent"], "token": token.pk}
    answer = client.post(address("webhooksubscription", "add"), form)
    assert answer.context["adminform"].form.errors == {"url": ["The address has to begin with https://."]}
    assert not WebhookSubscription.objects.exists()


def test_a_signing_key_is_shown_once_and_rotated_with_both_alive(client: Client) -> None:
    subscription, secret = subscribed(client)
    assert subscription.secret == secret
    page = address("webhooksubscription", "change", subscription.pk)
    assert secret not in client.get(page).content.decode()
    new = client.post(reverse("admin:core_subscription_new_key", args=[subscription.pk])).context["secret"]
    subscription.refresh_from_db()
    assert (subscription.secret, subscription.old_secret) == (new, secret)
    client.post(reverse("admin:core_subscription_drop_key", args=[subscription.pk]))
    subscription.refresh_from_db()
    assert (subscription.secret, subscription.old_secret) == (new, "")
    history = client.get(address("webhooksubscription", "history", subscription.pk))
    assert [each.name for each in history.context["changes"][0].differences] == ["Set at"]
    assert new not in history.content.decode()


def test_a_delivery_that_was_given_up_is_sent_again(client: Client) -> None:
    subscription, _secret = subscribed(client)
    event = Event.objects.create(
        kind="message.sent", subject_kind="conversation", subject_id=1, actor_kind="system", at=NOW
    )
    delivery = WebhookDelivery.objects.create(
        subscription=subscription, event=event, state="failed", attempts_made=12, due_at=NOW, created_at=NOW
    )
    shown = client.get(address("webhookdelivery", "change", delivery.pk)).content.decode()
    next_try = shown.split("field-next_try")[1].split("field-created_at")[0]
    assert "—" in next_try
    auditor = roles.browser(roles.staff("auditor"))
    assert auditor.post(address("webhookdelivery", "resend", delivery.pk)).status_code == 403
    delivery.refresh_from_db()
    assert delivery.state == "failed"
    client.post(address("webhookdelivery", "resend", delivery.pk))
    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts_made) == ("waiting", 0)
    WebhookDelivery.objects.update(state="failed")
    listed = address("webhookdelivery", "changelist")
    client.post(listed, {"action": "resend", "_selected_action": [delivery.pk]})
    delivery.refresh_from_db()
    assert delivery.state == "waiting"


def test_service_accounts_are_no_operators(client: Client) -> None:
    token, _secret = made(client)
    form = {
        "public_name": "CRM",
        "capacity": 5,
        "username": token.user.username,
        "language": "ru",
        **no_rows("memberships", "skill_levels", "limits"),
    }
    assert client.post(reverse("admin:operators_operator_add"), form).status_code == 200
    assert not Operator.objects.exists()
