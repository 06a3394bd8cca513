from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0008_nobody_left"),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name="queueentry",
            name="entry_order",
        ),
        migrations.AddIndex(
            model_name="queueentry",
            index=models.Index(
                models.F("queue"),
                models.OrderBy(models.F("rank"), descending=True),
                models.OrderBy(models.F("due_at"), nulls_last=True),
                models.F("waiting_since"),
                models.F("id"),
                condition=models.Q(("stage__in", ["waiting", "offered"])),
                name="entry_order",
            ),
        ),
    ]
