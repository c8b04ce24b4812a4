"""What follows a new version in the work: rooms above say what would happen, and make it so with the publication."""

from collections.abc import Callable
from dataclasses import dataclass, field

from accounts.models import User
from rubrics.models import Rubric, RubricVersion


@dataclass(frozen=True)
class Forecast:
    """What moving the unstarted work of a rubric to a version would do.

    `unstarted` tasks move; `begun` ones stay under the versions `numbers`; `keys` are gold keys in use there;
    `waiting` are names of batches with a file on its way, which stay until it is in.
    """

    batches: int = 0
    unstarted: int = 0
    begun: int = 0
    keys: int = 0
    numbers: list[int] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)

    @property
    def anything(self) -> bool:
        """Whether any batch is under an earlier version."""
        return bool(self.batches or self.waiting)


@dataclass(frozen=True)
class Work:
    """The work of a rubric: `forecast(rubric, number)`, and `move(version, by)` in the caller's transaction."""

    forecast: Callable[[Rubric, int], Forecast]
    move: Callable[[RubricVersion, User], None]


_work: list[Work] = []


def register(work: Work) -> None:
    """Name the room that holds the work; called once from `AppConfig.ready()`."""
    _work[:] = [work]


def forecast(rubric: Rubric, number: int) -> Forecast:
    """What would follow if unstarted work went to the version of this number."""
    return _work[0].forecast(rubric, number) if _work else Forecast()


def move(version: RubricVersion, by: User) -> None:
    """Take unstarted work along to a version that was just published."""
    for work in _work:
        work.move(version, by)
