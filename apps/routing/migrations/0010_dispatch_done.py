from django.db import migrations


class Migration(migrations.Migration):
    """The number of the last pass that was carried out: one that was killed half-way has done nobody's work."""

    dependencies = [("routing", "0009_watchdog")]

    operations = [
        migrations.RunSQL(
            "CREATE SEQUENCE routing_dispatch_done MINVALUE 0 START 0", "DROP SEQUENCE routing_dispatch_done"
        )
    ]
