"""Settings, one file, read from the environment: safe by default, the demonstration says that it is one."""

import os
from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

import environ
from csp.constants import NONE, SELF
from django.contrib.messages import constants as levels
from django.core.management.utils import get_random_secret_key

from butrt.base import errors
from butrt.base.backups.rotation import Kept

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
BUTRT_ENV_FILE = Path(env.str("BUTRT_ENV_FILE", default=str(BASE_DIR / ".env")))
environ.Env.read_env(BUTRT_ENV_FILE)

# The demonstration: plain HTTP on this machine, invented people, no secret to keep.
DEMO: bool = env.bool("BUTRT_DEMO", default=False)
DEBUG: bool = env.bool("BUTRT_DEBUG", default=False)
DATA_DIR = Path(env.str("BUTRT_DATA_DIR", default=str(BASE_DIR / "data")))
ALLOWED_HOSTS: list[str] = env.list("BUTRT_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("BUTRT_TRUSTED_ORIGINS", default=[])


def _secret_key() -> str:
    """The key given by the environment; else one made for this machine and kept beside its data."""
    if given := env.str("BUTRT_SECRET_KEY", default=""):
        return str(given)
    kept = DATA_DIR / "secret_key"
    if not kept.exists():
        DATA_DIR.mkdir(parents=True, exist_ok=True)
        kept.touch(mode=0o600)
        kept.write_text(get_random_secret_key())
    return kept.read_text()


def _secret(name: str) -> str:
    """A secret of the environment, or of the file that NAME_FILE points at; empty when there is none."""
    if path := env.str(f"{name}_FILE", default=""):
        return Path(path).read_text().strip("\n")
    return str(env.str(name, default=""))


SECRET_KEY = _secret_key()

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "axes",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "allauth.socialaccount.providers.saml",
    "allauth.mfa",
    "django_cas_ng",
    "crispy_forms",
    "crispy_bootstrap5",
    "django_tables2",
    "django_filters",
    "butrt.base.workers",  # before django_tasks_db, whose db_worker it completes
    "django_tasks",
    "django_tasks_db",
    "butrt.base.accounts",
    "butrt.base.journal",
    "butrt.base.nights",
    "butrt.base.backups",
    "butrt.base.documents",
    "curriculum",
    "grades",
    "jury",
    "butrt.site.proof",
]

MIDDLEWARE = [
    "butrt.base.logs.Requests",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",  # before the static files, which have it too
    "butrt.base.requested.KnownMethods",
    "butrt.base.requested.WithoutNul",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "butrt.base.accounts.signedin.SignedIn",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "butrt.base.outside.middleware.SayBusy",
    "butrt.base.meanwhile.SayGone",
]

ROOT_URLCONF = "butrt.urls"
WSGI_APPLICATION = "butrt.wsgi.application"

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
                "butrt.site.context.shell",
            ],
            "builtins": ["butrt.base.templatetags.french", "jury.templatetags.decisions"],
            "libraries": {"french": "butrt.base.templatetags.french"},
        },
    },
]

# The colours of messages, as classes are named: `k-rust`.
MESSAGE_TAGS = {
    levels.ERROR: "rust",
    levels.WARNING: "gold",
    levels.SUCCESS: "green",
    levels.INFO: "green",
}

# SQLite is the embedded default: WAL and IMMEDIATE transactions, so that teachers saving at once never meet
# "database is locked". A department in production gives BUTRT_DATABASE_URL=postgres://…
DATABASES = {"default": env.db("BUTRT_DATABASE_URL", default=f"sqlite:///{DATA_DIR / 'butrt.sqlite3'}")}
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["ENGINE"] = "butrt.base.sqlite"
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL;PRAGMA synchronous=NORMAL;PRAGMA foreign_keys=ON;"
        "PRAGMA journal_size_limit=67108864;PRAGMA cache_size=-20000;",
    }
else:
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)  # seconds
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": name, "OPTIONS": options}
    for name, options in (
        ("django.contrib.auth.password_validation.UserAttributeSimilarityValidator", {}),
        ("django.contrib.auth.password_validation.MinimumLengthValidator", {"min_length": 12}),
        ("django.contrib.auth.password_validation.CommonPasswordValidator", {}),
        ("butrt.base.accounts.passwords.OursAreNone", {}),
    )
]
LOGIN_URL = "login"
CSRF_FAILURE_VIEW = "butrt.base.accounts.signedin.csrf_failure"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
# How long a password counts before one is asked again to sign, unlock, manage accounts (confirming.py).
BUTRT_CONFIRMED_FOR = timedelta(minutes=env.int("BUTRT_CONFIRMED_FOR_MINUTES", default=10))
# Second factor (butrt/base/accounts/factors): the roles that must have one ("site", who administers the
# site), and the key that seals what applications share with the site.
BUTRT_SECOND_FACTOR_FOR: list[str] = env.list(
    "BUTRT_SECOND_FACTOR_FOR",
    default=[] if DEMO else ["president", "secretariat", "administrator", "site"],
)
BUTRT_SECOND_FACTOR_KEY = _secret("BUTRT_SECOND_FACTOR_KEY") or SECRET_KEY
MFA_ADAPTER = "butrt.base.accounts.factors.adapter.Adapter"
MFA_RECOVERY_CODE_DIGITS = 10
# Signing in by the institution (butrt/base/accounts/outside): a way is on once its variables are given, and
# `manage.py check` refuses one that is half described. The accounts of the site stay beside them.
BUTRT_WAYS: dict[str, dict[str, str]] = {
    "cas": {
        "server": env.str("BUTRT_CAS_SERVER", default="").rstrip("/"),
        "name": env.str("BUTRT_CAS_NAME", default="Compte de l’université"),
        "identifier": env.str("BUTRT_CAS_IDENTIFIER", default=""),
        "mail": env.str("BUTRT_CAS_MAIL", default=""),
    },
    "saml": {
        "metadata": env.str("BUTRT_SAML_METADATA", default=""),
        "entity": env.str("BUTRT_SAML_ENTITY", default=""),
        "name": env.str("BUTRT_SAML_NAME", default="Fédération d’identités"),
        "identifier": env.str("BUTRT_SAML_IDENTIFIER", default="uid"),
        "mail": env.str("BUTRT_SAML_MAIL", default=""),
        "certificate": env.str("BUTRT_SAML_CERTIFICATE", default=""),
        "key": env.str("BUTRT_SAML_KEY", default=""),
    },
    "oidc": {
        "server": env.str("BUTRT_OIDC_SERVER", default="").rstrip("/"),
        "client": env.str("BUTRT_OIDC_CLIENT", default=""),
        "secret": _secret("BUTRT_OIDC_SECRET"),
        "name": env.str("BUTRT_OIDC_NAME", default="OpenID Connect"),
        "identifier": env.str("BUTRT_OIDC_IDENTIFIER", default="preferred_username"),
    },
}
# What fills the quality of an account that has none: the job title of most directories.
BUTRT_QUALITY_ATTRIBUTE: str = env.str("BUTRT_QUALITY_ATTRIBUTE", default="title")
SOCIALACCOUNT_ADAPTER = "butrt.base.accounts.outside.oidc.OutsideAdapter"
CAS_SERVER_URL = BUTRT_WAYS["cas"]["server"] + "/"  # python-cas joins what follows to it
CAS_VERSION = "3"
CAS_CREATE_USER = False
# Wrong passwords: butrt/base/accounts/lockout.py. What is tried while locked does not make the lock last.
AXES_HANDLER = "butrt.base.accounts.lockout.Handler"
AXES_FAILURE_LIMIT = "butrt.base.accounts.lockout.failure_limit"
AXES_WHITELIST_CALLABLE = "butrt.base.accounts.lockout.is_known_device"
AXES_CLIENT_IP_CALLABLE = "butrt.base.addresses.address_of"
AXES_COOLOFF_TIME = 1  # hour
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_RESET_ON_SUCCESS = True
AXES_DISABLE_ACCESS_LOG = True  # the journal says who signed in
AXES_LOCKOUT_TEMPLATE = "base/accounts/locked_out.html"

LANGUAGE_CODE = "fr"
TIME_ZONE = "Europe/Paris"
USE_I18N = True
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
WHITENOISE_USE_FINDERS = DEMO or DEBUG
WHITENOISE_ALLOW_ALL_ORIGINS = False  # no other site reads from here
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not (DEMO or DEBUG)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# Everything over HTTPS, save the demonstration on this machine.
SECURE_SSL_REDIRECT = not (DEMO or DEBUG)
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not (DEMO or DEBUG)
# A name that browsers take from this host alone, over HTTPS: no neighbour of the domain sets ours.
BUTRT_COOKIES = "__Host-" if SESSION_COOKIE_SECURE else ""
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = f"{BUTRT_COOKIES}sessionid", f"{BUTRT_COOKIES}csrftoken"
# What a page tells of a student waits with the session, never in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"
SECURE_HSTS_SECONDS = 0 if DEMO or DEBUG else 31_536_000
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_HSTS_SECONDS > 0
SECURE_REFERRER_POLICY = "same-origin"
# A session ends after this idle time, and twelve hours after its sign-in at most (accounts/signedin.py).
BUTRT_SESSION_IDLE = timedelta(minutes=env.int("BUTRT_SESSION_IDLE_MINUTES", default=60))
BUTRT_SESSION_LONGEST = timedelta(hours=12)
SESSION_COOKIE_AGE = int(BUTRT_SESSION_LONGEST.total_seconds())
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_NUMBER_FIELDS = 20_000  # the mark sheet of a large class, sent as a plain form
# How many proxies stand before the site, each adding to X-Forwarded-For whom it was reached by: the address
# of who asks is read there (butrt/base/addresses.py). None declared, the header is not read: anyone may
# write it.
BUTRT_PROXIES: int = env.int("BUTRT_PROXIES", default=0)
if BUTRT_BEHIND_PROXY := env.bool("BUTRT_BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "object-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # Bootstrap's own select arrows are data: images
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# Mails are written on the console until a server is given (BUTRT_EMAIL_BACKEND=django…smtp.EmailBackend).
EMAIL_BACKEND = env.str("BUTRT_EMAIL_BACKEND", default="django.core.mail.backends.console.EmailBackend")
EMAIL_HOST = env.str("BUTRT_EMAIL_HOST", default="localhost")
EMAIL_PORT = env.int("BUTRT_EMAIL_PORT", default=25)
EMAIL_HOST_USER = env.str("BUTRT_EMAIL_USER", default="")
EMAIL_HOST_PASSWORD = env.str("BUTRT_EMAIL_PASSWORD", default="")
EMAIL_USE_TLS = env.bool("BUTRT_EMAIL_TLS", default=False)
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = env.str("BUTRT_FROM_EMAIL", default="butrt@localhost")

# Long work goes to the workers (manage.py db_worker) through a queue in the database.
TASKS = {"default": {"BACKEND": "django_tasks_db.DatabaseBackend"}}
# A worker silent for so long is dead: another takes up its task. It speaks four times as often.
BUTRT_WORKER_DEAD_AFTER = timedelta(seconds=env.float("BUTRT_WORKER_DEAD_AFTER_SECONDS", default=20))
# How long a file of documents made together can be downloaded; the log of mails is kept.
BUTRT_BATCHES_KEPT = timedelta(days=env.int("BUTRT_BATCHES_KEPT_DAYS", default=30))
# Whether the workers print the documents of a jury as soon as it is closed, before anybody asks for them.
BUTRT_PREPARE = env.bool("BUTRT_PREPARE", default=True)
# Personal data: whole years kept after the end of the school year; why: jury/students/personal/retention.py.
BUTRT_KEPT_YEARS = {
    "marks": env.int("BUTRT_MARKS_KEPT_YEARS", default=5),
    "about": env.int("BUTRT_ABSENCES_KEPT_YEARS", default=2),
    "imports": env.int("BUTRT_IMPORTS_KEPT_YEARS", default=1),
    "mails": env.int("BUTRT_MAILS_KEPT_YEARS", default=5),
}

# Documents from outside (PDF, certificates, pictures, workbooks) open at once on the machine, each in a
# process of its own (butrt/base/outside): for people signed in; for the page, open to all, that checks a
# document.
BUTRT_EXAMINED = env.int("BUTRT_EXAMINED", default=4)
BUTRT_EXAMINED_FOR_ALL = env.int("BUTRT_EXAMINED_FOR_ALL", default=2)
BUTRT_EXAMINED_AT_NIGHT = env.int("BUTRT_EXAMINED_AT_NIGHT", default=1)  # for the proof (butrt/site/proof)
# Documents printed at once for pages, on the machine; the others wait and the site goes on.
BUTRT_PRINTED = env.int("BUTRT_PRINTED", default=2)

CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "django_tables2/bootstrap5.html"

# Where anyone reaches this site, for the QR square of documents: https://jury.iut.example, no slash at its
# end. By default, the first of BUTRT_HOSTS over HTTPS; the demonstration: this machine.
BUTRT_PUBLIC_URL: str = env.str(
    "BUTRT_PUBLIC_URL", default="http://127.0.0.1:8000" if DEMO or DEBUG else f"https://{ALLOWED_HOSTS[0]}"
).rstrip("/")

# Who signs (butrt/base/documents/certificates.py): .p12 files, or PEM, and the authorities that are trusted.
# The passphrase of the .p12 is given by the environment, or by a file that only the site reads (a secret).
BUTRT_CERTIFICATES_DIR = Path(env.str("BUTRT_CERTIFICATES_DIR", default=str(DATA_DIR / "certificates")))
BUTRT_CERTIFICATES_PASSPHRASE = _secret("BUTRT_CERTIFICATES_PASSPHRASE")
# A token or an HSM for some of the keys (butrt/base/documents/token.py).
BUTRT_PKCS11_MODULE: str = env.str("BUTRT_PKCS11_MODULE", default="")
BUTRT_PKCS11_TOKEN: str = env.str("BUTRT_PKCS11_TOKEN", default="butrt")
BUTRT_PKCS11_PIN = _secret("BUTRT_PKCS11_PIN")
# A timestamping authority (RFC 3161): signatures are then dated by it and stay verifiable (B-T, B-LT, B-LTA).
BUTRT_TSA_URL: str = env.str("BUTRT_TSA_URL", default="")

# ---------- watching the site (butrt/site/health), proving it each night (butrt/site/proof) ----------

# Who reads what /sante/ and /metrics tell in detail: who brings the token (Authorization: Bearer …), or asks
# from one of these networks (192.0.2.7, 2001:db8::/64). Nobody by default; anyone reads "ok" or "fail".
BUTRT_WATCH_TOKEN = _secret("BUTRT_WATCH_TOKEN")
BUTRT_WATCH_FROM = [
    str(ip_network(given, strict=False)) for given in env.list("BUTRT_WATCH_FROM", default=[])
]
# Figures for Prometheus at /metrics: requests and queries counted by django-prometheus, in files that the web
# processes share, and ours (butrt/site/health/figures.py).
if BUTRT_METRICS := env.bool("BUTRT_METRICS", default=False):
    BUTRT_METRICS_DIR = Path(env.str("BUTRT_METRICS_DIR", default=str(DATA_DIR / "metrics")))
    BUTRT_METRICS_DIR.mkdir(parents=True, exist_ok=True)
    os.environ.setdefault("PROMETHEUS_MULTIPROC_DIR", str(BUTRT_METRICS_DIR))
    INSTALLED_APPS.append("django_prometheus")
    MIDDLEWARE.insert(0, "django_prometheus.middleware.PrometheusBeforeMiddleware")
    MIDDLEWARE.append("django_prometheus.middleware.PrometheusAfterMiddleware")
    DATABASES["default"]["ENGINE"] = DATABASES["default"]["ENGINE"].replace(
        "django.", "django_prometheus.", 1
    )
# Where the head of the journal goes each night, signed: an address, a folder that another machine keeps.
BUTRT_ANCHOR_TO: list[str] = env.list("BUTRT_ANCHOR_TO", default=[])
BUTRT_ANCHOR_DIR: str = env.str("BUTRT_ANCHOR_DIR", default="")
# How long the proof may last in a night; it goes on the next one from where it stopped.
BUTRT_PROOF_LASTS = timedelta(minutes=env.float("BUTRT_PROOF_MINUTES", default=120))

# Logs: one JSON object a line, or lines to read; without personal data either way (butrt/base/logs.py), save
# while debugging. And, when asked for, a line a request: its route, how long it took.
BUTRT_LOG_JSON: bool = env.bool("BUTRT_LOG_JSON", default=False)
BUTRT_LOG_REQUESTS: bool = env.bool("BUTRT_LOG_REQUESTS", default=False)
# Errors to Sentry or what speaks as it (GlitchTip): the stack, nothing else (butrt/base/errors.py).
if BUTRT_SENTRY_DSN := _secret("BUTRT_SENTRY_DSN"):
    errors.send_to(BUTRT_SENTRY_DSN, environment="demo" if DEMO else "production")

# Backups (butrt/base/backups): where the archives go, the public keys (age) that they are encrypted for, the
# file of the private key that the nightly drill and a restoration open them with, and how many are kept:
# the last of each of so many days, weeks, months.
BUTRT_BACKUPS_DIR = Path(env.str("BUTRT_BACKUPS_DIR", default=str(DATA_DIR / "backups")))
BUTRT_BACKUP_RECIPIENTS: list[str] = env.list("BUTRT_BACKUP_RECIPIENTS", default=[])
BUTRT_BACKUP_IDENTITY: str = env.str("BUTRT_BACKUP_IDENTITY", default="")
BUTRT_BACKUPS_KEPT = Kept(*env.list("BUTRT_BACKUPS_KEPT", cast=int, default=[7, 5, 12]))

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {"()": "butrt.base.logs.Lines"},
        "json": {"()": "butrt.base.logs.JsonLines"},
        "whole": {"format": "%(levelname)s %(name)s: %(message)s"},
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "formatter": "whole" if DEBUG else "json" if BUTRT_LOG_JSON else "plain",
        }
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "butrt.requests": {"level": "INFO" if BUTRT_LOG_REQUESTS else "WARNING"},
        "django": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django_tasks": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "django_tasks_db": {"handlers": ["console"], "level": "WARNING", "propagate": False},
        "weasyprint": {"level": "ERROR"},
        "fontTools": {"level": "ERROR"},
    },
}
