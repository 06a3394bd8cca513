from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("routing", "0004_dispatch_end"),
    ]

    operations = [
        migrations.AlterField(
            model_name="queueentry",
            name="rank_reason",
            field=models.CharField(
                blank=True,
                choices=[("", "—"), ("raised", "raised by a rule")],
                max_length=8,
                verbose_name="raised",
            ),
        ),
    ]
