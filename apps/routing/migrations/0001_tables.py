"""All tables of this app as they stood when its migrations were folded: docs/decisions/0015."""

from decimal import Decimal

import django.contrib.postgres.fields
import django.core.serializers.json
import django.core.validators
import django.db.models.deletion
import django.utils.timezone
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import apps.channels.adapters.registry
import apps.core.fields
import apps.core.models.brand


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("conversations", "0001_tables"),
        ("operators", "0001_tables"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("support_channels", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    replaces = [
        ("routing", "0001_initial"),
        ("routing", "0002_history"),
        ("routing", "0003_decision_by_reason"),
        ("routing", "0004_rules"),
        ("routing", "0005_offering"),
        ("routing", "0006_offering_data"),
        ("routing", "0007_offering_kept"),
        ("routing", "0008_dispatch_pass"),
        ("routing", "0009_watchdog"),
        ("routing", "0010_dispatch_done"),
        ("routing", "0011_leads_and_silence"),
        ("routing", "0012_sent_by"),
        ("routing", "0013_lookups"),
        ("routing", "0014_promises"),
        ("routing", "0015_lead_words"),
        ("routing", "0016_promise_outcomes"),
        ("routing", "0017_handed_back"),
        ("routing", "0018_promise_words"),
        ("routing", "0019_took_effect"),
        ("routing", "0020_lookup_outcomes"),
        ("routing", "0021_known_states"),
    ]

    operations = [
        migrations.CreateModel(
            name="Category",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="name")),
                ("code", models.SlugField(max_length=30, unique=True, verbose_name="code")),
                (
                    "rank",
                    models.SmallIntegerField(
                        default=1,
                        help_text="Higher is served first; others have 0.",
                        validators=[
                            django.core.validators.MinValueValidator(-100),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="rank",
                    ),
                ),
                (
                    "colour",
                    models.CharField(
                        default="#b8860b",
                        max_length=7,
                        validators=[apps.core.models.brand.validate_colour],
                        verbose_name="colour",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
            ],
            options={
                "verbose_name": "customer category",
                "verbose_name_plural": "customer categories",
                "ordering": ["-rank", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_categoryevent" ("code", "colour", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rank") VALUES (NEW."code", NEW."colour", NEW."id", NEW."is_active", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."rank"); RETURN NULL;',
                            hash="69721a1ca33a5c020d2d20634fc42b29f5c955c6",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_0e287",
                            table="routing_category",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_categoryevent" ("code", "colour", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rank") VALUES (NEW."code", NEW."colour", NEW."id", NEW."is_active", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."rank"); RETURN NULL;',
                            hash="31069f81340ae57be3f2d4fb796fdd5ef9470c8b",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_affc5",
                            table="routing_category",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_categoryevent" ("code", "colour", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rank") VALUES (OLD."code", OLD."colour", OLD."id", OLD."is_active", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."rank"); RETURN NULL;',
                            hash="38731b4950aa0e940432213a12278db1c7a8216b",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_3349b",
                            table="routing_category",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Patrol",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="last look")),
                ("milliseconds", models.PositiveIntegerField(verbose_name="took, ms")),
            ],
            options={
                "default_permissions": (),
            },
        ),
        migrations.CreateModel(
            name="Segment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
            ],
            options={
                "verbose_name": "segment",
                "verbose_name_plural": "segments",
                "ordering": ["name"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_segmentevent" ("id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="987c7d444053e02a914e1a5e8a5036991ee8a77f",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_20502",
                            table="routing_segment",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_segmentevent" ("id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="17212d0f2d4f95ac9232418051cd250bbc0f62dc",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_bbf4b",
                            table="routing_segment",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_segmentevent" ("id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="1889601684de819b46e51cd47460b04247fde2a1",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_cdf03",
                            table="routing_segment",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CategoryEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                ("code", models.SlugField(db_index=False, max_length=30, verbose_name="code")),
                (
                    "rank",
                    models.SmallIntegerField(
                        default=1,
                        help_text="Higher is served first; others have 0.",
                        validators=[
                            django.core.validators.MinValueValidator(-100),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="rank",
                    ),
                ),
                (
                    "colour",
                    models.CharField(
                        default="#b8860b",
                        max_length=7,
                        validators=[apps.core.models.brand.validate_colour],
                        verbose_name="colour",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
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
                        to="routing.category",
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
                            hash="a4261c8597e597c70b1c129b4a9bcd8b08a355fa",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_b95fa",
                            table="routing_categoryevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelLine",
            fields=[
                (
                    "channel",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="line",
                        serialize=False,
                        to="support_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "line of the channel",
                "verbose_name_plural": "lines of channels",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_channellineevent" ("channel_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (NEW."channel_id", _pgh_attach_context(), NOW(), \'insert\', NEW."channel_id", NEW."queue_id"); RETURN NULL;',
                            hash="b260b3e12818e2f1252b8b0026ff9ce30fc9b47d",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_209fc",
                            table="routing_channelline",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_channellineevent" ("channel_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (NEW."channel_id", _pgh_attach_context(), NOW(), \'update\', NEW."channel_id", NEW."queue_id"); RETURN NULL;',
                            hash="8b199c68ab190ce725a38520173524111eaa4b17",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_a3e38",
                            table="routing_channelline",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_channellineevent" ("channel_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (OLD."channel_id", _pgh_attach_context(), NOW(), \'delete\', OLD."channel_id", OLD."queue_id"); RETURN NULL;',
                            hash="4799df5d474a8105ca0ff1e7c023b2b342fbf4f6",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_311fa",
                            table="routing_channelline",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ChannelLineEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                (
                    "channel",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        serialize=False,
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
                        to="routing.channelline",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.queue",
                        verbose_name="line",
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
                            hash="4053fa5d333c92a5de005b4b2689992eca06b210",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_adb0d",
                            table="routing_channellineevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Department",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="departments",
                        to="support_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="departments",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "department",
                "verbose_name_plural": "departments",
                "ordering": ["position", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_departmentevent" ("channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "queue_id") VALUES (NEW."channel_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."queue_id"); RETURN NULL;',
                            hash="d68aaf220cb9db42a0b5b7d81e9727785e33c115",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_363c5",
                            table="routing_department",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_departmentevent" ("channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "queue_id") VALUES (NEW."channel_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."queue_id"); RETURN NULL;',
                            hash="4be13eaea434cb343fc63cee9fc9522a5caa9589",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_6b7e3",
                            table="routing_department",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_departmentevent" ("channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "queue_id") VALUES (OLD."channel_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position", OLD."queue_id"); RETURN NULL;',
                            hash="0e268357d6d290da3e2d7e41560e90f1f721e707",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_92cf7",
                            table="routing_department",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [models.UniqueConstraint(fields=("channel", "queue"), name="department_once")],
            },
        ),
        migrations.CreateModel(
            name="DepartmentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
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
                        to="routing.department",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.queue",
                        verbose_name="line",
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
                            hash="6a847316a5cbcfad749a5a31d71c35ed2455747e",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_bfb09",
                            table="routing_departmentevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Escalation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                (
                    "when",
                    models.CharField(
                        choices=[
                            ("unanswered", "nobody has answered for so many seconds"),
                            ("words", "the customer used one of the words"),
                            ("category", "the customer is of the category"),
                            ("unverified", "who he is has to be verified"),
                        ],
                        max_length=10,
                        verbose_name="when",
                    ),
                ),
                (
                    "seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(604800),
                        ],
                        verbose_name="seconds",
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        help_text="One a line, in any form: “claim” finds “claims”, “жалоба” finds “жалобу”.",
                        size=None,
                        verbose_name="words",
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("line", "to another line"),
                            ("operator", "to a person"),
                            ("raise", "raise it in its line"),
                        ],
                        max_length=8,
                        verbose_name="what follows",
                    ),
                ),
                (
                    "wait_seconds",
                    models.PositiveIntegerField(
                        default=300,
                        help_text="Then anybody of the line may take it.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(86400),
                        ],
                        verbose_name="waits for him, seconds",
                    ),
                ),
                (
                    "rank",
                    models.SmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-100),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="to rank",
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "since",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="works from"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="routing.category",
                        verbose_name="customer category",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: in every line.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="in line",
                    ),
                ),
                (
                    "to_operator",
                    models.ForeignKey(
                        blank=True,
                        help_text="It waits for him in the line, first of all; he must be a member of it.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.operator",
                        verbose_name="to whom",
                    ),
                ),
                (
                    "to_queue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="to line",
                    ),
                ),
            ],
            options={
                "verbose_name": "escalation rule",
                "verbose_name_plural": "escalation rules",
                "ordering": ["order", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_escalationevent" ("act", "category_id", "id", "is_active", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "rank", "seconds", "since", "to_operator_id", "to_queue_id", "wait_seconds", "when", "words") VALUES (NEW."act", NEW."category_id", NEW."id", NEW."is_active", NEW."name", NEW."order", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."rank", NEW."seconds", NEW."since", NEW."to_operator_id", NEW."to_queue_id", NEW."wait_seconds", NEW."when", NEW."words"); RETURN NULL;',
                            hash="470f430b1296c4d5b3d96034766973d6c4dfb5a5",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_3ce22",
                            table="routing_escalation",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_escalationevent" ("act", "category_id", "id", "is_active", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "rank", "seconds", "since", "to_operator_id", "to_queue_id", "wait_seconds", "when", "words") VALUES (NEW."act", NEW."category_id", NEW."id", NEW."is_active", NEW."name", NEW."order", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."rank", NEW."seconds", NEW."since", NEW."to_operator_id", NEW."to_queue_id", NEW."wait_seconds", NEW."when", NEW."words"); RETURN NULL;',
                            hash="8386442250ae21714586f8235b99e0e0029e68e6",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_4cffe",
                            table="routing_escalation",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_escalationevent" ("act", "category_id", "id", "is_active", "name", "order", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "rank", "seconds", "since", "to_operator_id", "to_queue_id", "wait_seconds", "when", "words") VALUES (OLD."act", OLD."category_id", OLD."id", OLD."is_active", OLD."name", OLD."order", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."rank", OLD."seconds", OLD."since", OLD."to_operator_id", OLD."to_queue_id", OLD."wait_seconds", OLD."when", OLD."words"); RETURN NULL;',
                            hash="05fd5b20e8623f8df134e0f13de0669e3b083cb4",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_228d9",
                            table="routing_escalation",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("seconds__isnull", False), ("when", "unanswered")),
                            models.Q(("when", "words"), models.Q(("words", []), _negated=True)),
                            models.Q(("category__isnull", False), ("when", "category")),
                            ("when", "unverified"),
                            _connector="OR",
                        ),
                        name="escalation_knows_when",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "line"), ("to_queue__isnull", False)),
                            models.Q(("act", "operator"), ("to_operator__isnull", False)),
                            models.Q(("act", "raise"), ("rank__isnull", False)),
                            _connector="OR",
                        ),
                        name="escalation_knows_whereto",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("queue__isnull", True),
                            ("to_queue__isnull", True),
                            models.Q(("queue", models.F("to_queue")), _negated=True),
                            _connector="OR",
                        ),
                        name="escalation_not_into_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="EscalationEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "when",
                    models.CharField(
                        choices=[
                            ("unanswered", "nobody has answered for so many seconds"),
                            ("words", "the customer used one of the words"),
                            ("category", "the customer is of the category"),
                            ("unverified", "who he is has to be verified"),
                        ],
                        max_length=10,
                        verbose_name="when",
                    ),
                ),
                (
                    "seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(604800),
                        ],
                        verbose_name="seconds",
                    ),
                ),
                (
                    "words",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=60),
                        blank=True,
                        default=list,
                        help_text="One a line, in any form: “claim” finds “claims”, “жалоба” finds “жалобу”.",
                        size=None,
                        verbose_name="words",
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("line", "to another line"),
                            ("operator", "to a person"),
                            ("raise", "raise it in its line"),
                        ],
                        max_length=8,
                        verbose_name="what follows",
                    ),
                ),
                (
                    "wait_seconds",
                    models.PositiveIntegerField(
                        default=300,
                        help_text="Then anybody of the line may take it.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(86400),
                        ],
                        verbose_name="waits for him, seconds",
                    ),
                ),
                (
                    "rank",
                    models.SmallIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-100),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="to rank",
                    ),
                ),
                ("order", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "since",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="works from"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.category",
                        verbose_name="customer category",
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
                        to="routing.escalation",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Empty: in every line.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.queue",
                        verbose_name="in line",
                    ),
                ),
                (
                    "to_operator",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="It waits for him in the line, first of all; he must be a member of it.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.operator",
                        verbose_name="to whom",
                    ),
                ),
                (
                    "to_queue",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.queue",
                        verbose_name="to line",
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
                            hash="509189719a7d45a7720b60e3a993ee28bb0eb7d0",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_147aa",
                            table="routing_escalationevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="EscalationRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("message", models.PositiveIntegerField(blank=True, null=True, verbose_name="message")),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("found", "words found"),
                            ("done", "carried out"),
                            ("refused", "not possible"),
                        ],
                        default="done",
                        max_length=7,
                        verbose_name="outcome",
                    ),
                ),
                ("refusal", models.CharField(blank=True, max_length=30, verbose_name="because")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="escalations",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="runs",
                        to="routing.escalation",
                        verbose_name="escalation rule",
                    ),
                ),
            ],
            options={
                "verbose_name": "escalation",
                "verbose_name_plural": "escalations",
                "indexes": [
                    models.Index(
                        condition=models.Q(("outcome", "found")), fields=["rule"], name="escalation_found"
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("rule", "conversation"), name="escalation_once"),
                    models.CheckConstraint(
                        condition=models.Q(("outcome__in", ["found", "done", "refused"])),
                        name="escalation_outcome_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="KindWeight",
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
                        unique=True,
                        verbose_name="kind of channel",
                    ),
                ),
                (
                    "units",
                    models.DecimalField(
                        decimal_places=2,
                        default=1,
                        help_text="A letter may weigh 0.5, a chat 1, a video call 3.",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.1")),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="units",
                    ),
                ),
            ],
            options={
                "verbose_name": "weight of a channel kind",
                "verbose_name_plural": "weights of channel kinds",
                "ordering": ["kind"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_kindweightevent" ("id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "units") VALUES (NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."units"); RETURN NULL;',
                            hash="ae2c1d9373682ac3a6163a11a404d42fc561c1a5",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_e8593",
                            table="routing_kindweight",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_kindweightevent" ("id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "units") VALUES (NEW."id", NEW."kind", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."units"); RETURN NULL;',
                            hash="b2ffd09ec5234a59d674353b8434e94a1b7f1711",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_70f97",
                            table="routing_kindweight",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_kindweightevent" ("id", "kind", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "units") VALUES (OLD."id", OLD."kind", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."units"); RETURN NULL;',
                            hash="a72c775e3a02adf4f39923c10fc1345c248f600d",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_7c812",
                            table="routing_kindweight",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("units__gt", 0)), name="kind_weight_positive")
                ],
            },
        ),
        migrations.CreateModel(
            name="KindWeightEvent",
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
                        verbose_name="kind of channel",
                    ),
                ),
                (
                    "units",
                    models.DecimalField(
                        decimal_places=2,
                        default=1,
                        help_text="A letter may weigh 0.5, a chat 1, a video call 3.",
                        max_digits=4,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("0.1")),
                            django.core.validators.MaxValueValidator(20),
                        ],
                        verbose_name="units",
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
                        to="routing.kindweight",
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
                            hash="219ac04e29918164ca3755ff54e6c7165f9bf30a",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_cef75",
                            table="routing_kindweightevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Lead",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=32, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("phone_key", models.CharField(blank=True, editable=False, max_length=32)),
                ("email_key", models.CharField(blank=True, editable=False, max_length=254)),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("in_work", "in work"),
                            ("done", "done"),
                            ("failed", "failed"),
                            ("joined", "joined to another"),
                        ],
                        default="new",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=200, verbose_name="why it failed")),
                ("created_at", models.DateTimeField(verbose_name="left at")),
                ("changed_at", models.DateTimeField(verbose_name="changed at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="support_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="conversations.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "joined_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="joined",
                        to="routing.lead",
                        verbose_name="joined to",
                    ),
                ),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="owner",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="leads",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "lead",
                "verbose_name_plural": "leads",
                "ordering": ["-id"],
                "permissions": [("export_lead", "Can export leads")],
                "indexes": [
                    models.Index(fields=["queue", "-id"], name="lead_of_line"),
                    models.Index(
                        condition=models.Q(("state__in", ["new", "in_work"])),
                        fields=["queue", "created_at"],
                        name="lead_open",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["new", "in_work"]), models.Q(("phone_key", ""), _negated=True)
                        ),
                        fields=("queue", "phone_key"),
                        name="lead_one_open_per_phone",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("state__in", ["new", "in_work"]), models.Q(("email_key", ""), _negated=True)
                        ),
                        fields=("queue", "email_key"),
                        name="lead_one_open_per_email",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("phone_key", ""), _negated=True),
                            models.Q(("email_key", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="lead_can_be_reached",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["new", "in_work", "done", "failed", "joined"])),
                        name="lead_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", True), ("state__in", ["new", "in_work"])),
                            models.Q(
                                ("closed_at__isnull", False), ("state__in", ["done", "failed", "joined"])
                            ),
                            _connector="OR",
                        ),
                        name="lead_closed_has_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("joined_into__isnull", False), ("state", "joined")),
                            models.Q(
                                models.Q(("state", "joined"), _negated=True), ("joined_into__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="lead_joined_names_the_other",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "failed"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="lead_failed_with_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LeadRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "wanted",
                    models.CharField(
                        choices=[("answer", "an answer"), ("callback", "a call")],
                        max_length=8,
                        verbose_name="wants",
                    ),
                ),
                (
                    "occasion",
                    models.CharField(
                        choices=[("out_of_hours", "out of hours"), ("waiting", "instead of waiting")],
                        max_length=12,
                        verbose_name="left",
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=32, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                ("question", models.TextField(blank=True, max_length=4000, verbose_name="question")),
                ("preferred", models.CharField(blank=True, max_length=80, verbose_name="convenient time")),
                ("client_id", models.CharField(editable=False, max_length=64)),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "identity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="conversations.identity",
                        verbose_name="identity",
                    ),
                ),
                (
                    "lead",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="requests",
                        to="routing.lead",
                    ),
                ),
            ],
            options={
                "verbose_name": "request",
                "verbose_name_plural": "requests",
                "ordering": ["id"],
                "constraints": [
                    models.UniqueConstraint(fields=("identity", "client_id"), name="lead_request_once"),
                    models.CheckConstraint(
                        condition=models.Q(("wanted__in", ["answer", "callback"])),
                        name="lead_request_wanted_is_known",
                    ),
                ],
            },
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
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "outcome__in",
                                [
                                    "found",
                                    "unknown",
                                    "late",
                                    "unreachable",
                                    "refused",
                                    "status",
                                    "bad",
                                    "large",
                                    "paused",
                                ],
                            )
                        ),
                        name="lookup_outcome_is_known",
                    )
                ],
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
                "triggers": [
                    pgtrigger.compiler.Trigger(
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
                    pgtrigger.compiler.Trigger(
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
                    pgtrigger.compiler.Trigger(
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
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="lookup_setting_is_one_row"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("is_on", False), models.Q(("url", ""), _negated=True), _connector="OR"
                        ),
                        name="lookup_on_has_address",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("timeout_ms__range", (50, 2500))), name="lookup_waits_in_bounds"
                    ),
                ],
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
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="da6c768d9a42806606accb54377d61fa1cb0def9",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_fecb9",
                            table="routing_lookupsettingevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="OperatorLimit",
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
                        verbose_name="kind of channel",
                    ),
                ),
                (
                    "at_most",
                    models.PositiveSmallIntegerField(
                        help_text="0: none of this kind.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="at most",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="limits",
                        to="operators.operator",
                        verbose_name="operator",
                    ),
                ),
            ],
            options={
                "verbose_name": "limit by channel kind",
                "verbose_name_plural": "limits by channel kind",
                "ordering": ["kind"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_operatorlimitevent" ("at_most", "id", "kind", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."at_most", NEW."id", NEW."kind", NEW."operator_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="4f84ea2636bff5f5b98e376315dc846761b60d36",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_35dde",
                            table="routing_operatorlimit",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_operatorlimitevent" ("at_most", "id", "kind", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."at_most", NEW."id", NEW."kind", NEW."operator_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="519b70b88f5ed78a25c17c847408cb924bd29809",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e09ae",
                            table="routing_operatorlimit",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_operatorlimitevent" ("at_most", "id", "kind", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."at_most", OLD."id", OLD."kind", OLD."operator_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="3944c92ecc54fccba4556ef447165cdff39652ea",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_6ec75",
                            table="routing_operatorlimit",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("operator", "kind"), name="operator_limit_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="OperatorLimitEvent",
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
                        verbose_name="kind of channel",
                    ),
                ),
                (
                    "at_most",
                    models.PositiveSmallIntegerField(
                        help_text="0: none of this kind.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="at most",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.operator",
                        verbose_name="operator",
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
                        to="routing.operatorlimit",
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
                            hash="d5899093c4b6f23f628a31f7ece3e4a0a5b94dc4",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_5e4e5",
                            table="routing_operatorlimitevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Promise",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                (
                    "text_ru",
                    models.CharField(
                        help_text="“We answer in 10 minutes, or a month is free.”",
                        max_length=200,
                        verbose_name="text, Russian",
                    ),
                ),
                ("text_en", models.CharField(blank=True, max_length=200, verbose_name="text, English")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("first", "the first answer"),
                            ("every", "every answer"),
                            ("resolution", "settling the request"),
                        ],
                        default="first",
                        max_length=10,
                        verbose_name="what is promised",
                    ),
                ),
                (
                    "seconds",
                    models.PositiveIntegerField(
                        default=600,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7776000),
                        ],
                        verbose_name="within, seconds",
                    ),
                ),
                (
                    "business_hours",
                    models.BooleanField(
                        default=True,
                        help_text="Out of hours it is neither shown nor promised. Off: round the clock.",
                        verbose_name="only in the line's hours",
                    ),
                ),
                (
                    "pause",
                    models.CharField(
                        choices=[
                            ("never", "never"),
                            ("snoozed", "while it is snoozed"),
                            ("answered", "while the customer is waited for, snoozed or not"),
                        ],
                        default="answered",
                        max_length=8,
                        verbose_name="settling waits",
                    ),
                ),
                (
                    "requests_a_day",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Further ones are answered as well, and nothing is promised for them. Empty: any number.",
                        null=True,
                        verbose_name="requests of one customer in 24 hours, at most",
                    ),
                ),
                (
                    "compensation_code",
                    models.SlugField(
                        help_text="For the bank's systems: free_month.",
                        max_length=40,
                        verbose_name="compensation, code",
                    ),
                ),
                ("compensation_ru", models.CharField(max_length=200, verbose_name="compensation, Russian")),
                (
                    "compensation_en",
                    models.CharField(blank=True, max_length=200, verbose_name="compensation, English"),
                ),
                (
                    "order",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Of equally specific promises the lower number counts.",
                        verbose_name="order",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "since",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="works from"
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: in every line.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "public promise",
                "verbose_name_plural": "public promises",
                "ordering": ["order", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_promiseevent" ("business_hours", "compensation_code", "compensation_en", "compensation_ru", "id", "is_active", "name", "order", "pause", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "requests_a_day", "seconds", "since", "text_en", "text_ru", "what") VALUES (NEW."business_hours", NEW."compensation_code", NEW."compensation_en", NEW."compensation_ru", NEW."id", NEW."is_active", NEW."name", NEW."order", NEW."pause", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."requests_a_day", NEW."seconds", NEW."since", NEW."text_en", NEW."text_ru", NEW."what"); RETURN NULL;',
                            hash="d14f3124933ca83c259d8207dcd78767cffa3ec2",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_1b547",
                            table="routing_promise",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_promiseevent" ("business_hours", "compensation_code", "compensation_en", "compensation_ru", "id", "is_active", "name", "order", "pause", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "requests_a_day", "seconds", "since", "text_en", "text_ru", "what") VALUES (NEW."business_hours", NEW."compensation_code", NEW."compensation_en", NEW."compensation_ru", NEW."id", NEW."is_active", NEW."name", NEW."order", NEW."pause", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."requests_a_day", NEW."seconds", NEW."since", NEW."text_en", NEW."text_ru", NEW."what"); RETURN NULL;',
                            hash="814a05f80699ecb81904f485c4dcef556eff67df",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_1f510",
                            table="routing_promise",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_promiseevent" ("business_hours", "compensation_code", "compensation_en", "compensation_ru", "id", "is_active", "name", "order", "pause", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "requests_a_day", "seconds", "since", "text_en", "text_ru", "what") VALUES (OLD."business_hours", OLD."compensation_code", OLD."compensation_en", OLD."compensation_ru", OLD."id", OLD."is_active", OLD."name", OLD."order", OLD."pause", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."requests_a_day", OLD."seconds", OLD."since", OLD."text_en", OLD."text_ru", OLD."what"); RETURN NULL;',
                            hash="070c3c1600e461aa3544050ff7add663471ab828",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_8bb17",
                            table="routing_promise",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ForceMajeure",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("begins_at", models.DateTimeField(verbose_name="from")),
                (
                    "ends_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty: until it is ended.", null=True, verbose_name="to"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
                (
                    "promise",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: all of them.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="routing.promise",
                        verbose_name="public promise",
                    ),
                ),
            ],
            options={
                "verbose_name": "force majeure",
                "verbose_name_plural": "force majeure",
                "ordering": ["-begins_at"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_forcemajeureevent" ("begins_at", "ends_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_id", "reason") VALUES (NEW."begins_at", NEW."ends_at", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promise_id", NEW."reason"); RETURN NULL;',
                            hash="fb1a30a145f12975f605e65a1af7f14dfd40e738",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_45b73",
                            table="routing_forcemajeure",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_forcemajeureevent" ("begins_at", "ends_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_id", "reason") VALUES (NEW."begins_at", NEW."ends_at", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."promise_id", NEW."reason"); RETURN NULL;',
                            hash="62861dea5afbf375599cff11fe28c7d53fc9bbd5",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_877e5",
                            table="routing_forcemajeure",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_forcemajeureevent" ("begins_at", "ends_at", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_id", "reason") VALUES (OLD."begins_at", OLD."ends_at", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."promise_id", OLD."reason"); RETURN NULL;',
                            hash="b3608814f99d829ed1c1dd5250adce30622acbe9",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_06035",
                            table="routing_forcemajeure",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("ends_at__isnull", True), ("ends_at__gt", models.F("begins_at")), _connector="OR"
                        ),
                        name="force_majeure_in_order",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ForceMajeureEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("begins_at", models.DateTimeField(verbose_name="from")),
                (
                    "ends_at",
                    models.DateTimeField(
                        blank=True, help_text="Empty: until it is ended.", null=True, verbose_name="to"
                    ),
                ),
                ("reason", models.CharField(max_length=200, verbose_name="reason")),
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
                        to="routing.forcemajeure",
                    ),
                ),
                (
                    "promise",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Empty: all of them.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.promise",
                        verbose_name="public promise",
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
                            hash="014daaafad531b787cac6fbc459d17850caa40e3",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_87094",
                            table="routing_forcemajeureevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PromiseChannel",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="support_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "promise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="channels",
                        to="routing.promise",
                    ),
                ),
            ],
            options={
                "verbose_name": "channel of a promise",
                "verbose_name_plural": "channels of promises",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_promisechannelevent" ("channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_id") VALUES (NEW."channel_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promise_id"); RETURN NULL;',
                            hash="2b9bfddd44f6886aa67e3159a03fb4f978f2cd35",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_c65f7",
                            table="routing_promisechannel",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_promisechannelevent" ("channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_id") VALUES (NEW."channel_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."promise_id"); RETURN NULL;',
                            hash="e03a9825f00cb0ee4636009048b2a1b1d4da00b1",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_864bd",
                            table="routing_promisechannel",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_promisechannelevent" ("channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_id") VALUES (OLD."channel_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."promise_id"); RETURN NULL;',
                            hash="5f5ec74934ab9d5ea6cb67d449821b2e5582a5ee",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_e873c",
                            table="routing_promisechannel",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("promise", "channel"), name="promise_channel_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PromiseChannelEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
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
                        to="routing.promisechannel",
                    ),
                ),
                (
                    "promise",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.promise",
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
                            hash="87b928fe54f17a836e2942bb4a0315052883f0f2",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_05402",
                            table="routing_promisechannelevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PromiseEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "text_ru",
                    models.CharField(
                        help_text="“We answer in 10 minutes, or a month is free.”",
                        max_length=200,
                        verbose_name="text, Russian",
                    ),
                ),
                ("text_en", models.CharField(blank=True, max_length=200, verbose_name="text, English")),
                (
                    "what",
                    models.CharField(
                        choices=[
                            ("first", "the first answer"),
                            ("every", "every answer"),
                            ("resolution", "settling the request"),
                        ],
                        default="first",
                        max_length=10,
                        verbose_name="what is promised",
                    ),
                ),
                (
                    "seconds",
                    models.PositiveIntegerField(
                        default=600,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7776000),
                        ],
                        verbose_name="within, seconds",
                    ),
                ),
                (
                    "business_hours",
                    models.BooleanField(
                        default=True,
                        help_text="Out of hours it is neither shown nor promised. Off: round the clock.",
                        verbose_name="only in the line's hours",
                    ),
                ),
                (
                    "pause",
                    models.CharField(
                        choices=[
                            ("never", "never"),
                            ("snoozed", "while it is snoozed"),
                            ("answered", "while the customer is waited for, snoozed or not"),
                        ],
                        default="answered",
                        max_length=8,
                        verbose_name="settling waits",
                    ),
                ),
                (
                    "requests_a_day",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Further ones are answered as well, and nothing is promised for them. Empty: any number.",
                        null=True,
                        verbose_name="requests of one customer in 24 hours, at most",
                    ),
                ),
                (
                    "compensation_code",
                    models.SlugField(
                        db_index=False,
                        help_text="For the bank's systems: free_month.",
                        max_length=40,
                        verbose_name="compensation, code",
                    ),
                ),
                ("compensation_ru", models.CharField(max_length=200, verbose_name="compensation, Russian")),
                (
                    "compensation_en",
                    models.CharField(blank=True, max_length=200, verbose_name="compensation, English"),
                ),
                (
                    "order",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Of equally specific promises the lower number counts.",
                        verbose_name="order",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "since",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="works from"
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
                        to="routing.promise",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Empty: in every line.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.queue",
                        verbose_name="line",
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
                            hash="c2dd46924b68ef324f31742cdd220af846cdc6ae",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_d061c",
                            table="routing_promiseevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="PromiseExclusion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="routing.category",
                        verbose_name="customer category",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="support_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "promise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exclusions",
                        to="routing.promise",
                    ),
                ),
            ],
            options={
                "verbose_name": "exclusion",
                "verbose_name_plural": "exclusions",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_promiseexclusionevent" ("category_id", "channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_id") VALUES (NEW."category_id", NEW."channel_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."promise_id"); RETURN NULL;',
                            hash="20aa87daeb1334f2b85e12a16cf2d7c244bf2a59",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_38756",
                            table="routing_promiseexclusion",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_promiseexclusionevent" ("category_id", "channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_id") VALUES (NEW."category_id", NEW."channel_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."promise_id"); RETURN NULL;',
                            hash="d29733f71f3e50047910be44da57a7d91b953e33",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_25ba3",
                            table="routing_promiseexclusion",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_promiseexclusionevent" ("category_id", "channel_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "promise_id") VALUES (OLD."category_id", OLD."channel_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."promise_id"); RETURN NULL;',
                            hash="bad36066049a2136a34369e820a3ec6dd6d44505",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_924cb",
                            table="routing_promiseexclusion",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("category__isnull", False), ("channel__isnull", True)),
                            models.Q(("category__isnull", True), ("channel__isnull", False)),
                            _connector="OR",
                        ),
                        name="promise_exclusion_of_one",
                    ),
                    models.UniqueConstraint(
                        fields=("promise", "category", "channel"),
                        name="promise_exclusion_once",
                        nulls_distinct=False,
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PromiseExclusionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.category",
                        verbose_name="customer category",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
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
                        to="routing.promiseexclusion",
                    ),
                ),
                (
                    "promise",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.promise",
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
                            hash="4ea2ea750aad29fe304f7117d5a6ba2df9e5d4c6",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_24d80",
                            table="routing_promiseexclusionevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueEntry",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("placed", "placed"),
                            ("transferred", "transferred"),
                            ("returned", "returned by its holder"),
                            ("holder_gone", "its holder was gone"),
                            ("reopened", "reopened"),
                            ("woken", "came back from snooze"),
                            ("opened", "the line opened"),
                            ("overflow", "its line could not cope"),
                            ("escalated", "escalated"),
                            ("holder_full", "wrote again while its holder was full"),
                            ("repaired", "the watchdog's finding was repaired"),
                        ],
                        max_length=12,
                        verbose_name="came because",
                    ),
                ),
                ("entered_at", models.DateTimeField(verbose_name="from")),
                (
                    "stage",
                    models.CharField(
                        choices=[
                            ("offline", "out of hours"),
                            ("waiting", "waiting"),
                            ("offered", "offered to an operator"),
                            ("left", "left"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="stage",
                    ),
                ),
                ("waiting_since", models.DateTimeField(verbose_name="waiting since")),
                ("rank", models.SmallIntegerField(default=0, verbose_name="rank")),
                (
                    "rank_reason",
                    models.CharField(
                        blank=True,
                        choices=[("", "—"), ("raised", "raised by a rule"), ("by_hand", "raised by hand")],
                        max_length=8,
                        verbose_name="raised",
                    ),
                ),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="promised until")),
                (
                    "kept_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="waits for him until"),
                ),
                (
                    "kept_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("last_operator", "answered him last"),
                            ("manager", "his personal manager"),
                            ("holder", "held it when the customer fell silent"),
                            ("addressed", "a colleague handed it to him"),
                        ],
                        max_length=14,
                        verbose_name="because he",
                    ),
                ),
                ("needs", models.JSONField(blank=True, default=list)),
                ("shown_at", models.DateTimeField(blank=True, null=True, verbose_name="told at")),
                (
                    "shown_position",
                    models.PositiveIntegerField(blank=True, null=True, verbose_name="place told"),
                ),
                (
                    "shown_low",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="waiting told, from, seconds"
                    ),
                ),
                (
                    "shown_high",
                    models.PositiveIntegerField(
                        blank=True, null=True, verbose_name="waiting told, to, seconds"
                    ),
                ),
                ("left_at", models.DateTimeField(blank=True, null=True, verbose_name="to")),
                (
                    "left_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("assigned", "an operator took it"),
                            ("transferred", "transferred"),
                            ("closed", "closed"),
                            ("opened", "the line opened"),
                            ("overflow", "the line could not cope"),
                            ("escalated", "escalated"),
                            ("repaired", "the watchdog's finding was repaired"),
                        ],
                        max_length=12,
                        verbose_name="left because",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="routing.category",
                        verbose_name="customer category",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "kept_for",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="waits for",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="entries",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "queue entry",
                "verbose_name_plural": "queue entries",
                "indexes": [
                    models.Index(
                        models.F("queue"),
                        models.OrderBy(models.F("rank"), descending=True),
                        models.OrderBy(models.F("due_at"), nulls_last=True),
                        models.F("waiting_since"),
                        models.F("id"),
                        condition=models.Q(("stage", "waiting")),
                        name="entry_order",
                    ),
                    models.Index(
                        condition=models.Q(("left_at__isnull", False)),
                        fields=["queue", "-left_at"],
                        name="entry_left",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("left_at__isnull", True)),
                        fields=("conversation",),
                        name="entry_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("left_at__isnull", True), ("left_reason", "")),
                            models.Q(
                                ("left_at__isnull", False), models.Q(("left_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="entry_left_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("left_at__isnull", True), ("stage__in", ["offline", "waiting", "offered"])
                            ),
                            models.Q(("left_at__isnull", False), ("stage", "left")),
                            _connector="OR",
                        ),
                        name="entry_stage_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kept_for__isnull", True), ("kept_until__isnull", False), _connector="OR"
                        ),
                        name="entry_kept_for_a_time",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("shown_high__isnull", True), ("shown_low__isnull", True)),
                            models.Q(("shown_at__isnull", False), ("shown_low__lte", models.F("shown_high"))),
                            _connector="OR",
                        ),
                        name="entry_shown_range_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Assignment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("accepted", "accepted by himself"),
                            ("offered", "offered to him"),
                            ("transferred", "transferred to him"),
                            ("taken_over", "taken over"),
                            ("returned", "came back to him"),
                        ],
                        max_length=12,
                        verbose_name="came by",
                    ),
                ),
                ("kind", models.CharField(max_length=20, verbose_name="kind of channel")),
                (
                    "units",
                    models.DecimalField(decimal_places=2, default=1, max_digits=4, verbose_name="units"),
                ),
                ("started_at", models.DateTimeField(verbose_name="from")),
                (
                    "offer_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="to be accepted until"),
                ),
                ("accepted_at", models.DateTimeField(blank=True, null=True, verbose_name="accepted at")),
                ("freed_at", models.DateTimeField(blank=True, null=True, verbose_name="silent since")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="to")),
                (
                    "end_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("closed", "closed"),
                            ("transferred", "transferred"),
                            ("returned", "returned to the line"),
                            ("snoozed", "snoozed"),
                            ("taken_over", "taken over"),
                            ("holder_gone", "he was gone"),
                            ("declined", "declined"),
                            ("timed_out", "not accepted in time"),
                            ("withdrawn", "the offer was withdrawn"),
                            ("holder_full", "the customer wrote again and he was full"),
                            ("escalated", "escalated"),
                            ("repaired", "the watchdog's finding was repaired"),
                        ],
                        max_length=12,
                        verbose_name="ended because",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "decline_reason",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="operators.declinereason",
                        verbose_name="declined because",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="operator",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
                (
                    "sender",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
                (
                    "entry",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="assignments",
                        to="routing.queueentry",
                        verbose_name="queue entry",
                    ),
                ),
            ],
            options={
                "verbose_name": "assignment",
                "verbose_name_plural": "assignments",
                "indexes": [
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["operator"],
                        name="assignment_load",
                    ),
                    models.Index(fields=["operator", "-started_at"], name="assignment_given"),
                    models.Index(fields=["operator", "-ended_at"], name="assignment_let_go"),
                    models.Index(
                        condition=models.Q(("accepted_at__isnull", True), ("ended_at__isnull", True)),
                        fields=["offer_until"],
                        name="assignment_offers",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=("conversation",),
                        name="assignment_one_open",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("end_reason", ""), ("ended_at__isnull", True)),
                            models.Q(
                                ("ended_at__isnull", False), models.Q(("end_reason", ""), _negated=True)
                            ),
                            _connector="OR",
                        ),
                        name="assignment_ended_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("accepted_at__isnull", False),
                            ("offer_until__isnull", False),
                            ("ended_at__isnull", False),
                            _connector="OR",
                        ),
                        name="assignment_offer_has_an_end",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("freed_at__isnull", True), ("accepted_at__isnull", False), _connector="OR"
                        ),
                        name="assignment_freed_after_accepted",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Rule",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "beats_choice",
                    models.BooleanField(
                        default=False,
                        help_text="Otherwise whoever chose a department goes there, whatever this rule says.",
                        verbose_name="goes before the customer's choice",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rules",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "rule",
                "verbose_name_plural": "rules",
                "ordering": ["-queue__priority", "queue_id", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_ruleevent" ("beats_choice", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (NEW."beats_choice", NEW."id", NEW."is_active", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id"); RETURN NULL;',
                            hash="41b73135744891db14fcac2321b6f87af201aade",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_36f9b",
                            table="routing_rule",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_ruleevent" ("beats_choice", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (NEW."beats_choice", NEW."id", NEW."is_active", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id"); RETURN NULL;',
                            hash="e0b30a378a4a2629beb27e8731bc843e20607a57",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_39876",
                            table="routing_rule",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_ruleevent" ("beats_choice", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (OLD."beats_choice", OLD."id", OLD."is_active", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id"); RETURN NULL;',
                            hash="3f37610fc7b1bc65e71885e3e405252b9e74719e",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_3110c",
                            table="routing_rule",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Condition",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "group",
                    models.CharField(
                        choices=[
                            ("all", "all of these"),
                            ("any", "one of these at least"),
                            ("none", "none of these"),
                        ],
                        default="all",
                        max_length=4,
                        verbose_name="together",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
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
                ("name", models.CharField(blank=True, max_length=60, verbose_name="which")),
                (
                    "comparison",
                    models.CharField(
                        choices=[
                            ("is", "is one of"),
                            ("contains", "contains one of"),
                            ("starts", "begins with one of"),
                            ("matches", "matches the pattern"),
                            ("at_least", "is at least"),
                            ("at_most", "is at most"),
                            ("known", "is known"),
                            ("open", "are open"),
                            ("within", "in the last days"),
                        ],
                        max_length=8,
                        verbose_name="how",
                    ),
                ),
                ("values", models.JSONField(blank=True, default=list, verbose_name="values")),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conditions",
                        to="routing.category",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conditions",
                        to="routing.rule",
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="conditions",
                        to="routing.segment",
                    ),
                ),
            ],
            options={
                "verbose_name": "condition",
                "verbose_name_plural": "conditions",
                "ordering": ["group", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_conditionevent" ("category_id", "comparison", "group", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rule_id", "segment_id", "values") VALUES (NEW."category_id", NEW."comparison", NEW."group", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."rule_id", NEW."segment_id", NEW."values"); RETURN NULL;',
                            hash="98baa0842df0f601787c070ab3f55df1c414df19",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_210c3",
                            table="routing_condition",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_conditionevent" ("category_id", "comparison", "group", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rule_id", "segment_id", "values") VALUES (NEW."category_id", NEW."comparison", NEW."group", NEW."id", NEW."kind", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."rule_id", NEW."segment_id", NEW."values"); RETURN NULL;',
                            hash="4015c127c2640b1ce3d16cc23d60a58a05f47dca",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_575ac",
                            table="routing_condition",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_conditionevent" ("category_id", "comparison", "group", "id", "kind", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "rule_id", "segment_id", "values") VALUES (OLD."category_id", OLD."comparison", OLD."group", OLD."id", OLD."kind", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."rule_id", OLD."segment_id", OLD."values"); RETURN NULL;',
                            hash="2e108a4c3d7e757a5d1ec40740db192c74c8fe19",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_582d3",
                            table="routing_condition",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("category__isnull", True), ("rule__isnull", False), ("segment__isnull", True)
                            ),
                            models.Q(
                                ("category__isnull", True), ("rule__isnull", True), ("segment__isnull", False)
                            ),
                            models.Q(
                                ("category__isnull", False), ("rule__isnull", True), ("segment__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="condition_has_one_owner",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=120, verbose_name="name")),
                (
                    "beats_choice",
                    models.BooleanField(
                        default=False,
                        help_text="Otherwise whoever chose a department goes there, whatever this rule says.",
                        verbose_name="goes before the customer's choice",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
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
                        to="routing.rule",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.queue",
                        verbose_name="line",
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
                            hash="5161cef752621da470339df4e3b0e8ccbefd699d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_54e38",
                            table="routing_ruleevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleSet",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("content", models.JSONField(encoder=django.core.serializers.json.DjangoJSONEncoder)),
                ("digest", models.CharField(max_length=64)),
                ("effective_at", models.DateTimeField(verbose_name="works from")),
                ("published_at", models.DateTimeField(verbose_name="published")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="why")),
                ("called_off_at", models.DateTimeField(blank=True, null=True, verbose_name="called off")),
                ("took_effect_at", models.DateTimeField(blank=True, editable=False, null=True)),
                (
                    "published_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="published by",
                    ),
                ),
            ],
            options={
                "verbose_name": "version of the rules",
                "verbose_name_plural": "versions of the rules",
                "indexes": [
                    models.Index(
                        condition=models.Q(("called_off_at__isnull", True)),
                        fields=["-effective_at", "-id"],
                        name="ruleset_in_force",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("effective_at__gte", models.F("published_at"))),
                        name="ruleset_not_in_the_past",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("called_off_at__isnull", True),
                            ("called_off_at__lt", models.F("effective_at")),
                            _connector="OR",
                        ),
                        name="ruleset_called_off_in_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Decision",
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
                        choices=[("placement", "line chosen"), ("assignment", "operator chosen")],
                        max_length=10,
                        verbose_name="decision",
                    ),
                ),
                (
                    "reason",
                    models.CharField(
                        choices=[
                            ("department", "the customer chose the department"),
                            ("rule", "a rule"),
                            ("channel", "the channel's line"),
                            ("default", "the common line"),
                            ("same_line", "continued in the line it was in"),
                            ("transfer", "transferred by hand"),
                            ("integration", "asked for by an integration"),
                            ("accept", "accepted by hand"),
                            ("take_over", "taken over by hand"),
                            ("last_operator", "the operator who held it last"),
                            ("policy", "the line's policy"),
                            ("kept", "asked before the others"),
                            ("overflow", "its line could not cope"),
                            ("escalated", "escalated by a rule"),
                            ("holder_full", "its holder was full"),
                            ("handed_back", "a colleague did not take it"),
                        ],
                        max_length=14,
                        verbose_name="because",
                    ),
                ),
                ("details", models.JSONField(default=dict, verbose_name="details")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="decisions",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="operator",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
                (
                    "rule_set",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="routing.ruleset",
                        verbose_name="version of the rules",
                    ),
                ),
            ],
            options={
                "verbose_name": "decision",
                "verbose_name_plural": "decisions",
                "indexes": [
                    models.Index(fields=["conversation", "id"], name="decision_story"),
                    models.Index(fields=["reason", "-id"], name="decision_reason"),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleSkill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="level, 1 to 5",
                    ),
                ),
                (
                    "relax_seconds",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="0: it never relaxes.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="one level less each, seconds",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skill_needs",
                        to="routing.rule",
                    ),
                ),
                (
                    "skill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.skill",
                        verbose_name="skill",
                    ),
                ),
            ],
            options={
                "verbose_name": "skill needed",
                "verbose_name_plural": "skills needed",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_ruleskillevent" ("id", "level", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "relax_seconds", "rule_id", "skill_id") VALUES (NEW."id", NEW."level", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."relax_seconds", NEW."rule_id", NEW."skill_id"); RETURN NULL;',
                            hash="9359ae235bc937155b3c93782917127dcfdca0a8",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_3e00f",
                            table="routing_ruleskill",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_ruleskillevent" ("id", "level", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "relax_seconds", "rule_id", "skill_id") VALUES (NEW."id", NEW."level", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."relax_seconds", NEW."rule_id", NEW."skill_id"); RETURN NULL;',
                            hash="73afd8f562d359c8bcecc788c3ac491cc0a3a450",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_24615",
                            table="routing_ruleskill",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_ruleskillevent" ("id", "level", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "relax_seconds", "rule_id", "skill_id") VALUES (OLD."id", OLD."level", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."relax_seconds", OLD."rule_id", OLD."skill_id"); RETURN NULL;',
                            hash="3b1e569c0e50adaacb00f8e3d3ac5abf4bb279a5",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_4b6c4",
                            table="routing_ruleskill",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("rule", "skill"), name="rule_skill_once"),
                    models.CheckConstraint(
                        condition=models.Q(("level__range", (1, 5))), name="rule_skill_is_1_to_5"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="RuleSkillEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        default=1,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="level, 1 to 5",
                    ),
                ),
                (
                    "relax_seconds",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="0: it never relaxes.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="one level less each, seconds",
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
                        to="routing.ruleskill",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.rule",
                    ),
                ),
                (
                    "skill",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.skill",
                        verbose_name="skill",
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
                            hash="7b97b1c337c5bc1404755c73603ed0571501df8f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_c04a4",
                            table="routing_ruleskillevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RulesSetting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "publishes_at_once",
                    models.BooleanField(
                        default=True,
                        help_text="Otherwise changes of rules and priorities wait until somebody publishes them together.",
                        verbose_name="publish each change at once",
                    ),
                ),
            ],
            options={
                "verbose_name": "publishing of rules",
                "verbose_name_plural": "publishing of rules",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_rulessettingevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publishes_at_once") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."publishes_at_once"); RETURN NULL;',
                            hash="b4abc2b4cbdfcc6ca35be370e059c4a727485106",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_134e4",
                            table="routing_rulessetting",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_rulessettingevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publishes_at_once") VALUES (NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."publishes_at_once"); RETURN NULL;',
                            hash="9facf12be8af0b93ac2d5a0964c97888f7ea7cad",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_61879",
                            table="routing_rulessetting",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_rulessettingevent" ("id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "publishes_at_once") VALUES (OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."publishes_at_once"); RETURN NULL;',
                            hash="ce669841d66506784c92bafec521c925e8ae18de",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_733dc",
                            table="routing_rulessetting",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="rules_setting_is_one_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="RulesSettingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "publishes_at_once",
                    models.BooleanField(
                        default=True,
                        help_text="Otherwise changes of rules and priorities wait until somebody publishes them together.",
                        verbose_name="publish each change at once",
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
                        to="routing.rulessetting",
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
                            hash="982c7e4b56beaff0e142e2a3165d41b7b492de0f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_91c1b",
                            table="routing_rulessettingevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ConditionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "group",
                    models.CharField(
                        choices=[
                            ("all", "all of these"),
                            ("any", "one of these at least"),
                            ("none", "none of these"),
                        ],
                        default="all",
                        max_length=4,
                        verbose_name="together",
                    ),
                ),
                (
                    "kind",
                    models.CharField(
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
                ("name", models.CharField(blank=True, max_length=60, verbose_name="which")),
                (
                    "comparison",
                    models.CharField(
                        choices=[
                            ("is", "is one of"),
                            ("contains", "contains one of"),
                            ("starts", "begins with one of"),
                            ("matches", "matches the pattern"),
                            ("at_least", "is at least"),
                            ("at_most", "is at most"),
                            ("known", "is known"),
                            ("open", "are open"),
                            ("within", "in the last days"),
                        ],
                        max_length=8,
                        verbose_name="how",
                    ),
                ),
                ("values", models.JSONField(blank=True, default=list, verbose_name="values")),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.category",
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
                        to="routing.condition",
                    ),
                ),
                (
                    "rule",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.rule",
                    ),
                ),
                (
                    "segment",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.segment",
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
                            hash="e4aedbf9b183c20e6b8fc985b5b3f0b345996084",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_66d3a",
                            table="routing_conditionevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SegmentEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80, verbose_name="name")),
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
                        to="routing.segment",
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
                            hash="5659555156949a931395dc3b898095ec2ff537ff",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_fb592",
                            table="routing_segmentevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ServicePolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                (
                    "first_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7776000),
                        ],
                        verbose_name="first answer within, seconds",
                    ),
                ),
                (
                    "next_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7776000),
                        ],
                        verbose_name="each next answer within, seconds",
                    ),
                ),
                (
                    "resolution_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7776000),
                        ],
                        verbose_name="settled within, seconds",
                    ),
                ),
                (
                    "business_hours",
                    models.BooleanField(
                        default=True,
                        help_text="The clock stands still while the line is closed. Off: round the clock.",
                        verbose_name="only in the line's hours",
                    ),
                ),
                (
                    "pause",
                    models.CharField(
                        choices=[
                            ("never", "never"),
                            ("snoozed", "while it is snoozed"),
                            ("answered", "while the customer is waited for, snoozed or not"),
                        ],
                        default="answered",
                        help_text="When the clock of settling stands still. Answers never wait: it is we who owe them.",
                        max_length=8,
                        verbose_name="settling waits",
                    ),
                ),
                (
                    "warn_percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Of the time promised. Empty: no warning.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="warn at, %",
                    ),
                ),
                (
                    "order",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Of equally specific policies the lower number counts.",
                        verbose_name="order",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "since",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="works from"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: for every customer.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="routing.category",
                        verbose_name="customer category",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: in every channel.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="support_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: in every line.",
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "service policy",
                "verbose_name_plural": "service policies",
                "ordering": ["order", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_servicepolicyevent" ("business_hours", "category_id", "channel_id", "first_seconds", "id", "is_active", "name", "next_seconds", "order", "pause", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "resolution_seconds", "since", "warn_percent") VALUES (NEW."business_hours", NEW."category_id", NEW."channel_id", NEW."first_seconds", NEW."id", NEW."is_active", NEW."name", NEW."next_seconds", NEW."order", NEW."pause", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."resolution_seconds", NEW."since", NEW."warn_percent"); RETURN NULL;',
                            hash="bec1233dfb57694255f92740ecae50df355ba64b",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_06375",
                            table="routing_servicepolicy",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_servicepolicyevent" ("business_hours", "category_id", "channel_id", "first_seconds", "id", "is_active", "name", "next_seconds", "order", "pause", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "resolution_seconds", "since", "warn_percent") VALUES (NEW."business_hours", NEW."category_id", NEW."channel_id", NEW."first_seconds", NEW."id", NEW."is_active", NEW."name", NEW."next_seconds", NEW."order", NEW."pause", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."resolution_seconds", NEW."since", NEW."warn_percent"); RETURN NULL;',
                            hash="07ec69d9f217ffeb7cabeb37c9712bf47f8f05f4",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_53919",
                            table="routing_servicepolicy",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_servicepolicyevent" ("business_hours", "category_id", "channel_id", "first_seconds", "id", "is_active", "name", "next_seconds", "order", "pause", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "resolution_seconds", "since", "warn_percent") VALUES (OLD."business_hours", OLD."category_id", OLD."channel_id", OLD."first_seconds", OLD."id", OLD."is_active", OLD."name", OLD."next_seconds", OLD."order", OLD."pause", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."resolution_seconds", OLD."since", OLD."warn_percent"); RETURN NULL;',
                            hash="98225ecb8ff60196739fc38be51128a82f7ba0e2",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_2d1d3",
                            table="routing_servicepolicy",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("first_seconds__isnull", False),
                            ("next_seconds__isnull", False),
                            ("resolution_seconds__isnull", False),
                            _connector="OR",
                        ),
                        name="service_policy_promises_something",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("warn_percent__isnull", True), ("warn_percent__range", (1, 99)), _connector="OR"
                        ),
                        name="service_policy_warns_in_time",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Clock",
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
                        choices=[
                            ("first", "first answer"),
                            ("next", "next answer"),
                            ("resolution", "settling"),
                            ("promise", "public promise"),
                        ],
                        max_length=10,
                        verbose_name="promised",
                    ),
                ),
                ("turn", models.PositiveIntegerField(verbose_name="from message")),
                ("seconds", models.PositiveIntegerField(verbose_name="promised, seconds")),
                ("business_hours", models.BooleanField(verbose_name="only in the line's hours")),
                (
                    "pause",
                    models.CharField(
                        choices=[
                            ("never", "never"),
                            ("snoozed", "while it is snoozed"),
                            ("answered", "while the customer is waited for, snoozed or not"),
                        ],
                        max_length=8,
                        verbose_name="waits",
                    ),
                ),
                (
                    "warn_percent",
                    models.PositiveSmallIntegerField(blank=True, null=True, verbose_name="warn at, %"),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("running", "running"),
                            ("paused", "waits for the customer"),
                            ("kept", "kept"),
                            ("broken", "broken"),
                            ("cancelled", "does not count"),
                        ],
                        default="running",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("started_at", models.DateTimeField(verbose_name="from")),
                ("spent", models.FloatField(default=0, verbose_name="run before, seconds")),
                ("resumed_at", models.DateTimeField(blank=True, null=True, verbose_name="runs since")),
                ("due_at", models.DateTimeField(blank=True, null=True, verbose_name="promised until")),
                ("warn_at", models.DateTimeField(blank=True, null=True, verbose_name="warning at")),
                ("warned_at", models.DateTimeField(blank=True, null=True, verbose_name="warned")),
                ("broken_at", models.DateTimeField(blank=True, null=True, verbose_name="broken at")),
                ("met_at", models.DateTimeField(blank=True, null=True, verbose_name="answered at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended")),
                ("taken", models.FloatField(blank=True, null=True, verbose_name="taken, seconds")),
                (
                    "cancelled_because",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("closed", "closed without an answer"),
                            ("closed_by_customer", "the customer closed it"),
                            ("no_policy", "nothing is promised where it stands now"),
                            ("force_majeure", "force majeure"),
                        ],
                        max_length=20,
                        verbose_name="because",
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="routing.category",
                        verbose_name="customer category",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="support_channels.channel",
                        verbose_name="channel",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clocks",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
                (
                    "promise",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clocks",
                        to="routing.promise",
                        verbose_name="public promise",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="clocks",
                        to="routing.servicepolicy",
                        verbose_name="service policy",
                    ),
                ),
            ],
            options={
                "verbose_name": "promise clock",
                "verbose_name_plural": "promise clocks",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state", "running")), fields=["due_at"], name="clock_due"
                    ),
                    models.Index(
                        condition=models.Q(
                            ("state", "running"), ("warn_at__isnull", False), ("warned_at__isnull", True)
                        ),
                        fields=["warn_at"],
                        name="clock_warn",
                    ),
                    models.Index(
                        condition=models.Q(("ended_at__isnull", True)),
                        fields=["conversation"],
                        name="clock_open",
                    ),
                    models.Index(fields=["policy", "line", "started_at"], name="clock_by_policy"),
                    models.Index(
                        condition=models.Q(("promise__isnull", False)),
                        fields=["promise", "started_at"],
                        name="clock_by_promise",
                    ),
                    models.Index(fields=["state", "-id"], name="clock_by_state"),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("conversation", "kind", "turn"), name="clock_once_a_turn"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("kind__in", ["first", "next", "resolution"]),
                                ("promise__isnull", True),
                                ("policy__isnull", False),
                            ),
                            models.Q(
                                ("kind", "promise"), ("policy__isnull", True), ("promise__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="clock_has_one_source",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["running", "paused", "kept", "broken", "cancelled"])
                        ),
                        name="clock_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "running"), _negated=True),
                            models.Q(
                                ("due_at__isnull", False),
                                ("ended_at__isnull", True),
                                ("resumed_at__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="clock_runs_to_a_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "paused"), _negated=True),
                            models.Q(
                                ("due_at__isnull", True),
                                ("ended_at__isnull", True),
                                ("resumed_at__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="clock_paused_stands_still",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "kept"), _negated=True),
                            models.Q(("ended_at__isnull", False), ("met_at__isnull", False)),
                            _connector="OR",
                        ),
                        name="clock_kept_by_an_answer",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("broken_at__isnull", False), ("state", "broken")),
                            models.Q(
                                models.Q(("state", "broken"), _negated=True), ("broken_at__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="clock_broken_has_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("state", "cancelled"), models.Q(("cancelled_because", ""), _negated=True)
                            ),
                            models.Q(
                                models.Q(("state", "cancelled"), _negated=True), ("cancelled_because", "")
                            ),
                            _connector="OR",
                        ),
                        name="clock_cancelled_because",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("spent__gte", 0)), name="clock_never_runs_back"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Notice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "moment",
                    models.CharField(
                        choices=[("warning", "at the warning"), ("breach", "when it is broken")],
                        max_length=7,
                        verbose_name="when",
                    ),
                ),
                ("at", models.DateTimeField(verbose_name="told")),
                (
                    "clock",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="notices",
                        to="routing.clock",
                        verbose_name="promise clock",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="whom",
                    ),
                ),
            ],
            options={
                "verbose_name": "notice of a clock",
                "verbose_name_plural": "notices of clocks",
                "constraints": [
                    models.UniqueConstraint(fields=("clock", "moment", "user"), name="notice_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyAction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "moment",
                    models.CharField(
                        choices=[("warning", "at the warning"), ("breach", "when it is broken")],
                        default="breach",
                        max_length=7,
                        verbose_name="when",
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("raise", "raise it in its line"),
                            ("move", "send it to another line"),
                            ("notify", "notify"),
                            ("tag", "tag it"),
                        ],
                        max_length=6,
                        verbose_name="what",
                    ),
                ),
                (
                    "rank",
                    models.SmallIntegerField(
                        blank=True,
                        help_text="Raise: above customers of a lower rank.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-100),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="to rank",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="auth.group",
                        verbose_name="group",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.operator",
                        verbose_name="whom",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.tag",
                        verbose_name="tag",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="actions",
                        to="routing.servicepolicy",
                    ),
                ),
            ],
            options={
                "verbose_name": "action of a policy",
                "verbose_name_plural": "actions of policies",
                "ordering": ["moment", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_policyactionevent" ("act", "group_id", "id", "moment", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "queue_id", "rank", "tag_id") VALUES (NEW."act", NEW."group_id", NEW."id", NEW."moment", NEW."operator_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."queue_id", NEW."rank", NEW."tag_id"); RETURN NULL;',
                            hash="6c15d4cd4fb74cc158b2bf1711ff928f015b4ee2",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_5dd72",
                            table="routing_policyaction",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_policyactionevent" ("act", "group_id", "id", "moment", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "queue_id", "rank", "tag_id") VALUES (NEW."act", NEW."group_id", NEW."id", NEW."moment", NEW."operator_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."queue_id", NEW."rank", NEW."tag_id"); RETURN NULL;',
                            hash="d36d1f0b2ff577591f256698e2cc7f776d811c13",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_67389",
                            table="routing_policyaction",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_policyactionevent" ("act", "group_id", "id", "moment", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "queue_id", "rank", "tag_id") VALUES (OLD."act", OLD."group_id", OLD."id", OLD."moment", OLD."operator_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy_id", OLD."queue_id", OLD."rank", OLD."tag_id"); RETURN NULL;',
                            hash="7f4c6dde90f606e6e05c4e6661d614fe2c83fd0f",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_23b80",
                            table="routing_policyaction",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("act", "raise"), ("rank__isnull", False)),
                            models.Q(("act", "move"), ("queue__isnull", False)),
                            models.Q(("act", "tag"), ("tag__isnull", False)),
                            models.Q(
                                ("act", "notify"),
                                models.Q(
                                    ("operator__isnull", False), ("group__isnull", False), _connector="OR"
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="policy_action_has_its_object",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Obligation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("compensation_code", models.CharField(max_length=40, verbose_name="compensation")),
                ("turn", models.PositiveIntegerField(verbose_name="from message")),
                ("promised_seconds", models.PositiveIntegerField(verbose_name="promised, seconds")),
                ("taken_seconds", models.FloatField(blank=True, null=True, verbose_name="taken, seconds")),
                ("started_at", models.DateTimeField(verbose_name="asked at")),
                ("due_at", models.DateTimeField(verbose_name="promised until")),
                ("answered_at", models.DateTimeField(blank=True, null=True, verbose_name="answered at")),
                (
                    "asked_event",
                    models.BigIntegerField(blank=True, null=True, verbose_name="event of the question"),
                ),
                (
                    "answered_event",
                    models.BigIntegerField(blank=True, null=True, verbose_name="event of the answer"),
                ),
                ("created_at", models.DateTimeField(verbose_name="written at")),
                (
                    "state",
                    models.CharField(
                        choices=[("open", "open"), ("confirmed", "confirmed"), ("waived", "waived")],
                        default="open",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                ("decided_at", models.DateTimeField(blank=True, null=True, verbose_name="decided at")),
                ("reason", models.CharField(blank=True, max_length=300, verbose_name="reason")),
                (
                    "clock",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligation",
                        to="routing.clock",
                        verbose_name="promise clock",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="decided by",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
                (
                    "promise",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="obligations",
                        to="routing.promise",
                        verbose_name="public promise",
                    ),
                ),
            ],
            options={
                "verbose_name": "obligation",
                "verbose_name_plural": "obligations",
                "indexes": [models.Index(fields=["state", "-id"], name="obligation_by_state")],
                "constraints": [
                    models.UniqueConstraint(fields=("promise", "conversation"), name="obligation_once"),
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["open", "confirmed", "waived"])),
                        name="obligation_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("decided_at__isnull", True), ("decided_by__isnull", True), ("state", "open")
                            ),
                            models.Q(
                                models.Q(("state", "open"), _negated=True),
                                ("decided_at__isnull", False),
                                ("decided_by__isnull", False),
                            ),
                            _connector="OR",
                        ),
                        name="obligation_decided_by_somebody",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "waived"), _negated=True),
                            models.Q(("reason", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="obligation_waived_for_a_reason",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="PolicyActionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "moment",
                    models.CharField(
                        choices=[("warning", "at the warning"), ("breach", "when it is broken")],
                        default="breach",
                        max_length=7,
                        verbose_name="when",
                    ),
                ),
                (
                    "act",
                    models.CharField(
                        choices=[
                            ("raise", "raise it in its line"),
                            ("move", "send it to another line"),
                            ("notify", "notify"),
                            ("tag", "tag it"),
                        ],
                        max_length=6,
                        verbose_name="what",
                    ),
                ),
                (
                    "rank",
                    models.SmallIntegerField(
                        blank=True,
                        help_text="Raise: above customers of a lower rank.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(-100),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="to rank",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="auth.group",
                        verbose_name="group",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.operator",
                        verbose_name="whom",
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
                        to="routing.policyaction",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.tag",
                        verbose_name="tag",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.servicepolicy",
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
                            hash="563c621ac279e2a6d44d5c9df73eb1a236768b7c",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_15e74",
                            table="routing_policyactionevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ServicePolicyEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "first_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7776000),
                        ],
                        verbose_name="first answer within, seconds",
                    ),
                ),
                (
                    "next_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7776000),
                        ],
                        verbose_name="each next answer within, seconds",
                    ),
                ),
                (
                    "resolution_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(7776000),
                        ],
                        verbose_name="settled within, seconds",
                    ),
                ),
                (
                    "business_hours",
                    models.BooleanField(
                        default=True,
                        help_text="The clock stands still while the line is closed. Off: round the clock.",
                        verbose_name="only in the line's hours",
                    ),
                ),
                (
                    "pause",
                    models.CharField(
                        choices=[
                            ("never", "never"),
                            ("snoozed", "while it is snoozed"),
                            ("answered", "while the customer is waited for, snoozed or not"),
                        ],
                        default="answered",
                        help_text="When the clock of settling stands still. Answers never wait: it is we who owe them.",
                        max_length=8,
                        verbose_name="settling waits",
                    ),
                ),
                (
                    "warn_percent",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Of the time promised. Empty: no warning.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="warn at, %",
                    ),
                ),
                (
                    "order",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Of equally specific policies the lower number counts.",
                        verbose_name="order",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "since",
                    models.DateTimeField(
                        default=django.utils.timezone.now, editable=False, verbose_name="works from"
                    ),
                ),
                (
                    "category",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Empty: for every customer.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.category",
                        verbose_name="customer category",
                    ),
                ),
                (
                    "channel",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Empty: in every channel.",
                        null=True,
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
                        to="routing.servicepolicy",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Empty: in every line.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.queue",
                        verbose_name="line",
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
                            hash="7c0b7d2c83a39465236394a70e069309315226ae",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_90b68",
                            table="routing_servicepolicyevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SilencePolicy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "counts_open_hours",
                    models.BooleanField(
                        default=True,
                        help_text="Off: the clock runs at night as well, and steps are taken then.",
                        verbose_name="only open hours count",
                    ),
                ),
                (
                    "queue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="silence_policy",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "silence of the customer",
                "verbose_name_plural": "silence of the customer",
                "ordering": ["queue__name"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_silencepolicyevent" ("counts_open_hours", "id", "is_active", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (NEW."counts_open_hours", NEW."id", NEW."is_active", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id"); RETURN NULL;',
                            hash="c74c773305601d3bbaeef676f4aa9cf9eea2cf07",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_3fc45",
                            table="routing_silencepolicy",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_silencepolicyevent" ("counts_open_hours", "id", "is_active", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (NEW."counts_open_hours", NEW."id", NEW."is_active", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id"); RETURN NULL;',
                            hash="b3e12b131ecc993e26f06123164c5ddc181b761f",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_c76ba",
                            table="routing_silencepolicy",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_silencepolicyevent" ("counts_open_hours", "id", "is_active", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (OLD."counts_open_hours", OLD."id", OLD."is_active", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id"); RETURN NULL;',
                            hash="c0aac51fde0077de5eefb106597b20ba85cae446",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_29c06",
                            table="routing_silencepolicy",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SilencePolicyEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "counts_open_hours",
                    models.BooleanField(
                        default=True,
                        help_text="Off: the clock runs at night as well, and steps are taken then.",
                        verbose_name="only open hours count",
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
                        to="routing.silencepolicy",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.queue",
                        verbose_name="line",
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
                            hash="0b105fa5b01b7e33e0bebfe9d8b0051b3643532f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_a36d6",
                            table="routing_silencepolicyevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SilenceStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "after_minutes",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10080),
                        ],
                        verbose_name="after, minutes",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("remind", "remind him"),
                            ("snooze", "put it aside until he writes"),
                            ("close", "close it"),
                        ],
                        max_length=6,
                        verbose_name="what is done",
                    ),
                ),
                (
                    "text_ru",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="words to the customer, Russian"
                    ),
                ),
                (
                    "text_en",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the Russian ones.",
                        max_length=500,
                        verbose_name="words to the customer, English",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="steps",
                        to="routing.silencepolicy",
                    ),
                ),
            ],
            options={
                "verbose_name": "step",
                "verbose_name_plural": "steps",
                "ordering": ["after_minutes", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_silencestepevent" ("action", "after_minutes", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "text_en", "text_ru") VALUES (NEW."action", NEW."after_minutes", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy_id", NEW."text_en", NEW."text_ru"); RETURN NULL;',
                            hash="84cdef83b0dc7137dc08bd615bb4d0a2fbc79678",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_16ef9",
                            table="routing_silencestep",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "routing_silencestepevent" ("action", "after_minutes", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "text_en", "text_ru") VALUES (NEW."action", NEW."after_minutes", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy_id", NEW."text_en", NEW."text_ru"); RETURN NULL;',
                            hash="3f19496a07002ed54bceace59264e01ee7e87fa9",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e0337",
                            table="routing_silencestep",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "routing_silencestepevent" ("action", "after_minutes", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy_id", "text_en", "text_ru") VALUES (OLD."action", OLD."after_minutes", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy_id", OLD."text_en", OLD."text_ru"); RETURN NULL;',
                            hash="f314ccf06f843aa88187fcf3cae29f5dc7f13cfb",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_93a8e",
                            table="routing_silencestep",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("policy", "after_minutes"), name="silence_step_once_a_minute"
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("action", "close")),
                        fields=("policy",),
                        name="silence_closes_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("action__in", ["remind", "snooze", "close"])),
                        name="silence_action_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("after_minutes__gte", 1)), name="silence_step_takes_a_minute"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("action", "remind"), _negated=True),
                            models.Q(("text_ru", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="silence_reminder_has_words",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SilenceStepEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "after_minutes",
                    models.PositiveIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(10080),
                        ],
                        verbose_name="after, minutes",
                    ),
                ),
                (
                    "action",
                    models.CharField(
                        choices=[
                            ("remind", "remind him"),
                            ("snooze", "put it aside until he writes"),
                            ("close", "close it"),
                        ],
                        max_length=6,
                        verbose_name="what is done",
                    ),
                ),
                (
                    "text_ru",
                    models.CharField(
                        blank=True, max_length=500, verbose_name="words to the customer, Russian"
                    ),
                ),
                (
                    "text_en",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the Russian ones.",
                        max_length=500,
                        verbose_name="words to the customer, English",
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
                        to="routing.silencestep",
                    ),
                ),
                (
                    "policy",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="routing.silencepolicy",
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
                            hash="1f40981eb9e138f310bcc629ad6d2ba9918831ff",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_eed81",
                            table="routing_silencestepevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SilenceTaken",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="silent since")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="silence_taken",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "step",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="routing.silencestep",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("conversation", "since", "step"), name="silence_step_taken_once"
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Violation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "code",
                    models.CharField(
                        choices=[
                            ("new_too_long", "new for more than 5 seconds"),
                            ("queued_without_entry", "waits, and stands in no line"),
                            ("entry_without_wait", "stands in a line, and does not wait"),
                            ("stage_disagrees", "its stay says something else than its offer"),
                            ("assigned_without_assignment", "in work, and no place is reserved for it"),
                            ("assignment_without_hold", "a place is reserved, and nobody holds it"),
                            ("holder_not_participant", "its holder takes no part in it"),
                            ("holder_gone", "held by an operator who is gone"),
                            ("offer_overdue", "offered for longer than the time to accept"),
                            ("over_capacity", "an operator holds more than his capacity"),
                            ("idle_disagrees", "silent with a place reserved, or the reverse"),
                            ("idle_but_written", "the customer wrote, and it is still silent"),
                            ("left_waiting", "waits while a fitting operator is free"),
                            ("snooze_overdue", "snoozed past its moment"),
                            ("offline_though_open", "out of hours in a line that is open"),
                            ("unanswered_without_clock", "unanswered, and no clock runs"),
                        ],
                        max_length=30,
                        verbose_name="what",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("suspected", "suspected"),
                            ("open", "open"),
                            ("repaired", "repaired by hand"),
                            ("gone", "gone by itself"),
                        ],
                        default="suspected",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("details", models.JSONField(default=dict, verbose_name="what was seen")),
                ("first_seen", models.DateTimeField(verbose_name="first seen")),
                ("last_seen", models.DateTimeField(verbose_name="last seen")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="over since")),
                (
                    "conversation",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="operator",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
                (
                    "repaired_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="repaired by",
                    ),
                ),
            ],
            options={
                "verbose_name": "violation",
                "verbose_name_plural": "violations",
                "permissions": [("repair_violation", "Can repair what the watchdog finds")],
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["suspected", "open"])),
                        fields=["code"],
                        name="violation_open",
                    ),
                    models.Index(fields=["state", "-id"], name="violation_by_state"),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["suspected", "open", "repaired", "gone"])),
                        name="violation_state_is_known",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("state__in", ["suspected", "open"])),
                        fields=("code", "conversation"),
                        name="violation_one_open_of_conversation",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            ("conversation__isnull", True), ("state__in", ["suspected", "open"])
                        ),
                        fields=("code", "operator"),
                        name="violation_one_open_of_operator",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("conversation__isnull", False), ("operator__isnull", False), _connector="OR"
                        ),
                        name="violation_has_a_subject",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("ended_at__isnull", True), ("state__in", ["suspected", "open"])),
                            models.Q(("ended_at__isnull", False), ("state__in", ["repaired", "gone"])),
                            _connector="OR",
                        ),
                        name="violation_over_has_moment",
                    ),
                ],
            },
        ),
        # The number of each pass of the dispatcher, and of the last one that was carried out: sequences, since they
        # must be seen before their transaction ends.
        migrations.RunSQL("CREATE SEQUENCE routing_dispatch_pass", "DROP SEQUENCE routing_dispatch_pass"),
        migrations.RunSQL(
            "CREATE SEQUENCE routing_dispatch_done MINVALUE 0 START 0", "DROP SEQUENCE routing_dispatch_done"
        ),
    ]
