"""Django's settings for the layer's own tests. They are no site's, so nothing that a site sets can break these tests."""

import os
from importlib import import_module
from pathlib import Path

import environ

import mediastore

BASE_DIR = Path(__file__).resolve().parents[2]
SECRET_KEY = "only-for-tests"
ALLOWED_HOSTS = ["*"]
ROOT_URLCONF = "mediastore.tests.urls"
LOGIN_URL = "admin:login"
USE_TZ = True
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
DEFAULT_EXCEPTION_REPORTER = "mediastore.debug.ExceptionReporter"
DEFAULT_EXCEPTION_REPORTER_FILTER = "mediastore.debug.ExceptionReporterFilter"
STATIC_URL = "/static/"

INSTALLED_APPS = [
    "mediastore",
    "mediastore.tests",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "easy_thumbnails",
]
MIDDLEWARE = [
    "mediastore.middleware.PrivateAnswers",
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
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

DATABASES = {"default": environ.Env().db_url("DATABASE_URL", default="sqlite://:memory:")}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {"transaction_mode": "IMMEDIATE", "timeout": 20}
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

_media = mediastore.configure(os.environ, base_dir=BASE_DIR)
STORAGES = _media["STORAGES"] | {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}}
MEDIA_URL = _media["MEDIA_URL"]
MEDIA_ROOT = _media["MEDIA_ROOT"]
MEDIA_MAX_PIXELS = 64_000_000
MEDIA_MAX_ANIMATION_PIXELS = 500_000_000
PRIVATE_MEDIA_PERMISSION = "mediastore.permissions.staff"
THUMBNAIL_CACHE_DIMENSIONS = True
THUMBNAIL_NAMER = "mediastore.thumbnails.namer"
THUMBNAIL_BASEDIR = "thumbnails"
THUMBNAIL_SOURCE_GENERATORS = ("mediastore.thumbnails.first_frame",)
THUMBNAIL_PROCESSORS = (
    "easy_thumbnails.processors.colorspace",
    "easy_thumbnails.processors.autocrop",
    "easy_thumbnails.processors.scale_and_crop",
    "easy_thumbnails.processors.filters",
    "easy_thumbnails.processors.background",
    "mediastore.thumbnails.srgb",
)

# A folder of tests beside this one may need more apps: its `settings.py` has a function `extend`.
for _more in sorted(Path(__file__).parent.glob("*/settings.py")):
    import_module(f"mediastore.tests.{_more.parent.name}.settings").extend(globals())
