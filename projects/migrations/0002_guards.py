"""What the database itself forbids."""

from django.db import migrations

from evaltool.base.triggers import append_only, frozen_once


class Migration(migrations.Migration):
    dependencies = [('projects', '0001_initial')]
    operations = [
        append_only("projects_policy"),
        append_only("projects_standingchange"),
        append_only("projects_acknowledgement"),
        frozen_once(
            "projects_guidelineversion",
            "OLD.published_at IS NOT NULL",
            ["guideline_id", "number", "source", "sha256", "change_note", "must_read", "published_at", "public_id"],
        ),
        # Sections are written when their version is published.
        append_only("projects_section"),
    ]
