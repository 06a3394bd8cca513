"""The right to export goes: no screen and no address ever asked for it."""

from django.db import migrations, models

RIGHTS = [
    ("see_metadata", "see that it exists"),
    ("see_text", "read"),
    ("see_personal", "see personal data"),
    ("answer", "accept and answer"),
    ("take_over", "take over from a colleague"),
]


def forget(apps, schema_editor):
    apps.get_model("conversations", "Grant").objects.filter(right="export").delete()


class Migration(migrations.Migration):
    dependencies = [("conversations", "0005_delivery_trouble")]

    operations = [
        migrations.RunPython(forget, migrations.RunPython.noop),
        migrations.AlterField(
            model_name="grant",
            name="right",
            field=models.CharField(choices=RIGHTS, max_length=14, verbose_name="right"),
        ),
        migrations.AlterField(
            model_name="grantevent",
            name="right",
            field=models.CharField(choices=RIGHTS, max_length=14, verbose_name="right"),
        ),
    ]
