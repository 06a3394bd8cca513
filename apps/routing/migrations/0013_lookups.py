import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models

import apps.core.fields


class Migration(migrations.Migration):
    dependencies = [
        ("conversations", "0013_pick"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("routing", "0012_sent_by"),
        ("support_channels", "0003_known_states"),
    ]

    operations = [
        migrations.AlterField(
            model_name="condition",
            name="kind",
            field=models.CharField(
                choices=[
                    ("channel", "channel"),
                    ("channel_kind", "kind of channel"),
                    ("address", "mailbox or number written to"),
                    ("page", "page of the site"),
                    ("language", "customer's language"),
                    ("verification", "how surely he is known"),
                    ("attribute", "what the bank knows of him"),
                    ("event", "what he did at the bank"),
                    ("page_event", "what the page or the app says he did"),
                    ("segment", "segment"),
                    ("intent", "what he wants, as found by the bot"),
                    ("topic", "department chosen"),
                    ("hours", "hours"),
                ],
                max_length=12,
                verbose_name="what",
            ),
        ),
        migrations.AlterField(
            model_name="conditionevent",
            name="kind",
            field=models.CharField(
                choices=[
                    ("channel", "channel"),
                    ("channel_kind", "kind of channel"),
                    ("address", "mailbox or number written to"),
                    ("page", "page of the site"),
                    ("language", "customer's language"),
                    ("verification", "how surely he is known"),
                    ("attribute", "what the bank knows of him"),
                    ("event", "what he did at the bank"),
                    ("page_event", "what the page or the app says he did"),
                    ("segment", "segment"),
                    ("intent", "what he wants, as found by the bot"),
                    ("topic", "department chosen"),
                    ("hours", "hours"),
                ],
                max_length=12,
                verbose_name="what",
            ),
        ),
        migrations.CreateModel(
            name="Lookup",
            fields=[
                (
                    "customer",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="conversations.customer",
                        verbose_name="customer",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="when")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("found", "answered"),
                            ("unknown", "does not know him"),
                            ("late", "no answer in time"),
                            ("unreachable", "not reached"),
                            ("refused", "the address is not allowed"),
                            ("status", "answered with an error"),
                            ("bad", "the answer is not understood"),
                            ("large", "the answer is too long"),
                            ("paused", "not asked: it failed several times lately"),
                        ],
                        max_length=12,
                        verbose_name="outcome",
                    ),
                ),
                ("took_ms", models.PositiveIntegerField(default=0, verbose_name="took, ms")),
            ],
            options={
                "verbose_name": "question to the bank's system",
                "verbose_name_plural": "questions to the bank's system",
                "indexes": [models.Index(fields=["-asked_at"], name="lookup_latest")],
            },
        ),
        migrations.CreateModel(
            name="LookupSetting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_on", models.BooleanField(default=False, verbose_name="on")),
                (
                    "url",
                    models.URLField(
                        blank=True,
                        help_text="It is sent the bank's number of the customer, and answers with category and attributes.",
                        max_length=500,
                        verbose_name="address",
                    ),
                ),
                (
                    "header",
                    models.CharField(
                        default="Authorization", max_length=60, verbose_name="header of the key"
                    ),
                ),
                ("secret", apps.core.fields.EncryptedTextField(blank=True, verbose_name="key")),
                (
                    "timeout_ms",
                    models.PositiveSmallIntegerField(
                        default=800,
                        help_text="Whoever is not answered for in time is placed by what is known without it.",
                        validators=[
                            django.core.validators.MinValueValidator(50),
                            django.core.validators.MaxValueValidator(2500),
                        ],
                        verbose_name="time to answer, ms",
                    ),
                ),
                (
                    "keep_minutes",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="0: every new conversation asks.",
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="an answer holds, minutes",
                    ),
                ),
                (
                    "channels",
                    models.ManyToManyField(
                        blank=True,
                        help_text="None chosen: in all.",
                        related_name="+",
                        to="support_channels.channel",
                        verbose_name="only in these channels",
                    ),
                ),
                (
                    "default_category",
                    models.ForeignKey(
                        blank=True,
                        help_text="Of customers whose category is not known and who could not be asked about.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="routing.category",
                        verbose_name="category without an answer",
                    ),
                ),
            ],
            options={
                "verbose_name": "asking the bank's system",
                "verbose_name_plural": "asking the bank's system",
            },
        ),
        migrations.CreateModel(
            name="LookupSettingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("is_on", models.BooleanField(default=False, verbose_name="on")),
                (
                    "url",
                    models.URLField(
                        blank=True,
                        help_text="It is sent the bank's number of the customer, and answers with category and attributes.",
                        max_length=500,
                        verbose_name="address",
                    ),
                ),
                (
                    "header",
                    models.CharField(
                        default="Authorization", max_length=60, verbose_name="header of the key"
                    ),
                ),
                (
                    "timeout_ms",
                    models.PositiveSmallIntegerField(
                        default=800,
                        help_text="Whoever is not answered for in time is placed by what is known without it.",
                        validators=[
                            django.core.validators.MinValueValidator(50),
                            django.core.validators.MaxValueValidator(2500),
                        ],
                        verbose_name="time to answer, ms",
                    ),
                ),
                (
                    "keep_minutes",
                    models.PositiveSmallIntegerField(
                        default=10,
                        help_text="0: every new conversation asks.",
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="an answer holds, minutes",
                    ),
                ),
                (
                    "default_category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Of customers whose category is not known and who could not be asked about.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.category",
                        verbose_name="category without an answer",
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
                        to="routing.lookupsetting",
                    ),
                ),
            ],
            options={
                "abstract": False,
                "default_permissions": (),
            },
        ),
        migrations.AddConstraint(
            model_name="lookupsetting",
            constraint=models.CheckConstraint(
                condition=models.Q(("pk", 1)), name="lookup_setting_is_one_row"
            ),
        ),
        migrations.AddConstraint(
            model_name="lookupsetting",
            constraint=models.CheckConstraint(
                condition=models.Q(("is_on", False), models.Q(("url", ""), _negated=True), _connector="OR"),
                name="lookup_on_has_address",
            ),
        ),
        migrations.AddConstraint(
            model_name="lookupsetting",
            constraint=models.CheckConstraint(
                condition=models.Q(("timeout_ms__range", (50, 2500))), name="lookup_waits_in_bounds"
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lookupsetting",
            trigger=pgtrigger.compiler.Trigger(
                name="insert_insert",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "routing_lookupsettingevent" ("default_category_id", "header", "id", "is_on", "keep_minutes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "timeout_ms", "url") VALUES (NEW."default_category_id", NEW."header", NEW."id", NEW."is_on", NEW."keep_minutes", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."timeout_ms", NEW."url"); RETURN NULL;',
                    hash="3da3f79c6166425992b7ccd2c6c37a1170f1c2be",
                    operation="INSERT",
                    pgid="pgtrigger_insert_insert_e2f98",
                    table="routing_lookupsetting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lookupsetting",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."default_category_id" IS DISTINCT FROM (NEW."default_category_id") OR OLD."header" IS DISTINCT FROM (NEW."header") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_on" IS DISTINCT FROM (NEW."is_on") OR OLD."keep_minutes" IS DISTINCT FROM (NEW."keep_minutes") OR OLD."timeout_ms" IS DISTINCT FROM (NEW."timeout_ms") OR OLD."url" IS DISTINCT FROM (NEW."url"))',
                    func='INSERT INTO "routing_lookupsettingevent" ("default_category_id", "header", "id", "is_on", "keep_minutes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "timeout_ms", "url") VALUES (NEW."default_category_id", NEW."header", NEW."id", NEW."is_on", NEW."keep_minutes", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."timeout_ms", NEW."url"); RETURN NULL;',
                    hash="258a03d3e1d1d2e2cb74dc45edfb465ddb99a00d",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_22be8",
                    table="routing_lookupsetting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lookupsetting",
            trigger=pgtrigger.compiler.Trigger(
                name="delete_delete",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func='INSERT INTO "routing_lookupsettingevent" ("default_category_id", "header", "id", "is_on", "keep_minutes", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "timeout_ms", "url") VALUES (OLD."default_category_id", OLD."header", OLD."id", OLD."is_on", OLD."keep_minutes", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."timeout_ms", OLD."url"); RETURN NULL;',
                    hash="2eb8984db9135bce50d2dce892e88e097360d018",
                    operation="DELETE",
                    pgid="pgtrigger_delete_delete_aee3e",
                    table="routing_lookupsetting",
                    when="AFTER",
                ),
            ),
        ),
        pgtrigger.migrations.AddTrigger(
            model_name="lookupsettingevent",
            trigger=pgtrigger.compiler.Trigger(
                name="append_only",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                    hash="da6c768d9a42806606accb54377d61fa1cb0def9",
                    operation="UPDATE OR DELETE",
                    pgid="pgtrigger_append_only_fecb9",
                    table="routing_lookupsettingevent",
                    when="BEFORE",
                ),
            ),
        ),
    ]
