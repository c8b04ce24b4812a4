"""Keys to the API, and the model that prompt writers talk to."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from accounts.models import User
from evaltool.base.models import PublicModel
from projects.models.project import Project


class ApiKey(PublicModel):
    """A key to the API: shown once, kept as a hash, bound to its owner's rights and one project."""

    owner = models.ForeignKey(User, on_delete=models.CASCADE, related_name="api_keys")
    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="api_keys")
    name = models.CharField(max_length=80)
    prefix = models.CharField(max_length=12)
    sha256 = models.CharField(max_length=64, unique=True)
    scopes = ArrayField(models.CharField(max_length=40), default=list)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.prefix}… {self.name}"


class ModelEndpoint(PublicModel):
    """The model that prompt writers of a project talk to: an OpenAI-compatible address. The key is stored sealed."""

    project = models.OneToOneField(Project, on_delete=models.CASCADE, related_name="endpoint")
    address = models.URLField(max_length=300)
    model = models.CharField(max_length=200)
    sealed_key = models.TextField(blank=True)
    system_prompt = models.TextField(blank=True)
    max_tokens = models.PositiveIntegerField(default=1024)
    timeout_seconds = models.PositiveSmallIntegerField(default=60)
    enabled = models.BooleanField(default=True)
    changed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    changed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.model} for {self.project}"
