"""What the database itself forbids."""

from django.db import migrations

from evaltool.base.triggers import append_only, checked, frozen_once


class Migration(migrations.Migration):
    dependencies = [('tasks', '0001_initial')]
    operations = [
        append_only("tasks_submission"),
        append_only("tasks_answer"),
        append_only("tasks_workspan"),
        frozen_once(
            "tasks_task",
            "true",
            ["project_id", "batch_id", "external_id", "content", "content_sha256", "public_id"],
            may_delete=True,
        ),
        checked(
            "tasks_answer",
            "own_criterion",
            "(SELECT c.version_id FROM rubrics_criterion c WHERE c.id = NEW.criterion_id)"
            " = (SELECT s.rubric_version_id FROM tasks_submission s WHERE s.id = NEW.submission_id)",
            "the criterion belongs to another rubric version",
        ),
        checked(
            "tasks_submission",
            "own_work",
            "EXISTS (SELECT 1 FROM tasks_assignment a WHERE a.id = NEW.assignment_id AND a.task_id = NEW.task_id"
            " AND a.member_id = NEW.member_id AND a.rubric_version_id = NEW.rubric_version_id)",
            "the submission does not fit its assignment",
        ),
        checked(
            "tasks_submission",
            "judge_only",
            "EXISTS (SELECT 1 FROM tasks_involvement i JOIN projects_membership m ON m.user_id = i.user_id"
            " WHERE m.id = NEW.member_id AND i.task_id = NEW.task_id AND i.how = 'judge')",
            "only the judge of a task may submit a judgement",
        ),
        checked(
            "tasks_assignment",
            "one_project",
            "(SELECT m.project_id FROM projects_membership m WHERE m.id = NEW.member_id)"
            " = (SELECT t.project_id FROM tasks_task t WHERE t.id = NEW.task_id)"
            " AND (SELECT s.task_id FROM tasks_seat s WHERE s.id = NEW.seat_id) = NEW.task_id",
            "the member, the task and the seat do not belong together",
        ),
    ]
