"""The answer kinds by name. A new kind is one file here, one template, one test file and one line in KINDS."""

from rubrics.kinds.base import Kind
from rubrics.kinds.checklist import Checklist
from rubrics.kinds.choice import Choice
from rubrics.kinds.claims import Claims
from rubrics.kinds.preference import Preference
from rubrics.kinds.prompt import Prompt
from rubrics.kinds.ranking import Ranking
from rubrics.kinds.rating import Rating
from rubrics.kinds.rewrite import Rewrite
from rubrics.kinds.spans import Spans
from rubrics.kinds.text import Text
from rubrics.models import Criterion

ALL: tuple[Kind, ...] = (
    Rating(),
    Choice(),
    Checklist(),
    Claims(),
    Text(),
    Preference(),
    Ranking(),
    Rewrite(),
    Prompt(),
    Spans(),
)
KINDS: dict[str, Kind] = {kind.name: kind for kind in ALL}


def kind_of(criterion: Criterion) -> Kind:
    """The kind of a criterion."""
    return KINDS[criterion.kind]


def kind_named(name: object) -> Kind:
    """The kind of this name; the first one for anything unknown, which only a draft can hold."""
    return KINDS.get(name if isinstance(name, str) else "") or next(iter(KINDS.values()))
