from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("operators", "0008_skill_levels")]

    operations = [
        migrations.RemoveField("operator", "skills"),
        migrations.AddField(
            "operator",
            "skills",
            models.ManyToManyField(
                blank=True,
                related_name="operators",
                through="operators.SkillLevel",
                to="operators.skill",
                verbose_name="skills",
            ),
        ),
    ]
