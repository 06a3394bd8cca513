"""Settings shared by every shape. The environment is read here and nowhere else."""

from __future__ import annotations

import os
from pathlib import Path

import environ
from celery.schedules import crontab
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent.parent
env = environ.Env()

SECRET_KEY = env("SECRET_KEY", default="")
DEBUG = False
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=[])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# Rightmost addresses that may set X-Forwarded-For; empty means the peer's address is the client's.
TRUSTED_PROXIES: list[str] = env.list("TRUSTED_PROXIES", default=[])
# Under var/ live the embedded database, uploads and the demo's keys.
VAR_DIR = Path(env("OTKLIK_VAR", default=str(BASE_DIR / "var")))
# Where the single process listens; the cluster's servers are told by their own command line.
PORT = env("PORT", default="8000")

INSTALLED_APPS = [
    "apps.core.admin_config.OtklikAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "allauth",
    "allauth.account",
    "allauth.usersessions",
    "axes",
    "csp",
    "pgtrigger",
    "pghistory",
    "rest_framework",
    "django_filters",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "import_export",
    "config",
    "apps.core",
    "apps.channels",
    "apps.operators",
    "apps.conversations",
    "apps.bots",
    "apps.routing",
    "apps.analytics",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "apps.core.middleware.NoNulMiddleware",
    "apps.core.static_files.StaticFilesMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.core.middleware.StaffSessionMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
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
                "apps.core.context.brand",
                "apps.core.context.letters",
            ],
        },
    },
]

# --- Database -----------------------------------------------------------------------------------
DATABASE_URL = env("DATABASE_URL", default="")
EMBEDDED_DATABASE = not DATABASE_URL
if EMBEDDED_DATABASE:
    from apps.core.embedded import connection_settings

    DATABASES = {"default": connection_settings(VAR_DIR)}
else:
    DATABASES = {"default": env.db_url_config(DATABASE_URL)}
DATABASES["default"].update(
    {
        # A connection per message costs 15 CPU-ms: keep them open.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        "DISABLE_SERVER_SIDE_CURSORS": True,
    }
)
DATABASES["default"].setdefault("OPTIONS", {}).update({"connect_timeout": 5})
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
# Threads that run hot SQL beside the event loop, each with a connection of its own.
HOT_THREADS = env.int("HOT_THREADS", default=6)
# Threads of a web process for pages and REST, each with a connection of its own.
PAGE_THREADS = env.int("PAGE_THREADS", default=8)
# True runs hot SQL on the calling thread (ordinary tests only).
HOT_INLINE = False

# --- Redis: bus, control messages, broker -----------------------------------------------------------
REDIS_URL = env("REDIS_URL", default="")
CHANNEL_LAYERS = {
    "default": (
        {"BACKEND": "channels_redis.pubsub.RedisPubSubChannelLayer", "CONFIG": {"hosts": [REDIS_URL]}}
        if REDIS_URL
        else {"BACKEND": "channels.layers.InMemoryChannelLayer"}
    )
}
CACHES = {
    "default": (
        {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
        if REDIS_URL
        # Limits are counted here: the default of 300 entries would forget them under the first flood.
        else {
            "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
            "OPTIONS": {"MAX_ENTRIES": 100_000},
        }
    )
}

# --- Incoming and outgoing messages of providers ----------------------------------------------------
WEBHOOK_MAX_BYTES = env.int("WEBHOOK_MAX_BYTES", default=5 * 1024 * 1024)
# How long a provider's raw request is kept, encrypted, so that it can be replayed.
RAW_UPDATE_DAYS = env.int("RAW_UPDATE_DAYS", default=30)
# How long a contact that a customer left is kept once it is closed, in days; 0: for good.
LEAD_DAYS = env.int("LEAD_DAYS", default=365)
# Requests to providers that leave at the same time from one worker; 0 sends on the calling thread (tests).
DELIVERY_THREADS = env.int("DELIVERY_THREADS", default=8)

# --- Celery -------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL or "memory://localhost"
CELERY_BROKER_TRANSPORT_OPTIONS = {} if REDIS_URL else {"polling_interval": 0.05}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "apps.conversations.tasks.ingest_*": {"queue": "inbound"},
    "apps.conversations.tasks.deliver_due": {"queue": "outbound"},
    "apps.conversations.tasks.send_letters": {"queue": "outbound"},
    "apps.core.tasks.send_webhooks": {"queue": "outbound"},
    # It waits for the bank's system: never in the lane that places everybody else.
    "apps.routing.tasks.look_up": {"queue": "default"},
    "apps.routing.tasks.*": {"queue": "routing"},
    "apps.analytics.tasks.*": {"queue": "reports"},
}
LANES = ("inbound", "poll", "outbound", "routing", "default", "reports")
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# Otherwise Celery reconnects to the database around every task (half of a short task's CPU).
CELERY_DB_REUSE_MAX = 10_000
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "celery.beat:Scheduler"
CELERY_BEAT_SCHEDULE = {
    "routing-sweep": {"task": "apps.routing.tasks.sweep", "schedule": 2.0, "options": {"expires": 5}},
    "routing-free-the-silent": {
        "task": "apps.routing.tasks.free_the_silent",
        "schedule": 20.0,
        "options": {"expires": 40},
    },
    "routing-patrol": {
        "task": "apps.routing.tasks.patrol",
        "schedule": 5.0,
        "options": {"queue": "default", "expires": 5},
    },
    "routing-lost-alarms": {
        "task": "apps.routing.tasks.send_lost_alarms",
        "schedule": 60.0,
        "options": {"queue": "default", "expires": 60},
    },
    "routing-attend": {"task": "apps.routing.tasks.attend", "schedule": 10.0, "options": {"expires": 20}},
    # Worth nothing late: the next run tells what is true then.
    "routing-tell-waiting": {
        "task": "apps.routing.tasks.tell_waiting",
        "schedule": 3.0,
        "options": {"expires": 3},
    },
    "routing-follow-silences": {
        "task": "apps.routing.tasks.follow_silences",
        "schedule": 20.0,
        "options": {"expires": 40},
    },
    "promises-sweep": {
        "task": "apps.routing.tasks.sweep_promises",
        "schedule": 2.0,
        "options": {"expires": 5},
    },
    "promises-mend": {
        "task": "apps.routing.tasks.mend_promises",
        "schedule": 30.0,
        "options": {"expires": 60},
    },
    "what-if-sweep": {
        "task": "apps.analytics.tasks.run_left_behind",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "routing-ranks": {"task": "apps.routing.tasks.rank_all", "schedule": 60.0, "options": {"expires": 30}},
    "ingest-sweep": {
        "task": "apps.conversations.tasks.ingest_left_behind",
        "schedule": 2.0,
        "options": {"expires": 5},
    },
    "deliver-sweep": {
        "task": "apps.conversations.tasks.deliver_due",
        "schedule": 2.0,
        "options": {"expires": 5},
    },
    "letters-watch": {
        "task": "apps.conversations.tasks.look_for_unread",
        "schedule": 5.0,
        "options": {"expires": 10},
    },
    "letters-send": {
        "task": "apps.conversations.tasks.send_letters",
        "schedule": 5.0,
        "options": {"expires": 10},
    },
    "forget-updates": {
        "task": "apps.channels.tasks.forget_old_updates",
        "schedule": crontab(hour=3, minute=17),
    },
    "forget-leads": {
        "task": "apps.routing.tasks.forget_leads",
        "schedule": crontab(hour=3, minute=27),
    },
    "leads-follow": {
        "task": "apps.routing.tasks.follow_late_people",
        "schedule": 300.0,
        "options": {"expires": 200},
    },
    "files-sweep": {"task": "apps.core.tasks.scan_waiting", "schedule": 10.0, "options": {"expires": 20}},
    "files-forget": {
        "task": "apps.core.tasks.forget_abandoned_files",
        "schedule": crontab(hour=3, minute=37),
    },
    # A run that found no free worker in time is worth nothing: the next one does the same.
    "webhooks-collect": {
        "task": "apps.core.tasks.collect_webhooks",
        "schedule": 1.0,
        "options": {"expires": 5},
    },
    "webhooks-send": {"task": "apps.core.tasks.send_webhooks", "schedule": 1.0, "options": {"expires": 5}},
    "forget-old": {"task": "apps.core.tasks.forget_old", "schedule": 3600.0},
    "forget-links": {"task": "apps.conversations.tasks.forget_links", "schedule": 3600.0},
    "forget-tokens": {"task": "apps.channels.tasks.forget_used_tokens", "schedule": 3600.0},
}

# The fictional bank at "/" with the widget on it; on in local settings only.
DEMO_SITE = False

# --- The three tables of config/ ------------------------------------------------------------------
OTKLIK_WIRING = "config.wiring.RECEIVERS"
OTKLIK_FRAMES = "config.frames.FRAMES"
# What core and REST look up of the modules above them.
OTKLIK_SCOPES = "config.scopes.SCOPES"
OTKLIK_SUBJECTS = "config.subjects.SUBJECTS"
OTKLIK_ADAPTERS = {
    "web": "apps.channels.adapters.web.WebAdapter",
    "app": "apps.channels.adapters.web.AppAdapter",
}

# --- People -------------------------------------------------------------------------------------
AUTH_USER_MODEL = "core.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/workspace/"
LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "apps.core.sign_in.StaffAccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_UNKNOWN_ACCOUNTS = False
ACCOUNT_FORMS = {
    "login": "apps.core.sign_in.SignInForm",
    "user_token": "apps.core.sign_in.PasswordLinkForm",
}
# By address alone: a limit by name would let anybody keep a colleague out. Names are locked per address (axes).
ACCOUNT_RATE_LIMITS = {"login": "60/m/ip", "login_failed": "10/m/ip"}
AXES_FAILURE_LIMIT = env.int("SIGN_IN_FAILURE_LIMIT", default=5)
AXES_COOLOFF_TIME = env.float("SIGN_IN_COOLOFF_HOURS", default=0.25)
AXES_LOCKOUT_TEMPLATE = "account/locked_out.html"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_CLIENT_IP_CALLABLE = "apps.core.addresses.client_address"
AXES_RESET_ON_SUCCESS = True
AXES_ENABLE_ADMIN = False
# A link for a new password dies after this time, or once it was used.
PASSWORD_RESET_TIMEOUT = 24 * 60 * 60
# Idle limit of pages under /admin/ and the absolute limit of any staff session.
ADMIN_IDLE_SECONDS = env.int("ADMIN_IDLE_SECONDS", default=15 * 60)
SESSION_ABSOLUTE_SECONDS = env.int("SESSION_ABSOLUTE_SECONDS", default=12 * 60 * 60)
# Keys, rights, others' passwords and exports ask for the password again when it was given longer ago than this.
ACCOUNT_REAUTHENTICATION_TIMEOUT = env.int("REAUTHENTICATE_MINUTES", default=15) * 60
SESSION_COOKIE_AGE = SESSION_ABSOLUTE_SECONDS
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"
# A colleague's socket that stays away longer than this gives its conversations back to the line.
OPERATOR_GRACE_SECONDS = env.int("OPERATOR_GRACE_SECONDS", default=60)

# Customers' sockets that one address may open in a minute: many honest people share a NAT.
SOCKETS_PER_ADDRESS = env.int("SOCKETS_PER_ADDRESS", default=600)
# Sockets that one address may hold open in one web process, said hello or not; an office's operators share one.
OPEN_SOCKETS_PER_ADDRESS = {
    "customer": env.int("OPEN_SOCKETS_PER_ADDRESS", default=300),
    "operator": env.int("OPEN_STAFF_SOCKETS_PER_ADDRESS", default=1500),
}
# A visitor's messages a minute, over all his sockets and all processes.
MESSAGES_PER_VISITOR = env.int("MESSAGES_PER_VISITOR", default=300)
# A channel's messages a second in one web process; ten seconds' worth may come at once.
MESSAGES_PER_CHANNEL = env.int("MESSAGES_PER_CHANNEL", default=200)
# Contacts that one visitor, and one address with all who share it, may leave in an hour.
LEADS_PER_VISITOR = env.int("LEADS_PER_VISITOR", default=5)
LEADS_PER_ADDRESS = env.int("LEADS_PER_ADDRESS", default=60)

# --- Secrets at rest ----------------------------------------------------------------------------
# "id:key" pairs, newest first; keys are Fernet keys and never derived from SECRET_KEY.
ENCRYPTION_KEYS: list[str] = env.list("ENCRYPTION_KEYS", default=[])

# --- Outgoing HTTP ------------------------------------------------------------------------------
# host:port pairs inside the bank that the one HTTP client may reach although they are not public.
HTTP_ALLOWED_INTERNAL: list[str] = env.list("HTTP_ALLOWED_INTERNAL", default=[])
# A PEM file of the bank's own certificate authorities, trusted beside the public ones.
HTTP_CA_BUNDLE = env("HTTP_CA_BUNDLE", default="")

# --- Letters -------------------------------------------------------------------------------------
# Without a mail server no page offers a letter.
EMAIL_URL = env("EMAIL_URL", default="")
LETTERS = bool(EMAIL_URL)
if EMAIL_URL:
    vars().update(env.email_url_config(EMAIL_URL))
    DEFAULT_FROM_EMAIL = env("LETTERS_FROM")
EMAIL_TIMEOUT = 10

# --- Files --------------------------------------------------------------------------------------
MEDIA_ROOT = VAR_DIR / "files"
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(MEDIA_ROOT),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_BYTES", default=20 * 1024 * 1024)
# host:port or unix path of clamd; empty means files are not scanned and are marked so.
CLAMD = env("CLAMD", default="")
# A file that could not be scanned: "refuse" keeps it from being downloaded, "allow" serves it marked.
UNSCANNED_FILES = env("UNSCANNED_FILES", default="refuse" if CLAMD else "allow")

STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "static"]

# --- Languages and time ---------------------------------------------------------------------------
LANGUAGE_CODE = "ru"
LANGUAGES = [("ru", _("Russian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "config" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"
FORMAT_MODULE_PATH = ["config.formats"]

# --- Content-Security-Policy: one, without unsafe-inline or unsafe-eval, for every page ---------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF, NONCE],
        "style-src": [SELF],
        "img-src": [SELF, "blob:", "data:"],
        "font-src": [SELF],
        "media-src": [SELF, "blob:"],
        "connect-src": [SELF],
        "frame-src": [SELF],
        "worker-src": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "form-action": [SELF],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
        "report-uri": ["/csp-report/"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"

# --- REST ---------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["apps.core.api.authentication.TokenAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["apps.core.api.permissions.HasScope"],
    "DEFAULT_RENDERER_CLASSES": ["apps.core.api.wire.PlainJsonRenderer"],
    "DEFAULT_PARSER_CLASSES": ["apps.core.api.wire.BoundedJsonParser"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_THROTTLE_CLASSES": ["apps.core.api.throttling.TokenThrottle"],
    "DEFAULT_THROTTLE_RATES": {"token": env("API_RATE", default="600/min")},
    "DEFAULT_SCHEMA_CLASS": "apps.core.api.autoschema.ScopedSchema",
    "EXCEPTION_HANDLER": "apps.core.api.problems.problem_handler",
    "UNAUTHENTICATED_USER": None,
}
# Networks whose clients are shown the schema and its page.
API_DOCS_ADDRESSES: list[str] = env.list("API_DOCS_ADDRESSES", default=["0.0.0.0/0", "::/0"])
SPECTACULAR_SETTINGS = {
    "TITLE": "Otklik",
    "DESCRIPTION": "Customer dialogues of a bank. Keys, pages, refusals and webhooks are told in docs/api.md.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SERVE_PERMISSIONS": [],
    "ENUM_NAME_OVERRIDES": {
        "ActorKind": "apps.core.actors.ActorKind",
        "AuthorKind": "apps.conversations.models.AuthorKind",
        "ConversationState": "apps.conversations.models.State",
        "DeliveryState": "apps.conversations.models.Delivery.State",
        "FileKind": "apps.core.models.StoredFile.Kind",
        "FileState": "apps.core.models.StoredFile.State",
        "MessageKind": "apps.conversations.models.MessageKind",
        "PresenceState": "apps.operators.models.Presence.State",
    },
}

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"masked": {"()": "apps.core.masking.MaskingFilter"}},
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["masked"], "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": "INFO"},
    "loggers": {
        "django.channels": {"level": "WARNING"},
        "celery": {"level": "WARNING"},
        # The single process stops its worker by a command, which is not worth a warning.
        "celery.worker.control": {"level": "ERROR"},
        "uvicorn": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "httpx2": {"level": "WARNING"},
    },
}

TESTING = os.environ.get("DJANGO_SETTINGS_MODULE") == "config.settings.test"
