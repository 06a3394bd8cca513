"""All tables of this app as they stood when its migrations were folded: docs/decisions/0015."""

import django.contrib.postgres.fields
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
from django.db import migrations, models

import apps.channels.adapters.registry
import apps.channels.models
import apps.core.fields
import apps.core.models.brand


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("pghistory", "0007_auto_20250421_0444"),
    ]

    replaces = [
        ("support_channels", "0001_initial"),
        ("support_channels", "0002_history"),
        ("support_channels", "0003_known_states"),
    ]

    operations = [
        migrations.CreateModel(
            name="Channel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=apps.channels.adapters.registry.kind_choices,
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                (
                    "public_key",
                    models.CharField(
                        default=apps.channels.models.new_public_key,
                        editable=False,
                        max_length=32,
                        unique=True,
                        verbose_name="public key",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Off: nobody can write here; conversations stay as they are.",
                        verbose_name="on",
                    ),
                ),
                (
                    "allowed_sites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        default=list,
                        help_text="Addresses of pages that may show the widget, such as https://bank.example. One a line.",
                        size=None,
                        verbose_name="sites",
                    ),
                ),
                (
                    "accent",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the bank's own.",
                        max_length=7,
                        validators=[apps.core.models.brand.validate_colour],
                        verbose_name="colour",
                    ),
                ),
                ("title_ru", models.CharField(blank=True, max_length=80, verbose_name="title, Russian")),
                ("title_en", models.CharField(blank=True, max_length=80, verbose_name="title, English")),
                ("greeting_ru", models.TextField(blank=True, verbose_name="greeting, Russian")),
                ("greeting_en", models.TextField(blank=True, verbose_name="greeting, English")),
                ("promise_ru", models.CharField(blank=True, max_length=200, verbose_name="promise, Russian")),
                ("promise_en", models.CharField(blank=True, max_length=200, verbose_name="promise, English")),
                ("closed_text_ru", models.TextField(blank=True, verbose_name="text when closed, Russian")),
                ("closed_text_en", models.TextField(blank=True, verbose_name="text when closed, English")),
                (
                    "form_fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("name", "name"), ("phone", "phone"), ("email", "e-mail")], max_length=10
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="asked before the chat",
                    ),
                ),
                ("form_required", models.BooleanField(default=False, verbose_name="answers are required")),
                (
                    "edit_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="0 forbids it.",
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="customer may change a message for, minutes",
                    ),
                ),
                (
                    "text_limit",
                    models.PositiveIntegerField(
                        default=4000,
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(16000),
                        ],
                        verbose_name="longest message, characters",
                    ),
                ),
                ("accepts_files", models.BooleanField(default=True, verbose_name="customer may send files")),
                (
                    "asks_rating",
                    models.BooleanField(default=True, verbose_name="ask for a rating after closing"),
                ),
                (
                    "visitor_days",
                    models.PositiveSmallIntegerField(
                        default=365,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="remember a visitor for, days",
                    ),
                ),
                (
                    "webhook_secret",
                    apps.core.fields.EncryptedTextField(
                        blank=True,
                        help_text="Key by which incoming webhooks prove themselves.",
                        verbose_name="webhook secret",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
            ],
            options={
                "verbose_name": "channel",
                "verbose_name_plural": "channels",
                "ordering": ["name"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "support_channels_channelevent" ("accent", "accepts_files", "allowed_sites", "asks_rating", "closed_text_en", "closed_text_ru", "created_at", "edit_minutes", "form_fields", "form_required", "greeting_en", "greeting_ru", "id", "is_active", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_en", "promise_ru", "public_key", "text_limit", "title_en", "title_ru", "visitor_days") VALUES (NEW."accent", NEW."accepts_files", NEW."allowed_sites", NEW."asks_rating", NEW."closed_text_en", NEW."closed_text_ru", NEW."created_at", NEW."edit_minutes", NEW."form_fields", NEW."form_required", NEW."greeting_en", NEW."greeting_ru", NEW."id", NEW."is_active", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promise_en", NEW."promise_ru", NEW."public_key", NEW."text_limit", NEW."title_en", NEW."title_ru", NEW."visitor_days"); RETURN NULL;',
                            hash="16b60fa7639191ea17002de63d1cfd4d22a0856a",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_8a516",
                            table="support_channels_channel",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."accent" IS DISTINCT FROM (NEW."accent") OR OLD."accepts_files" IS DISTINCT FROM (NEW."accepts_files") OR OLD."allowed_sites" IS DISTINCT FROM (NEW."allowed_sites") OR OLD."asks_rating" IS DISTINCT FROM (NEW."asks_rating") OR OLD."closed_text_en" IS DISTINCT FROM (NEW."closed_text_en") OR OLD."closed_text_ru" IS DISTINCT FROM (NEW."closed_text_ru") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."edit_minutes" IS DISTINCT FROM (NEW."edit_minutes") OR OLD."form_fields" IS DISTINCT FROM (NEW."form_fields") OR OLD."form_required" IS DISTINCT FROM (NEW."form_required") OR OLD."greeting_en" IS DISTINCT FROM (NEW."greeting_en") OR OLD."greeting_ru" IS DISTINCT FROM (NEW."greeting_ru") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."kind" IS DISTINCT FROM (NEW."kind") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."promise_en" IS DISTINCT FROM (NEW."promise_en") OR OLD."promise_ru" IS DISTINCT FROM (NEW."promise_ru") OR OLD."public_key" IS DISTINCT FROM (NEW."public_key") OR OLD."text_limit" IS DISTINCT FROM (NEW."text_limit") OR OLD."title_en" IS DISTINCT FROM (NEW."title_en") OR OLD."title_ru" IS DISTINCT FROM (NEW."title_ru") OR OLD."visitor_days" IS DISTINCT FROM (NEW."visitor_days"))',
                            func='INSERT INTO "support_channels_channelevent" ("accent", "accepts_files", "allowed_sites", "asks_rating", "closed_text_en", "closed_text_ru", "created_at", "edit_minutes", "form_fields", "form_required", "greeting_en", "greeting_ru", "id", "is_active", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_en", "promise_ru", "public_key", "text_limit", "title_en", "title_ru", "visitor_days") VALUES (NEW."accent", NEW."accepts_files", NEW."allowed_sites", NEW."asks_rating", NEW."closed_text_en", NEW."closed_text_ru", NEW."created_at", NEW."edit_minutes", NEW."form_fields", NEW."form_required", NEW."greeting_en", NEW."greeting_ru", NEW."id", NEW."is_active", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."promise_en", NEW."promise_ru", NEW."public_key", NEW."text_limit", NEW."title_en", NEW."title_ru", NEW."visitor_days"); RETURN NULL;',
                            hash="75dcc93ddcc58cefea88b808fec81df94faf1327",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_4f172",
                            table="support_channels_channel",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "support_channels_channelevent" ("accent", "accepts_files", "allowed_sites", "asks_rating", "closed_text_en", "closed_text_ru", "created_at", "edit_minutes", "form_fields", "form_required", "greeting_en", "greeting_ru", "id", "is_active", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_en", "promise_ru", "public_key", "text_limit", "title_en", "title_ru", "visitor_days") VALUES (OLD."accent", OLD."accepts_files", OLD."allowed_sites", OLD."asks_rating", OLD."closed_text_en", OLD."closed_text_ru", OLD."created_at", OLD."edit_minutes", OLD."form_fields", OLD."form_required", OLD."greeting_en", OLD."greeting_ru", OLD."id", OLD."is_active", OLD."kind", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."promise_en", OLD."promise_ru", OLD."public_key", OLD."text_limit", OLD."title_en", OLD."title_ru", OLD."visitor_days"); RETURN NULL;',
                            hash="8af45511c6dfeb0f8dc88e9679a9cb8f652a0271",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_53e5e",
                            table="support_channels_channel",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=apps.channels.adapters.registry.kind_choices,
                        max_length=20,
                        verbose_name="kind",
                    ),
                ),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "public_key",
                    models.CharField(
                        default=apps.channels.models.new_public_key,
                        editable=False,
                        max_length=32,
                        verbose_name="public key",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True,
                        help_text="Off: nobody can write here; conversations stay as they are.",
                        verbose_name="on",
                    ),
                ),
                (
                    "allowed_sites",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=200),
                        blank=True,
                        default=list,
                        help_text="Addresses of pages that may show the widget, such as https://bank.example. One a line.",
                        size=None,
                        verbose_name="sites",
                    ),
                ),
                (
                    "accent",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the bank's own.",
                        max_length=7,
                        validators=[apps.core.models.brand.validate_colour],
                        verbose_name="colour",
                    ),
                ),
                ("title_ru", models.CharField(blank=True, max_length=80, verbose_name="title, Russian")),
                ("title_en", models.CharField(blank=True, max_length=80, verbose_name="title, English")),
                ("greeting_ru", models.TextField(blank=True, verbose_name="greeting, Russian")),
                ("greeting_en", models.TextField(blank=True, verbose_name="greeting, English")),
                ("promise_ru", models.CharField(blank=True, max_length=200, verbose_name="promise, Russian")),
                ("promise_en", models.CharField(blank=True, max_length=200, verbose_name="promise, English")),
                ("closed_text_ru", models.TextField(blank=True, verbose_name="text when closed, Russian")),
                ("closed_text_en", models.TextField(blank=True, verbose_name="text when closed, English")),
                (
                    "form_fields",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(
                            choices=[("name", "name"), ("phone", "phone"), ("email", "e-mail")], max_length=10
                        ),
                        blank=True,
                        default=list,
                        size=None,
                        verbose_name="asked before the chat",
                    ),
                ),
                ("form_required", models.BooleanField(default=False, verbose_name="answers are required")),
                (
                    "edit_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="0 forbids it.",
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="customer may change a message for, minutes",
                    ),
                ),
                (
                    "text_limit",
                    models.PositiveIntegerField(
                        default=4000,
                        validators=[
                            django.core.validators.MinValueValidator(100),
                            django.core.validators.MaxValueValidator(16000),
                        ],
                        verbose_name="longest message, characters",
                    ),
                ),
                ("accepts_files", models.BooleanField(default=True, verbose_name="customer may send files")),
                (
                    "asks_rating",
                    models.BooleanField(default=True, verbose_name="ask for a rating after closing"),
                ),
                (
                    "visitor_days",
                    models.PositiveSmallIntegerField(
                        default=365,
                        validators=[django.core.validators.MinValueValidator(1)],
                        verbose_name="remember a visitor for, days",
                    ),
                ),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="support_channels.channel",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="51dfe4032e65a58542a37e08278eda422588a16a",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_dd5e5",
                            table="support_channels_channelevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelKey",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "name",
                    models.CharField(help_text="The token's “kid”.", max_length=40, verbose_name="key id"),
                ),
                (
                    "algorithm",
                    models.CharField(
                        choices=[("HS256", "HS256"), ("EdDSA", "EdDSA")],
                        default="HS256",
                        max_length=6,
                        verbose_name="algorithm",
                    ),
                ),
                (
                    "secret",
                    apps.core.fields.EncryptedTextField(
                        help_text="HS256: a secret of at least 32 bytes. EdDSA: the public key in PEM.",
                        verbose_name="key",
                    ),
                ),
                (
                    "secret_set_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="set at"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="keys",
                        to="support_channels.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "signing key",
                "verbose_name_plural": "signing keys",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "support_channels_channelkeyevent" ("algorithm", "channel_id", "created_at", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "secret_set_at") VALUES (NEW."algorithm", NEW."channel_id", NEW."created_at", NEW."id", NEW."is_active", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."secret_set_at"); RETURN NULL;',
                            hash="3f66e43ac3a26a7255d34392cff7819365f02560",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_ec1fa",
                            table="support_channels_channelkey",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."algorithm" IS DISTINCT FROM (NEW."algorithm") OR OLD."channel_id" IS DISTINCT FROM (NEW."channel_id") OR OLD."created_at" IS DISTINCT FROM (NEW."created_at") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."secret_set_at" IS DISTINCT FROM (NEW."secret_set_at"))',
                            func='INSERT INTO "support_channels_channelkeyevent" ("algorithm", "channel_id", "created_at", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "secret_set_at") VALUES (NEW."algorithm", NEW."channel_id", NEW."created_at", NEW."id", NEW."is_active", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."secret_set_at"); RETURN NULL;',
                            hash="5169964ffd1d463827de35affb0a10e6601ef4b6",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_72c5b",
                            table="support_channels_channelkey",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "support_channels_channelkeyevent" ("algorithm", "channel_id", "created_at", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "secret_set_at") VALUES (OLD."algorithm", OLD."channel_id", OLD."created_at", OLD."id", OLD."is_active", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."secret_set_at"); RETURN NULL;',
                            hash="56705ec3e1a9a0be47c68443b2650e9924dffa3d",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_13d47",
                            table="support_channels_channelkey",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("channel", "name"), name="channel_key_name_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelKeyEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "name",
                    models.CharField(help_text="The token's “kid”.", max_length=40, verbose_name="key id"),
                ),
                (
                    "algorithm",
                    models.CharField(
                        choices=[("HS256", "HS256"), ("EdDSA", "EdDSA")],
                        default="HS256",
                        max_length=6,
                        verbose_name="algorithm",
                    ),
                ),
                (
                    "secret_set_at",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="set at"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                ("created_at", models.DateTimeField(auto_now_add=True, verbose_name="created at")),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="support_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "pgh_context",
                    models.ForeignKey(
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        to="pghistory.context",
                    ),
                ),
                (
                    "pgh_obj",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="events",
                        to="support_channels.channelkey",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="9ff0d5bd0aa2d37fe85843102990de8236409c6f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_e4545",
                            table="support_channels_channelkeyevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="InboundUpdate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("external_id", models.CharField(max_length=200, verbose_name="provider's number")),
                ("headers", apps.core.fields.EncryptedTextField(blank=True)),
                ("body", apps.core.fields.EncryptedBinaryField()),
                (
                    "state",
                    models.CharField(
                        choices=[("pending", "waiting"), ("done", "understood"), ("parked", "parked")],
                        default="pending",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("attempts", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("error", models.TextField(blank=True, verbose_name="error")),
                ("received_at", models.DateTimeField(verbose_name="received at")),
                ("done_at", models.DateTimeField(blank=True, null=True, verbose_name="understood at")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="updates",
                        to="support_channels.channel",
                        verbose_name="channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "incoming update",
                "verbose_name_plural": "incoming updates",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "pending")),
                        fields=["channel", "id"],
                        name="update_pending",
                    ),
                    models.Index(fields=["received_at"], name="update_age"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("channel", "external_id"), name="update_once_per_channel"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["pending", "done", "parked"])),
                        name="update_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="UsedToken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("jti", models.CharField(max_length=80)),
                ("expires_at", models.DateTimeField(db_index=True)),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="support_channels.channel",
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("channel", "jti"), name="signed_token_once")],
            },
        ),
        migrations.CreateModel(
            name="Visitor",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("external_id", models.CharField(max_length=80)),
                ("token_digest", models.CharField(max_length=64, unique=True)),
                ("site", models.CharField(blank=True, max_length=200)),
                ("language", models.CharField(default="ru", max_length=5, verbose_name="language")),
                ("time_zone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                ("page_url", models.CharField(blank=True, max_length=1000, verbose_name="page")),
                ("page_title", models.CharField(blank=True, max_length=200, verbose_name="page title")),
                ("browser", models.CharField(blank=True, max_length=300, verbose_name="browser")),
                ("address", models.GenericIPAddressField(blank=True, null=True, verbose_name="address")),
                ("created_at", models.DateTimeField(verbose_name="first seen")),
                ("seen_at", models.DateTimeField(verbose_name="last seen")),
                ("expires_at", models.DateTimeField(verbose_name="token valid until")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="visitors",
                        to="support_channels.channel",
                    ),
                ),
            ],
            options={
                "verbose_name": "visitor",
                "verbose_name_plural": "visitors",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("channel", "external_id"), name="visitor_once_per_channel"
                    )
                ],
            },
        ),
    ]
