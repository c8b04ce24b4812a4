"""Many people at once, from a table: email, name, roles, expertise."""

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from django.db import transaction

from accounts.models import User
from evaltool.base.errors import Invalid, Problem
from projects.commands.invitations import invite
from projects.models import Expertise, Invitation, Membership, Project, Role

COLUMNS = ("email", "name", "roles", "expertise")
MOST = 1_000
LEVELS = {Expertise.Level(level).label.lower(): level for level in Expertise.Level.values}


@dataclass(frozen=True)
class Row:
    """One person of the table: the line they stand on (the heading is line 1) and what to invite them as."""

    line: int
    email: str
    name: str
    roles: list[str]
    expertise: dict[str, int]


@dataclass
class Table:
    """What a table asks for: rows that can be invited, those that change nothing, and every problem by line."""

    rows: list[Row] = field(default_factory=list)
    unchanged: list[Row] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def read_table(project: Project, text: str) -> Table:
    """Read a CSV table with a heading line; nothing is written. Raises Invalid when it is no such table.

    `roles` are separated by semicolons and default to evaluator; `expertise` is `domain: level; domain`, the level
    one of the names or numbers of Expertise.Level, professional if left out.
    """
    found, seen = Table(), set[str]()
    known = set(Membership.objects.present().filter(project=project).values_list("user__email", flat=True))
    waiting = {one.email: one for one in _waiting(project)}
    for line, cells in _lines(text):
        row, problems = _row(project, line, cells)
        if row.email in seen:
            problems.append(Problem("email", "This address stands in the table twice.", row=line))
        seen.add(row.email)
        if problems:
            found.problems += problems
        elif row.email in known or _same(waiting.get(row.email), row):
            found.unchanged.append(row)
        else:
            found.rows.append(row)
    return found


@transaction.atomic
def invite_many(
    *, project: Project, text: str, leave_out_bad: bool = False, by: User, link: Callable[[str], str]
) -> Table:
    """Invite everybody in a table by mail, all or nothing; the same table again invites nobody twice.

    Raises Invalid naming every bad row unless these are expressly left out.
    """
    Project.objects.select_for_update(no_key=True).get(pk=project.pk)
    found = read_table(project, text)
    if found.problems and not leave_out_bad:
        raise Invalid(found.problems)
    for row in found.rows:
        invite(
            project=project, email=row.email, name=row.name, roles=row.roles, expertise=row.expertise, by=by, link=link
        )
    return found


def _waiting(project: Project) -> Iterator[Invitation]:
    rows = Invitation.objects.filter(project=project, accepted_at__isnull=True, revoked_at__isnull=True)
    return (row for row in rows if row.is_open)


def _same(invitation: Invitation | None, row: Row) -> bool:
    return invitation is not None and (invitation.roles, invitation.expertise) == (row.roles, row.expertise)


def _lines(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), strict=True)
    try:
        heading = [cell.strip().lower() for cell in next(reader, [])]
        _check_heading(heading)
        for count, cells in enumerate(filter(any, reader)):
            if count >= MOST:
                raise Invalid([Problem("file", f"A table has at most {MOST:,} people. Split it.")])
            yield reader.line_num, dict(zip(heading, (cell.strip() for cell in cells), strict=False))
    except csv.Error as error:
        raise Invalid([Problem("file", f"This is not a CSV table: {error} in line {reader.line_num}.")]) from error


def _check_heading(heading: list[str]) -> None:
    unknown = [name for name in heading if name not in COLUMNS]
    if "email" not in heading or unknown:
        named = f" {unknown[0][:40]} is not one of them." if unknown else ""
        reason = f"The first line names the columns: email, and if you like name, roles, expertise.{named}"
        raise Invalid([Problem("file", reason)])


def _row(project: Project, line: int, cells: dict[str, str]) -> tuple[Row, list[Problem]]:
    from django.core.exceptions import ValidationError
    from django.core.validators import validate_email

    problems: list[Problem] = []
    email = cells.get("email", "").lower()
    try:
        validate_email(email)
    except ValidationError:
        problems.append(Problem("email", f"{email[:60] or 'Nothing'} is not an e-mail address.", row=line))
    roles = _roles(cells.get("roles", ""), line, problems)
    skills, wrong = read_expertise(project, cells.get("expertise", ""), line)
    problems += wrong
    return Row(line, email, cells.get("name", "")[:120], roles, skills), problems


def _roles(cell: str, line: int, problems: list[Problem]) -> list[str]:
    named = {part.strip().lower().replace(" ", "_") for part in cell.split(";") if part.strip()} or {Role.EVALUATOR}
    problems += [
        Problem("roles", f"There is no role {name[:40]}. Roles are admin, qa_lead and evaluator.", row=line)
        for name in sorted(named.difference(Role.values))
    ]
    return [role for role in Role.values if role in named]


def read_expertise(project: Project, text: str, row: int | None = None) -> tuple[dict[str, int], list[Problem]]:
    """`finance: expert; law` as {domain: level}, and what is wrong with it."""
    found: dict[str, int] = {}
    problems: list[Problem] = []
    for part in filter(None, (part.strip().lower() for part in text.split(";"))):
        domain, _, named = (piece.strip() for piece in part.partition(":"))
        level = LEVELS.get(named or "professional", int(named) if named in {"1", "2", "3"} else 0)
        if not level:
            reason = f"{named[:40]} is no level. Levels are {', '.join(LEVELS)}."
            problems.append(Problem("expertise", reason, row=row))
        elif project.domains and domain not in project.domains:
            problems.append(Problem("expertise", f"The project has no domain {domain[:40]}.", row=row))
        else:
            found[domain] = level
    return found, problems
