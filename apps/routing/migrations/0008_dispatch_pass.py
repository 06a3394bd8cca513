from django.db import migrations


class Migration(migrations.Migration):
    """A number for each pass of the dispatcher: a sequence, since it must be seen before its transaction ends."""

    dependencies = [("routing", "0007_offering_kept")]

    operations = [
        migrations.RunSQL("CREATE SEQUENCE routing_dispatch_pass", "DROP SEQUENCE routing_dispatch_pass")
    ]
