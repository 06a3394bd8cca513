"""All tables of this app as they stood when its migrations were folded: docs/decisions/0015."""

import datetime

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models

import apps.core.models.brand
import apps.core.models.people


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("core", "0001_tables"),
        ("pghistory", "0007_auto_20250421_0444"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    replaces = [
        ("operators", "0001_initial"),
        ("operators", "0003_history"),
        ("operators", "0004_hours_in_order"),
        ("operators", "0005_no_revision"),
        ("operators", "0006_live_priority"),
        ("operators", "0007_offering"),
        ("operators", "0008_skill_levels"),
        ("operators", "0009_skills_by_level"),
        ("operators", "0010_hours_and_waiting"),
        ("operators", "0011_presence_and_shifts"),
        ("operators", "0012_who_is_at_work"),
    ]

    operations = [
        migrations.CreateModel(
            name="BreakReason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name_ru", models.CharField(max_length=60, unique=True, verbose_name="name, Russian")),
                ("name_en", models.CharField(blank=True, max_length=60, verbose_name="name, English")),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Longer breaks are shown as overtime. Empty: as long as it takes.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="takes, minutes",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
            ],
            options={
                "verbose_name": "break reason",
                "verbose_name_plural": "break reasons",
                "ordering": ["position", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_breakreasonevent" ("id", "is_active", "minutes", "name_en", "name_ru", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (NEW."id", NEW."is_active", NEW."minutes", NEW."name_en", NEW."name_ru", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position"); RETURN NULL;',
                            hash="dc88a456bed135474b8967905f9443f7d29fb73d",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_afe64",
                            table="operators_breakreason",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_breakreasonevent" ("id", "is_active", "minutes", "name_en", "name_ru", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (NEW."id", NEW."is_active", NEW."minutes", NEW."name_en", NEW."name_ru", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position"); RETURN NULL;',
                            hash="8ab652f13f60fe5125b1cc5c57f09dbbf79bc06d",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_4d770",
                            table="operators_breakreason",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_breakreasonevent" ("id", "is_active", "minutes", "name_en", "name_ru", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (OLD."id", OLD."is_active", OLD."minutes", OLD."name_en", OLD."name_ru", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position"); RETURN NULL;',
                            hash="0cfabce6942bf5e8c60489cb036b0861bebd204d",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_3b4dd",
                            table="operators_breakreason",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Calendar",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                (
                    "time_zone",
                    models.CharField(
                        default="Europe/Moscow",
                        max_length=64,
                        validators=[apps.core.models.people.validate_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "follows_production",
                    models.BooleanField(
                        default=False,
                        help_text="Closed on its holidays, an hour shorter before them. Special days here stand above it.",
                        verbose_name="follows the production calendar",
                    ),
                ),
            ],
            options={
                "verbose_name": "hours",
                "verbose_name_plural": "hours",
                "ordering": ["name"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_calendarevent" ("follows_production", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (NEW."follows_production", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."time_zone"); RETURN NULL;',
                            hash="98b4be1e8cd88547fcee3da89095152db94d6b20",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_69e1d",
                            table="operators_calendar",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_calendarevent" ("follows_production", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (NEW."follows_production", NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."time_zone"); RETURN NULL;',
                            hash="b7d35e11dd542e5b4e7f71623fb84bf1779bf37d",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_d7816",
                            table="operators_calendar",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_calendarevent" ("follows_production", "id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "time_zone") VALUES (OLD."follows_production", OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."time_zone"); RETURN NULL;',
                            hash="c761f11e31523c4e98378c34316b8409cc033eb5",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_34eb5",
                            table="operators_calendar",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeclineReason",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name_ru", models.CharField(max_length=60, unique=True, verbose_name="name, Russian")),
                ("name_en", models.CharField(blank=True, max_length=60, verbose_name="name, English")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
            ],
            options={
                "verbose_name": "reason to decline",
                "verbose_name_plural": "reasons to decline",
                "ordering": ["position", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_declinereasonevent" ("id", "is_active", "name_en", "name_ru", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (NEW."id", NEW."is_active", NEW."name_en", NEW."name_ru", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position"); RETURN NULL;',
                            hash="ec31213b17dbb6276c2bf504bdc36e556affa6b4",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_f7efe",
                            table="operators_declinereason",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_declinereasonevent" ("id", "is_active", "name_en", "name_ru", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (NEW."id", NEW."is_active", NEW."name_en", NEW."name_ru", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position"); RETURN NULL;',
                            hash="76f94dac14ac881c1a71ec9a0adba469a7f831e7",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_a2649",
                            table="operators_declinereason",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_declinereasonevent" ("id", "is_active", "name_en", "name_ru", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (OLD."id", OLD."is_active", OLD."name_en", OLD."name_ru", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position"); RETURN NULL;',
                            hash="d9463be65c8c9e4c4a641cea58d20835c8c9d2e8",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_aaba6",
                            table="operators_declinereason",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Operator",
            fields=[
                (
                    "user",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="operator",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
                    ),
                ),
                ("public_name", models.CharField(max_length=80, verbose_name="name for customers")),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        help_text="Shown to customers under the name.",
                        max_length=80,
                        verbose_name="position",
                    ),
                ),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="In units: what a conversation weighs is said for each kind of channel.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="holds at once",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="works here")),
                (
                    "avatar",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="core.storedfile",
                        verbose_name="picture",
                    ),
                ),
            ],
            options={
                "verbose_name": "operator",
                "verbose_name_plural": "operators",
                "ordering": ["public_name"],
                "permissions": [("given_by_supervisors", "Supervisors may put operators into this group")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_operatorevent" ("avatar_id", "capacity", "is_active", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_name", "title", "user_id") VALUES (NEW."avatar_id", NEW."capacity", NEW."is_active", _pgh_attach_context(), NOW(), \'insert\', NEW."user_id", NEW."public_name", NEW."title", NEW."user_id"); RETURN NULL;',
                            hash="8f2e2d31b8f39d11f49cd5dd72f20c5a561ca313",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_504a1",
                            table="operators_operator",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_operatorevent" ("avatar_id", "capacity", "is_active", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_name", "title", "user_id") VALUES (NEW."avatar_id", NEW."capacity", NEW."is_active", _pgh_attach_context(), NOW(), \'update\', NEW."user_id", NEW."public_name", NEW."title", NEW."user_id"); RETURN NULL;',
                            hash="6d505edd2a3723086313d169c03a13a9c10861b1",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_a7fb6",
                            table="operators_operator",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_operatorevent" ("avatar_id", "capacity", "is_active", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "public_name", "title", "user_id") VALUES (OLD."avatar_id", OLD."capacity", OLD."is_active", _pgh_attach_context(), NOW(), \'delete\', OLD."user_id", OLD."public_name", OLD."title", OLD."user_id"); RETURN NULL;',
                            hash="210db29692cd9fb46b99fd35cba13e4d369b26eb",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_47723",
                            table="operators_operator",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Tag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=40, unique=True, verbose_name="name")),
                (
                    "colour",
                    models.CharField(
                        default="#7a8699",
                        max_length=7,
                        validators=[apps.core.models.brand.validate_colour],
                        verbose_name="colour",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="offered")),
            ],
            options={
                "verbose_name": "tag",
                "verbose_name_plural": "tags",
                "ordering": ["name"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_tagevent" ("colour", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."colour", NEW."id", NEW."is_active", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="ffa47d89e0860ef646b8867fba913570b4f2c0ec",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_273d0",
                            table="operators_tag",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_tagevent" ("colour", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."colour", NEW."id", NEW."is_active", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="2ca0b5930d9390161e0ac35b99d6df6530a0c0a6",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_7aa98",
                            table="operators_tag",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_tagevent" ("colour", "id", "is_active", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."colour", OLD."id", OLD."is_active", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="8c9e658ccd0782c99b78a3e32cb2e4d7bf29faa6",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_51548",
                            table="operators_tag",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="TemplateFolder",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
            ],
            options={
                "verbose_name": "template folder",
                "verbose_name_plural": "template folders",
                "ordering": ["position", "name"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_templatefolderevent" ("id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position"); RETURN NULL;',
                            hash="28ac22e00ccfe73b7739788de8e6b9374d705692",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_8221b",
                            table="operators_templatefolder",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_templatefolderevent" ("id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (NEW."id", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position"); RETURN NULL;',
                            hash="89c77c0a1acd8633d5e253453737dcdec045b979",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_2fbe8",
                            table="operators_templatefolder",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_templatefolderevent" ("id", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position") VALUES (OLD."id", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position"); RETURN NULL;',
                            hash="3e8eb9c282dbfc7f3ae8961172475f36de116bee",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_f62d1",
                            table="operators_templatefolder",
                            when="AFTER",
                        ),
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="BreakReasonEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name_ru", models.CharField(max_length=60, verbose_name="name, Russian")),
                ("name_en", models.CharField(blank=True, max_length=60, verbose_name="name, English")),
                (
                    "minutes",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        help_text="Longer breaks are shown as overtime. Empty: as long as it takes.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="takes, minutes",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
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
                        to="operators.breakreason",
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
                            hash="808e24d691fcbf7f7d0fc140d31bbd59e86b0224",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_eb25d",
                            table="operators_breakreasonevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "time_zone",
                    models.CharField(
                        default="Europe/Moscow",
                        max_length=64,
                        validators=[apps.core.models.people.validate_time_zone],
                        verbose_name="time zone",
                    ),
                ),
                (
                    "follows_production",
                    models.BooleanField(
                        default=False,
                        help_text="Closed on its holidays, an hour shorter before them. Special days here stand above it.",
                        verbose_name="follows the production calendar",
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
                        to="operators.calendar",
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
                            hash="a030cc6dc62840cb3ac842860748c5edf94a6d2e",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_16209",
                            table="operators_calendarevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarException",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField(verbose_name="date")),
                ("opens", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("closes", models.TimeField(blank=True, null=True, verbose_name="to")),
                ("note", models.CharField(blank=True, max_length=80, verbose_name="reason")),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="exceptions",
                        to="operators.calendar",
                    ),
                ),
            ],
            options={
                "verbose_name": "special day",
                "verbose_name_plural": "special days",
                "ordering": ["date"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_calendarexceptionevent" ("calendar_id", "closes", "date", "id", "note", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."calendar_id", NEW."closes", NEW."date", NEW."id", NEW."note", NEW."opens", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="6e12d71cad41631efa69d1e1a78c1b19e26888d1",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_dd811",
                            table="operators_calendarexception",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_calendarexceptionevent" ("calendar_id", "closes", "date", "id", "note", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."calendar_id", NEW."closes", NEW."date", NEW."id", NEW."note", NEW."opens", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="d73d73918b282ce7047210dd0f304a3536036b0c",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_52512",
                            table="operators_calendarexception",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_calendarexceptionevent" ("calendar_id", "closes", "date", "id", "note", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."calendar_id", OLD."closes", OLD."date", OLD."id", OLD."note", OLD."opens", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="f642dbff66cd173261f84046527dbed40fe63c5f",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_e7747",
                            table="operators_calendarexception",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("calendar", "date"), name="calendar_date_once"),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closes__isnull", True), ("opens__isnull", True)),
                            models.Q(("closes__isnull", False), ("opens__isnull", False)),
                            _connector="OR",
                        ),
                        name="calendar_exception_both_times",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("opens__isnull", True),
                            ("closes__gt", models.F("opens")),
                            ("closes", datetime.time(0, 0)),
                            _connector="OR",
                        ),
                        name="calendar_exception_in_order",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarExceptionEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("date", models.DateField(verbose_name="date")),
                ("opens", models.TimeField(blank=True, null=True, verbose_name="from")),
                ("closes", models.TimeField(blank=True, null=True, verbose_name="to")),
                ("note", models.CharField(blank=True, max_length=80, verbose_name="reason")),
                (
                    "calendar",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.calendar",
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
                        to="operators.calendarexception",
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
                            hash="e84abcd4d4a4a9c4d8cac304d4d94a3f231ebdbc",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_b7b98",
                            table="operators_calendarexceptionevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarInterval",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        verbose_name="day",
                    ),
                ),
                ("opens", models.TimeField(verbose_name="from")),
                ("closes", models.TimeField(verbose_name="to")),
                (
                    "calendar",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="intervals",
                        to="operators.calendar",
                    ),
                ),
            ],
            options={
                "verbose_name": "open hours",
                "verbose_name_plural": "open hours",
                "ordering": ["weekday", "opens"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_calendarintervalevent" ("calendar_id", "closes", "id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "weekday") VALUES (NEW."calendar_id", NEW."closes", NEW."id", NEW."opens", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."weekday"); RETURN NULL;',
                            hash="be013c549db08fcaa6f865705eb69a6a279623e1",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_414e5",
                            table="operators_calendarinterval",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_calendarintervalevent" ("calendar_id", "closes", "id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "weekday") VALUES (NEW."calendar_id", NEW."closes", NEW."id", NEW."opens", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."weekday"); RETURN NULL;',
                            hash="3d9ea2af699f341493d550590b469d2e97fa5a8e",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_af4ef",
                            table="operators_calendarinterval",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_calendarintervalevent" ("calendar_id", "closes", "id", "opens", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "weekday") VALUES (OLD."calendar_id", OLD."closes", OLD."id", OLD."opens", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."weekday"); RETURN NULL;',
                            hash="7bdaddd6e02964b52ff4857e2dfe975ca0d440ab",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_10f7e",
                            table="operators_calendarinterval",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("closes__gt", models.F("opens")),
                            ("closes", datetime.time(0, 0)),
                            _connector="OR",
                        ),
                        name="calendar_interval_in_order",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="CalendarIntervalEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        verbose_name="day",
                    ),
                ),
                ("opens", models.TimeField(verbose_name="from")),
                ("closes", models.TimeField(verbose_name="to")),
                (
                    "calendar",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.calendar",
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
                        to="operators.calendarinterval",
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
                            hash="447428933c5ad9c53689f89708e134a0b886eb63",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_41712",
                            table="operators_calendarintervalevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="DeclineReasonEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name_ru", models.CharField(max_length=60, verbose_name="name, Russian")),
                ("name_en", models.CharField(blank=True, max_length=60, verbose_name="name, English")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
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
                        to="operators.declinereason",
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
                            hash="8c3b58fccc4458af683c4ce57ff95144c818fff7",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_6e76c",
                            table="operators_declinereasonevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Presence",
            fields=[
                (
                    "operator",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="presence",
                        serialize=False,
                        to="operators.operator",
                        verbose_name="operator",
                    ),
                ),
                (
                    "state",
                    models.CharField(
                        choices=[("online", "online"), ("break", "on a break"), ("offline", "offline")],
                        default="offline",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="since")),
                (
                    "cause",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("sent", "sent by somebody else"),
                            ("silent", "away (automatic): no activity"),
                            ("missed", "away (automatic): missed offers"),
                            ("gone", "connection lost"),
                            ("shift_over", "the shift is over"),
                        ],
                        max_length=10,
                        verbose_name="brought there by",
                    ),
                ),
                ("active_at", models.DateTimeField(blank=True, null=True, verbose_name="active at")),
                ("away_at", models.DateTimeField(blank=True, null=True, verbose_name="set away at")),
                (
                    "missed",
                    models.PositiveSmallIntegerField(default=0, verbose_name="missed offers in a row"),
                ),
                ("shift_ends_at", models.DateTimeField(blank=True, null=True, verbose_name="shift ends at")),
                (
                    "offers_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="offered something until"),
                ),
                (
                    "wrap_up_until",
                    models.DateTimeField(blank=True, null=True, verbose_name="after-work until"),
                ),
                (
                    "gone_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="connection lost at"),
                ),
                (
                    "reason",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="operators.breakreason",
                        verbose_name="reason",
                    ),
                ),
                (
                    "sent_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="sent by",
                    ),
                ),
            ],
            options={
                "verbose_name": "presence",
                "verbose_name_plural": "who is at work",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["online", "break", "offline"])),
                        name="presence_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("reason__isnull", True),
                            models.Q(("state", "online"), _negated=True),
                            _connector="OR",
                        ),
                        name="presence_reason_only_when_away",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cause", ""), models.Q(("state", "online"), _negated=True), _connector="OR"
                        ),
                        name="presence_cause_only_when_away",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("cause__in", ["", "sent", "silent", "missed", "gone", "shift_over"])
                        ),
                        name="presence_cause_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OperatorEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("public_name", models.CharField(max_length=80, verbose_name="name for customers")),
                (
                    "title",
                    models.CharField(
                        blank=True,
                        help_text="Shown to customers under the name.",
                        max_length=80,
                        verbose_name="position",
                    ),
                ),
                (
                    "capacity",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="In units: what a conversation weighs is said for each kind of channel.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="holds at once",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="works here")),
                (
                    "avatar",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="core.storedfile",
                        verbose_name="picture",
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
                        to="operators.operator",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        serialize=False,
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="user",
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
                            hash="b7fb64bda54bc00e5d266d59b3b625bb5d8a9079",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_e60de",
                            table="operators_operatorevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductionDay",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField(unique=True, verbose_name="date")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("off", "day off"),
                            ("working", "working day"),
                            ("short", "an hour shorter"),
                        ],
                        max_length=7,
                        verbose_name="is",
                    ),
                ),
                (
                    "hours_of",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        help_text="Empty: of its own day of the week.",
                        null=True,
                        verbose_name="with the hours of",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=80, verbose_name="reason")),
            ],
            options={
                "verbose_name": "day of the production calendar",
                "verbose_name_plural": "production calendar",
                "ordering": ["date"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_productiondayevent" ("date", "hours_of", "id", "kind", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."date", NEW."hours_of", NEW."id", NEW."kind", NEW."note", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="a84a71c21221e2d72bec8398cf73e6a6fccaa5a2",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_55667",
                            table="operators_productionday",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_productiondayevent" ("date", "hours_of", "id", "kind", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."date", NEW."hours_of", NEW."id", NEW."kind", NEW."note", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="b1630e3e7dcca34c2b7b1787201713ec84efe9f9",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e6b23",
                            table="operators_productionday",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_productiondayevent" ("date", "hours_of", "id", "kind", "note", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."date", OLD."hours_of", OLD."id", OLD."kind", OLD."note", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="23fca09009686b7deaab53de899e8d13a12e055b",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_f32dc",
                            table="operators_productionday",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["off", "working", "short"])),
                        name="production_day_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "off"), _negated=True),
                            ("hours_of__isnull", True),
                            _connector="OR",
                        ),
                        name="production_day_off_has_no_hours",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ProductionDayEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("date", models.DateField(verbose_name="date")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("off", "day off"),
                            ("working", "working day"),
                            ("short", "an hour shorter"),
                        ],
                        max_length=7,
                        verbose_name="is",
                    ),
                ),
                (
                    "hours_of",
                    models.PositiveSmallIntegerField(
                        blank=True,
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        help_text="Empty: of its own day of the week.",
                        null=True,
                        verbose_name="with the hours of",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=80, verbose_name="reason")),
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
                        to="operators.productionday",
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
                            hash="14983d3d41ca1d9bdd52a7f106763a2973efd51b",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_40756",
                            table="operators_productiondayevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Queue",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=80, unique=True, verbose_name="name")),
                (
                    "public_name_ru",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the name above.",
                        max_length=80,
                        verbose_name="name for customers, Russian",
                    ),
                ),
                (
                    "public_name_en",
                    models.CharField(blank=True, max_length=80, verbose_name="name for customers, English"),
                ),
                (
                    "priority",
                    models.IntegerField(
                        default=0,
                        help_text="Conversations of a line with a higher number are offered first.",
                        validators=[
                            django.core.validators.MinValueValidator(-1000),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="priority",
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="Takes what no other line takes. There is exactly one.",
                        verbose_name="common line",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Off: takes no new conversations.", verbose_name="on"
                    ),
                ),
                (
                    "shares_history",
                    models.BooleanField(
                        default=True,
                        help_text="Whoever holds a conversation of a customer may read his earlier ones of this line.",
                        verbose_name="shares its history",
                    ),
                ),
                (
                    "reopen_hours",
                    models.PositiveSmallIntegerField(
                        default=24,
                        help_text="A customer's message this long after closing continues the same conversation.",
                        validators=[django.core.validators.MaxValueValidator(2160)],
                        verbose_name="reopens for, hours",
                    ),
                ),
                (
                    "offering",
                    models.CharField(
                        choices=[
                            ("automatic", "it is offered to them"),
                            ("pull", "they take it themselves"),
                            ("both", "both"),
                        ],
                        default="both",
                        help_text="Taking a certain conversation out of turn needs a right of its own.",
                        max_length=9,
                        verbose_name="work",
                    ),
                ),
                (
                    "policy",
                    models.CharField(
                        choices=[
                            ("least_busy", "the least busy, by his capacity"),
                            ("longest_idle", "who has had nothing new for longest"),
                            ("round_robin", "in turn"),
                            ("best_skill", "who knows it best"),
                        ],
                        default="least_busy",
                        max_length=12,
                        verbose_name="offered to",
                    ),
                ),
                (
                    "accept_seconds",
                    models.PositiveIntegerField(
                        default=30,
                        help_text="Then it is offered to somebody else. 0: given without asking.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="time to accept, seconds",
                    ),
                ),
                (
                    "prefers_last_seconds",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="Who answered the customer last is asked first, for this long. 0: not.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="waits for the last operator, seconds",
                    ),
                ),
                (
                    "prefers_manager_seconds",
                    models.PositiveIntegerField(
                        default=120,
                        help_text="The customer's personal manager is asked first, for this long. 0: not.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="waits for the personal manager, seconds",
                    ),
                ),
                (
                    "matches_language",
                    models.BooleanField(
                        default=False,
                        help_text="Only who has the skill of that language is offered the conversation.",
                        verbose_name="matches the customer's language",
                    ),
                ),
                (
                    "language_relax_seconds",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Whoever waits longer may get anybody. 0: never.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="for this long, seconds",
                    ),
                ),
                (
                    "idle_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="Answered, and the customer says nothing: its holder may be given another. 0: never.",
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="silent conversation frees its place after, minutes",
                    ),
                ),
                (
                    "own_wait_seconds",
                    models.PositiveIntegerField(
                        default=120,
                        help_text="When the customer writes again and the holder is full. After that anybody may take it.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="then waits for its holder, seconds",
                    ),
                ),
                (
                    "wrap_up_seconds",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="After closing a conversation nothing new is offered for this long; it can be cut short.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="after-work, seconds",
                    ),
                ),
                (
                    "out_of_hours",
                    models.CharField(
                        choices=[
                            ("apart", "it is taken and stands apart until the line opens"),
                            ("waits", "it is taken and waits in the line like any other"),
                            ("form", "the chat asks for a contact and the question instead"),
                        ],
                        default="apart",
                        help_text="A form is for the chat on the site and in the app; elsewhere a message stands apart.",
                        max_length=5,
                        verbose_name="out of hours",
                    ),
                ),
                (
                    "last_minutes",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="New conversations in them are treated as below. 0: like all others.",
                        validators=[django.core.validators.MaxValueValidator(240)],
                        verbose_name="last minutes before closing",
                    ),
                ),
                (
                    "last_minutes_closed",
                    models.BooleanField(
                        default=True,
                        help_text="Off: they are taken as ever, and only the text below is told.",
                        verbose_name="in them as out of hours",
                    ),
                ),
                (
                    "last_minutes_text_ru",
                    models.CharField(
                        blank=True,
                        help_text="Empty: a text of ours.",
                        max_length=300,
                        verbose_name="told then, Russian",
                    ),
                ),
                (
                    "last_minutes_text_en",
                    models.CharField(blank=True, max_length=300, verbose_name="told then, English"),
                ),
                (
                    "tells_position",
                    models.BooleanField(
                        default=False,
                        help_text="Who waits in the chat sees how many stand before him.",
                        verbose_name="tells the place in line",
                    ),
                ),
                (
                    "tells_estimate",
                    models.BooleanField(
                        default=False,
                        help_text="As a range, from who is at work now and what they do; nothing is told while it is unknown.",
                        verbose_name="tells the time of waiting",
                    ),
                ),
                (
                    "offer_contact_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Of waiting. Empty: never.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="offers to leave a contact after, seconds",
                    ),
                ),
                (
                    "offer_callback_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Of waiting. Empty: never.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="offers to be called back after, seconds",
                    ),
                ),
                ("live_priority", models.IntegerField(default=0, editable=False)),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: always open.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="queues",
                        to="operators.calendar",
                        verbose_name="hours",
                    ),
                ),
            ],
            options={
                "verbose_name": "line",
                "verbose_name_plural": "lines",
                "ordering": ["-priority", "id"],
                "permissions": [("configure_all_lines", "Can configure every line, not only one's own")],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_queueevent" ("accept_seconds", "calendar_id", "id", "idle_minutes", "is_active", "is_default", "language_relax_seconds", "last_minutes", "last_minutes_closed", "last_minutes_text_en", "last_minutes_text_ru", "matches_language", "name", "offer_callback_seconds", "offer_contact_seconds", "offering", "out_of_hours", "own_wait_seconds", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "prefers_last_seconds", "prefers_manager_seconds", "priority", "public_name_en", "public_name_ru", "reopen_hours", "shares_history", "tells_estimate", "tells_position", "wrap_up_seconds") VALUES (NEW."accept_seconds", NEW."calendar_id", NEW."id", NEW."idle_minutes", NEW."is_active", NEW."is_default", NEW."language_relax_seconds", NEW."last_minutes", NEW."last_minutes_closed", NEW."last_minutes_text_en", NEW."last_minutes_text_ru", NEW."matches_language", NEW."name", NEW."offer_callback_seconds", NEW."offer_contact_seconds", NEW."offering", NEW."out_of_hours", NEW."own_wait_seconds", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."policy", NEW."prefers_last_seconds", NEW."prefers_manager_seconds", NEW."priority", NEW."public_name_en", NEW."public_name_ru", NEW."reopen_hours", NEW."shares_history", NEW."tells_estimate", NEW."tells_position", NEW."wrap_up_seconds"); RETURN NULL;',
                            hash="ca90d490195eeb2bfe6324acc123b07d08494405",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_719b0",
                            table="operators_queue",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition='WHEN (OLD."accept_seconds" IS DISTINCT FROM (NEW."accept_seconds") OR OLD."calendar_id" IS DISTINCT FROM (NEW."calendar_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."idle_minutes" IS DISTINCT FROM (NEW."idle_minutes") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_default" IS DISTINCT FROM (NEW."is_default") OR OLD."language_relax_seconds" IS DISTINCT FROM (NEW."language_relax_seconds") OR OLD."last_minutes" IS DISTINCT FROM (NEW."last_minutes") OR OLD."last_minutes_closed" IS DISTINCT FROM (NEW."last_minutes_closed") OR OLD."last_minutes_text_en" IS DISTINCT FROM (NEW."last_minutes_text_en") OR OLD."last_minutes_text_ru" IS DISTINCT FROM (NEW."last_minutes_text_ru") OR OLD."matches_language" IS DISTINCT FROM (NEW."matches_language") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."offer_callback_seconds" IS DISTINCT FROM (NEW."offer_callback_seconds") OR OLD."offer_contact_seconds" IS DISTINCT FROM (NEW."offer_contact_seconds") OR OLD."offering" IS DISTINCT FROM (NEW."offering") OR OLD."out_of_hours" IS DISTINCT FROM (NEW."out_of_hours") OR OLD."own_wait_seconds" IS DISTINCT FROM (NEW."own_wait_seconds") OR OLD."policy" IS DISTINCT FROM (NEW."policy") OR OLD."prefers_last_seconds" IS DISTINCT FROM (NEW."prefers_last_seconds") OR OLD."prefers_manager_seconds" IS DISTINCT FROM (NEW."prefers_manager_seconds") OR OLD."priority" IS DISTINCT FROM (NEW."priority") OR OLD."public_name_en" IS DISTINCT FROM (NEW."public_name_en") OR OLD."public_name_ru" IS DISTINCT FROM (NEW."public_name_ru") OR OLD."reopen_hours" IS DISTINCT FROM (NEW."reopen_hours") OR OLD."shares_history" IS DISTINCT FROM (NEW."shares_history") OR OLD."tells_estimate" IS DISTINCT FROM (NEW."tells_estimate") OR OLD."tells_position" IS DISTINCT FROM (NEW."tells_position") OR OLD."wrap_up_seconds" IS DISTINCT FROM (NEW."wrap_up_seconds"))',
                            func='INSERT INTO "operators_queueevent" ("accept_seconds", "calendar_id", "id", "idle_minutes", "is_active", "is_default", "language_relax_seconds", "last_minutes", "last_minutes_closed", "last_minutes_text_en", "last_minutes_text_ru", "matches_language", "name", "offer_callback_seconds", "offer_contact_seconds", "offering", "out_of_hours", "own_wait_seconds", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "prefers_last_seconds", "prefers_manager_seconds", "priority", "public_name_en", "public_name_ru", "reopen_hours", "shares_history", "tells_estimate", "tells_position", "wrap_up_seconds") VALUES (NEW."accept_seconds", NEW."calendar_id", NEW."id", NEW."idle_minutes", NEW."is_active", NEW."is_default", NEW."language_relax_seconds", NEW."last_minutes", NEW."last_minutes_closed", NEW."last_minutes_text_en", NEW."last_minutes_text_ru", NEW."matches_language", NEW."name", NEW."offer_callback_seconds", NEW."offer_contact_seconds", NEW."offering", NEW."out_of_hours", NEW."own_wait_seconds", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."policy", NEW."prefers_last_seconds", NEW."prefers_manager_seconds", NEW."priority", NEW."public_name_en", NEW."public_name_ru", NEW."reopen_hours", NEW."shares_history", NEW."tells_estimate", NEW."tells_position", NEW."wrap_up_seconds"); RETURN NULL;',
                            hash="78f11827cab507bfba9c203a7d08f04ef8e5c376",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_33816",
                            table="operators_queue",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_queueevent" ("accept_seconds", "calendar_id", "id", "idle_minutes", "is_active", "is_default", "language_relax_seconds", "last_minutes", "last_minutes_closed", "last_minutes_text_en", "last_minutes_text_ru", "matches_language", "name", "offer_callback_seconds", "offer_contact_seconds", "offering", "out_of_hours", "own_wait_seconds", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "policy", "prefers_last_seconds", "prefers_manager_seconds", "priority", "public_name_en", "public_name_ru", "reopen_hours", "shares_history", "tells_estimate", "tells_position", "wrap_up_seconds") VALUES (OLD."accept_seconds", OLD."calendar_id", OLD."id", OLD."idle_minutes", OLD."is_active", OLD."is_default", OLD."language_relax_seconds", OLD."last_minutes", OLD."last_minutes_closed", OLD."last_minutes_text_en", OLD."last_minutes_text_ru", OLD."matches_language", OLD."name", OLD."offer_callback_seconds", OLD."offer_contact_seconds", OLD."offering", OLD."out_of_hours", OLD."own_wait_seconds", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."policy", OLD."prefers_last_seconds", OLD."prefers_manager_seconds", OLD."priority", OLD."public_name_en", OLD."public_name_ru", OLD."reopen_hours", OLD."shares_history", OLD."tells_estimate", OLD."tells_position", OLD."wrap_up_seconds"); RETURN NULL;',
                            hash="a83e375e4e673338f2cf2f3b7915713bcaccd726",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_e3357",
                            table="operators_queue",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("is_default",),
                        name="queue_one_default",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Overflow",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "by",
                    models.CharField(
                        choices=[
                            ("wait", "one has waited so many seconds"),
                            ("length", "more than so many wait"),
                            ("no_staff", "nobody has been at work for so many seconds"),
                        ],
                        max_length=8,
                        verbose_name="when",
                    ),
                ),
                (
                    "limit",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MaxValueValidator(86400)], verbose_name="limit"
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="overflows",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
                (
                    "reserve",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="reserve line",
                    ),
                ),
            ],
            options={
                "verbose_name": "overflow",
                "verbose_name_plural": "overflows",
                "ordering": ["id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_overflowevent" ("by", "id", "limit", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "reserve_id") VALUES (NEW."by", NEW."id", NEW."limit", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."reserve_id"); RETURN NULL;',
                            hash="c8e5e9cc1e6057b4d29d00e9d674058a6a06f4e8",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_74502",
                            table="operators_overflow",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_overflowevent" ("by", "id", "limit", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "reserve_id") VALUES (NEW."by", NEW."id", NEW."limit", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."reserve_id"); RETURN NULL;',
                            hash="38bad530ac7aa95b006eab6595016b2c41c463ee",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_a5803",
                            table="operators_overflow",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_overflowevent" ("by", "id", "limit", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "reserve_id") VALUES (OLD."by", OLD."id", OLD."limit", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."reserve_id"); RETURN NULL;',
                            hash="a396031b5faa24ceee0059fbf07df4d26be272ed",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_db680",
                            table="operators_overflow",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "by", "reserve"), name="overflow_once"),
                    models.CheckConstraint(
                        condition=models.Q(("queue", models.F("reserve")), _negated=True),
                        name="overflow_not_into_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="OverflowEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "by",
                    models.CharField(
                        choices=[
                            ("wait", "one has waited so many seconds"),
                            ("length", "more than so many wait"),
                            ("no_staff", "nobody has been at work for so many seconds"),
                        ],
                        max_length=8,
                        verbose_name="when",
                    ),
                ),
                (
                    "limit",
                    models.PositiveIntegerField(
                        validators=[django.core.validators.MaxValueValidator(86400)], verbose_name="limit"
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
                        to="operators.overflow",
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
                (
                    "reserve",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.queue",
                        verbose_name="reserve line",
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
                            hash="04e1a40419aaf310ddb74dc875864ea151ff3f74",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_29f2f",
                            table="operators_overflowevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                (
                    "public_name_ru",
                    models.CharField(
                        blank=True,
                        help_text="Empty: the name above.",
                        max_length=80,
                        verbose_name="name for customers, Russian",
                    ),
                ),
                (
                    "public_name_en",
                    models.CharField(blank=True, max_length=80, verbose_name="name for customers, English"),
                ),
                (
                    "priority",
                    models.IntegerField(
                        default=0,
                        help_text="Conversations of a line with a higher number are offered first.",
                        validators=[
                            django.core.validators.MinValueValidator(-1000),
                            django.core.validators.MaxValueValidator(1000),
                        ],
                        verbose_name="priority",
                    ),
                ),
                (
                    "is_default",
                    models.BooleanField(
                        default=False,
                        help_text="Takes what no other line takes. There is exactly one.",
                        verbose_name="common line",
                    ),
                ),
                (
                    "is_active",
                    models.BooleanField(
                        default=True, help_text="Off: takes no new conversations.", verbose_name="on"
                    ),
                ),
                (
                    "shares_history",
                    models.BooleanField(
                        default=True,
                        help_text="Whoever holds a conversation of a customer may read his earlier ones of this line.",
                        verbose_name="shares its history",
                    ),
                ),
                (
                    "reopen_hours",
                    models.PositiveSmallIntegerField(
                        default=24,
                        help_text="A customer's message this long after closing continues the same conversation.",
                        validators=[django.core.validators.MaxValueValidator(2160)],
                        verbose_name="reopens for, hours",
                    ),
                ),
                (
                    "offering",
                    models.CharField(
                        choices=[
                            ("automatic", "it is offered to them"),
                            ("pull", "they take it themselves"),
                            ("both", "both"),
                        ],
                        default="both",
                        help_text="Taking a certain conversation out of turn needs a right of its own.",
                        max_length=9,
                        verbose_name="work",
                    ),
                ),
                (
                    "policy",
                    models.CharField(
                        choices=[
                            ("least_busy", "the least busy, by his capacity"),
                            ("longest_idle", "who has had nothing new for longest"),
                            ("round_robin", "in turn"),
                            ("best_skill", "who knows it best"),
                        ],
                        default="least_busy",
                        max_length=12,
                        verbose_name="offered to",
                    ),
                ),
                (
                    "accept_seconds",
                    models.PositiveIntegerField(
                        default=30,
                        help_text="Then it is offered to somebody else. 0: given without asking.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="time to accept, seconds",
                    ),
                ),
                (
                    "prefers_last_seconds",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="Who answered the customer last is asked first, for this long. 0: not.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="waits for the last operator, seconds",
                    ),
                ),
                (
                    "prefers_manager_seconds",
                    models.PositiveIntegerField(
                        default=120,
                        help_text="The customer's personal manager is asked first, for this long. 0: not.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="waits for the personal manager, seconds",
                    ),
                ),
                (
                    "matches_language",
                    models.BooleanField(
                        default=False,
                        help_text="Only who has the skill of that language is offered the conversation.",
                        verbose_name="matches the customer's language",
                    ),
                ),
                (
                    "language_relax_seconds",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="Whoever waits longer may get anybody. 0: never.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="for this long, seconds",
                    ),
                ),
                (
                    "idle_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="Answered, and the customer says nothing: its holder may be given another. 0: never.",
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="silent conversation frees its place after, minutes",
                    ),
                ),
                (
                    "own_wait_seconds",
                    models.PositiveIntegerField(
                        default=120,
                        help_text="When the customer writes again and the holder is full. After that anybody may take it.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="then waits for its holder, seconds",
                    ),
                ),
                (
                    "wrap_up_seconds",
                    models.PositiveIntegerField(
                        default=0,
                        help_text="After closing a conversation nothing new is offered for this long; it can be cut short.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="after-work, seconds",
                    ),
                ),
                (
                    "out_of_hours",
                    models.CharField(
                        choices=[
                            ("apart", "it is taken and stands apart until the line opens"),
                            ("waits", "it is taken and waits in the line like any other"),
                            ("form", "the chat asks for a contact and the question instead"),
                        ],
                        default="apart",
                        help_text="A form is for the chat on the site and in the app; elsewhere a message stands apart.",
                        max_length=5,
                        verbose_name="out of hours",
                    ),
                ),
                (
                    "last_minutes",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="New conversations in them are treated as below. 0: like all others.",
                        validators=[django.core.validators.MaxValueValidator(240)],
                        verbose_name="last minutes before closing",
                    ),
                ),
                (
                    "last_minutes_closed",
                    models.BooleanField(
                        default=True,
                        help_text="Off: they are taken as ever, and only the text below is told.",
                        verbose_name="in them as out of hours",
                    ),
                ),
                (
                    "last_minutes_text_ru",
                    models.CharField(
                        blank=True,
                        help_text="Empty: a text of ours.",
                        max_length=300,
                        verbose_name="told then, Russian",
                    ),
                ),
                (
                    "last_minutes_text_en",
                    models.CharField(blank=True, max_length=300, verbose_name="told then, English"),
                ),
                (
                    "tells_position",
                    models.BooleanField(
                        default=False,
                        help_text="Who waits in the chat sees how many stand before him.",
                        verbose_name="tells the place in line",
                    ),
                ),
                (
                    "tells_estimate",
                    models.BooleanField(
                        default=False,
                        help_text="As a range, from who is at work now and what they do; nothing is told while it is unknown.",
                        verbose_name="tells the time of waiting",
                    ),
                ),
                (
                    "offer_contact_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Of waiting. Empty: never.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="offers to leave a contact after, seconds",
                    ),
                ),
                (
                    "offer_callback_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="Of waiting. Empty: never.",
                        null=True,
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="offers to be called back after, seconds",
                    ),
                ),
                (
                    "calendar",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        help_text="Empty: always open.",
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.calendar",
                        verbose_name="hours",
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
                        to="operators.queue",
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
                            hash="e3b8abe989dadfc5a5ab3388ddabac56dae4f596",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_dda06",
                            table="operators_queueevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueMembership",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="operators.operator",
                        verbose_name="operator",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="memberships",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "membership",
                "verbose_name_plural": "memberships",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_queuemembershipevent" ("id", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (NEW."id", NEW."operator_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id"); RETURN NULL;',
                            hash="0e7437909a656fe67f0f0126d6a6e6d1b1b6e1a1",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_7e918",
                            table="operators_queuemembership",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_queuemembershipevent" ("id", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (NEW."id", NEW."operator_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id"); RETURN NULL;',
                            hash="cd0947b80794205450fac33ebe8688aed7aa225a",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_d8ed2",
                            table="operators_queuemembership",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_queuemembershipevent" ("id", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id") VALUES (OLD."id", OLD."operator_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id"); RETURN NULL;',
                            hash="59e5d28b6fdbed79652093ee6391b92995e5775e",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_81e74",
                            table="operators_queuemembership",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "operator"), name="membership_once")
                ],
            },
        ),
        migrations.CreateModel(
            name="QueueMembershipEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
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
                        to="operators.queuemembership",
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
                            hash="ee3ad982d57c259cfa6a7c0f5c25ce2a130c3270",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_80650",
                            table="operators_queuemembershipevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplyTemplate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "shortcut",
                    models.CharField(
                        help_text="What is typed after “/”.",
                        max_length=30,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[\\w\\-]+$", "Letters, digits, “-” and “_” only."
                            )
                        ],
                        verbose_name="shortcut",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("text", models.TextField(max_length=4000, verbose_name="text")),
                (
                    "language",
                    models.CharField(
                        choices=[("ru", "Russian"), ("en", "English")],
                        default="ru",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="templates",
                        to="operators.operator",
                        verbose_name="personal, of",
                    ),
                ),
                (
                    "queue",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="templates",
                        to="operators.queue",
                        verbose_name="only in line",
                    ),
                ),
                (
                    "folder",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="templates",
                        to="operators.templatefolder",
                        verbose_name="folder",
                    ),
                ),
            ],
            options={
                "verbose_name": "reply template",
                "verbose_name_plural": "reply templates",
                "ordering": ["position", "shortcut"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_replytemplateevent" ("folder_id", "id", "is_active", "language", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "queue_id", "shortcut", "text", "title") VALUES (NEW."folder_id", NEW."id", NEW."is_active", NEW."language", NEW."owner_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."position", NEW."queue_id", NEW."shortcut", NEW."text", NEW."title"); RETURN NULL;',
                            hash="40e00a1778141ef6ea1a6d46465cce8e49d1e114",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_2edf2",
                            table="operators_replytemplate",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_replytemplateevent" ("folder_id", "id", "is_active", "language", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "queue_id", "shortcut", "text", "title") VALUES (NEW."folder_id", NEW."id", NEW."is_active", NEW."language", NEW."owner_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."position", NEW."queue_id", NEW."shortcut", NEW."text", NEW."title"); RETURN NULL;',
                            hash="266a21b844a1990b70c26913207b467dad008aba",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_65273",
                            table="operators_replytemplate",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_replytemplateevent" ("folder_id", "id", "is_active", "language", "owner_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "position", "queue_id", "shortcut", "text", "title") VALUES (OLD."folder_id", OLD."id", OLD."is_active", OLD."language", OLD."owner_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."position", OLD."queue_id", OLD."shortcut", OLD."text", OLD."title"); RETURN NULL;',
                            hash="ee7ec712838f0ebf8289536911d777601be8af5b",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_fdb77",
                            table="operators_replytemplate",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("shortcut", "language", "queue", "owner"),
                        name="template_shortcut_once",
                        nulls_distinct=False,
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Shift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("date", models.DateField(verbose_name="date")),
                (
                    "begins",
                    models.TimeField(
                        blank=True, help_text="Empty: a day off.", null=True, verbose_name="from"
                    ),
                ),
                (
                    "ends",
                    models.TimeField(
                        blank=True,
                        help_text="Not later than the beginning: on the next day.",
                        null=True,
                        verbose_name="to",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=80, verbose_name="note")),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="shifts",
                        to="operators.operator",
                        verbose_name="operator",
                    ),
                ),
            ],
            options={
                "verbose_name": "shift",
                "verbose_name_plural": "shifts",
                "ordering": ["-date", "begins", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_shiftevent" ("begins", "date", "ends", "id", "note", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."begins", NEW."date", NEW."ends", NEW."id", NEW."note", NEW."operator_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="0ef54ba4a23634c5a362200f1963c4ee042763c6",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_d2346",
                            table="operators_shift",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_shiftevent" ("begins", "date", "ends", "id", "note", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."begins", NEW."date", NEW."ends", NEW."id", NEW."note", NEW."operator_id", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="a5aa1dc054e7d037d04a7b0f971d034eea360d28",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e595e",
                            table="operators_shift",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_shiftevent" ("begins", "date", "ends", "id", "note", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."begins", OLD."date", OLD."ends", OLD."id", OLD."note", OLD."operator_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="78200368332092e20a5f1b0cbe1522ad9a01a715",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_63914",
                            table="operators_shift",
                            when="AFTER",
                        ),
                    ),
                ],
                "indexes": [models.Index(fields=["date"], name="shift_by_date")],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("begins__isnull", True), ("ends__isnull", True)),
                            models.Q(("begins__isnull", False), ("ends__isnull", False)),
                            _connector="OR",
                        ),
                        name="shift_both_times",
                    ),
                    models.UniqueConstraint(
                        fields=("operator", "date", "begins"), name="shift_once", nulls_distinct=False
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ShiftEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("date", models.DateField(verbose_name="date")),
                (
                    "begins",
                    models.TimeField(
                        blank=True, help_text="Empty: a day off.", null=True, verbose_name="from"
                    ),
                ),
                (
                    "ends",
                    models.TimeField(
                        blank=True,
                        help_text="Not later than the beginning: on the next day.",
                        null=True,
                        verbose_name="to",
                    ),
                ),
                ("note", models.CharField(blank=True, max_length=80, verbose_name="note")),
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
                        to="operators.shift",
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
                            hash="eaba26afd527bdedf13eedcfdcdf094ee1fe6943",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_3b302",
                            table="operators_shiftevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Skill",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.CharField(max_length=60, unique=True, verbose_name="name")),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("ru", "Russian"), ("en", "English")],
                        help_text="Lines that match the customer's language look for whoever has this skill.",
                        max_length=5,
                        verbose_name="is the language",
                    ),
                ),
            ],
            options={
                "verbose_name": "skill",
                "verbose_name_plural": "skills",
                "ordering": ["name"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_skillevent" ("id", "language", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."id", NEW."language", NEW."name", _pgh_attach_context(), NOW(), \'insert\', NEW."id"); RETURN NULL;',
                            hash="1a29e6e155de8818f2dbc0ad7d4653833656a8f6",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_8e0e0",
                            table="operators_skill",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_skillevent" ("id", "language", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (NEW."id", NEW."language", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id"); RETURN NULL;',
                            hash="34968481d1138dff2b5f494b46cc035e0af7565f",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_eda90",
                            table="operators_skill",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_skillevent" ("id", "language", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id") VALUES (OLD."id", OLD."language", OLD."name", _pgh_attach_context(), NOW(), \'delete\', OLD."id"); RETURN NULL;',
                            hash="0fefc8b848ef5765cd12f4498da8e55ec591d638",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_bfafb",
                            table="operators_skill",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("language", ""), _negated=True),
                        fields=("language",),
                        name="skill_one_per_language",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="LineSkill",
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
                    "queue",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skill_needs",
                        to="operators.queue",
                        verbose_name="line",
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
                            func='INSERT INTO "operators_lineskillevent" ("id", "level", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "relax_seconds", "skill_id") VALUES (NEW."id", NEW."level", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."relax_seconds", NEW."skill_id"); RETURN NULL;',
                            hash="ac4e4666deaac2c324cd8363f6a9162d60479ee8",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_39256",
                            table="operators_lineskill",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_lineskillevent" ("id", "level", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "relax_seconds", "skill_id") VALUES (NEW."id", NEW."level", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."relax_seconds", NEW."skill_id"); RETURN NULL;',
                            hash="975935f0646e8f867a41c649ec18b8a21819d4dd",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_49aad",
                            table="operators_lineskill",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_lineskillevent" ("id", "level", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "relax_seconds", "skill_id") VALUES (OLD."id", OLD."level", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."relax_seconds", OLD."skill_id"); RETURN NULL;',
                            hash="0d04b5c52f641fade4a910cc2c02d8a923db2fbc",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_b5c9b",
                            table="operators_lineskill",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("queue", "skill"), name="line_skill_once"),
                    models.CheckConstraint(
                        condition=models.Q(("level__range", (1, 5))), name="line_skill_is_1_to_5"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="LineSkillEvent",
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
                        to="operators.lineskill",
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
                            hash="e4c11dfda69d31846f631adcdd0eba982355070d",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_479dd",
                            table="operators_lineskillevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SkillEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=60, verbose_name="name")),
                (
                    "language",
                    models.CharField(
                        blank=True,
                        choices=[("ru", "Russian"), ("en", "English")],
                        help_text="Lines that match the customer's language look for whoever has this skill.",
                        max_length=5,
                        verbose_name="is the language",
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
                        to="operators.skill",
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
                            hash="df0bba19585591605588bc89b8cd40a2388a9ddf",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_76082",
                            table="operators_skillevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SkillLevel",
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
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="level, 1 to 5",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="skill_levels",
                        to="operators.operator",
                        verbose_name="operator",
                    ),
                ),
                (
                    "skill",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="levels",
                        to="operators.skill",
                        verbose_name="skill",
                    ),
                ),
            ],
            options={
                "verbose_name": "skill",
                "verbose_name_plural": "skills",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_skilllevelevent" ("id", "level", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "skill_id") VALUES (NEW."id", NEW."level", NEW."operator_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."skill_id"); RETURN NULL;',
                            hash="6b261f49249b0004ad2f5318d91c2fffd36555d0",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_f6a87",
                            table="operators_skilllevel",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_skilllevelevent" ("id", "level", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "skill_id") VALUES (NEW."id", NEW."level", NEW."operator_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."skill_id"); RETURN NULL;',
                            hash="8c9d8a3c8a9ad459e86487bfc8407f87e7ae5701",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_f8f12",
                            table="operators_skilllevel",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_skilllevelevent" ("id", "level", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "skill_id") VALUES (OLD."id", OLD."level", OLD."operator_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."skill_id"); RETURN NULL;',
                            hash="df7fc493da4f1ea131a5f1bb27e5e37896e29c3f",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_4a280",
                            table="operators_skilllevel",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("operator", "skill"), name="skill_level_once"),
                    models.CheckConstraint(
                        condition=models.Q(("level__range", (1, 5))), name="skill_level_is_1_to_5"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="SkillLevelEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "level",
                    models.PositiveSmallIntegerField(
                        default=3,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="level, 1 to 5",
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
                        to="operators.skilllevel",
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
                            hash="1406a5af892e55f350e54e25426ccec9d999f084",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_f9c58",
                            table="operators_skilllevelevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TagEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=40, verbose_name="name")),
                (
                    "colour",
                    models.CharField(
                        default="#7a8699",
                        max_length=7,
                        validators=[apps.core.models.brand.validate_colour],
                        verbose_name="colour",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="offered")),
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
                        to="operators.tag",
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
                            hash="0914fba5ac348b255b503588f2bd6f32e53c3a95",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_6e233",
                            table="operators_tagevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ReplyTemplateEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "shortcut",
                    models.CharField(
                        help_text="What is typed after “/”.",
                        max_length=30,
                        validators=[
                            django.core.validators.RegexValidator(
                                "^[\\w\\-]+$", "Letters, digits, “-” and “_” only."
                            )
                        ],
                        verbose_name="shortcut",
                    ),
                ),
                ("title", models.CharField(max_length=120, verbose_name="title")),
                ("text", models.TextField(max_length=4000, verbose_name="text")),
                (
                    "language",
                    models.CharField(
                        choices=[("ru", "Russian"), ("en", "English")],
                        default="ru",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
                ("is_active", models.BooleanField(default=True, verbose_name="on")),
                (
                    "owner",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.operator",
                        verbose_name="personal, of",
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
                        to="operators.replytemplate",
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
                        verbose_name="only in line",
                    ),
                ),
                (
                    "folder",
                    models.ForeignKey(
                        blank=True,
                        db_constraint=False,
                        null=True,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="operators.templatefolder",
                        verbose_name="folder",
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
                            hash="83cd8736a9665e5eff36b163abb6211b7d24565c",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_1c28d",
                            table="operators_replytemplateevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="TemplateFolderEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                ("name", models.CharField(max_length=80, verbose_name="name")),
                ("position", models.PositiveSmallIntegerField(default=0, verbose_name="order")),
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
                        to="operators.templatefolder",
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
                            hash="0cc46d0177b3de7438c6c6779b1749ead08372f4",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_bbc5e",
                            table="operators_templatefolderevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WeeklyShift",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        verbose_name="day",
                    ),
                ),
                ("begins", models.TimeField(verbose_name="from")),
                (
                    "ends",
                    models.TimeField(
                        help_text="Not later than the beginning: on the next day.", verbose_name="to"
                    ),
                ),
                (
                    "valid_from",
                    models.DateField(
                        blank=True, help_text="Empty: at once.", null=True, verbose_name="first day"
                    ),
                ),
                (
                    "valid_to",
                    models.DateField(
                        blank=True, help_text="Empty: for good.", null=True, verbose_name="last day"
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="weekly_shifts",
                        to="operators.operator",
                        verbose_name="operator",
                    ),
                ),
            ],
            options={
                "verbose_name": "weekly shift",
                "verbose_name_plural": "weekly shifts",
                "ordering": ["weekday", "begins", "id"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_weeklyshiftevent" ("begins", "ends", "id", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_to", "weekday") VALUES (NEW."begins", NEW."ends", NEW."id", NEW."operator_id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."valid_from", NEW."valid_to", NEW."weekday"); RETURN NULL;',
                            hash="1b7143323b69dd8ecaa12ce3162f8a0f90b6e210",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_d9eb3",
                            table="operators_weeklyshift",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_weeklyshiftevent" ("begins", "ends", "id", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_to", "weekday") VALUES (NEW."begins", NEW."ends", NEW."id", NEW."operator_id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."valid_from", NEW."valid_to", NEW."weekday"); RETURN NULL;',
                            hash="1fa29c299d4f1d66c05e070b5248de605596fc8a",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_e9447",
                            table="operators_weeklyshift",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_weeklyshiftevent" ("begins", "ends", "id", "operator_id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "valid_from", "valid_to", "weekday") VALUES (OLD."begins", OLD."ends", OLD."id", OLD."operator_id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."valid_from", OLD."valid_to", OLD."weekday"); RETURN NULL;',
                            hash="83a3be78c4c55119127f77a6518f8d45d8539bea",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_54711",
                            table="operators_weeklyshift",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_from__isnull", True),
                            ("valid_to__isnull", True),
                            ("valid_to__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="weekly_shift_days_in_order",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("weekday__lte", 6)), name="weekly_shift_day_is_known"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="WeeklyShiftEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "weekday",
                    models.PositiveSmallIntegerField(
                        choices=[
                            (0, "Monday"),
                            (1, "Tuesday"),
                            (2, "Wednesday"),
                            (3, "Thursday"),
                            (4, "Friday"),
                            (5, "Saturday"),
                            (6, "Sunday"),
                        ],
                        verbose_name="day",
                    ),
                ),
                ("begins", models.TimeField(verbose_name="from")),
                (
                    "ends",
                    models.TimeField(
                        help_text="Not later than the beginning: on the next day.", verbose_name="to"
                    ),
                ),
                (
                    "valid_from",
                    models.DateField(
                        blank=True, help_text="Empty: at once.", null=True, verbose_name="first day"
                    ),
                ),
                (
                    "valid_to",
                    models.DateField(
                        blank=True, help_text="Empty: for good.", null=True, verbose_name="last day"
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
                        to="operators.weeklyshift",
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
                            hash="acc0bd0164cf352d18d7470ecd83f7d6de70698e",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_f5a28",
                            table="operators_weeklyshiftevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkSetting",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "away_minutes",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Counted while he holds or is offered something; he is told a minute before. 0: never.",
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="set away after, minutes without activity",
                    ),
                ),
                (
                    "away_without_work",
                    models.BooleanField(
                        default=False,
                        help_text="Off: whoever holds nothing and is offered nothing may wait as long as he likes.",
                        verbose_name="also while he has nothing to do",
                    ),
                ),
                (
                    "missed_offers",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="He is told after each missed one. 0: never.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="set away after, missed offers in a row",
                    ),
                ),
                (
                    "works_outside_shift",
                    models.BooleanField(
                        default=True,
                        help_text="Off: who has shifts cannot go online outside them, is told before the end, gets nothing new in the last minutes, and is taken home when he holds nothing any more.",
                        verbose_name="may work outside the shift",
                    ),
                ),
                (
                    "early_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        validators=[django.core.validators.MaxValueValidator(720)],
                        verbose_name="may come before the shift, minutes",
                    ),
                ),
                (
                    "ending_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        validators=[django.core.validators.MaxValueValidator(720)],
                        verbose_name="told before the end of the shift, minutes",
                    ),
                ),
                (
                    "last_minutes",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="0: offered until the end.",
                        validators=[django.core.validators.MaxValueValidator(720)],
                        verbose_name="nothing new in the last, minutes",
                    ),
                ),
                (
                    "late_minutes",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="Shown in “Who is at work”.",
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(720),
                        ],
                        verbose_name="late for the shift after, minutes",
                    ),
                ),
            ],
            options={
                "verbose_name": "working rules",
                "verbose_name_plural": "working rules",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_worksettingevent" ("away_minutes", "away_without_work", "early_minutes", "ending_minutes", "id", "last_minutes", "late_minutes", "missed_offers", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "works_outside_shift") VALUES (NEW."away_minutes", NEW."away_without_work", NEW."early_minutes", NEW."ending_minutes", NEW."id", NEW."last_minutes", NEW."late_minutes", NEW."missed_offers", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."works_outside_shift"); RETURN NULL;',
                            hash="efe7108870b95df6e00bb552ca06c27d58d437a0",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_e281c",
                            table="operators_worksetting",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "operators_worksettingevent" ("away_minutes", "away_without_work", "early_minutes", "ending_minutes", "id", "last_minutes", "late_minutes", "missed_offers", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "works_outside_shift") VALUES (NEW."away_minutes", NEW."away_without_work", NEW."early_minutes", NEW."ending_minutes", NEW."id", NEW."last_minutes", NEW."late_minutes", NEW."missed_offers", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."works_outside_shift"); RETURN NULL;',
                            hash="de6752b363c94db60aee61fbbdd14032ed6a4c88",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_a449c",
                            table="operators_worksetting",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "operators_worksettingevent" ("away_minutes", "away_without_work", "early_minutes", "ending_minutes", "id", "last_minutes", "late_minutes", "missed_offers", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "works_outside_shift") VALUES (OLD."away_minutes", OLD."away_without_work", OLD."early_minutes", OLD."ending_minutes", OLD."id", OLD."last_minutes", OLD."late_minutes", OLD."missed_offers", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."works_outside_shift"); RETURN NULL;',
                            hash="5e72ca82ffdd7c702fd91465b1038e415de08cfb",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_21d3d",
                            table="operators_worksetting",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(condition=models.Q(("pk", 1)), name="work_setting_is_one_row")
                ],
            },
        ),
        migrations.CreateModel(
            name="WorkSettingEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "away_minutes",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="Counted while he holds or is offered something; he is told a minute before. 0: never.",
                        validators=[django.core.validators.MaxValueValidator(1440)],
                        verbose_name="set away after, minutes without activity",
                    ),
                ),
                (
                    "away_without_work",
                    models.BooleanField(
                        default=False,
                        help_text="Off: whoever holds nothing and is offered nothing may wait as long as he likes.",
                        verbose_name="also while he has nothing to do",
                    ),
                ),
                (
                    "missed_offers",
                    models.PositiveSmallIntegerField(
                        default=0,
                        help_text="He is told after each missed one. 0: never.",
                        validators=[django.core.validators.MaxValueValidator(100)],
                        verbose_name="set away after, missed offers in a row",
                    ),
                ),
                (
                    "works_outside_shift",
                    models.BooleanField(
                        default=True,
                        help_text="Off: who has shifts cannot go online outside them, is told before the end, gets nothing new in the last minutes, and is taken home when he holds nothing any more.",
                        verbose_name="may work outside the shift",
                    ),
                ),
                (
                    "early_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        validators=[django.core.validators.MaxValueValidator(720)],
                        verbose_name="may come before the shift, minutes",
                    ),
                ),
                (
                    "ending_minutes",
                    models.PositiveSmallIntegerField(
                        default=15,
                        validators=[django.core.validators.MaxValueValidator(720)],
                        verbose_name="told before the end of the shift, minutes",
                    ),
                ),
                (
                    "last_minutes",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="0: offered until the end.",
                        validators=[django.core.validators.MaxValueValidator(720)],
                        verbose_name="nothing new in the last, minutes",
                    ),
                ),
                (
                    "late_minutes",
                    models.PositiveSmallIntegerField(
                        default=5,
                        help_text="Shown in “Who is at work”.",
                        validators=[
                            django.core.validators.MinValueValidator(0),
                            django.core.validators.MaxValueValidator(720),
                        ],
                        verbose_name="late for the shift after, minutes",
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
                        to="operators.worksetting",
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
                            hash="e845026b4f31f1c47b3d9b272ab1a54b2683cc7f",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_c97f9",
                            table="operators_worksettingevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="Operator",
            name="skills",
            field=models.ManyToManyField(
                blank=True,
                related_name="operators",
                through="operators.SkillLevel",
                to="operators.skill",
                verbose_name="skills",
            ),
        ),
        migrations.AddField(
            model_name="Queue",
            name="members",
            field=models.ManyToManyField(
                related_name="queues",
                through="operators.QueueMembership",
                to="operators.operator",
                verbose_name="members",
            ),
        ),
        migrations.AddField(
            model_name="Queue",
            name="skills",
            field=models.ManyToManyField(
                related_name="+",
                through="operators.LineSkill",
                to="operators.skill",
                verbose_name="skills needed",
            ),
        ),
    ]
