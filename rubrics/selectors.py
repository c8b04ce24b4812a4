"""Reads over rubrics, and the getters through which pages and API reach them."""

from uuid import UUID

from django.db.models import Count, Prefetch, Q, QuerySet
from django.shortcuts import get_object_or_404

from accounts.models import User
from projects.access import Permission, get_project_for, require
from projects.models import Project
from rubrics.differing import judged_anew
from rubrics.models import Rubric, RubricVersion

State = RubricVersion.State


def get_rubric_for(user: User, slug: str, public_id: UUID, permission: Permission) -> Rubric:
    """The rubric (with its project) in the project of this slug if the user holds the permission, or Http404."""
    project = get_project_for(user, slug, permission)
    return get_object_or_404(Rubric.objects.select_related("project"), project=project, public_id=public_id)


def get_version_for(user: User, public_id: UUID, permission: Permission) -> RubricVersion:
    """The version (with rubric and project) if the user holds the permission in its project, or Http404."""
    version = get_object_or_404(RubricVersion.objects.select_related("rubric__project"), public_id=public_id)
    require(user, permission, version.rubric.project)
    return version


def rubrics_of(project: Project) -> QuerySet[Rubric]:
    """The project's rubrics by name, each with `versions` newest first."""
    versions = RubricVersion.objects.annotate(criteria_count=Count("criteria")).order_by("-number")
    return Rubric.objects.filter(project=project).prefetch_related(Prefetch("versions", versions)).order_by("name")


def versions_of(rubric: Rubric) -> QuerySet[RubricVersion]:
    """The rubric's versions, newest first, with who wrote them."""
    return rubric.versions.select_related("created_by", "rubric__project").order_by("-number")


def draft_of(rubric: Rubric) -> RubricVersion | None:
    """The version being written, if any."""
    return versions_of(rubric).filter(state=State.DRAFT).first()


def versions_in(project: Project, *, drafts: bool) -> QuerySet[RubricVersion]:
    """Every version of the project's rubrics, with or without drafts."""
    rows = RubricVersion.objects.filter(rubric__project=project).select_related("rubric__project")
    return rows if drafts else rows.exclude(state=State.DRAFT)


def rubric_named(project: Project, name: str) -> Rubric | None:
    """The project's rubric of exactly this name, if any."""
    return Rubric.objects.filter(project=project, name=name).first()


def published_versions(project: Project) -> QuerySet[RubricVersion]:
    """Versions a new batch may use, by rubric name, newest first."""
    rows = RubricVersion.objects.filter(rubric__project=project, state=State.PUBLISHED)
    return rows.select_related("rubric__project").order_by("rubric__name", "-number")


def current_version(project: Project, name: str = "") -> RubricVersion | None:
    """The newest published version of the project's rubric of this name; without a name, of any."""
    rows = published_versions(project).filter(Q(rubric__name__iexact=name) if name else Q())
    return rows.order_by("-published_at", "-number").first()


def changes_judgment(before: RubricVersion, version: RubricVersion) -> bool:
    """Whether a version after `before`, up to and with `version`, was published as changing judgment."""
    between = RubricVersion.objects.filter(rubric=version.rubric_id, change=RubricVersion.Change.JUDGEMENT)
    return between.filter(number__gt=before.number, number__lte=version.number).exclude(state=State.DRAFT).exists()


def last_that_changes_judgment(rubric: Rubric, number: int) -> int:
    """The number of the last version up to this one that changes judgment, 0 when none does.

    A draft counts as its author means it so far.
    """
    rows = RubricVersion.objects.filter(rubric=rubric, number__lte=number, change=RubricVersion.Change.JUDGEMENT)
    return rows.order_by("-number").values_list("number", flat=True).first() or 0


def judged_differently(before: RubricVersion, version: RubricVersion) -> set[str]:
    """Keys of the criteria of `before` whose answers may be others under `version`; none where only words changed."""
    return judged_anew(before.body, version.body) if changes_judgment(before, version) else set()
