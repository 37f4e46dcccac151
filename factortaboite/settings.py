"""Everything that differs between machines comes from the environment (see .env.example).

Without DATABASE_URL and REDIS_URL the servers that `make run` started are used: it writes their addresses down in
`var/stack.json` for as long as it lives.
"""

from importlib.util import find_spec
from pathlib import Path

import environ
from csp.constants import NONE, SELF

from factortaboite.production import LOCAL_SECRET, refuse_unsafe_settings
from factortaboite.servers.stack import running_stack

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
environ.Env.read_env(BASE_DIR / ".env")
PRODUCTION = env.bool("PRODUCTION", default=False)
if "DATABASE_URL" not in env and not PRODUCTION:
    for name, value in running_stack(BASE_DIR / "var").items():
        environ.Env.ENVIRON.setdefault(name, value)

SECRET_KEY = env("SECRET_KEY", default=LOCAL_SECRET)
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
SITE_URL = env("SITE_URL", default="http://localhost:8000").rstrip("/")
HAS_TLS = SITE_URL.startswith("https://")
if PRODUCTION:
    refuse_unsafe_settings(
        env.ENVIRON, debug=DEBUG, allowed_hosts=ALLOWED_HOSTS, site_url=SITE_URL, secret_key=SECRET_KEY
    )

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "csp",
    "django_htmx",
    "allauth",
    "allauth.account",
    "factortaboite",
    "factortaboite.accounts",
    "factortaboite.mail",
    "clients",
    "quotes",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "factortaboite.middleware.keep_no_copy",
    "factortaboite.middleware.RefuseLargeBodies",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "factortaboite.urls"
WSGI_APPLICATION = "factortaboite.wsgi.application"

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
            ],
            "builtins": ["factortaboite.templatetags.french", "factortaboite.templatetags.ui"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": env.db("DATABASE_URL", default="postgres://postgres@localhost/factortaboite")}
# Connections are kept by threads of the web server; workers close theirs after each task.
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=600)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_TZ = True
USE_I18N = True

# --- Accounts -------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "desk:today"
ACCOUNT_ADAPTER = "factortaboite.mail.adapter.OutboxAdapter"
ACCOUNT_FORMS = {
    "login": "factortaboite.accounts.forms.LoginForm",
    "reset_password": "factortaboite.accounts.forms.ResetPasswordForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
# Attempts are counted by address: behind a proxy, the one that the last proxy saw, not the proxy's own.
ALLAUTH_TRUSTED_PROXY_COUNT = int(env("TRUSTED_PROXY_COUNT", default="") or HAS_TLS)

SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HAS_TLS
CSRF_COOKIE_HTTPONLY = True  # scripts read the token in the page
SECURE_HSTS_SECONDS = 31_536_000 if HAS_TLS else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HAS_TLS else None
SECURE_REDIRECT_EXEMPT = [r"^sante/"]  # asked from inside, where there is no TLS
SECURE_REFERRER_POLICY = "same-origin"
# Whether other subdomains are ready for HSTS, and preloading, is the domain's owner's to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-src": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    }
}

# --- Files ----------------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
# Set in the image, where collectstatic gives every file a name made of its content; elsewhere whitenoise finds them.
STATIC_ROOT = env("STATIC_ROOT", default=None)
FONT_DIRECTORY = Path(find_spec("font_source_sans_pro").origin).parent / "files"
STATICFILES_DIRS = [("fonts", FONT_DIRECTORY)]
if STATIC_ROOT:
    STORAGES = {
        "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
        "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
    }
WHITENOISE_USE_FINDERS = not STATIC_ROOT
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_MAX_AGE = 3600
DATA_UPLOAD_MAX_MEMORY_SIZE = 25_000_000
FILE_UPLOAD_MAX_MEMORY_SIZE = 25_000_000
# Bytes. A form says in its own words what is too large for it; a view may take more (middleware.takes_bodies_up_to).
LARGEST_BODY = 50_000_000
# Answers typed in are one field per buyer.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# --- Workers (PERFORMANCE.md §1b: PostgreSQL holds the truth, Redis only wakes workers) -----------------------------
REDIS_URL = env("REDIS_URL", default="redis://localhost:6379/0")
CACHES = {
    "default": {
        "BACKEND": "factortaboite.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "factortaboite",
        "OPTIONS": {
            "serializer": "factortaboite.cache.JsonSerializer",
            "socket_connect_timeout": 1,
            "socket_timeout": 1,
        },
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 5
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 120,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "health_check_interval": 25,
    "socket_keepalive": True,
    "socket_connect_timeout": 1,
    "max_retries": 1,
}
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_ROUTES = {
    "quotes.tasks.ask_partner_task": {"queue": "partners"},
    "quotes.tasks.render_proposal_task": {"queue": "documents"},
    "clients.tasks.clean_list_task": {"queue": "partners"},
    # Goes of less than a minute that mostly wait for a registry, like the partners' runners.
    "clients.tasks.watch_task": {"queue": "partners"},
    # Somebody waits for it: not behind an import or a PDF, nor in the process of the runners, whose clocks are short.
    # One is made at a time, so that it takes a single thread of those of the mail and the sweep.
    "clients.tasks.make_bulk_decision_task": {"queue": "sweep"},
    "clients.tasks.*": {"queue": "imports"},
    "factortaboite.mail.tasks.*": {"queue": "mail"},
    "factortaboite.celery.*": {"queue": "sweep"},
}

# --- Partners -------------------------------------------------------------------------------------------------------
# The list is the display order. A connector whose firm has no account for it stays invisible.
PARTNER_CONNECTORS = [
    "quotes.partners.allianz_trade.AllianzTrade",
    "quotes.partners.atradius.Atradius",
    "quotes.partners.coface.Coface",
]
SANDBOX_URL = env("SANDBOX_URL", default="http://127.0.0.1:8100")
# Seals the partners' keys at rest.
SEALING_KEY = env("SEALING_KEY", default=SECRET_KEY)
# Former keys, which still open: `manage.py reseal`, then they can go.
SEALING_KEY_FALLBACKS = env.list("SEALING_KEY_FALLBACKS", default=[])

# --- Public registries (clients/registries) -------------------------------------------------------------------------
REGISTRY_ADDRESSES = {
    "recherche_entreprises": "https://recherche-entreprises.api.gouv.fr",
    "sirene": "https://api.insee.fr/api-sirene/3.11",
    "bodacc": "https://bodacc-datadila.opendatasoft.com",
    "vies": "https://ec.europa.eu/taxation_customs/vies/rest-api",
}
# Outside production an address that is not given is our twin's.
REGISTRY_URLS = {
    code: (env(f"{code.upper()}_URL", default="") or (address if PRODUCTION else "")).rstrip("/")
    for code, address in REGISTRY_ADDRESSES.items()
}
REGISTRY_TIMEOUT_SECONDS = 6.0
SIRENE_KEY = env("SIRENE_KEY", default="")

# --- Mail -----------------------------------------------------------------------------------------------------------
vars().update(env.email("EMAIL_URL", default="smtp://localhost:1025"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env("DEFAULT_FROM_EMAIL", default="Factortaboite <courrier@factortaboite.example>")
# Where the reports on mails that could not be delivered are read, and the envelope's sender to which they are sent; a
# star in it stands for each mail's own mark, where the mailbox takes retours+anything@.
BOUNCE_MAILBOX_URL = env("BOUNCE_MAILBOX_URL", default="")
BOUNCE_ADDRESS = env("BOUNCE_ADDRESS", default="")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "factortaboite.logs.DiscreetFormatter",
            "format": "{asctime} {levelname} {name}: {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "loggers": {name: {"level": "WARNING"} for name in ("weasyprint", "fontTools")},
    "root": {"handlers": ["console"], "level": env("LOG_LEVEL", default="INFO")},
}
