"""All settings, from the environment. A missing or misunderstood one stops the start."""

from datetime import time, timedelta
from pathlib import Path
from typing import Any

import environ
import structlog
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
for file in (BASE_DIR / ".env", BASE_DIR / "var" / "secrets.env"):
    if file.exists():
        env.read_env(file)

# --- What differs between machines ----------------------------------------------------

DEBUG = env.bool("DEBUG", default=False)
#: Demo accounts and demo data. Never without DEBUG: see accounts.checks.
DEMO = env.bool("DEMO", default=False)
#: Lets demo accounts in without a second factor.
DEMO_WITHOUT_SECOND_FACTOR = env.bool("DEMO_WITHOUT_SECOND_FACTOR", default=DEMO)

SECRET_KEY = env.str("SECRET_KEY")
#: For personal data: "id:base64,id:base64", the first encrypts, all decrypt.
PERSONAL_KEYS = env.list("PERSONAL_KEYS")
#: For finding personal data by equality without decrypting it.
BLIND_KEY = env.str("BLIND_KEY")
#: For the ledgers' seals.
SEAL_KEY = env.str("SEAL_KEY")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
#: True behind a proxy that ends TLS and sets X-Forwarded-Proto itself.
BEHIND_TLS_PROXY = env.bool("BEHIND_TLS_PROXY", default=False)

DATABASES = {
    "default": {
        **env.db("DATABASE_URL"),
        # A new connection costs more than most pages.
        "CONN_MAX_AGE": 600,
        "CONN_HEALTH_CHECKS": True,
    }
}
REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
}
CELERY_BROKER_URL = REDIS_URL
CELERY_TIMEZONE = "Asia/Shanghai"

#: How mail leaves: "smtp+tls://user:password@host:587". Without it nobody is sent any.
mail_url = env.str("EMAIL_URL", default="")
vars().update(env.email_url_config(mail_url or "dummymail://"))
MESSAGE_BY_MAIL = bool(mail_url)
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=15)  # seconds
DEFAULT_FROM_EMAIL = env.str("MAIL_FROM", default="contract@localhost")
#: Where the program is reached, for links in mails: "https://contract.example.cn".
SITE_URL = env.str("SITE_URL", default="").rstrip("/")

MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / "var" / "files")))
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / "var" / "static")))

# --- The program ------------------------------------------------------------------------

INSTALLED_APPS = [
    "reports",
    "billing",
    "kpi",
    "cases",
    "staffing",
    "contracts",
    "accounts",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "django.forms",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "lucide",
    "pghistory",
    "pgtrigger",
    "template_partials",
]

MIDDLEWARE = [
    "accounts.middleware.NumberedRequest",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "accounts.middleware.ChosenLanguage",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "accounts.middleware.SessionLimits",
    "accounts.middleware.SignInComplete",
    "pghistory.middleware.HistoryMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

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
                "accounts.context.frame",
                "reports.context.waiting",
            ],
        },
    },
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Language and time -------------------------------------------------------------------

LANGUAGE_CODE = "zh-hans"
LANGUAGES = [("zh-hans", _("Chinese")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "Asia/Shanghai"
USE_TZ = True
FILTERS_EMPTY_CHOICE_LABEL = _("All")
LANGUAGE_COOKIE_AGE = 31_536_000
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"

# --- Reminders -----------------------------------------------------------------------------

#: Between these no mail is sent that is not urgent. By the clock in Beijing.
MESSAGE_QUIET_FROM = time.fromisoformat(env.str("MESSAGE_QUIET_FROM", default="21:00"))
MESSAGE_QUIET_UNTIL = time.fromisoformat(
    env.str("MESSAGE_QUIET_UNTIL", default="07:00")
)
#: When what is not urgent goes out, once a day and all in one.
MESSAGE_DIGEST_AT = time.fromisoformat(env.str("MESSAGE_DIGEST_AT", default="08:30"))

# --- Files that go out ---------------------------------------------------------------------

#: After so many days the file of an export is deleted.
EXPORT_DAYS = env.int("EXPORT_DAYS", default=7)

# --- Sign-in -------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
LOGIN_URL = "accounts:sign-in"
LOGIN_REDIRECT_URL = "home"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
PASSWORD_LEAST_LENGTH = env.int("PASSWORD_LEAST_LENGTH", default=12)
PASSWORD_CLASSES = env.int("PASSWORD_CLASSES", default=3)
PASSWORD_HISTORY = env.int("PASSWORD_HISTORY", default=5)
PASSWORD_LASTS = timedelta(days=env.int("PASSWORD_DAYS", default=90))
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": PASSWORD_LEAST_LENGTH},
    },
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {
        "NAME": "accounts.passwords.ClassesValidator",
        "OPTIONS": {"least": PASSWORD_CLASSES},
    },
    {
        "NAME": "accounts.passwords.HistoryValidator",
        "OPTIONS": {"last": PASSWORD_HISTORY},
    },
]

SESSION_ENGINE = "accounts.sessions"
SESSION_IDLE = timedelta(minutes=env.int("SESSION_IDLE_MINUTES", default=15))
SESSION_LASTS = timedelta(hours=env.int("SESSION_HOURS", default=12))
SESSION_COOKIE_AGE = int(SESSION_LASTS.total_seconds())
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SECURE = not DEBUG

# Counts in our own ledger of sign-ins, where locks of different lengths can stand.
AXES_HANDLER = "accounts.lockout.LedgerHandler"
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_LOCKOUT_CALLABLE = "accounts.lockout.locked_out"
AXES_ENABLE_ADMIN = False
AXES_DISABLE_ACCESS_LOG = True  # accounts.SignIn is the log
OTP_TOTP_ISSUER = "接诉即办履约管理"

# --- What browsers are told ------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
if not DEBUG:
    SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=True)
    SECURE_REDIRECT_EXEMPT = [r"^healthz$"]  # asked from inside, without TLS
    SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000)
    SECURE_HSTS_INCLUDE_SUBDOMAINS = True
    SECURE_HSTS_PRELOAD = True
if BEHIND_TLS_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- Logs --------------------------------------------------------------------------------------

SHARED_PROCESSORS: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso"),
]
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": structlog.stdlib.ProcessorFormatter,
            "foreign_pre_chain": SHARED_PROCESSORS,
            "processors": [
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.format_exc_info,
                structlog.processors.LogfmtRenderer(),
            ],
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
}
structlog.configure(
    processors=[
        *SHARED_PROCESSORS,
        structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
    ],
    logger_factory=structlog.stdlib.LoggerFactory(),
    cache_logger_on_first_use=True,
)
