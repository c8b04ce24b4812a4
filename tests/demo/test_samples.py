"""The small projects of the demo: each rubric to start from, judged by two, with something to decide and to try."""

import json
from typing import Any

import pytest

from evaltool.base.errors import Invalid
from evaltool.demo.samples import JUDGES, Sample, raw_answers, samples, upload
from projects.models import Policy
from reviews.models import Cause
from rubrics.answers import clean_answers
from rubrics.body import criteria_of, tidy_body
from rubrics.comparing import compare
from rubrics.starting import starting_point, starting_points
from tasks.content import clean_content
from tasks.submitting import rule_of

ALL = [pytest.param(sample, id=sample.start) for sample in samples()]


def content_of(task: dict[str, Any]) -> dict[str, Any]:
    return clean_content(json.loads(upload([task]).decode())).content


def judgments(sample: Sample, task: dict[str, Any]) -> list[list]:
    """What both judges hand in, as it would be stored."""
    criteria = criteria_of(tidy_body(starting_point(sample.start).body))
    content = content_of(task)
    return [
        clean_answers(criteria, content, raw_answers(criteria, content, said), rule_of(Policy()))
        for said in task["judgments"]
    ]


def differ(sample: Sample, task: dict[str, Any]) -> bool:
    one, two = ({(a.criterion.key, a.target): a for a in answers} for answers in judgments(sample, task))
    return any(compare(one[at].criterion, one[at].value, two[at].value).disagrees for at in one.keys() & two.keys())


def test_every_rubric_to_start_from_has_its_project() -> None:
    assert [sample.start for sample in samples()] == [point.slug for point in starting_points()]
    names = [sample.name for sample in samples()]
    ids = [task["id"] for sample in samples() for task in sample.tasks + sample.open]
    assert len(set(names)) == len(names)
    assert len(set(ids)) == len(ids)


@pytest.mark.parametrize("sample", ALL)
def test_project_has_work_that_is_done_and_work_to_try(sample: Sample) -> None:
    assert 5 <= len(sample.tasks) <= 8
    assert len(sample.open) >= 2
    assert len(sample.description.split(". ")) >= 2
    for task in sample.tasks + sample.open:
        assert content_of(task)["responses"]


@pytest.mark.parametrize("sample", ALL)
def test_both_judgments_of_every_task_can_be_handed_in(sample: Sample) -> None:
    for task in sample.tasks:
        assert len(task["judgments"]) == len(JUDGES)
        try:
            assert all(judgments(sample, task))
        except Invalid as refused:
            pytest.fail(f"{task['id']}: {refused.problems}")


@pytest.mark.parametrize("sample", ALL)
def test_some_differ_and_one_of_them_is_ruled_on(sample: Sample) -> None:
    apart = [task for task in sample.tasks if differ(sample, task)]
    ruled = [task for task in sample.tasks if "ruling" in task]
    assert 1 <= len(apart) < len(sample.tasks)
    assert [task["id"] for task in ruled] == [task["id"] for task in apart if "ruling" in task]
    assert len(ruled) == 1
    assert ruled[0]["ruling"]["cause"] in Cause.values
    assert len(ruled[0]["ruling"]["note"].split()) >= 12


def test_no_text_shouts_or_names_a_model() -> None:
    for sample in samples():
        for task in sample.tasks + sample.open:
            for response in task["responses"]:
                assert "model-" not in response["text"]
            said = [answer for one in task.get("judgments", []) for answer in one.values() if isinstance(answer, dict)]
            assert not [one for one in said if "!" in str(one.get("why", ""))]
