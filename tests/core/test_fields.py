"""Secrets leave the process only as ciphertext and come back only with their key."""

from datetime import timedelta

import pytest
from cryptography.fernet import Fernet
from django import forms
from django.core.exceptions import FieldError, ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import connection, transaction
from django.forms.models import modelform_factory
from django.utils import timezone
from pytest_django.fixtures import Settings

from apps.channels.models import Channel, InboundUpdate
from apps.core import checks, stored_secrets
from apps.core.fields import UnreadableSecret
from apps.core.forms import SecretField, SecretTextarea, SecretWidget
from apps.core.models import ApiToken, User, WebhookSubscription

OLD, NEW, OTHER = (Fernet.generate_key().decode() for _ in range(3))
SECRET = "whsec_5f2a7c90d1"


@pytest.fixture
def webhook(db: None) -> WebhookSubscription:
    token = ApiToken.objects.create(
        name="CRM",
        user=User.objects.create(username="crm"),
        digest="d" * 64,
        last_four="1234",
        created_at=timezone.now(),
        expires_at=timezone.now() + timedelta(days=1),
    )
    return WebhookSubscription.objects.create(
        name="CRM", url="https://crm.example/", token=token, secret=SECRET
    )


def stored(webhook: WebhookSubscription, column: str = "secret") -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {column} FROM core_webhooksubscription WHERE id = %s", [webhook.pk])
        return cursor.fetchone()[0]


class TestField:
    def test_the_column_holds_ciphertext_with_the_key_id(self, webhook: WebhookSubscription) -> None:
        assert stored(webhook).startswith("test:gAAAA")
        assert SECRET not in stored(webhook)

    def test_the_value_comes_back(self, webhook: WebhookSubscription) -> None:
        assert WebhookSubscription.objects.get().secret == SECRET
        assert WebhookSubscription.objects.values_list("secret", flat=True)[0] == SECRET

    def test_equal_secrets_differ_in_the_column(self, webhook: WebhookSubscription) -> None:
        before = stored(webhook)
        webhook.save()

        assert stored(webhook) != before
        assert WebhookSubscription.objects.get().secret == SECRET

    def test_every_way_of_writing_encrypts(self, webhook: WebhookSubscription) -> None:
        WebhookSubscription.objects.update(secret="by update")
        assert stored(webhook).startswith("test:")

        webhook.secret = "by bulk update"
        WebhookSubscription.objects.bulk_update([webhook], ["secret"])
        assert stored(webhook).startswith("test:")
        assert WebhookSubscription.objects.get().secret == "by bulk update"

    def test_no_secret_stays_visible_as_none(self, webhook: WebhookSubscription) -> None:
        assert stored(webhook, "old_secret") == ""
        assert WebhookSubscription.objects.get().old_secret == ""

    def test_bytes_come_back_as_they_were(self, db: None) -> None:
        channel = Channel.objects.create(kind="web", name="Site")
        body = bytes(range(256)) * 4
        InboundUpdate.objects.create(
            channel=channel, external_id="1", headers="a: b", body=body, received_at=timezone.now()
        )

        assert InboundUpdate.objects.get().body == body
        assert InboundUpdate.objects.get().headers == "a: b"
        with connection.cursor() as cursor:
            cursor.execute("SELECT body FROM support_channels_inboundupdate")
            assert bytes(cursor.fetchone()[0]).startswith(b"test:gAAAA")

    @pytest.mark.parametrize(
        "condition", [{"secret": SECRET}, {"secret__contains": "wh"}, {"secret__in": [SECRET]}]
    )
    def test_a_secret_cannot_be_searched_for(self, condition: dict[str, object], db: None) -> None:
        with pytest.raises(FieldError):
            WebhookSubscription.objects.filter(**condition)

    def test_presence_can_be_asked_for(self, webhook: WebhookSubscription) -> None:
        assert WebhookSubscription.objects.filter(secret__isnull=False).count() == 1

    def test_the_newest_key_writes_and_the_older_still_reads(
        self, webhook: WebhookSubscription, settings: Settings
    ) -> None:
        settings.ENCRYPTION_KEYS = [f"2027a:{NEW}", *settings.ENCRYPTION_KEYS]

        assert WebhookSubscription.objects.get().secret == SECRET
        webhook.save()
        assert stored(webhook).startswith("2027a:")
        assert WebhookSubscription.objects.get().secret == SECRET

    def test_a_key_that_is_gone_is_named(self, webhook: WebhookSubscription, settings: Settings) -> None:
        settings.ENCRYPTION_KEYS = [f"other:{OTHER}"]

        with pytest.raises(UnreadableSecret, match="'test'") as failure:
            WebhookSubscription.objects.get()

        assert failure.value.key_id == "test"

    def test_without_keys_nothing_is_written(self, webhook: WebhookSubscription, settings: Settings) -> None:
        before = stored(webhook)
        settings.ENCRYPTION_KEYS = []

        with pytest.raises(ImproperlyConfigured), transaction.atomic():
            WebhookSubscription.objects.update(secret="x")

        assert stored(webhook) == before


class TestRotation:
    def rotate(self, capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
        call_command("rotate_secrets", batch=2)
        return capsys.readouterr()

    def make(self, webhook: WebhookSubscription, count: int) -> list[WebhookSubscription]:
        return [
            WebhookSubscription.objects.create(
                name=f"W{number}", url="https://w.example/", token=webhook.token, secret=f"secret {number}"
            )
            for number in range(count)
        ]

    def test_every_row_gets_the_newest_key(
        self, webhook: WebhookSubscription, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        rows = [webhook, *self.make(webhook, 6)]
        channel = Channel.objects.create(kind="web", name="Site", webhook_secret="inner")
        InboundUpdate.objects.create(channel=channel, external_id="1", body=b"{}", received_at=timezone.now())
        settings.ENCRYPTION_KEYS = [f"2027a:{NEW}", *settings.ENCRYPTION_KEYS]

        out, _ = self.rotate(capsys)

        # Seven signing keys, the channel's secret and the body of the update.
        assert out == "9 rewritten, 0 already on the newest key\n"
        assert all(stored(row).startswith("2027a:") for row in rows)
        settings.ENCRYPTION_KEYS = [f"2027a:{NEW}"]
        assert {row.secret for row in WebhookSubscription.objects.all()} == {
            SECRET,
            *(f"secret {number}" for number in range(6)),
        }
        assert Channel.objects.get().webhook_secret == "inner"
        assert bytes(InboundUpdate.objects.get().body) == b"{}"

    def test_a_second_run_changes_nothing(
        self, webhook: WebhookSubscription, capsys: pytest.CaptureFixture[str]
    ) -> None:
        before = stored(webhook)

        out, _ = self.rotate(capsys)

        assert out == "0 rewritten, 1 already on the newest key\n"
        assert stored(webhook) == before

    def test_a_row_nobody_can_read_is_named_and_left_and_the_others_go_on(
        self, webhook: WebhookSubscription, settings: Settings, capsys: pytest.CaptureFixture[str]
    ) -> None:
        settings.ENCRYPTION_KEYS = [f"lost:{OTHER}"]
        lost = self.make(webhook, 1)[0]
        settings.ENCRYPTION_KEYS = [f"2027a:{NEW}", "test:MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="]

        with pytest.raises(CommandError, match="1 secrets cannot be read"):
            self.rotate(capsys)

        captured = capsys.readouterr()
        assert captured.out == "1 rewritten, 0 already on the newest key\n"
        assert f"core.WebhookSubscription pk={lost.pk} secret: written with key 'lost'" in captured.err
        assert stored(lost).startswith("lost:")
        assert stored(webhook).startswith("2027a:")

    def test_a_row_changed_meanwhile_is_not_overwritten(
        self, webhook: WebhookSubscription, settings: Settings
    ) -> None:
        column = next(each for each in stored_secrets.columns() if each.model is WebhookSubscription)
        read = stored(webhook)
        WebhookSubscription.objects.update(secret="changed meanwhile")

        assert not column.replace(webhook.pk, read, "test:stale")
        assert WebhookSubscription.objects.get().secret == "changed meanwhile"


class TestChecks:
    def ids(self) -> list[str | None]:
        return [message.id for message in checks.check_encryption_keys(app_configs=None)]

    @pytest.mark.parametrize(
        ("keys", "ids"),
        [
            ([f"a:{NEW}"], []),
            ([f"a:{NEW}", f"b:{OLD}"], []),
            ([], ["core.E001"]),
            ([NEW], ["core.E002"]),
            (["a:short"], ["core.E002"]),
            ([f":{NEW}"], ["core.E002"]),
            (["a:" + "!" * 44], ["core.E002"]),
            ([f"a:{NEW}", f"a:{OLD}"], ["core.E003"]),
        ],
    )
    def test_odd_keys_have_an_id_and_a_hint(
        self, keys: list[str], ids: list[str], settings: Settings
    ) -> None:
        settings.ENCRYPTION_KEYS = keys

        assert self.ids() == ids
        assert all(message.hint for message in checks.check_encryption_keys(app_configs=None))

    def test_the_message_does_not_tell_the_key(self, settings: Settings) -> None:
        settings.ENCRYPTION_KEYS = [NEW]

        assert NEW not in str(checks.check_encryption_keys(app_configs=None))

    def test_a_row_without_its_key_is_named(self, webhook: WebhookSubscription, settings: Settings) -> None:
        settings.ENCRYPTION_KEYS = [f"other:{OTHER}"]

        messages = checks.check_secrets_are_readable(app_configs=None, databases=["default"])

        assert [message.id for message in messages] == ["core.E004"]
        assert f"core.WebhookSubscription pk={webhook.pk} secret" in messages[0].msg

    def test_readable_rows_are_no_message(self, webhook: WebhookSubscription) -> None:
        assert checks.check_secrets_are_readable(app_configs=None, databases=["default"]) == []

    def test_nothing_is_asked_without_a_database(
        self, webhook: WebhookSubscription, settings: Settings
    ) -> None:
        settings.ENCRYPTION_KEYS = [f"other:{OTHER}"]

        assert checks.check_secrets_are_readable(app_configs=None, databases=None) == []

    @pytest.mark.parametrize(
        ("name", "value", "ids"),
        [
            ("TRUSTED_PROXIES", ["10.0.0.0/8", "::1", "unix"], []),
            ("TRUSTED_PROXIES", ["10.0.0.1/8"], ["core.E005"]),
            ("TRUSTED_PROXIES", ["proxy.bank"], ["core.E005"]),
            ("HTTP_ALLOWED_INTERNAL", ["crm.bank:8080", "[::1]:443"], []),
            ("HTTP_ALLOWED_INTERNAL", ["crm.bank"], ["core.E006"]),
            ("CLAMD", "127.0.0.1:3310", []),
            ("CLAMD", "/run/clamav/clamd.ctl", []),
            ("CLAMD", "clamd", ["core.E007"]),
            ("HTTP_CA_BUNDLE", "/nowhere/bank.pem", ["core.E009"]),
            ("HTTP_CA_BUNDLE", __file__, ["core.E009"]),
            ("UNSCANNED_FILES", "maybe", ["core.E008"]),
        ],
    )
    def test_odd_network_settings_have_an_id(
        self, name: str, value: object, ids: list[str], settings: Settings
    ) -> None:
        setattr(settings, name, value)

        messages = checks.check_network_settings(app_configs=None)

        assert [message.id for message in messages] == ids
        assert all(message.hint for message in messages)


class TestForm:
    def form(self, webhook: WebhookSubscription, secret: str) -> forms.ModelForm:
        form_class = modelform_factory(WebhookSubscription, fields=["name", "secret"])
        return form_class({"name": webhook.name, "secret": secret}, instance=webhook)

    def test_the_page_shows_the_last_four_and_nothing_more(self, webhook: WebhookSubscription) -> None:
        page = modelform_factory(WebhookSubscription, fields=["secret"])(instance=webhook).as_p()

        assert 'placeholder="•••• 90d1"' in page
        assert SECRET[:-4] not in page
        assert "required" not in page

    def test_a_short_secret_is_not_hinted_at(self, webhook: WebhookSubscription) -> None:
        webhook.secret = "short"

        page = modelform_factory(WebhookSubscription, fields=["secret"])(instance=webhook).as_p()

        assert 'placeholder="••••"' in page
        assert "hort" not in page

    def test_empty_keeps_the_stored_secret(self, webhook: WebhookSubscription) -> None:
        form = self.form(webhook, "")

        assert form.is_valid(), form.errors
        assert "secret" not in form.changed_data
        form.save()
        assert WebhookSubscription.objects.get().secret == SECRET

    def test_a_new_secret_replaces_the_old(self, webhook: WebhookSubscription) -> None:
        form = self.form(webhook, "another secret")

        assert form.is_valid(), form.errors
        assert form.changed_data == ["secret"]
        form.save()
        assert WebhookSubscription.objects.get().secret == "another secret"

    def test_a_form_with_a_mistake_does_not_give_the_typed_secret_back(
        self, webhook: WebhookSubscription
    ) -> None:
        form_class = modelform_factory(WebhookSubscription, fields=["name", "secret"])

        page = form_class({"name": "", "secret": "typed just now"}, instance=webhook).as_p()

        assert "typed" not in page
        assert "just now" not in page
        assert "t now" not in page

    def test_the_first_secret_is_required(self, db: None) -> None:
        form = modelform_factory(WebhookSubscription, fields=["secret"])({"secret": ""})

        assert not form.is_valid()
        assert "secret" in form.errors

    def test_the_admins_textarea_does_not_get_through(self) -> None:
        field = WebhookSubscription._meta.get_field("secret").formfield(widget=forms.Textarea)

        assert isinstance(field, SecretField)
        assert isinstance(field.widget, SecretWidget)

    def test_a_write_only_box_keeps_lines(self) -> None:
        field = WebhookSubscription._meta.get_field("secret").formfield(widget=SecretTextarea)

        assert isinstance(field.widget, SecretTextarea)
        assert field.clean("-----BEGIN\nAAAA\n-----END") == "-----BEGIN\nAAAA\n-----END"
        assert "AAAA" not in field.widget.render("secret", "-----BEGIN\nAAAA\n-----END")
