"""Django's debug page and error mails show no secret."""

import sys
from urllib.parse import quote

from django.views.debug import ExceptionReporter

import mediastore

SECRET = "s3cr3t-t3xt/+%"


def test_trap_11_the_debug_page_shows_no_secret(rf, settings):
    dsn = f"s3+http://KEY:{quote(SECRET, safe='')}@media.storage:9000/"
    environ_dsn = {"DEFAULT_STORAGE_DSN": dsn, "S3_TEST_ENDPOINT": dsn, "DATABASE_URL": dsn}
    settings.DEBUG = True
    settings.STORAGES = mediastore.configure(environ_dsn, base_dir="/app")["STORAGES"]
    request = rf.get("/", **environ_dsn)
    try:
        fail(dsn, SECRET)
    except RuntimeError:
        for debug in (True, False):
            settings.DEBUG = debug
            for page in (reporter(request).get_traceback_html(), reporter(request).get_traceback_text()):
                assert "DEFAULT_STORAGE_DSN" in page and "STORAGES" in page
                assert SECRET[:6] not in page


def fail(dsn, secret_key):
    kwargs = {"aws": [secret_key], "url": dsn}
    assert kwargs
    raise RuntimeError("no")


def reporter(request):
    return ExceptionReporter(request, *sys.exc_info())
