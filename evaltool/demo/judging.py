"""How the demo's people judge: near the expert's level, each in their own way, from a fixed seed."""

import random
from dataclasses import dataclass
from typing import Any

from evaltool.demo.material import Person, TaskText
from projects.models import Policy
from rubrics.answers.rationale import count_characters, count_words
from rubrics.models import Criterion

RATINGS_MISSED_TOGETHER = 0.5  # an item has two responses: the square root gives the item its stated share


@dataclass
class Judge:
    """One evaluator of the demo at work. `drifting` switches to the later, careless way."""

    person: Person
    rng: random.Random
    policy: Policy
    drifting: bool = False
    hurried: bool = False  # just misses every level

    def seconds(self) -> int:
        """Active seconds on the next task."""
        low, high = self._style("seconds")
        return self.rng.randint(low, high)

    def answers(self, task: TaskText, criteria: list[Criterion], side: int) -> dict[str, Any]:
        """Raw answers to every criterion. `side` 0 or 1: which of two honest views on a contested task they take."""
        raw: dict[str, Any] = {}
        for criterion in criteria:
            targets = ("r1", "r2") if criterion.scope == "response" else ("",)
            raw[criterion.key] = {target: self._entry(task, criterion, target, side) for target in targets}
        return raw

    def _entry(self, task: TaskText, criterion: Criterion, target: str, side: int) -> dict[str, Any]:
        if criterion.kind == "text":
            return {"value": task.data["advice_alt" if side else "advice"]}
        if criterion.kind == "choice":
            return {"value": self._flaws(task, target)}
        contested = self._contested(task, criterion, target, side)
        if contested and not self.drifting:
            return contested
        level = self._level(task, criterion, target)
        return {"value": level, "rationale": self._reason(task, criterion, target, level)}

    def _contested(self, task: TaskText, criterion: Criterion, target: str, side: int) -> dict[str, Any] | None:
        contest = task.contest
        if not contest or contest["criterion"] != criterion.key or task.contested != target:
            return None
        return {"value": contest["levels"][side], "rationale": contest["why_b" if side else "why_a"]}

    def _flaws(self, task: TaskText, target: str) -> list[str]:
        return ["no-flaw"] if self.drifting else task.flaws(target)

    def _level(self, task: TaskText, criterion: Criterion, target: str) -> int:
        truth = task.truth(criterion.key, target)
        if self.drifting:
            return int(self.rng.choice(self._style("levels")))
        if not self.hurried and self.rng.random() < float(self._style("accuracy")) ** RATINGS_MISSED_TOGETHER:
            return truth
        up = self.rng.random() < 0.5 + float(self.person.style["bias"])
        return truth + 1 if (up and truth < 5) or truth == 1 else truth - 1

    def _reason(self, task: TaskText, criterion: Criterion, target: str, level: int) -> str:
        """The expert's reason where the level is theirs, else one of the person's own; long enough to count."""
        style = self.person.style
        truth = task.truth(criterion.key, target)
        if self.drifting:
            return str(self.rng.choice(self._style("rationales")))
        own = self.rng.choice(style["openers"]) + task.why(criterion.key, target)
        if level == truth and self._long_enough(own):
            return str(own)
        return str(self.rng.choice(style["higher" if level >= truth else "lower"]))

    def _long_enough(self, words: str) -> bool:
        policy = self.policy
        return count_characters(words) >= policy.rationale_characters and count_words(words) >= policy.rationale_words

    def _style(self, name: str) -> Any:
        style = self.person.style
        return style["drift"][name] if self.drifting and name in style.get("drift", {}) else style[name]
