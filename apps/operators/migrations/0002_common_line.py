"""Every installation has the line that takes what no other line takes."""

from django.db import migrations


def make(apps, schema_editor):
    queue = apps.get_model("operators", "Queue")
    queue.objects.get_or_create(
        is_default=True, defaults={"name": "Общая линия", "public_name_en": "General questions"}
    )


class Migration(migrations.Migration):
    dependencies = [("operators", "0001_tables")]
    operations = [migrations.RunPython(make, migrations.RunPython.noop)]
