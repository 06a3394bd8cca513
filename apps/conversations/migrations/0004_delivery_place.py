from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0003_history")]

    operations = [
        migrations.RemoveIndex(model_name="delivery", name="delivery_open"),
        migrations.RemoveIndex(model_name="delivery", name="delivery_provider"),
        migrations.AddField(
            model_name="delivery",
            name="place",
            field=models.PositiveIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["queued", "sending"])),
                fields=["conversation", "place"],
                name="delivery_open",
            ),
        ),
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("provider_id", ""), _negated=True),
                fields=["provider_id"],
                name="delivery_provider",
            ),
        ),
    ]
