"""Reading exports; only for those who may export in the project."""

from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404

from accounts.models import User
from exports.models import Export
from projects.access import Permission, get_project_for, require
from projects.models import Project


def get_export_for(user: User, slug: str, public_id: UUID) -> Export:
    """The export if the user may export in its project, or Http404."""
    project = get_project_for(user, slug, Permission.EXPORT)
    found = Export.objects.select_related("project", "batch", "requested_by").filter(
        project=project, public_id=public_id
    )
    export = found.first()
    if export is None:
        raise Http404
    return export


def get_any_export_for(user: User, public_id: UUID) -> Export:
    """The export by its id alone, for the API; Http404 without the right to export there."""
    found = Export.objects.select_related("project", "batch").filter(public_id=public_id).first()
    if found is None:
        raise Http404
    require(user, Permission.EXPORT, found.project)
    return found


def exports_of(project: Project) -> QuerySet[Export]:
    """A project's exports, the newest first."""
    return Export.objects.filter(project=project).select_related("batch").order_by("-requested_at", "-pk")


def filename(export: Export, ending: str) -> str:
    """What a downloaded file is called: project, batch, content, day."""
    where = export.batch.public_id.hex[:8] if export.batch else "all"
    day = (export.snapshot_at or export.requested_at).strftime("%Y%m%d-%H%M%S")
    return f"{export.project.slug}_{where}_{export.content}_{day}.{ending}"
