"""What the database itself forbids."""

from django.db import migrations

from evaltool.base.triggers import append_only, frozen_once


class Migration(migrations.Migration):
    dependencies = [('rubrics', '0001_initial')]
    operations = [
        frozen_once(
            "rubrics_rubricversion",
            "OLD.state <> 'draft'",
            ["rubric_id", "number", "body", "sha256", "change", "published_at", "public_id"],
        ),
        # Criteria are written when their version is published.
        append_only("rubrics_criterion"),
    ]
