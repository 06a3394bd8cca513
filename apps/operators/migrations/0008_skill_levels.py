from django.db import migrations


def take_over(apps, schema_editor):
    """Whoever had a skill has it at the middle level."""
    skill_level = apps.get_model("operators", "SkillLevel")
    had = apps.get_model("operators", "Operator").skills.through.objects.values_list(
        "operator_id", "skill_id"
    )
    skill_level.objects.bulk_create(
        [skill_level(operator_id=operator, skill_id=skill, level=3) for operator, skill in had]
    )


class Migration(migrations.Migration):
    dependencies = [("operators", "0007_offering")]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
