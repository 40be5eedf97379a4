"""Django's settings. What varies between machines comes from the environment; README.md lists the variables."""

import os
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

import mediastore

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.FileAwareEnv()

# The site

SITE_NAME = "{{ cookiecutter.__project_name_escaped }}"  # fmt: skip
STAGE = env("STAGE", default="local")  # on Divio: local, test or live
DEBUG = env.bool("DEBUG", default=STAGE == "local")
SECRET_KEY = env("SECRET_KEY", default="only-for-local-development" if DEBUG else "")
if not SECRET_KEY:
    raise ImproperlyConfigured("SECRET_KEY: is not set; it must be a long random text wherever DEBUG is off.")

DOMAINS = [
    name.strip()
    for variable in ("DOMAIN", "DOMAIN_ALIASES", "DOMAIN_REDIRECTS")
    for name in env(variable, default="").split(",")
    if name.strip()
]
ALLOWED_HOSTS = [*DOMAINS, "localhost", ".localhost", "127.0.0.1", "[::1]"]
CSRF_TRUSTED_ORIGINS = [f"https://{domain}" for domain in DOMAINS]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if STAGE != "local" else None
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = STAGE != "local"
SECURE_CONTENT_TYPE_NOSNIFF = True
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
_email = env.email_url("EMAIL_URL", default="consolemail://")
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
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "root": {"handlers": ["console"], "level": "WARNING"},
    "loggers": {"django": {"handlers": [], "level": "INFO", "propagate": True}},
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

_media = mediastore.configure(os.environ, base_dir=BASE_DIR)
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
#% if cookiecutter.use_filer
PRIVATE_MEDIA_PERMISSION = "mediastore.filer.permissions.staff_or_filer"
FILER_STORAGES = _media["FILER_STORAGES"]
FILER_SERVERS = _media["FILER_SERVERS"]
FILER_ENABLE_PERMISSIONS = True  # without it nothing can be made private in filer's admin
THUMBNAIL_PROCESSORS = (
    "easy_thumbnails.processors.colorspace",
    "easy_thumbnails.processors.autocrop",
    "filer.thumbnail_processors.scale_and_crop_with_subject_location",
    "easy_thumbnails.processors.filters",
    "easy_thumbnails.processors.background",
)
#% else
PRIVATE_MEDIA_PERMISSION = "mediastore.permissions.staff"
#% endif
