from django.db import migrations
from django.db.models import F, OuterRef, Subquery


def take_over(apps, schema_editor):
    """What stands in lines and in hands already, as it would have been written today."""
    entry = apps.get_model("routing", "QueueEntry")
    entry.objects.update(waiting_since=F("entered_at"))
    entry.objects.filter(left_at__isnull=False).update(stage="left")
    entry.objects.filter(left_at__isnull=True, conversation__state="offline").update(stage="offline")
    assignment = apps.get_model("routing", "Assignment")
    conversation = apps.get_model("conversations", "Conversation")
    kind = conversation.objects.filter(pk=OuterRef("conversation")).values("channel__kind")
    assignment.objects.update(accepted_at=F("started_at"), kind=Subquery(kind))


class Migration(migrations.Migration):
    dependencies = [("routing", "0005_offering")]

    operations = [migrations.RunPython(take_over, migrations.RunPython.noop)]
