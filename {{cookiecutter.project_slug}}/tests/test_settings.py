"""`config.settings`, as the environment makes it. Each case is a process of its own, since settings are read once."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
OURS = "SECRET_KEY DEBUG STAGE DATABASE_URL DEFAULT_DATABASE_DSN EMAIL_URL DOMAIN DOMAIN_ALIASES".split()


def python(code, **environ):
    clean = {name: value for name, value in os.environ.items() if name not in OURS}
    return subprocess.run(
        [sys.executable, "-c", f"from django.conf import settings\n{code}"],
        cwd=ROOT,
        env={**clean, "DJANGO_SETTINGS_MODULE": "config.settings", **environ},
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_away_from_a_laptop_a_secret_key_is_needed():
    code = "settings.DEBUG"
    assert "SECRET_KEY: is not set" in python(code, STAGE="live").stderr
    assert python(code, STAGE="live", SECRET_KEY="x").returncode == 0
    assert python(code, STAGE="live", SECRET_KEY="x", DEBUG="False").returncode == 0


@pytest.mark.parametrize(("environ", "debug"), [({}, True), ({"STAGE": "live"}, False), ({"DEBUG": "off"}, False)])
def test_debug_is_on_only_on_a_laptop(environ, debug):
    code = "print(settings.DEBUG)"
    assert python(code, SECRET_KEY="x", **environ).stdout.split() == [str(debug)]


def test_divios_names_for_the_database_and_the_domains_are_read():
    code = "print(settings.DATABASES['default']['HOST'], settings.ALLOWED_HOSTS[:2])"
    dsn = "postgres://user:p%40ss@database_default:5432/db"
    for variable in ("DATABASE_URL", "DEFAULT_DATABASE_DSN"):
        done = python(
            code, **{variable: dsn, "DOMAIN": "example.com", "DOMAIN_ALIASES": "a.example.com, b.example.com"}
        )
        assert done.stdout.strip() == "database_default ['example.com', 'a.example.com']", done.stderr


def test_mail_goes_where_email_url_says():
    code = "from django.core import mail; c = mail.get_connection(); print(c.host, c.port, c.username, c.password, c.use_tls)"
    done = python(code, EMAIL_URL="smtp+tls://user:p%40ss@mail.example.com:587")
    assert done.stdout.strip() == "mail.example.com 587 user p@ss True", done.stderr
    assert "Deprecated" not in done.stderr and "RemovedIn" not in done.stderr


def test_an_error_away_from_a_laptop_leaves_its_traceback_on_the_console():
    code = (
        "import django; django.setup()\n"
        "from django.test import Client; from django.urls import path; import config.urls\n"
        "def fail(request): raise RuntimeError('told on the console')\n"
        "config.urls.urlpatterns.append(path('fail/', fail))\n"
        "Client(raise_request_exception=False).get('/fail/', headers={'host': 'localhost'})"
    )
    assert "RuntimeError: told on the console" in python(code, STAGE="live", SECRET_KEY="x").stderr
