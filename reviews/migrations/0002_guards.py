"""What the database itself forbids."""

from django.db import migrations

from evaltool.base.triggers import append_only, checked


class Migration(migrations.Migration):
    dependencies = [('reviews', '0001_initial'), ('tasks', '0002_guards')]
    operations = [
        append_only("reviews_adjudication"),
        append_only("reviews_ruling"),
        append_only("reviews_consensus"),
        append_only("reviews_consensusvalue"),
        checked(
            "reviews_adjudication",
            "not_own_work",
            "EXISTS (SELECT 1 FROM tasks_involvement i WHERE i.task_id = NEW.task_id"
            " AND i.user_id = NEW.adjudicator_id AND i.how = 'adjudicator')",
            "nobody adjudicates a task they judged",
        ),
    ]
