"""``python -m evaltool.services VERB``: up, test, run, manage."""

import os
import sys
from collections.abc import Callable, Mapping, Sequence

from . import verbs
from .errors import ServiceError, ToldToStop
from .processes import end_with_parent

USAGE = """usage: python -m evaltool.services VERB
  up               start everything and stay until Ctrl-C
  test [ARGS]      run pytest on throw-away services
  run -- COMMAND   run a command on throw-away services
  manage ARGS      run manage.py on the running instance, or on one started for it"""


Verb = Callable[[Sequence[str]], int]
VERBS: dict[str, Verb] = {"up": verbs.up, "test": verbs.test, "run": verbs.run, "manage": verbs.manage}


def main(arguments: Sequence[str], known: Mapping[str, Verb] = VERBS) -> int:
    """Do what the verb says; a clear message and status 1 when that is not possible."""
    verb, rest = (arguments[0], list(arguments[1:])) if arguments else ("", [])
    if verb not in known:
        print(USAGE, file=sys.stderr)
        return 2
    if "MAKELEVEL" in os.environ:
        end_with_parent()
    try:
        return known[verb](rest[1:] if rest[:1] == ["--"] else rest)
    except ServiceError as error:
        print(f"evaltool: {error}", file=sys.stderr)
        return 1
    except ToldToStop as told:
        return 128 + told.number


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
