"""What can be done to a project: one module per matter, one door for those above."""

from projects.commands.documents import upload_guideline_file, use_guideline_file
from projects.commands.endpoint import disable_endpoint, set_endpoint, try_endpoint
from projects.commands.guideline import publish_guideline, save_guideline_draft
from projects.commands.invitations import accept_invitation, invite, revoke_invitation
from projects.commands.keys import create_api_key, revoke_api_key
from projects.commands.people import (
    add_member,
    change_standing,
    grant_expertise,
    set_roles,
    withdraw_expertise,
)
from projects.commands.reading import acknowledge_guideline, answer_checks, note_reading
from projects.commands.setup import change_policy, create_project, describe_project, set_domains

__all__ = [
    "accept_invitation",
    "acknowledge_guideline",
    "add_member",
    "answer_checks",
    "change_policy",
    "change_standing",
    "create_api_key",
    "create_project",
    "describe_project",
    "disable_endpoint",
    "grant_expertise",
    "invite",
    "note_reading",
    "publish_guideline",
    "revoke_api_key",
    "revoke_invitation",
    "save_guideline_draft",
    "set_domains",
    "set_endpoint",
    "set_roles",
    "try_endpoint",
    "upload_guideline_file",
    "use_guideline_file",
    "withdraw_expertise",
]
