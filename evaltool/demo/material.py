"""The demo's own writing, read from evaltool/demo/content: people, guideline, rubric, tasks."""

import json
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from tasks.content import file_order

CONTENT = Path(__file__).parent / "content"
# Printed by `make up`; the demo is loaded only where nobody else can reach it.
PASSWORD = "demo only, not a secret"  # noqa: S105


@dataclass(frozen=True)
class Person:
    """Somebody of the demo: who they are, and how they judge (see people.yaml)."""

    key: str
    role: str
    name: str
    email: str
    profile: str
    expertise: list[str]
    languages: list[str]
    standing: str = ""
    style: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class TaskText:
    """One task with what an expert knows about it."""

    domain: str
    data: dict[str, Any]
    order: tuple[str, ...] = ("r1", "r2")  # the ids of the responses as they are written

    def stored(self, content: dict[str, Any]) -> "TaskText":
        """The same where the responses go by the ids that the import drew for them."""
        return replace(self, order=tuple(file_order(content)))

    @property
    def contested(self) -> str:
        """The response that the contest is about."""
        return self.order[int(self.data["contest"]["response"]) - 1]

    @property
    def external_id(self) -> str:
        """Its id in the file, such as fin-003."""
        return str(self.data["external_id"])

    @property
    def contest(self) -> dict[str, Any] | None:
        """Where two careful people differ about it, if they do."""
        return self.data.get("contest") if self.data.get("contested") else None

    def truth(self, criterion: str, target: str) -> int:
        """The level an expert gives this response (r1, r2) on a rating."""
        return int(self._response(target)["truth"][criterion])

    def flaws(self, target: str) -> list[str]:
        """The flaws an expert ticks for this response."""
        return list(self._response(target)["flaws"])

    def why(self, criterion: str, target: str) -> str:
        """The expert's reason, "" where none is written."""
        return str(self._response(target)["why"].get(criterion, ""))

    def _response(self, target: str) -> dict[str, Any]:
        found: dict[str, Any] = self.data["responses"][self.order.index(target)]
        return found

    def row(self) -> dict[str, Any]:
        """The task as a row of an upload, with its gold key where the demo uses one."""
        row: dict[str, Any] = {part: self.data[part] for part in ("prompt", "messages") if part in self.data}
        row |= {
            "id": self.external_id,
            "domain": self.domain,
            "responses": [{"origin": r["origin"], "text": r["text"]} for r in self.data["responses"]],
            "metadata": {"difficulty": self.data["difficulty"]},
        }
        if "gold" in self.data and not self.data.get("gold_reserve"):
            row["gold"] = self._gold()
        return row

    def _gold(self) -> dict[str, Any]:
        gold = self.data["gold"]
        answers = {
            criterion: {
                f"r{number}": {**entry, "explanation": self.why(criterion, f"r{number}")}
                for number, entry in targets.items()
            }
            for criterion, targets in gold["criteria"].items()
        }
        return {"answers": answers, "explanation": gold["explanation"]}


def text(name: str) -> str:
    """A file of the content."""
    return (CONTENT / name).read_text("utf-8")


@cache
def cast() -> dict[str, Any]:
    """people.yaml as it stands."""
    found: dict[str, Any] = yaml.safe_load(text("people.yaml"))
    return found


def people() -> list[Person]:
    """Everybody of the demo, the admin first."""
    return [Person(**entry) for entry in cast()["people"]]


@cache
def tasks() -> dict[str, TaskText]:
    """Every task by its external id."""
    found = {}
    for path in sorted((CONTENT / "tasks").glob("*.yaml")):
        domain = yaml.safe_load(path.read_text("utf-8"))
        for data in domain["tasks"]:
            found[data["external_id"]] = TaskText(domain["domain"], data)
    return found


def upload(domains: list[str]) -> bytes:
    """The tasks of these domains as a JSON Lines file."""
    rows = [task.row() for task in tasks().values() if task.domain in domains]
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows).encode()
