"""People, what they are told, and the record of decisions."""

import uuid
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.db import models
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from accounts.keys import keys_of
from evaltool.base.models import PublicModel


class UserManager(BaseUserManager["User"]):
    """Finds and makes people by e-mail."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """The person with this e-mail address, whatever its case."""
        return self.get(email__iexact=username)

    def make(self, *, email: str, name: str, password: str | None = None, **extra: Any) -> "User":
        """A new person; without a password nobody can sign in as them yet."""
        user = self.model(email=self.normalize_email(email).lower(), name=name, **extra)
        user.set_password(password)
        user.save(using=self._db)
        return user


class User(PublicModel, AbstractBaseUser):
    """A person who signs in by e-mail."""

    class Theme(models.TextChoices):
        SYSTEM = "system", "Follow the system"
        LIGHT = "light", "Light"
        DARK = "dark", "Dark"

    class TextSize(models.TextChoices):
        NORMAL = "normal", "Normal"
        LARGE = "large", "Large"

    class Reading(models.TextChoices):
        SERIF = "serif", "Serif"
        SANS = "sans", "Sans"

    email = models.EmailField()
    name = models.CharField(max_length=120)
    is_active = models.BooleanField(default=True)
    may_create_projects = models.BooleanField(default=False)
    time_zone = models.CharField(max_length=64, default="UTC")
    theme = models.CharField(max_length=10, choices=Theme, default=Theme.SYSTEM)
    text_size = models.CharField(max_length=10, choices=TextSize, default=TextSize.NORMAL)
    reading = models.CharField(max_length=10, choices=Reading, default=Reading.SERIF)
    single_keys = models.BooleanField(default=True)
    keys = models.JSONField(default=dict, blank=True)  # action to key, where it differs from accounts.keys.ACTIONS
    degree = models.CharField(max_length=200, blank=True)
    fields = models.CharField(max_length=300, blank=True)
    languages = models.CharField(max_length=200, blank=True)
    jurisdictions = models.CharField(max_length=200, blank=True)
    credentials = models.TextField(blank=True)
    experience = models.TextField(blank=True)
    hours_per_week = models.PositiveSmallIntegerField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar = ["name"]
    objects = UserManager()

    class Meta:
        constraints: ClassVar = [models.UniqueConstraint(Lower("email"), name="user_email_unique")]

    def __str__(self) -> str:
        return self.name

    @cached_property
    def own_keys(self) -> dict[str, str]:
        """The key of every action, for templates; none while single keys are turned off."""
        return keys_of(self.keys) if self.single_keys else {}

    @property
    def initials(self) -> str:
        """One or two letters for the avatar."""
        parts = self.name.split()
        return "".join(part[0] for part in (parts[:1] + parts[1:][-1:])).upper()


class Notification(PublicModel):
    """A short message to one person, with a page to go to."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="notifications")
    kind = models.CharField(max_length=60)
    text = models.CharField(max_length=500)
    url = models.CharField(max_length=300, blank=True)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["user", "-created_at"], name="notification_by_user")]

    def __str__(self) -> str:
        return self.text


class AuditEvent(models.Model):
    """A decision: who did what to which object, when. Ids only, never texts; rows are never changed.

    `scope` is the public id of the project concerned, if any: this floor knows no projects.
    """

    at = models.DateTimeField()
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    action = models.CharField(max_length=80)
    scope = models.UUIDField(null=True)
    target_kind = models.CharField(max_length=60)
    target = models.UUIDField(null=True)
    data = models.JSONField(default=dict)
    event_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["scope", "-id"], name="audit_by_scope")]

    def __str__(self) -> str:
        return f"{self.action} {self.target_kind}"


class Mail(PublicModel):
    """A mail on its way. Its text is kept only until it is sent: it may hold a one-time link."""

    address = models.EmailField()
    subject = models.CharField(max_length=200)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes: ClassVar = [models.Index(fields=["-created_at"], name="mail_newest")]

    def __str__(self) -> str:
        return f"{self.subject} to {self.address}"
