from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations


class Migration(migrations.Migration):
    """Lets one exclusion constraint compare a contract and a range of days."""

    dependencies = []

    operations = [BtreeGistExtension()]
