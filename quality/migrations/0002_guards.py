"""What the database itself forbids."""

from django.db import migrations

from evaltool.base.triggers import append_only


class Migration(migrations.Migration):
    dependencies = [('quality', '0001_initial')]
    operations = [
        append_only("quality_goldresult"),
        append_only("quality_sanction"),
    ]
