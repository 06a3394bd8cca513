"""All tables of this app as they stood when its migrations were folded: docs/decisions/0015."""

import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.core.validators
import django.db.models.deletion
import pgtrigger.compiler
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("core", "0001_tables"),
        ("operators", "0001_tables"),
        ("pghistory", "0007_auto_20250421_0444"),
        ("support_channels", "0001_tables"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    replaces = [
        ("conversations", "0001_initial"),
        ("conversations", "0002_initial"),
        ("conversations", "0003_history"),
        ("conversations", "0004_delivery_place"),
        ("conversations", "0005_delivery_trouble"),
        ("conversations", "0006_no_export_right"),
        ("conversations", "0007_delivery_story"),
        ("conversations", "0008_name_marks"),
        ("conversations", "0009_conversations_listed"),
        ("conversations", "0010_known_states"),
        ("conversations", "0011_written_to"),
        ("conversations", "0012_offering"),
        ("conversations", "0013_pick"),
        ("conversations", "0014_close_reason"),
        ("conversations", "0015_contact_left"),
    ]

    operations = [
        migrations.CreateModel(
            name="Customer",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "bank_id",
                    models.CharField(
                        blank=True, max_length=80, null=True, unique=True, verbose_name="bank's number"
                    ),
                ),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name")),
                ("phone", models.CharField(blank=True, max_length=32, verbose_name="phone")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="e-mail")),
                (
                    "language",
                    models.CharField(
                        choices=[("ru", "Russian"), ("en", "English")],
                        default="ru",
                        max_length=5,
                        verbose_name="language",
                    ),
                ),
                ("time_zone", models.CharField(blank=True, max_length=64, verbose_name="time zone")),
                ("attributes", models.JSONField(blank=True, default=dict, verbose_name="attributes")),
                ("created_at", models.DateTimeField(verbose_name="first seen")),
                (
                    "manager",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="personal manager",
                    ),
                ),
                (
                    "merged_into",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="conversations.customer",
                        verbose_name="joined into",
                    ),
                ),
            ],
            options={
                "verbose_name": "customer",
                "verbose_name_plural": "customers",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("bank_id", ""), _negated=True), name="customer_bank_id_not_blank"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("merged_into__isnull", True),
                            models.Q(("merged_into", models.F("id")), _negated=True),
                            _connector="OR",
                        ),
                        name="customer_not_into_itself",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Grant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "right",
                    models.CharField(
                        choices=[
                            ("see_metadata", "see that it exists"),
                            ("see_text", "read"),
                            ("see_personal", "see personal data"),
                            ("answer", "accept and answer"),
                            ("pick", "take any waiting one, out of turn"),
                            ("take_over", "take over from a colleague"),
                        ],
                        max_length=14,
                        verbose_name="right",
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("own", "lines one is a member of"),
                            ("line", "one line"),
                            ("all", "all lines"),
                        ],
                        default="own",
                        max_length=4,
                        verbose_name="where",
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
                        verbose_name="only in channel",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="grants",
                        to="auth.group",
                        verbose_name="group",
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
            ],
            options={
                "verbose_name": "grant",
                "verbose_name_plural": "grants",
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="insert_insert",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "conversations_grantevent" ("channel_id", "group_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "right", "scope") VALUES (NEW."channel_id", NEW."group_id", NEW."id", _pgh_attach_context(), NOW(), \'insert\', NEW."id", NEW."queue_id", NEW."right", NEW."scope"); RETURN NULL;',
                            hash="c9f891acd3453a2471d9ba8bd53a45513f244b4a",
                            operation="INSERT",
                            pgid="pgtrigger_insert_insert_3ade4",
                            table="conversations_grant",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="update_update",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            condition="WHEN (OLD.* IS DISTINCT FROM NEW.*)",
                            func='INSERT INTO "conversations_grantevent" ("channel_id", "group_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "right", "scope") VALUES (NEW."channel_id", NEW."group_id", NEW."id", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."queue_id", NEW."right", NEW."scope"); RETURN NULL;',
                            hash="1b3a05b161c2297066599bf90231000aecaec61c",
                            operation="UPDATE",
                            pgid="pgtrigger_update_update_04c47",
                            table="conversations_grant",
                            when="AFTER",
                        ),
                    ),
                    pgtrigger.compiler.Trigger(
                        name="delete_delete",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func='INSERT INTO "conversations_grantevent" ("channel_id", "group_id", "id", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "queue_id", "right", "scope") VALUES (OLD."channel_id", OLD."group_id", OLD."id", _pgh_attach_context(), NOW(), \'delete\', OLD."id", OLD."queue_id", OLD."right", OLD."scope"); RETURN NULL;',
                            hash="326d31c59b69388c325e3845b76134ee49853960",
                            operation="DELETE",
                            pgid="pgtrigger_delete_delete_953de",
                            table="conversations_grant",
                            when="AFTER",
                        ),
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("group", "right", "scope", "queue", "channel"),
                        name="grant_once",
                        nulls_distinct=False,
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("queue__isnull", False), ("scope", "line")),
                            models.Q(models.Q(("scope", "line"), _negated=True), ("queue__isnull", True)),
                            _connector="OR",
                        ),
                        name="grant_line_only_with_line_scope",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="GrantEvent",
            fields=[
                ("pgh_id", models.AutoField(primary_key=True, serialize=False)),
                ("pgh_created_at", models.DateTimeField(auto_now_add=True)),
                ("pgh_label", models.TextField(help_text="The event label.")),
                ("id", models.BigIntegerField()),
                (
                    "right",
                    models.CharField(
                        choices=[
                            ("see_metadata", "see that it exists"),
                            ("see_text", "read"),
                            ("see_personal", "see personal data"),
                            ("answer", "accept and answer"),
                            ("pick", "take any waiting one, out of turn"),
                            ("take_over", "take over from a colleague"),
                        ],
                        max_length=14,
                        verbose_name="right",
                    ),
                ),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("own", "lines one is a member of"),
                            ("line", "one line"),
                            ("all", "all lines"),
                        ],
                        default="own",
                        max_length=4,
                        verbose_name="where",
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
                        verbose_name="only in channel",
                    ),
                ),
                (
                    "group",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.DO_NOTHING,
                        related_name="+",
                        related_query_name="+",
                        to="auth.group",
                        verbose_name="group",
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
                        to="conversations.grant",
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
            ],
            options={
                "abstract": False,
                "default_permissions": (),
                "triggers": [
                    pgtrigger.compiler.Trigger(
                        name="append_only",
                        sql=pgtrigger.compiler.UpsertTriggerSql(
                            func="RAISE EXCEPTION 'pgtrigger: Cannot update or delete rows from % table', TG_TABLE_NAME;",
                            hash="0fc15457a367f1fbb794be29ebf3ef67d65017b2",
                            operation="UPDATE OR DELETE",
                            pgid="pgtrigger_append_only_b8573",
                            table="conversations_grantevent",
                            when="BEFORE",
                        ),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Identity",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("external_id", models.CharField(max_length=200, verbose_name="address in the channel")),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="name there")),
                (
                    "verification",
                    models.CharField(
                        choices=[
                            ("anonymous", "anonymous"),
                            ("claimed", "says so himself"),
                            ("code", "confirmed by code"),
                            ("signed", "signed by the bank"),
                        ],
                        default="anonymous",
                        max_length=10,
                        verbose_name="verified",
                    ),
                ),
                ("created_at", models.DateTimeField(verbose_name="first seen")),
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
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="identities",
                        to="conversations.customer",
                        verbose_name="customer",
                    ),
                ),
            ],
            options={
                "verbose_name": "identity",
                "verbose_name_plural": "identities",
                "constraints": [
                    models.UniqueConstraint(
                        fields=("channel", "external_id"), name="identity_once_per_channel"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("verification__in", ["anonymous", "claimed", "code", "signed"])),
                        name="identity_verification_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Conversation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("thread", models.CharField(blank=True, default="", max_length=80, verbose_name="thread")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("new", "new"),
                            ("bot", "with the bot"),
                            ("queued", "waiting"),
                            ("assigned", "in work"),
                            ("snoozed", "snoozed"),
                            ("offline", "out of hours"),
                            ("closed", "closed"),
                        ],
                        default="new",
                        max_length=10,
                        verbose_name="state",
                    ),
                ),
                ("state_since", models.DateTimeField(verbose_name="in this state since")),
                ("intent", models.CharField(blank=True, max_length=60, verbose_name="wants")),
                ("idle", models.BooleanField(default=False, verbose_name="silent")),
                ("written_to", models.CharField(blank=True, max_length=200, verbose_name="written to")),
                ("snoozed_until", models.DateTimeField(blank=True, null=True, verbose_name="snoozed until")),
                ("seq", models.PositiveIntegerField(default=0)),
                ("rev", models.PositiveIntegerField(default=0)),
                ("opened_at", models.DateTimeField(verbose_name="opened at")),
                ("closed_at", models.DateTimeField(blank=True, null=True, verbose_name="closed at")),
                (
                    "closed_by",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("customer", "customer"),
                            ("staff", "staff"),
                            ("bot", "bot"),
                            ("integration", "integration"),
                            ("system", "system"),
                        ],
                        max_length=12,
                        verbose_name="closed by",
                    ),
                ),
                (
                    "close_reason",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("no_reaction", "the customer did not react"),
                            ("contact_left", "the customer left a contact instead of waiting"),
                        ],
                        max_length=12,
                        verbose_name="closed because",
                    ),
                ),
                ("last_at", models.DateTimeField(verbose_name="last message at")),
                ("last_text", models.CharField(blank=True, max_length=160, verbose_name="last message")),
                ("last_author", models.CharField(blank=True, max_length=12)),
                (
                    "awaiting_since",
                    models.DateTimeField(blank=True, null=True, verbose_name="unanswered since"),
                ),
                (
                    "first_answer_at",
                    models.DateTimeField(blank=True, null=True, verbose_name="first answered at"),
                ),
                ("unread", models.PositiveIntegerField(default=0, verbose_name="unread")),
                ("staff_read_seq", models.PositiveIntegerField(default=0)),
                ("customer_delivered_seq", models.PositiveIntegerField(default=0)),
                ("customer_read_seq", models.PositiveIntegerField(default=0)),
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
                    "holder",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="held_conversations",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="held by",
                    ),
                ),
                (
                    "line",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversations",
                        to="operators.queue",
                        verbose_name="line",
                    ),
                ),
                (
                    "preferred",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="preferably",
                    ),
                ),
                (
                    "requested_line",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="operators.queue",
                        verbose_name="line asked for",
                    ),
                ),
                (
                    "customer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="conversations",
                        to="conversations.customer",
                        verbose_name="customer",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="conversations.identity",
                        verbose_name="identity",
                    ),
                ),
            ],
            options={
                "verbose_name": "conversation",
                "verbose_name_plural": "conversations",
                "indexes": [
                    models.Index(fields=["line", "-id"], name="conversation_of_line"),
                    models.Index(fields=["channel", "-id"], name="conversation_of_channel"),
                    models.Index(
                        condition=models.Q(("state", "closed"), _negated=True),
                        fields=["line", "state", "state_since"],
                        name="conversation_open_by_line",
                    ),
                    models.Index(
                        condition=models.Q(("state", "assigned")),
                        fields=["holder"],
                        name="conversation_by_holder",
                    ),
                    models.Index(
                        condition=models.Q(("state", "closed")),
                        fields=["line", "-closed_at", "-id"],
                        name="conversation_closed",
                    ),
                    models.Index(fields=["customer", "-id"], name="conversation_by_customer"),
                    models.Index(
                        condition=models.Q(("snoozed_until__isnull", False)),
                        fields=["snoozed_until"],
                        name="conversation_wake",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("state", "closed"), _negated=True),
                        fields=("customer", "thread"),
                        name="conversation_one_open_per_thread",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["new", "bot", "queued", "assigned", "snoozed", "offline", "closed"],
                            )
                        ),
                        name="conversation_state_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("holder__isnull", False), ("state", "assigned")),
                            models.Q(
                                models.Q(("state", "assigned"), _negated=True), ("holder__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="conversation_held_only_when_assigned",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("idle", False), ("state", "assigned"), _connector="OR"),
                        name="conversation_idle_only_when_assigned",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("closed_at__isnull", False), ("state", "closed")),
                            models.Q(
                                models.Q(("state", "closed"), _negated=True), ("closed_at__isnull", True)
                            ),
                            _connector="OR",
                        ),
                        name="conversation_closed_has_moment",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state", "snoozed"), ("snoozed_until__isnull", True), _connector="OR"
                        ),
                        name="conversation_snoozed_until_only_then",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="ConversationTag",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="tagging",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "tag",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="operators.tag"
                    ),
                ),
            ],
            options={
                "verbose_name": "mark on a conversation",
                "verbose_name_plural": "marks on conversations",
                "constraints": [models.UniqueConstraint(fields=("conversation", "tag"), name="tag_once")],
            },
        ),
        migrations.CreateModel(
            name="Draft",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("text", models.TextField()),
                ("note", models.BooleanField(default=False)),
                ("updated_at", models.DateTimeField()),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="drafts",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [models.UniqueConstraint(fields=("user", "conversation"), name="draft_once")],
            },
        ),
        migrations.CreateModel(
            name="Merge",
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
                        choices=[("signed", "signed in"), ("manual", "by hand")],
                        max_length=10,
                        verbose_name="reason",
                    ),
                ),
                ("confidence", models.PositiveSmallIntegerField(default=100, verbose_name="confidence, %")),
                ("moved", models.JSONField(default=dict)),
                ("at", models.DateTimeField(verbose_name="when")),
                ("undone_at", models.DateTimeField(blank=True, null=True, verbose_name="undone at")),
                (
                    "absorbed",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="conversations.customer",
                        verbose_name="absorbed",
                    ),
                ),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="author",
                    ),
                ),
                (
                    "kept",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="merges",
                        to="conversations.customer",
                        verbose_name="kept",
                    ),
                ),
                (
                    "undone_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="undone by",
                    ),
                ),
            ],
            options={
                "verbose_name": "merge",
                "verbose_name_plural": "merges",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("undone_at__isnull", True)),
                        fields=("absorbed",),
                        name="merge_absorbed_once",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("confidence__lte", 100)), name="merge_confidence_is_percent"
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Message",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("seq", models.PositiveIntegerField()),
                ("rev", models.PositiveIntegerField()),
                (
                    "kind",
                    models.CharField(
                        choices=[("text", "text"), ("file", "file"), ("note", "note"), ("system", "system")],
                        default="text",
                        max_length=8,
                        verbose_name="kind",
                    ),
                ),
                (
                    "author_kind",
                    models.CharField(
                        choices=[
                            ("customer", "customer"),
                            ("operator", "operator"),
                            ("bot", "bot"),
                            ("system", "system"),
                        ],
                        max_length=8,
                        verbose_name="author",
                    ),
                ),
                ("client_id", models.CharField(blank=True, max_length=64, null=True)),
                ("text", models.TextField(blank=True, verbose_name="text")),
                ("code", models.CharField(blank=True, max_length=40)),
                ("params", models.JSONField(blank=True, default=dict)),
                ("staff_only", models.BooleanField(default=False, verbose_name="for staff only")),
                ("at", models.DateTimeField(verbose_name="when")),
                ("edited_at", models.DateTimeField(blank=True, null=True, verbose_name="edited at")),
                ("deleted_at", models.DateTimeField(blank=True, null=True, verbose_name="deleted at")),
                (
                    "author",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="member of staff",
                    ),
                ),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="messages",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="conversations.identity",
                        verbose_name="identity",
                    ),
                ),
                (
                    "reply_to",
                    models.ForeignKey(
                        blank=True,
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to="conversations.message",
                    ),
                ),
            ],
            options={
                "verbose_name": "message",
                "verbose_name_plural": "messages",
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        django.contrib.postgres.search.SearchVector("text", config="russian"),
                        name="message_words",
                    )
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("conversation", "seq"), name="message_seq_once"),
                    models.UniqueConstraint(
                        condition=models.Q(("author_kind", "customer"), ("client_id__isnull", False)),
                        fields=("identity", "client_id"),
                        name="message_client_id_once_per_identity",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("author__isnull", False), ("client_id__isnull", False)),
                        fields=("author", "client_id"),
                        name="message_client_id_once_per_user",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "note"), _negated=True), ("staff_only", True), _connector="OR"
                        ),
                        name="message_note_is_staff_only",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["text", "file", "note", "system"])),
                        name="message_kind_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("author_kind__in", ["customer", "operator", "bot", "system"])),
                        name="message_author_is_known",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("author_kind", "customer"), ("identity__isnull", False)),
                            models.Q(("author_kind", "customer"), _negated=True),
                            _connector="OR",
                        ),
                        name="message_customer_has_identity",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Delivery",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("place", models.PositiveIntegerField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("queued", "queued"),
                            ("sending", "sending"),
                            ("sent", "sent"),
                            ("delivered", "delivered"),
                            ("read", "read"),
                            ("failed", "failed"),
                            ("uncertain", "perhaps not sent"),
                        ],
                        default="queued",
                        max_length=9,
                        verbose_name="state",
                    ),
                ),
                (
                    "provider_id",
                    models.CharField(blank=True, max_length=200, verbose_name="provider's number"),
                ),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="error")),
                ("attempts_made", models.PositiveSmallIntegerField(default=0, verbose_name="tries")),
                ("due_at", models.DateTimeField(verbose_name="due at")),
                ("claimed_at", models.DateTimeField(blank=True, null=True)),
                ("created_at", models.DateTimeField(verbose_name="created at")),
                ("changed_at", models.DateTimeField(verbose_name="changed at")),
                (
                    "conversation",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "identity",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="conversations.identity",
                        verbose_name="to",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="deliveries",
                        to="conversations.message",
                        verbose_name="message",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery",
                "verbose_name_plural": "deliveries",
                "indexes": [
                    models.Index(
                        condition=models.Q(("state__in", ["queued", "sending"])),
                        fields=["conversation", "place"],
                        name="delivery_open",
                    ),
                    models.Index(fields=["conversation", "id"], name="delivery_story"),
                    models.Index(
                        condition=models.Q(("state__in", ["failed", "uncertain"])),
                        fields=["state", "-id"],
                        name="delivery_trouble",
                    ),
                    models.Index(
                        condition=models.Q(("provider_id", ""), _negated=True),
                        fields=["provider_id"],
                        name="delivery_provider",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        fields=("message", "identity"), name="delivery_once_per_identity"
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "state__in",
                                ["queued", "sending", "sent", "delivered", "read", "failed", "uncertain"],
                            )
                        ),
                        name="delivery_state_is_known",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="DeliveryAttempt",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "outcome",
                    models.CharField(
                        choices=[
                            ("open", "under way"),
                            ("sent", "sent"),
                            ("transient", "try again"),
                            ("permanent", "refused"),
                            ("uncertain", "unknown"),
                        ],
                        default="open",
                        max_length=9,
                        verbose_name="outcome",
                    ),
                ),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="error")),
                ("started_at", models.DateTimeField(verbose_name="started at")),
                ("ended_at", models.DateTimeField(blank=True, null=True, verbose_name="ended at")),
                (
                    "delivery",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attempts",
                        to="conversations.delivery",
                    ),
                ),
            ],
            options={
                "verbose_name": "delivery attempt",
                "verbose_name_plural": "delivery attempts",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("outcome__in", ["open", "sent", "transient", "permanent", "uncertain"])
                        ),
                        name="attempt_outcome_is_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("position", models.PositiveSmallIntegerField(default=0)),
                (
                    "file",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="attachment",
                        to="core.storedfile",
                    ),
                ),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="attachments",
                        to="conversations.message",
                    ),
                ),
            ],
            options={
                "verbose_name": "attachment",
                "verbose_name_plural": "attachments",
                "ordering": ["position"],
            },
        ),
        migrations.CreateModel(
            name="MessageVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "change",
                    models.CharField(
                        choices=[("edit", "edited"), ("delete", "deleted"), ("redact", "card number hidden")],
                        max_length=6,
                        verbose_name="change",
                    ),
                ),
                ("text", models.TextField(blank=True, verbose_name="text before")),
                ("by_kind", models.CharField(max_length=12, verbose_name="by")),
                ("by_id", models.BigIntegerField(null=True)),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "message",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="versions",
                        to="conversations.message",
                    ),
                ),
            ],
            options={
                "verbose_name": "message version",
                "verbose_name_plural": "message versions",
            },
        ),
        migrations.CreateModel(
            name="Participant",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "role",
                    models.CharField(
                        choices=[("holder", "holder"), ("helper", "helper"), ("observer", "observer")],
                        max_length=8,
                        verbose_name="role",
                    ),
                ),
                ("since", models.DateTimeField(verbose_name="from")),
                ("until", models.DateTimeField(blank=True, null=True, verbose_name="to")),
                (
                    "conversation",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="participants",
                        to="conversations.conversation",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "verbose_name": "participant",
                "verbose_name_plural": "participants",
                "indexes": [
                    models.Index(
                        condition=models.Q(("until__isnull", True)),
                        fields=["user", "conversation"],
                        name="participant_open",
                    ),
                    models.Index(
                        condition=models.Q(("until__isnull", False)),
                        fields=["user", "-until"],
                        name="participant_recent",
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("until__isnull", True)),
                        fields=("conversation", "user", "role"),
                        name="participant_once_at_a_time",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Rating",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "score",
                    models.PositiveSmallIntegerField(
                        validators=[
                            django.core.validators.MinValueValidator(1),
                            django.core.validators.MaxValueValidator(5),
                        ],
                        verbose_name="mark",
                    ),
                ),
                ("comment", models.TextField(blank=True, max_length=2000, verbose_name="comment")),
                ("at", models.DateTimeField(verbose_name="when")),
                (
                    "conversation",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="rating",
                        to="conversations.conversation",
                        verbose_name="conversation",
                    ),
                ),
                (
                    "operator",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.SET_NULL,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                        verbose_name="operator",
                    ),
                ),
            ],
            options={
                "verbose_name": "rating",
                "verbose_name_plural": "ratings",
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("score__range", (1, 5))), name="rating_is_1_to_5"
                    )
                ],
            },
        ),
        migrations.AddField(
            model_name="Conversation",
            name="tags",
            field=models.ManyToManyField(
                through="conversations.ConversationTag", to="operators.tag", verbose_name="tags"
            ),
        ),
    ]
