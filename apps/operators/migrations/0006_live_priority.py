import pgtrigger.compiler
import pgtrigger.migrations
from django.db import migrations, models


def take_over(apps, schema_editor):
    """What was set works: nothing has been published apart from it yet."""
    apps.get_model("operators", "Queue").objects.update(live_priority=models.F("priority"))


class Migration(migrations.Migration):
    dependencies = [("operators", "0005_no_revision")]

    operations = [
        pgtrigger.migrations.RemoveTrigger(
            model_name="queue",
            name="update_update",
        ),
        migrations.AddField("queue", "live_priority", models.IntegerField(default=0, editable=False)),
        migrations.RunPython(take_over, migrations.RunPython.noop),
        pgtrigger.migrations.AddTrigger(
            model_name="queue",
            trigger=pgtrigger.compiler.Trigger(
                name="update_update",
                sql=pgtrigger.compiler.UpsertTriggerSql(
                    condition='WHEN (OLD."calendar_id" IS DISTINCT FROM (NEW."calendar_id") OR OLD."id" IS DISTINCT FROM (NEW."id") OR OLD."is_active" IS DISTINCT FROM (NEW."is_active") OR OLD."is_default" IS DISTINCT FROM (NEW."is_default") OR OLD."name" IS DISTINCT FROM (NEW."name") OR OLD."priority" IS DISTINCT FROM (NEW."priority") OR OLD."public_name_en" IS DISTINCT FROM (NEW."public_name_en") OR OLD."public_name_ru" IS DISTINCT FROM (NEW."public_name_ru") OR OLD."reopen_hours" IS DISTINCT FROM (NEW."reopen_hours") OR OLD."shares_history" IS DISTINCT FROM (NEW."shares_history"))',
                    func='INSERT INTO "operators_queueevent" ("calendar_id", "id", "is_active", "is_default", "name", "pgh_context_id", "pgh_created_at", "pgh_label", "pgh_obj_id", "priority", "public_name_en", "public_name_ru", "reopen_hours", "shares_history") VALUES (NEW."calendar_id", NEW."id", NEW."is_active", NEW."is_default", NEW."name", _pgh_attach_context(), NOW(), \'update\', NEW."id", NEW."priority", NEW."public_name_en", NEW."public_name_ru", NEW."reopen_hours", NEW."shares_history"); RETURN NULL;',
                    hash="b43624798a387fded75856155dec2ab72f900f98",
                    operation="UPDATE",
                    pgid="pgtrigger_update_update_33816",
                    table="operators_queue",
                    when="AFTER",
                ),
            ),
        ),
    ]
