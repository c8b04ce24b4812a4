"""The verdicts of claims: what they are, what each counts as, and what follows for the whole."""

from collections.abc import Mapping
from typing import Any

from evaltool.base.errors import Problem
from rubrics.kinds import checks
from rubrics.models import Criterion

COUNTS = {
    "contradicted": "Contradicted",
    "partly": "Partly supported",
    "unverified": "Not verified",
    "supported": "Supported",
    "none": "Nothing to check",
}
"""What a verdict can count as, gravest first: the verdict on the whole is the gravest among its claims."""
OPPOSITE = {"supported", "contradicted"}


def rollup(criterion: Criterion, value: Mapping[str, Any]) -> str:
    """What a whole answer counts as (a key of COUNTS): as the gravest of its claims, known faults before open doubts.

    Any contradicted claim makes it contradicted; else any partly supported one partly; else any unverified one
    unverified; else it is supported, and without a claim that counts there was nothing to check.
    """
    found = {counts_as(criterion, claim) for claim in value["claims"]}
    return next((counts for counts in COUNTS if counts in found), "none")


def check_verdict(verdict: Any, index: int, problems: list[Problem]) -> None:
    """Add what is wrong with one raw verdict."""
    path = f"verdicts.{index}"
    if not checks.only(verdict, {"key", "title", "help", "counts", "evidence"}, path, problems):
        return
    key, name = verdict.get("key"), f"Verdict {index + 1}"
    if not isinstance(key, str) or not checks.KEY.fullmatch(key):
        problems.append(Problem(f"{path}.key", f"{name} needs a key of letters, digits and hyphens."))
    checks.text(verdict.get("title"), f"{path}.title", checks.SHORT_TEXT, problems, required=True, what=name)
    checks.text(verdict.get("help"), f"{path}.help", checks.LONG_TEXT, problems)
    if not isinstance(verdict.get("counts"), str) or verdict["counts"] not in COUNTS:
        problems.append(Problem(f"{path}.counts", f"{name} has to count as {checks.either(list(COUNTS))}."))
    if not isinstance(verdict.get("evidence", False), bool):
        problems.append(Problem(f"{path}.evidence", "This has to be true or false."))


def check_unique(verdicts: list[Mapping[str, Any]]) -> list[Problem]:
    """A problem for each key or title used twice."""
    problems, seen = [], {"key": set[str](), "title": set[str]()}
    for index, verdict in enumerate(verdicts):
        for part, known in seen.items():
            text = verdict[part].strip().casefold()
            if text in known:
                problems.append(Problem(f"verdicts.{index}.{part}", f"Two verdicts have the {part} “{verdict[part]}”."))
            known.add(text)
    return problems


def in_words(verdict: Mapping[str, Any]) -> str:
    """A verdict as the list of changes tells it."""
    needs = ", needs evidence" if verdict["evidence"] else ""
    return f"“{verdict['title']}”, counts as {COUNTS[verdict['counts']].lower()}{needs}. {verdict['help']}".strip()


def verdicts_of(criterion: Criterion) -> dict[str, dict[str, Any]]:
    """The verdicts by key, in the rubric's order."""
    return {verdict["key"]: verdict for verdict in criterion.config["verdicts"]}


def counts_as(criterion: Criterion, claim: Mapping[str, Any]) -> str:
    """What the verdict of a claim counts as, a key of COUNTS."""
    return str(verdicts_of(criterion)[claim["verdict"]]["counts"])


def opposite(criterion: Criterion, one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether one claim is supported and the other contradicted."""
    return {counts_as(criterion, one), counts_as(criterion, other)} == OPPOSITE


def most_of(criterion: Criterion) -> int:
    """How many claims may be listed."""
    return int(criterion.config["most"])
