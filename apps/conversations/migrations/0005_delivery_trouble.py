from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("conversations", "0004_delivery_place")]

    operations = [
        migrations.AddIndex(
            model_name="delivery",
            index=models.Index(
                condition=models.Q(("state__in", ["failed", "uncertain"])),
                fields=["state", "-id"],
                name="delivery_trouble",
            ),
        ),
    ]
