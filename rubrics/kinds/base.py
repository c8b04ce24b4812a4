"""The interface every answer kind implements. Nothing outside this package asks which kind a criterion has.

A *value* is what `clean` returned: plain JSON that stands by itself, so that comparing, grading, settling and
exporting need no task content. *Not applicable* is the same for all kinds and never reaches them: it is stored as
`{"na": true}` and handled once, in `rubrics.answers` and `rubrics.comparing`.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, ClassVar, NamedTuple

from django.http import QueryDict

from evaltool.base.errors import Problem
from rubrics.models import Criterion, Scope

Config = dict[str, Any]
Marks = Sequence[tuple[str, Any]]
"""Answers beside each other: the letter of who gave it (A, B, C; D a decision; Y you) and the value."""

Names = Mapping[str, str]
"""What a reader calls the responses, by id."""

LETTERS = "ABCDEFGHI"
NA: dict[str, bool] = {"na": True}


def is_na(value: Any) -> bool:
    """Whether a stored value says "not applicable"."""
    return isinstance(value, dict) and value.get("na") is True


class Refused(Exception):
    """A raw answer does not fit; `reasons` are sentences for the person who gave it."""

    def __init__(self, *reasons: str) -> None:
        super().__init__(" ".join(reasons))
        self.reasons = reasons


@dataclass(frozen=True)
class Place:
    """Where an answer stands: the task's content, "" for the task or the id of a response, and how it is shown.

    `order` are the ids of the responses as this person sees them; what it leaves out follows in file order. Only
    what is shown may depend on it, never a value.
    """

    content: Mapping[str, Any] = field(default_factory=dict)
    target: str = ""
    order: Sequence[str] = ()
    numbered: bool = False
    """Whether responses go by numbers, as with leads, for whom letters stand for evaluators."""

    @property
    def marks(self) -> str:
        """What the responses are called in the order shown: A, B, C … or 1, 2, 3 …"""
        return "123456789" if self.numbered else LETTERS

    @property
    def response_ids(self) -> list[str]:
        """Ids of the task's responses in file order."""
        return [response["id"] for response in self.content.get("responses", ())]

    @property
    def shown(self) -> list[str]:
        """Ids of the task's responses in the order shown: A, B, C …"""
        ids = self.response_ids
        return [one for one in self.order if one in ids] + [one for one in ids if one not in self.order]

    def transcript(self, criterion: Criterion) -> list[dict[str, str]] | None:
        """What was said with the project's model for this answer, as the server has it; None without a model."""
        found: list[dict[str, str]] | None = self.content.get("transcripts", {}).get(criterion.key, {}).get(self.target)
        return found

    @property
    def response(self) -> Mapping[str, Any]:
        """The response the answer is about; empty for the task."""
        return next((r for r in self.content.get("responses", ()) if r["id"] == self.target), {})


@dataclass(frozen=True)
class Conversation:
    """How far a person may talk with the project's model for one answer: turns of theirs, characters of a turn."""

    turns: int
    longest: int


class Span(NamedTuple):
    """A marked passage: half-open offsets in code points, its label's key, the quoted words, the label in words."""

    start: int
    end: int
    label: str
    text: str = ""
    title: str = ""


@dataclass(frozen=True)
class Scale:
    """The categories an answer falls into, for agreement and confusion; ordinal when their order is a scale."""

    categories: tuple[str, ...]
    ordinal: bool


@dataclass(frozen=True)
class Credit:
    """How an answer compares with the gold standard.

    `credit` is 0..1 and None when nothing is to be graded (`applicable` False). `error` is signed, in levels, above
    the gold positive, and None where the kind has no direction. `within` allows the criterion's tolerance, `exact`
    none. `critical_miss` makes the item wrong whatever else is right.
    """

    credit: float | None
    error: float | None = None
    exact: bool = False
    within: bool = False
    applicable: bool = True
    critical_miss: bool = False


UNGRADED = Credit(credit=None, applicable=False)


@dataclass(frozen=True)
class Difference:
    """How far two answers lie apart: `distance` 0..1, whether a person must decide, and why in words."""

    distance: float
    disagrees: bool = False
    critical: bool = False
    reason: str = ""


SAME = Difference(0.0)


class Kind(ABC):
    """One answer kind. Methods get clean values unless they say raw; they never raise but where stated."""

    name: ClassVar[str]
    title: ClassVar[str]
    help: ClassVar[str]
    na_posted: ClassVar[str] = "na"
    """The posted value that means N/A; "" where any text may be a value and N/A has a box of its own."""

    uses_tolerance: ClassVar[bool] = False
    """Whether a tolerance means something (levels of a scale)."""
    why: ClassVar[str] = "Why"
    """The question for a reason."""
    scopes: ClassVar[frozenset[str]] = frozenset(Scope.values)
    """What a criterion of this kind can be about."""
    marks_spans: ClassVar[bool] = False
    """Whether answers mark passages that other criteria can be about (`marks`)."""
    draws_on: ClassVar[str] = "responses"
    """The part of a task that can be `unfit` for it."""
    layout: ClassVar[str] = "read"
    """How the reading pane is laid out: "read" one after the other, "compare" responses side by side."""

    @property
    def template(self) -> str:
        """The control of the form: partial `control` of the kind's one template."""
        return f"rubrics/kinds/{self.name}.html#control"

    @property
    def read_template(self) -> str:
        """Several answers beside each other, read only: partial `read`."""
        return f"rubrics/kinds/{self.name}.html#read"

    @property
    def conversation_template(self) -> str:
        """What was said so far and what happens now: partial `conversation`, for kinds with a `conversation`."""
        return f"rubrics/kinds/{self.name}.html#conversation"

    @property
    def config_template(self) -> str:
        """The part of the rubric builder that edits the configuration: partial `config`."""
        return f"rubrics/kinds/{self.name}.html#config"

    # ------------------------------------------------------ configuration

    @abstractmethod
    def check_config(self, config: Any) -> list[Problem]:
        """What is wrong with a raw configuration; fields are paths inside it, as `levels.2.score`."""

    @abstractmethod
    def tidy_config(self, config: Config) -> Config:
        """A checked configuration in its one canonical form: defaults filled in, nothing else changed."""

    @abstractmethod
    def starting_config(self) -> Config:
        """What a new criterion of this kind starts from in the builder; need not pass the check."""

    @abstractmethod
    def config_from_post(self, data: QueryDict, prefix: str) -> Config:
        """The raw configuration posted by the `config` partial under `prefix`."""

    def config_context(self, config: Any) -> dict[str, Any]:
        """What the `config` partial needs besides `config` and `prefix`."""
        return {}

    def config_notes(self, config: Config) -> list[Problem]:
        """What is worth a look before publishing, though it does not stand in the way."""
        return []

    @abstractmethod
    def config_changes(self, old: Config, new: Config) -> list[str]:
        """What changed between two tidy configurations, in words, each a sentence."""

    def default_tolerance(self, config: Config) -> float:
        """The tolerance of a criterion that states none."""
        return 0

    # ------------------------------------------------------------ the form

    def from_post(self, criterion: Criterion, data: QueryDict, prefix: str) -> Any:
        """The raw answer posted under `prefix`, None if nothing was; must take whatever a client sends."""
        given = data.get(f"{prefix}.value")
        return None if given == self.na_posted else given

    def to_post(self, criterion: Criterion, raw: Any, prefix: str) -> dict[str, str | list[str]]:
        """The inverse of `from_post`: form fields that show a raw answer."""
        return {f"{prefix}.value": "" if raw is None else str(raw)}

    def is_blank(self, criterion: Criterion, raw: Any) -> bool:
        """Whether a raw answer says nothing yet."""
        return raw is None or raw == ""

    def is_done(self, criterion: Criterion, raw: Any, place: Place) -> bool:
        """Whether a raw answer leaves nothing open, as far as counting goes; `clean` decides."""
        return not self.is_blank(criterion, raw)

    @abstractmethod
    def form_context(self, criterion: Criterion, raw: Any, place: Place) -> dict[str, Any]:
        """What the `control` partial needs to show a raw answer."""

    @abstractmethod
    def clean(self, criterion: Criterion, raw: Any, place: Place) -> Any:
        """The value of a raw answer that is not blank. Idempotent. Raises Refused."""

    def marks(self, criterion: Criterion, raw: Any) -> list[Span]:
        """The passages a raw answer marks, none where it cannot be read; for kinds with `marks_spans`."""
        return []

    def cases(self, criterion: Criterion) -> list[tuple[str, str]]:
        """What a condition of another criterion can ask of an answer: (token, words).

        The tokens are what the control posts as `<prefix>.value`, so that a script can follow the condition. Kinds
        without categories have none.
        """
        scale = self.scale(criterion)
        return [(name, name) for name in scale.categories] if scale else []

    def cases_met(self, criterion: Criterion, value: Any) -> frozenset[str]:
        """The tokens of `cases` that a value meets."""
        scale, place = self.scale(criterion), self.position(criterion, value)
        return frozenset() if scale is None or place is None else frozenset({scale.categories[place]})

    def conversation(self, criterion: Criterion) -> Conversation | None:
        """Whether its answer comes from talking with the project's model, where there is one, and how far."""
        return None

    def prefill(self, criterion: Criterion, label: Any, place: Place) -> Any:
        """A raw answer made from a model's label, None where the label does not fit."""
        try:
            return self.clean(criterion, label, place)
        except Refused:
            return None

    def renamed(self, raw: Any, names: Names) -> Any:
        """The same raw answer where the responses have other ids (old to new), as a file's order is drawn anew."""
        return raw

    def asked(self, criterion: Criterion, content: Mapping[str, Any]) -> bool:
        """Whether a task of this content is asked this criterion at all."""
        return True

    def unfit(self, criterion: Criterion, content: Mapping[str, Any]) -> str:
        """Why a task of this content cannot be asked this criterion, in a sentence; "" when it can."""
        return ""

    # ----------------------------------------------------------- judgment

    def extreme(self, criterion: Criterion, value: Any) -> bool:
        """Whether the value lies so far out that the rationale rule "extreme" asks for a reason."""
        return False

    def extreme_words(self, criterion: Criterion) -> str:
        """The extreme values in words, as in "1, 2 or 5"; "" where there are none."""
        return ""

    def clean_key(self, criterion: Criterion, entry: Mapping[str, Any], place: Place) -> dict[str, Any]:
        """A clean gold entry {value, accepted} from a raw one. Raises Refused.

        The value always is among the accepted ones.
        """
        value = self.clean(criterion, entry.get("value"), place)
        given = entry.get("accepted")
        if given is not None and not isinstance(given, list):
            raise Refused("The accepted values are a list.")
        accepted = [self.clean(criterion, other, place) for other in given or ()]
        return {"value": value, "accepted": accepted if value in accepted else [value, *accepted]}

    @abstractmethod
    def grade(self, criterion: Criterion, value: Any, entry: Mapping[str, Any]) -> Credit:
        """The credit of a value against a clean gold entry; UNGRADED for kinds without gold."""

    @abstractmethod
    def difference(self, criterion: Criterion, a: Any, b: Any) -> Difference:
        """How far two values lie apart. The distance is symmetric and 0 for equal values."""

    @abstractmethod
    def settle(self, criterion: Criterion, values: Sequence[Any], weights: Sequence[float]) -> Any:
        """The consensus of at least one value; weights are positive. Of equal values it is that value."""

    def scale(self, criterion: Criterion) -> Scale | None:
        """The categories of this criterion, None where answers are not categories."""
        return None

    def position(self, criterion: Criterion, value: Any) -> int | None:
        """The index of the value among the categories of `scale`."""
        return None

    # ------------------------------------------------------- words and rows

    @abstractmethod
    def describe(self, criterion: Criterion, value: Any) -> str:
        """The value in words, on one line; responses are called by their number, as leads call them."""

    def describe_as(self, criterion: Criterion, value: Any, names: Names) -> str:
        """The value in the words of a reader who knows the responses by these names."""
        return self.describe(criterion, value)

    @abstractmethod
    def read_context(self, criterion: Criterion, marks: Marks) -> dict[str, Any]:
        """What the `read` partial needs to show several values beside each other."""

    def columns(self, criterion: Criterion) -> list[str]:
        """Names of the export columns after the criterion's key; "" is the key itself."""
        return [""]

    def export(self, criterion: Criterion, value: Any) -> dict[str, Any]:
        """One plain cell (text, number or None) per name in `columns`."""
        return {"": value}

    @abstractmethod
    def read_export(self, criterion: Criterion, cells: Mapping[str, str]) -> Any:
        """The value back from its cells as text; None where they are all empty."""
