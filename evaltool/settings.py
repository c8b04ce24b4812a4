"""The only settings file. Everything a deployment may change is an environment variable read here."""

import os
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

BASE_DIR = Path(__file__).resolve().parent.parent


def env(name: str, default: str = "") -> str:
    """An environment variable as text."""
    return os.environ.get(name, default)


def env_bool(name: str, default: bool = False) -> bool:
    """An environment variable as yes or no."""
    return env(name, "1" if default else "0").lower() in {"1", "true", "yes", "on"}


def env_list(name: str) -> list[str]:
    """A comma-separated environment variable."""
    return [part.strip() for part in env(name).split(",") if part.strip()]


def database(url: str) -> dict[str, object]:
    """Django's settings for `postgres://user:pw@host:port/name` or `postgres:///name?host=/dir&user=u`."""
    parts = urlsplit(url)
    query = {key: values[-1] for key, values in parse_qs(parts.query).items()}
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": unquote(parts.path.lstrip("/")),
        "USER": query.get("user") or unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        "HOST": query.get("host") or parts.hostname or "",
        "PORT": query.get("port") or parts.port or "",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {"options": "-c lock_timeout=10000 -c idle_in_transaction_session_timeout=120000"},
    }


def mail_server(url: str) -> dict[str, object]:
    """Django's EMAIL_ settings for `smtp://user:pw@host:587?tls=1`, `smtps://…` or `file:///dir`."""
    parts = urlsplit(url)
    if parts.scheme == "file":
        return {"BACKEND": "django.core.mail.backends.filebased.EmailBackend", "FILE_PATH": unquote(parts.path)}
    safe = parts.scheme == "smtps"
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "HOST": parts.hostname or "localhost",
        "PORT": parts.port or (465 if safe else 25),
        "HOST_USER": unquote(parts.username or ""),
        "HOST_PASSWORD": unquote(parts.password or ""),
        "USE_SSL": safe,
        "USE_TLS": not safe and "1" in parse_qs(parts.query).get("tls", []),
        "TIMEOUT": 20,
    }


# local: started by `make up`; test: the suite; production: everything else.
ENVIRONMENT = "test" if env_bool("EVALTOOL_TEST") else env("EVALTOOL_ENV", "production")
LOCAL = ENVIRONMENT != "production"
DEBUG = env_bool("EVALTOOL_DEBUG")
SECRET_KEY = env("EVALTOOL_SECRET_KEY") or ("test-only-key-" * 5 if ENVIRONMENT == "test" else "")
SECRET_KEY_FALLBACKS = env_list("EVALTOOL_OLD_SECRET_KEYS")
LOOPBACK = ["127.0.0.1", "localhost", "[::1]", "testserver"]
ALLOWED_HOSTS = env_list("EVALTOOL_ALLOWED_HOSTS") or (LOOPBACK if LOCAL else [])
CSRF_TRUSTED_ORIGINS = env_list("EVALTOOL_TRUSTED_ORIGINS")
# Whether admins may name model endpoints inside the operator's own network.
ALLOW_PRIVATE_ENDPOINTS = env_bool("EVALTOOL_ALLOW_PRIVATE_ENDPOINTS")
DATA_DIR = Path(env("EVALTOOL_DATA_DIR", str(BASE_DIR / "var")))

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "axes",
    "csp",
    "django_htmx",
    "template_partials",
    "rest_framework",
    "drf_spectacular",
    "evaltool.base",
    "accounts",
    "projects",
    "rubrics",
    "tasks",
    "reviews",
    "quality",
    "exports",
    "evaltool",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "evaltool.base.middleware.PrivatePages",
    "evaltool.base.middleware.PlainRefusals",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "evaltool.urls"
WSGI_APPLICATION = "evaltool.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "evaltool.base.pages.shell",
            ],
            "builtins": ["template_partials.templatetags.partials"],
        },
    }
]

DATABASES = {"default": database(env("DATABASE_URL", "postgres:///evaltool"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env("REDIS_URL", "redis://127.0.0.1:6379/0")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "evaltool",
        "TIMEOUT": 24 * 3600,
        # A silent Redis must not hold up a page: what it keeps can be had again.
        "OPTIONS": {"socket_connect_timeout": 1, "socket_timeout": 1},
    }
}

# Truth lives in PostgreSQL alone: sessions too, so that an emptied Redis signs nobody out.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = 14 * 24 * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
PASSWORD_HASHERS = (
    ["django.contrib.auth.hashers.MD5PasswordHasher"]  # tests sign in hundreds of times
    if ENVIRONMENT == "test"
    else ["django.contrib.auth.hashers.Argon2PasswordHasher"]
)
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "accounts:sign_in"

AXES_FAILURE_LIMIT = 6
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]  # a stranger cannot lock somebody out for ever
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_out"
AXES_USERNAME_FORM_FIELD = "username"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False
# The address is unique whatever its case, by an index on lower(email), which this check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]

LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = Path(env("EVALTOOL_STATIC_ROOT", str(BASE_DIR / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = LOCAL
WHITENOISE_AUTOREFRESH = DEBUG
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if LOCAL
        else "evaltool.base.static_files.HashedFiles"
    },
}
# Uploaded and exported files: never served by path, only through scoped views.
MEDIA_ROOT = DATA_DIR / "files"

# Without a mail server mails are written into files, where whoever runs the installation finds them.
for _name, _value in mail_server(env("EVALTOOL_MAIL_URL") or (DATA_DIR / "mail").absolute().as_uri()).items():
    globals()[f"EMAIL_{_name}"] = _value
DEFAULT_FROM_EMAIL = env("EVALTOOL_MAIL_FROM", "evaltool <evaltool@localhost>")
MEDIA_URL = "/files-are-never-served-by-path/"
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
FILE_UPLOAD_PERMISSIONS = 0o600
IMPORT_MAX_BYTES = 200 * 1024 * 1024
IMPORT_MAX_LINE_BYTES = 2 * 1024 * 1024
IMPORT_MAX_ROWS = 1_000_000

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
        "manifest-src": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if not LOCAL:
    SECURE_SSL_REDIRECT = env_bool("EVALTOOL_SSL_REDIRECT", True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
    SECURE_HSTS_SECONDS = 365 * 24 * 3600
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
    SESSION_COOKIE_SECURE = True
    CSRF_COOKIE_SECURE = True
    SESSION_COOKIE_NAME = "__Host-session"
    CSRF_COOKIE_NAME = "__Host-csrf"
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env_bool("EVALTOOL_BEHIND_PROXY") else None

CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://").replace("?db=", "?virtual_host=")
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 30 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 28 * 60
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
# A broker that is away must not hold up a submission: fail at once, the sweep sends it later.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 1,
}
CELERY_TIMEZONE = "UTC"
# A tick that waited longer than its period is dropped: sweeps find everything anyway.
CELERY_BEAT_SCHEDULE = {
    "run what is due": {"task": "evaltool.base.jobs.sweep_todos", "schedule": 5.0, "options": {"expires": 5}},
    "give back expired leases": {"task": "tasks.jobs.sweep_leases", "schedule": 20.0, "options": {"expires": 20}},
    "distribute seats": {"task": "tasks.jobs.distribute_released", "schedule": 20.0, "options": {"expires": 20}},
    "note that jobs run": {"task": "evaltool.jobs.canary", "schedule": 30.0, "options": {"expires": 30}},
}

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["projects.api_auth.ApiKeyAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_PAGINATION_CLASS": "rest_framework.pagination.CursorPagination",
    "DEFAULT_THROTTLE_CLASSES": ["rest_framework.throttling.UserRateThrottle"],
    "DEFAULT_THROTTLE_RATES": {"user": "6000/hour" if ENVIRONMENT != "test" else "1000000/hour"},
    "EXCEPTION_HANDLER": "projects.api_errors.handle",
    "PAGE_SIZE": 50,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "evaltool API",
    "DESCRIPTION": "The same commands as the pages: create a batch, claim, draft, submit, adjudicate, export.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "SERVE_AUTHENTICATION": ["projects.api_auth.ApiKeyAuthentication"],
    "ENUM_NAME_OVERRIDES": {
        "AlertStateEnum": "quality.models.Alert.State",
        "AssignmentStateEnum": "tasks.models.Assignment.State",
        "BatchStateEnum": "tasks.models.Batch.State",
        "ClarificationStateEnum": "reviews.models.Clarification.State",
        "DisagreementStateEnum": "reviews.models.Disagreement.State",
        "ExportStateEnum": "exports.models.Export.State",
        "FlagKindEnum": "reviews.models.Flag.Kind",
        "FlagStateEnum": "reviews.models.Flag.State",
        "ImportStateEnum": "tasks.models.ImportRun.State",
        "RubricVersionStateEnum": "rubrics.models.RubricVersion.State",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env("EVALTOOL_LOG_LEVEL", "INFO" if ENVIRONMENT != "test" else "ERROR")},
}
