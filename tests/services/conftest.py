"""A place to run in, and instances that are stopped whatever happens."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.services.instances import Instance


@pytest.fixture(autouse=True)
def _empty_cache() -> None:
    """Nothing here touches the project's cache, so there is nothing to empty."""


@pytest.fixture
def place() -> Iterator[Path]:
    """A short directory that every account can pass through, as a checkout under /srv would be."""
    made = Path(tempfile.mkdtemp(prefix="evt-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def start() -> Iterator[Callable[..., Instance]]:
    """Start instances; whatever still runs at the end is stopped."""
    started: list[Instance] = []

    def begin(data: Path, **changes: str) -> Instance:
        started.append(Instance(data, **changes))
        return started[-1]

    yield begin
    for instance in started:
        instance.clean_up()
