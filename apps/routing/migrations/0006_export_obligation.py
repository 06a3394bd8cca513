from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0005_raised_by_rules"),
    ]

    operations = [
        migrations.AlterModelOptions(
            name="obligation",
            options={
                "permissions": [("export_obligation", "Can export obligations")],
                "verbose_name": "obligation",
                "verbose_name_plural": "obligations",
            },
        ),
    ]
