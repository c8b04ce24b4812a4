"""What the API says about a project: every field is named here, none comes along by itself."""

from typing import Any

from rest_framework import serializers

from projects import policy_terms
from projects.models import GuidelineVersion, Membership, Policy, Project, Section
from projects.selectors import seen_standing


class PolicySerializer(serializers.ModelSerializer[Policy]):
    """The numbers in force."""

    class Meta:
        model = Policy
        fields = ("number", "created_at", *policy_terms.TERMS)


class ProjectSerializer(serializers.ModelSerializer[Project]):
    """A project and its policy."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    policy = PolicySerializer(read_only=True)

    class Meta:
        model = Project
        fields = ("id", "slug", "name", "description", "domains", "created_at", "policy")


class PlainProjectSerializer(serializers.ModelSerializer[Project]):
    """A project without its policy, whose numbers speak of gold: for those who judge."""

    id = serializers.UUIDField(source="public_id", read_only=True)

    class Meta:
        model = Project
        fields = ("id", "slug", "name", "description", "domains", "created_at")


class SectionSerializer(serializers.ModelSerializer[Section]):
    """One section of a guideline; `body` is Markdown."""

    class Meta:
        model = Section
        fields = ("number", "anchor", "title", "level", "body")


class GuidelineSerializer(serializers.ModelSerializer[GuidelineVersion]):
    """A guideline version with its sections."""

    title = serializers.CharField(source="guideline.title", read_only=True)
    sections = SectionSerializer(many=True, read_only=True)

    class Meta:
        model = GuidelineVersion
        fields = ("number", "title", "sha256", "change_note", "must_read", "published_at", "sections")


class MemberSerializer(serializers.ModelSerializer[Membership]):
    """A member as admins see them."""

    id = serializers.UUIDField(source="public_id", read_only=True)
    name = serializers.CharField(source="user.name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    standing = serializers.SerializerMethodField()

    class Meta:
        model = Membership
        fields = ("id", "name", "email", "pseudonym", "roles", "standing", "created_at")

    def get_standing(self, member: Membership) -> str:
        """The standing; nobody learns that they themselves are watched."""
        viewer: Any = self.context["request"].user
        return str(seen_standing(member, viewer))
