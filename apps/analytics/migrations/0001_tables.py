"""All tables of this app as they stood when its migrations were folded: docs/decisions/0015."""

from decimal import Decimal

import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("operators", "0001_tables"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("routing", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    replaces = [
        ("analytics", "0001_staffing_target"),
        ("analytics", "0002_what_if"),
        ("analytics", "0003_what_if_zone"),
        ("analytics", "0004_known_states"),
    ]

    operations = [
        migrations.CreateModel(
            name="StaffingTarget",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        default=80,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="answered in time, %",
                    ),
                ),
                (
                    "seconds",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="Of all who come, so many percent are taken within this time.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="in time means, seconds",
                    ),
                ),
                (
                    "shrinkage_percent",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="Share of a shift that goes into breaks, training, illness.",
                        validators=[django.core.validators.MaxValueValidator(80)],
                        verbose_name="shrinkage, %",
                    ),
                ),
                (
                    "patience_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="On average, before they give up. Empty: measured.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(604800),
                        ],
                        verbose_name="customers wait, seconds",
                    ),
                ),
                (
                    "slots",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        help_text="Of one operator. Empty: measured.",
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("1")),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="conversations at once",
                    ),
                ),
                (
                    "weeks",
                    models.PositiveSmallIntegerField(
                        default=8,
                        help_text="A weekday is forecast from so many of its kind.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(52),
                        ],
                        verbose_name="weeks of history",
                    ),
                ),
                (
                    "queue",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="staffing_target",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
            ],
            options={
                "verbose_name": "staffing of a line",
                "verbose_name_plural": "staffing",
                "ordering": ["queue"],
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "analytics_staffingtargetevent" ("id", "patience_seconds", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "seconds", "shrinkage_percent", "slots", "weeks") VALUES (NEW."id", NEW."patience_seconds", NEW."percent", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."seconds", NEW."shrinkage_percent", NEW."slots", NEW."weeks"); RETURN NULL;',
                            hash="88f19933d9ffb36adc5e2e0c28708c74017b1745",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_dd4cc",
                            table="analytics_staffingtarget",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "analytics_staffingtargetevent" ("id", "patience_seconds", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "seconds", "shrinkage_percent", "slots", "weeks") VALUES (NEW."id", NEW."patience_seconds", NEW."percent", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."seconds", NEW."shrinkage_percent", NEW."slots", NEW."weeks"); RETURN NULL;',
                            hash="c15d0cff33173a34fe52c26ad53f334644ffd383",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_6e46d",
                            table="analytics_staffingtarget",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "analytics_staffingtargetevent" ("id", "patience_seconds", "percent", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "seconds", "shrinkage_percent", "slots", "weeks") VALUES (OLD."id", OLD."patience_seconds", OLD."percent", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."seconds", OLD."shrinkage_percent", OLD."slots", OLD."weeks"); RETURN NULL;',
                            hash="fd8a7f52c2fbbf4c45fa3d0fdb79114bf60a26a3",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_d2af1",
                            table="analytics_staffingtarget",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("percent__range", (1, 99)), ("shrinkage_percent__lte", 80)),
                        name="staffing_target_in_bounds",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="StaffingTargetEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "percent",
                    models.PositiveSmallIntegerField(
                        default=80,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(99),
                        ],
                        verbose_name="answered in time, %",
                    ),
                ),
                (
                    "seconds",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="Of all who come, so many percent are taken within this time.",
                        validators=[django.core.validators.MaxValueValidator(86400)],
                        verbose_name="in time means, seconds",
                    ),
                ),
                (
                    "shrinkage_percent",
                    models.PositiveSmallIntegerField(
                        default=15,
                        help_text="Share of a shift that goes into breaks, training, illness.",
                        validators=[django.core.validators.MaxValueValidator(80)],
                        verbose_name="shrinkage, %",
                    ),
                ),
                (
                    "patience_seconds",
                    models.PositiveIntegerField(
                        blank=True,
                        help_text="On average, before they give up. Empty: measured.",
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(604800),
                        ],
                        verbose_name="customers wait, seconds",
                    ),
                ),
                (
                    "slots",
                    models.DecimalField(
                        blank=True,
                        decimal_places=1,
                        help_text="Of one operator. Empty: measured.",
                        max_digits=4,
                        null=True,
                        validators=[
                            django.core.validators.MinValueValidator(Decimal("1")),
                            django.core.validators.MaxValueValidator(100),
                        ],
                        verbose_name="conversations at once",
                    ),
                ),
                (
                    "weeks",
                    models.PositiveSmallIntegerField(
                        default=8,
                        help_text="A weekday is forecast from so many of its kind.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(52),
                        ],
                        verbose_name="weeks of history",
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
                        to="analytics.staffingtarget",
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
                            hash="9a1a799d7887b7388993edc89fc9945e0decf130",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_17448",
                            table="analytics_staffingtargetevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="WhatIfRun",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("day", models.DateField(verbose_name="day")),
                ("zone", models.CharField(default="UTC", max_length=40, verbose_name="time zone")),
                ("content", models.JSONField(default=dict)),
                ("digest", models.CharField(max_length=64)),
                (
                    "within_seconds",
                    models.PositiveIntegerField(
                        default=60,
                        help_text="The service level: the share answered within this time, of all who came.",
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(86400),
                        ],
                        verbose_name="answered within, seconds",
                    ),
                ),
                ("asked_at", models.DateTimeField(verbose_name="asked at")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "waiting"),
                            ("running", "being computed"),
                            ("done", "done"),
                            ("failed", "failed"),
                        ],
                        default="waiting",
                        max_length=8,
                        verbose_name="state",
                    ),
                ),
                ("progress", models.PositiveSmallIntegerField(default=0, verbose_name="done, %")),
                ("touched_at", models.DateTimeField(blank=True, null=True)),
                ("finished_at", models.DateTimeField(blank=True, null=True, verbose_name="finished at")),
                (
                    "failure",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("", "—"),
                            ("empty", "nothing came that day"),
                            ("too_large", "that day is too large"),
                            ("broken", "it could not be computed; the reason is in the server's log"),
                        ],
                        max_length=9,
                        verbose_name="because",
                    ),
                ),
                ("result", models.JSONField(blank=True, default=dict)),
                (
                    "asked_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="asked by",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: every line that you run.",
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
                (
                    "rule_set",
                    models.ForeignKey(
                        blank=True,
                        help_text="Empty: the rules and lines as they stand now, published or not.",
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="routing.ruleset",
                        verbose_name="version of the rules",
                    ),
                ),
            ],
            options={
                "verbose_name": "what-if",
                "verbose_name_plural": "what-if",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["waiting", "running"])),
                        fields=["id"],
                        name="what_if_open",
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("state__in", ["waiting", "running", "done", "failed"])),
                        name="what_if_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("state", "failed"), ("failure", ""), _connector="XOR"),
                        name="what_if_failed_with_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("finished_at__isnull", False), ("state__in", ["done", "failed"])),
                            models.Q(("finished_at__isnull", True), ("state__in", ["waiting", "running"])),
                            _connector="OR",
                        ),
                        name="what_if_finished_has_moment",
                    ),
                ],
            },
        ),
    ]
