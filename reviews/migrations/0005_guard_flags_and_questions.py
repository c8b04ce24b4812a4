"""What the database itself forbids about flags and questions."""

from django.db import migrations

from evaltool.base.triggers import append_only, checked, frozen_once

OWN_WORK = (
    "EXISTS (SELECT 1 FROM tasks_assignment a WHERE a.id = NEW.assignment_id"
    " AND a.task_id = NEW.task_id AND a.member_id = NEW.{member})"
)


class Migration(migrations.Migration):
    dependencies = [("reviews", "0004_flags_and_questions")]
    operations = [
        append_only("reviews_clarificationpost"),
        frozen_once(
            "reviews_flag",
            "true",
            ["public_id", "project_id", "task_id", "assignment_id", "member_id", "kind", "text", "at"],
        ),
        frozen_once(
            "reviews_clarification",
            "true",
            [
                "public_id", "project_id", "asked_by_id", "assignment_id", "task_id", "criterion_id", "section",
                "question", "at",
            ],
        ),
        checked("reviews_flag", "own_work", OWN_WORK.format(member="member_id"), "people flag work of their own"),
        checked(
            "reviews_clarification",
            "own_work",
            f"NEW.assignment_id IS NULL OR {OWN_WORK.format(member='asked_by_id')}",
            "people ask about work of their own",
        ),
    ]
