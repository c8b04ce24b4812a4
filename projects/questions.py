"""Check questions: a few words after a section that show whether it was understood.

They stand in the guideline's own text, so that a version freezes them and a diff shows them:

    ```check
    A response is right but rude. Which level of accuracy?
    - 3, because of the tone
    - [x] 5
    Accuracy is about what is said. Tone has a criterion of its own.
    ```

One question a block: its words, two to eight options of which at least one is marked, then why, if there is more.
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass

from evaltool.base.errors import Problem
from evaltool.base.sections import Section as Found
from projects.models import Section

BLOCK = re.compile(r"^```check[ \t]*\n(.*?)^```[ \t]*$\n?", re.MULTILINE | re.DOTALL)
OPTION = re.compile(r"^[-*]\s+(?:\[(?P<mark>[ xX])\]\s+)?(?P<text>\S.*)$")
FEWEST, MOST = 2, 8


@dataclass(frozen=True)
class Question:
    """A question with its options; `right` holds the places of the right ones, `why` is shown after an answer."""

    text: str
    options: list[str]
    right: list[int]
    why: str = ""


def cut(body: str) -> tuple[str, list[Question]]:
    """A section's text without its question blocks, and the questions in order, sound or not."""
    found = [_question(block) for block in BLOCK.findall(body)]
    return (BLOCK.sub("", body).strip(), found) if found else (body, [])


def _question(block: str) -> Question:
    before: list[str] = []
    options: list[str] = []
    after: list[str] = []
    right: list[int] = []
    for line in block.split("\n"):
        option = OPTION.match(line.strip())
        if option and not after:
            if (option["mark"] or " ") in "xX":
                right.append(len(options))
            options.append(option["text"].strip())
        elif line.strip():
            (after if options else before).append(line.strip())
    return Question(" ".join(before), options, right, " ".join(after))


def problems(found: Iterable[Found]) -> list[Problem]:
    """What is wrong with the questions of these sections."""
    wrong = []
    for part in found:
        for number, question in enumerate(cut(part.body)[1], 1):
            if reason := _fault(question):
                wrong.append(Problem("source", f"Check question {number} of {part.number} {part.title}: {reason}"))
    return wrong


def _fault(question: Question) -> str:
    if not question.text:
        return "it asks nothing. Write the question before its options."
    if not FEWEST <= len(question.options) <= MOST:
        return f"it has {len(question.options)} options; {FEWEST} to {MOST} are allowed."
    if not question.right:
        return "no option is marked as right with [x]."
    return ""


def as_json(body: str) -> list[dict[str, object]]:
    """The questions of a section as it stores them."""
    return [asdict(question) for question in cut(body)[1]]


@dataclass(frozen=True)
class Asked:
    """One question put to a person: the name of its field, its section, and what was chosen."""

    name: str
    section: Section
    number: int
    question: Question
    chosen: list[int]

    @property
    def is_right(self) -> bool:
        """Whether exactly the right options are chosen."""
        return self.chosen == self.question.right

    @property
    def several(self) -> bool:
        """Whether more than one option is right, so that several can be chosen."""
        return len(self.question.right) > 1


def asked(sections: Iterable[Section], answers: Mapping[str, list[str]]) -> list[Asked]:
    """The questions of published sections with what was posted for them, by field name `q.<anchor>.<number>`."""
    found = []
    for section in sections:
        for number, row in enumerate(section.questions):
            name = f"q.{section.anchor}.{number}"
            chosen = sorted({int(one) for one in answers.get(name, []) if one in map(str, range(MOST))})
            found.append(Asked(name, section, number, Question(**row), chosen))
    return found
