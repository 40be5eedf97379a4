"""Django's settings. What varies between machines comes from the environment; README.md lists the variables."""

import os
import sys
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured
from django.core.management.utils import get_random_secret_key

import mediastore
from config import needed

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

# The site

SITE_NAME = "{{ cookiecutter.__project_name_escaped }}"  # fmt: skip  # noqa: PLE2502, PLE2515
DOMAINS = [
    name.strip()
    for variable in ("DOMAIN", "DOMAIN_ALIASES", "DOMAIN_REDIRECTS")
    for name in env(variable, default="").split(",")
    if name.strip()
]
# On Divio: local, test or live. Only "local" and nothing else is a laptop; a site with a domain is none.
STAGE = env("STAGE", default="live" if DOMAINS else "local")
IS_LOCAL = STAGE == "local"
# While an image is built there are no variables and no services, and these commands need none. The command line alone
# decides, so this cannot stay on: a server and every other command ask for all variables.
IS_BUILDING = Path(sys.argv[0]).name == "manage.py" and sys.argv[1:2] in (["collectstatic"], ["compilemessages"])
DEBUG = env.bool("DEBUG", default=IS_LOCAL) and not IS_BUILDING
# The project's source tells this key, and whoever knows a site's key can forge its sessions.
_known_key = "only-for-local-development"
SECRET_KEY = get_random_secret_key() if IS_BUILDING else env("SECRET_KEY", default="") or (_known_key if DEBUG else "")
if not SECRET_KEY or (SECRET_KEY == _known_key and not IS_LOCAL):
    raise ImproperlyConfigured(
        f"SECRET_KEY: a site with STAGE={STAGE} and DEBUG={DEBUG} needs a secret key of its own; set SECRET_KEY to a "
        "random text of 50 characters, or STAGE=local and DEBUG=True on your own computer."
    )
if not IS_LOCAL and not IS_BUILDING:
    needed.require(env, STAGE)

ALLOWED_HOSTS = [*DOMAINS, "localhost", ".localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"https://{domain}" for domain in DOMAINS]
# Where the names of DOMAIN_REDIRECTS lead.
REDIRECTS_FROM = [name.strip() for name in env("DOMAIN_REDIRECTS", default="").split(",") if name.strip()]
REDIRECTS_TO = env("DOMAIN", default="").partition(",")[0].strip()
# How many proxies in front of the site add to X-Forwarded-For. Without one, neither header of a proxy is believed.
TRUSTED_PROXIES = env.int("TRUSTED_PROXIES", default=0 if IS_LOCAL else 1)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if TRUSTED_PROXIES else None
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=not IS_LOCAL)
SECURE_HSTS_SECONDS = 0 if IS_LOCAL else env.int("SECURE_HSTS_SECONDS", default=365 * 24 * 3600)  # sent over https only
# Both bind other hosts than this one, so the owner of the domain decides. Browsers keep `preload` for good.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
# These two warn where the owner has not decided so. Neither is a fault: https://hstspreload.org advises against a default.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = env.bool("SECURE_COOKIES", default=not IS_LOCAL)
SECURE_CONTENT_TYPE_NOSNIFF = True
DEFAULT_EXCEPTION_REPORTER = "mediastore.debug.ExceptionReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "mediastore.debug.ExceptionReporterFilter"

# Apps

INSTALLED_APPS = [
    "mediastore",
    #% if cookiecutter.example_app
    "gallery",
    #% endif
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "easy_thumbnails",
    #% if cookiecutter.use_filer
    "filer",
    "polymorphic",
    #% endif
]

MIDDLEWARE = [
    "mediastore.middleware.PrivateAnswers",
    "config.middleware.ClientAddress",
    "config.middleware.Health",
    "config.middleware.DomainRedirects",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
LOGIN_URL = "admin:login"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# Services

_database = "DATABASE_URL" if env("DATABASE_URL", default="") else "DEFAULT_DATABASE_DSN"
DATABASES = {"default": env.db_url(_database, default=f"sqlite:///{BASE_DIR / 'data' / 'db.sqlite3'}")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    Path(DATABASES["default"]["NAME"]).parent.mkdir(parents=True, exist_ok=True)
    # A write waits for another instead of failing at once, and begins as one.
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
CACHES = {"default": env.cache_url("CACHE_URL", default="locmemcache://")}
# Without EMAIL_URL mail goes to the console on a laptop. Elsewhere the site does not start, or sending fails where
# ALLOW_MISSING says so: on the console, links that reset a password would be read by all who read the log.
EMAIL_IS_SET = bool(env("EMAIL_URL", default=""))
try:
    _email = env.email_url_config(
        env("EMAIL_URL", default="") or ("consolemail://" if IS_LOCAL else "smtp://localhost:25")
    )
except (ImproperlyConfigured, ValueError):
    raise ImproperlyConfigured(
        "EMAIL_URL: it cannot be read; write smtp+tls://USER:PASSWORD@HOST:587, percent-encoded."
    ) from None
#% if cookiecutter.django_version == "5.2"
globals().update(_email)
#% else
_option_names = {
    "EMAIL_HOST": "host",
    "EMAIL_PORT": "port",
    "EMAIL_HOST_USER": "username",
    "EMAIL_HOST_PASSWORD": "password",
    "EMAIL_USE_TLS": "use_tls",
    "EMAIL_USE_SSL": "use_ssl",
    "EMAIL_FILE_PATH": "file_path",
}
MAILERS = {
    "default": {
        "BACKEND": _email["EMAIL_BACKEND"],
        "OPTIONS": {option: _email[name] for name, option in _option_names.items() if _email.get(name)},
    }
}
#% endif
# Errors with their tracebacks on the console, where a platform collects them; Django's own default mails them.
LOG_FORMAT = env("LOG_FORMAT", default="") or "text"
if LOG_FORMAT not in ("text", "json"):
    raise ImproperlyConfigured(f"LOG_FORMAT: {LOG_FORMAT!r} is neither text nor json; set it to one of the two.")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "text": {"()": "mediastore.logs.Formatter"},
        "json": {"()": "mediastore.logs.JSONFormatter"},
        "runserver": {"()": "mediastore.logs.ServerFormatter", "format": "[{server_time}] {message}", "style": "{"},
    },
    "filters": {"strangers_fault": {"()": "mediastore.logs.StrangersFault"}},
    "handlers": {
        "console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT},
        "runserver": {
            "class": "logging.StreamHandler",
            "formatter": "runserver" if LOG_FORMAT == "text" else LOG_FORMAT,
        },
    },
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.security.DisallowedHost": {"filters": ["strangers_fault"]},
        "django.server": {"handlers": ["runserver"], "level": "INFO", "propagate": False},
    },
}

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# Media: everything follows from DEFAULT_STORAGE_DSN and PRIVATE_STORAGE_DSN. See docs/index.md.

_dsns = {name: env(name, default="") for name in ("DEFAULT_STORAGE_DSN", "PRIVATE_STORAGE_DSN")}  # a _FILE's too
_media = mediastore.configure({**os.environ, **_dsns}, base_dir=BASE_DIR)
STORAGES = _media["STORAGES"] | {
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    }
}
MEDIA_URL = _media["MEDIA_URL"]
MEDIA_ROOT = _media["MEDIA_ROOT"]
STATIC_URL = "/static/"
STATIC_ROOT = BASE_DIR / "staticfiles"

# Width and height of a thumbnail from the database; else each one on a page is three requests to S3.
THUMBNAIL_CACHE_DIMENSIONS = True
THUMBNAIL_NAMER = "mediastore.thumbnails.namer"
THUMBNAIL_BASEDIR = "thumbnails"  # apart from the originals: a thumbnail replaces what has its name

# What a picture may cost: four to eight bytes of memory for each pixel of its first frame, which alone is decoded here,
# and a browser all frames of an animation.
MEDIA_MAX_PIXELS = 64_000_000
MEDIA_MAX_ANIMATION_PIXELS = 500_000_000  # width × height × frames
THUMBNAIL_SOURCE_GENERATORS = ("mediastore.thumbnails.first_frame",)
THUMBNAIL_PROCESSORS = (
    "easy_thumbnails.processors.colorspace",
    "easy_thumbnails.processors.autocrop",
    #% if cookiecutter.use_filer
    "filer.thumbnail_processors.scale_and_crop_with_subject_location",
    #% else
    "easy_thumbnails.processors.scale_and_crop",
    #% endif
    "easy_thumbnails.processors.filters",
    "easy_thumbnails.processors.background",
    "mediastore.thumbnails.srgb",
)
#% if cookiecutter.use_filer
# The same whatever the DSN is: filer's files lie where the aliases of STORAGES say.
from mediastore.filer.conf import FILER_SERVERS, FILER_STORAGES  # noqa: E402, F401

PRIVATE_MEDIA_PERMISSION = "mediastore.filer.permissions.staff_or_filer"
FILER_ENABLE_PERMISSIONS = True  # without it nothing can be made private in filer's admin
FILER_ADD_FILE_VALIDATORS = {
    f"image/{kind}": ["mediastore.filer.pictures.validate"] for kind in ("jpeg", "png", "gif", "webp", "avif")
}
#% else
PRIVATE_MEDIA_PERMISSION = "mediastore.permissions.staff"
#% endif
