from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("core", "0003_journal_by_kind"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="storedfile",
            index=models.Index(fields=["created_at"], name="file_by_age"),
        ),
    ]
