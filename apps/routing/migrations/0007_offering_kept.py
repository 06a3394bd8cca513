from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("routing", "0006_offering_data")]

    operations = [
        migrations.AlterField(
            model_name="queueentry",
            name="waiting_since",
            field=models.DateTimeField(verbose_name="waiting since"),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("accepted_at__isnull", False),
                    ("offer_until__isnull", False),
                    ("ended_at__isnull", False),
                    _connector="OR",
                ),
                name="assignment_offer_has_an_end",
            ),
        ),
        migrations.AddConstraint(
            model_name="assignment",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("freed_at__isnull", True), ("accepted_at__isnull", False), _connector="OR"
                ),
                name="assignment_freed_after_accepted",
            ),
        ),
        migrations.AddConstraint(
            model_name="queueentry",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("left_at__isnull", True), ("stage__in", ["offline", "waiting", "offered"])),
                    models.Q(("left_at__isnull", False), ("stage", "left")),
                    _connector="OR",
                ),
                name="entry_stage_is_known",
            ),
        ),
    ]
