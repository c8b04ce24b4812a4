"""The invariants as queries that must return no row, run on the live database by `manage.py verify`.

Each is stated in words in docs/invariants.md under the same name; a test keeps the two lists equal.
Where the schema already refuses a breach, the query stays: it shows that the guard is in place.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection


@dataclass(frozen=True)
class Invariant:
    """A name, and SQL whose rows are the breaches."""

    name: str
    sql: str


@dataclass(frozen=True)
class Breach:
    """One row that breaks an invariant."""

    invariant: str
    row: tuple[object, ...]


INVARIANTS: tuple[Invariant, ...] = (
    Invariant(
        "one-current-submission-per-task-and-person",
        """SELECT s.task_id, s.member_id FROM tasks_submission s
           WHERE NOT EXISTS (SELECT 1 FROM tasks_submission n WHERE n.supersedes_id = s.id)
           GROUP BY 1, 2 HAVING count(*) > 1""",
    ),
    Invariant(
        "one-current-submission-per-assignment",
        """SELECT s.assignment_id FROM tasks_submission s
           WHERE NOT EXISTS (SELECT 1 FROM tasks_submission n WHERE n.supersedes_id = s.id)
           GROUP BY 1 HAVING count(*) > 1""",
    ),
    Invariant(
        "no-seat-held-twice",
        """SELECT seat_id FROM tasks_assignment WHERE state IN ('queued', 'open', 'submitted')
           GROUP BY 1 HAVING count(*) > 1""",
    ),
    Invariant(
        "no-more-work-than-seats",
        """SELECT s.task_id FROM tasks_seat s JOIN tasks_assignment a ON a.seat_id = s.id
           WHERE a.state IN ('queued', 'open', 'submitted') GROUP BY s.task_id
           HAVING count(*) > (SELECT count(*) FROM tasks_seat x WHERE x.task_id = s.task_id)""",
    ),
    Invariant(
        "seat-state-fits-its-assignment",
        """SELECT s.id, s.state, a.state FROM tasks_seat s
           LEFT JOIN tasks_assignment a ON a.seat_id = s.id AND a.state IN ('queued', 'open', 'submitted')
           WHERE (s.state = 'free' AND a.id IS NOT NULL)
              OR (s.state = 'held' AND (a.id IS NULL OR a.state = 'submitted'))
              OR (s.state = 'done' AND (a.id IS NULL OR a.state <> 'submitted'))""",
    ),
    Invariant(
        "a-person-holds-a-task-once",
        "SELECT task_id, member_id FROM tasks_assignment GROUP BY 1, 2 HAVING count(*) > 1",
    ),
    Invariant(
        "every-assignment-is-an-involvement",
        """SELECT a.id FROM tasks_assignment a JOIN projects_membership m ON m.id = a.member_id
           WHERE NOT EXISTS (SELECT 1 FROM tasks_involvement i
                             WHERE i.task_id = a.task_id AND i.user_id = m.user_id AND i.how = 'judge')""",
    ),
    Invariant(
        "no-dead-lease",
        "SELECT id FROM tasks_assignment WHERE state = 'open' AND lease_until < now() - interval '5 minutes'",
    ),
    Invariant(
        "submitted-means-a-submission",
        """SELECT a.id FROM tasks_assignment a
           WHERE (a.state = 'submitted') <> EXISTS (SELECT 1 FROM tasks_submission s WHERE s.assignment_id = a.id)""",
    ),
    Invariant(
        "submission-names-a-published-rubric-of-its-project",
        """SELECT s.id FROM tasks_submission s JOIN tasks_task t ON t.id = s.task_id
           JOIN rubrics_rubricversion v ON v.id = s.rubric_version_id JOIN rubrics_rubric r ON r.id = v.rubric_id
           WHERE v.published_at IS NULL OR v.state = 'draft' OR r.project_id <> t.project_id""",
    ),
    Invariant(
        "required-criteria-are-answered",
        """SELECT s.id, c.key FROM tasks_submission s
           JOIN rubrics_criterion c ON c.version_id = s.rubric_version_id AND c.required
             AND c.scope IN ('task', 'response') AND coalesce(c.condition, 'null') = 'null'
             AND coalesce(c.config ->> 'source', '') <> 'task'
           WHERE NOT EXISTS (SELECT 1 FROM tasks_answer a WHERE a.submission_id = s.id AND a.criterion_id = c.id)""",
    ),
    Invariant(
        "no-answer-to-a-foreign-criterion",
        """SELECT a.id FROM tasks_answer a JOIN tasks_submission s ON s.id = a.submission_id
           JOIN rubrics_criterion c ON c.id = a.criterion_id WHERE c.version_id <> s.rubric_version_id""",
    ),
    Invariant(
        "nobody-adjudicates-own-work",
        """SELECT d.id FROM reviews_adjudication d JOIN tasks_submission s ON s.task_id = d.task_id
           JOIN projects_membership m ON m.id = s.member_id WHERE m.user_id = d.adjudicator_id""",
    ),
    Invariant(
        "one-current-consensus-per-task",
        """SELECT c.task_id FROM reviews_consensus c
           WHERE NOT EXISTS (SELECT 1 FROM reviews_consensus n WHERE n.supersedes_id = c.id)
           GROUP BY 1 HAVING count(*) > 1""",
    ),
    Invariant(
        "agreed-consensus-rests-on-enough-judgements",
        """SELECT c.id FROM reviews_consensus c JOIN tasks_task t ON t.id = c.task_id
           JOIN tasks_batch b ON b.id = t.batch_id
           WHERE c.method = 'agreement' AND (SELECT count(*) FROM reviews_consensus_submissions x
                                             WHERE x.consensus_id = c.id) < b.overlap""",
    ),
    Invariant(
        "adjudicated-means-resolved",
        """SELECT d.id FROM reviews_disagreement d
           WHERE (d.state = 'resolved')
              <> EXISTS (SELECT 1 FROM reviews_adjudication a WHERE a.disagreement_id = d.id)""",
    ),
    Invariant(
        "ruling-stands-in-the-consensus",
        """SELECT r.id FROM reviews_ruling r JOIN reviews_consensus c ON c.adjudication_id = r.adjudication_id
           WHERE NOT EXISTS (SELECT 1 FROM reviews_consensusvalue v WHERE v.consensus_id = c.id
                             AND v.criterion_id = r.criterion_id AND v.target = r.target
                             AND v.value IS NOT DISTINCT FROM r.value)""",
    ),
    Invariant(
        "gold-stays-apart",
        """SELECT t.id FROM tasks_task t JOIN tasks_goldkey g ON g.task_id = t.id AND g.status = 'active'
           WHERE EXISTS (SELECT 1 FROM tasks_seat s WHERE s.task_id = t.id AND s.cause <> 'gold' AND s.state = 'free')
              OR EXISTS (SELECT 1 FROM reviews_consensus c WHERE c.task_id = t.id)""",
    ),
    Invariant(
        "gold-is-never-repeated",
        """SELECT g.member_id, a.task_id FROM quality_goldresult g JOIN tasks_assignment a ON a.id = g.assignment_id
           GROUP BY 1, 2 HAVING count(*) > 1""",
    ),
    Invariant(
        "gold-results-are-of-first-revisions",
        """SELECT g.id FROM quality_goldresult g JOIN tasks_submission s ON s.id = g.submission_id
           WHERE s.revision <> 1 OR s.assignment_id <> g.assignment_id""",
    ),
    Invariant(
        "gold-results-are-numbered-without-holes",
        """SELECT member_id, rubric_id FROM (
             SELECT g.member_id, v.rubric_id, g.number,
                    row_number() OVER (PARTITION BY g.member_id, v.rubric_id ORDER BY g.number) AS place
             FROM quality_goldresult g JOIN rubrics_rubricversion v ON v.id = g.rubric_version_id) q
           WHERE number <> place GROUP BY 1, 2""",
    ),
    Invariant(
        "active-time-fits-the-lease",
        """SELECT id FROM tasks_assignment
           WHERE opened_at IS NOT NULL AND ended_at IS NOT NULL
             AND active_seconds > extract(epoch FROM ended_at - opened_at) + 1""",
    ),
    Invariant(
        "draft-revisions-are-not-negative-and-drafts-have-owners",
        """SELECT d.id FROM tasks_draft d LEFT JOIN tasks_assignment a ON a.id = d.assignment_id
           WHERE a.id IS NULL OR d.revision < 0""",
    ),
    Invariant(
        "everything-stays-in-its-project",
        """SELECT a.id FROM tasks_assignment a JOIN projects_membership m ON m.id = a.member_id
           JOIN tasks_task t ON t.id = a.task_id JOIN tasks_batch b ON b.id = t.batch_id
           JOIN tasks_batch h ON h.id = a.batch_id
           WHERE m.project_id <> t.project_id OR b.project_id <> t.project_id OR h.project_id <> t.project_id""",
    ),
    Invariant(
        "one-rubric-version-per-task-and-round",
        """SELECT a.task_id, e.ordinal / 1000 FROM tasks_assignment a JOIN tasks_seat e ON e.id = a.seat_id
           WHERE e.cause <> 'gold'
             AND (a.state IN ('queued', 'open', 'submitted')
                  OR (a.state IN ('expired', 'released') AND a.opened_at IS NOT NULL))
           GROUP BY 1, 2 HAVING count(DISTINCT a.rubric_version_id) > 1""",
    ),
    Invariant(
        "gold-keys-in-use-answer-criteria-of-their-version",
        """SELECT g.id, k.key FROM tasks_goldkey g JOIN tasks_task t ON t.id = g.task_id
           JOIN tasks_batch b ON b.id = t.batch_id CROSS JOIN LATERAL jsonb_object_keys(g.answers) AS k(key)
           WHERE g.status = 'active' AND NOT EXISTS (
             SELECT 1 FROM rubrics_criterion c WHERE c.version_id = b.rubric_version_id AND c.key = k.key)""",
    ),
    Invariant(
        "external-ids-are-unique",
        "SELECT project_id, external_id FROM tasks_task GROUP BY 1, 2 HAVING count(*) > 1",
    ),
    Invariant(
        "import-is-whole-or-absent",
        """SELECT r.id FROM tasks_importrun r
           WHERE (r.state = 'committed'
                  AND r.rows_new <> (SELECT count(*) FROM tasks_task t WHERE t.import_run_id = r.id))
              OR (r.state <> 'committed' AND EXISTS (SELECT 1 FROM tasks_task t WHERE t.import_run_id = r.id))""",
    ),
    Invariant(
        "settled-when-it-can-be",
        """SELECT t.id FROM tasks_task t JOIN tasks_batch b ON b.id = t.batch_id
           WHERE NOT EXISTS (SELECT 1 FROM tasks_seat s WHERE s.task_id = t.id AND s.cause <> 'gold'
                             AND s.state IN ('free', 'held'))
             AND (SELECT count(*) FROM tasks_seat s WHERE s.task_id = t.id AND s.cause <> 'gold'
                  AND s.state = 'done') >= b.overlap
             AND NOT EXISTS (SELECT 1 FROM reviews_consensus c WHERE c.task_id = t.id)
             AND NOT EXISTS (SELECT 1 FROM reviews_disagreement d WHERE d.task_id = t.id AND d.state = 'open')
             AND NOT EXISTS (SELECT 1 FROM base_todo x WHERE x.kind = 'settle_task' AND x.object_id = t.id)""",
    ),
    Invariant(
        "put-back-is-settled-anew",
        """SELECT q.task_id FROM (SELECT s.task_id, max(s.ordinal / 1000) AS last FROM tasks_seat s
                                   WHERE s.cause <> 'gold' GROUP BY 1 HAVING max(s.ordinal / 1000) > 0) q
           WHERE NOT EXISTS (SELECT 1 FROM tasks_seat s WHERE s.task_id = q.task_id AND s.cause <> 'gold'
                             AND s.state IN ('free', 'held'))
             AND NOT EXISTS (
               SELECT 1 FROM reviews_consensus c JOIN reviews_consensus_submissions x ON x.consensus_id = c.id
               JOIN tasks_submission j ON j.id = x.submission_id JOIN tasks_assignment a ON a.id = j.assignment_id
               JOIN tasks_seat s ON s.id = a.seat_id WHERE c.task_id = q.task_id AND s.ordinal / 1000 = q.last)
             AND NOT EXISTS (SELECT 1 FROM tasks_goldkey g WHERE g.task_id = q.task_id)
             AND NOT EXISTS (SELECT 1 FROM reviews_disagreement d WHERE d.task_id = q.task_id AND d.state = 'open')
             AND NOT EXISTS (SELECT 1 FROM base_todo x WHERE x.kind = 'settle_task' AND x.object_id = q.task_id)""",
    ),
    Invariant(
        "every-gold-submission-is-scored-or-due",
        """SELECT s.id FROM tasks_submission s JOIN tasks_assignment a ON a.id = s.assignment_id
           JOIN tasks_seat e ON e.id = a.seat_id AND e.cause = 'gold'
           WHERE s.revision = 1 AND NOT EXISTS (SELECT 1 FROM quality_goldresult g WHERE g.assignment_id = a.id)
             AND NOT EXISTS (SELECT 1 FROM base_todo x WHERE x.kind = 'score_gold' AND x.object_id = s.id)""",
    ),
    Invariant(
        "a-message-that-waits-is-being-asked",
        """SELECT e.id FROM tasks_exchange e WHERE e.state = 'asked'
             AND NOT EXISTS (SELECT 1 FROM base_todo x WHERE x.kind = 'ask_model' AND x.object_id = e.id)""",
    ),
    Invariant(
        "no-to-do-left-lying",
        """SELECT id, kind FROM base_todo
           WHERE stopped_at IS NOT NULL OR due_at < now() - interval '10 minutes'""",
    ),
)


def breaches(limit: int = 100) -> Iterator[Breach]:
    """Every row that breaks an invariant, at most `limit` per invariant."""
    for invariant in INVARIANTS:
        with connection.cursor() as cursor:
            cursor.execute(invariant.sql)
            for row in cursor.fetchmany(limit):
                yield Breach(invariant.name, tuple(row))
