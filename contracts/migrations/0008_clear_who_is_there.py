from django.db import migrations
from django.db.models.functions import Now

PARTY_B = ["manager", "agent", "closer", "clerk"]


def clear(apps, schema_editor):
    """Leave the door open to those of Party B who were let in before it asked for files."""
    memberships = apps.get_model("contracts", "Membership").objects
    memberships.filter(role__in=PARTY_B, cleared_at=None).update(cleared_at=Now())


class Migration(migrations.Migration):
    dependencies = [("contracts", "0007_clearance_and_files_of_people")]

    operations = [migrations.RunPython(clear, migrations.RunPython.noop)]
