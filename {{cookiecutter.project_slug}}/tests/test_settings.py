"""`config.settings`, as the environment makes it."""

import os
import re
import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
OURS = (
    "SECRET_KEY DEBUG STAGE DATABASE_URL DEFAULT_DATABASE_DSN DEFAULT_STORAGE_DSN PRIVATE_STORAGE_DSN EMAIL_URL "
    "DEFAULT_STORAGE_BUCKET PRIVATE_STORAGE_BUCKET ALLOW_MISSING DOMAIN DOMAIN_ALIASES DOMAIN_REDIRECTS TRUSTED_PROXIES "
    "SECURE_SSL_REDIRECT SECURE_HSTS_SECONDS SECURE_HSTS_INCLUDE_SUBDOMAINS SECURE_HSTS_PRELOAD SECURE_COOKIES LOG_FORMAT"
).split()
SERVICES = {
    "DATABASE_URL": "postgres://user:password@database.example.com:5432/db",
    "DEFAULT_STORAGE_DSN": "s3://KEY:SECRET@media.s3.eu-central-1.amazonaws.com/",
    "PRIVATE_STORAGE_DSN": "s3://KEY:SECRET@private.s3.eu-central-1.amazonaws.com/",
    "EMAIL_URL": "smtp+tls://user:password@mail.example.com:587",
}


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


KNOWN = "only-for-local-development"
REFUSED = "refused"


def read(monkeypatch, **environ):
    """The settings that these variables give; in this process, which is quick."""
    for name in OURS:
        monkeypatch.delenv(name, raising=False)
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "config/settings.py"))


# Whether DEBUG is on, or why not: by STAGE, whether there is a domain, DEBUG and SECRET_KEY. None is not set.
TABLE = [
    # STAGE, domain, DEBUG, SECRET_KEY, outcome
    (None, False, None, None, True),
    (None, False, None, "own", True),
    (None, False, "True", None, True),
    (None, False, "False", None, REFUSED),
    (None, False, "False", "own", False),
    (None, True, None, None, REFUSED),
    (None, True, "True", None, REFUSED),
    (None, True, "False", None, REFUSED),
    (None, True, None, "own", False),
    (None, True, None, KNOWN, REFUSED),
    (None, True, "True", KNOWN, REFUSED),
    (None, True, "True", "own", True),
    ("local", True, None, None, True),
    ("local", False, None, None, True),
    ("local", True, "False", None, REFUSED),
    ("local", True, None, "own", True),
    ("live", False, None, None, REFUSED),
    ("live", True, None, None, REFUSED),
    ("live", True, "True", None, REFUSED),
    ("live", True, "True", KNOWN, REFUSED),
    ("live", True, "True", "own", True),
    ("live", True, None, "own", False),
    ("test", True, None, "own", False),
    ("test", True, None, None, REFUSED),
    *[(stage, False, None, None, REFUSED) for stage in ("production", "Live", "LOCAL", "Local", "", " local")],
    *[(stage, True, None, "own", False) for stage in ("production", "Live", "LOCAL", "Local", "", " local")],
    *[(stage, False, "True", KNOWN, REFUSED) for stage in ("production", "Live", "LOCAL", "Local", "", " local")],
]


@pytest.mark.parametrize(("stage", "domain", "debug", "key", "outcome"), TABLE)
@pytest.mark.parametrize("variable", ["DOMAIN", "DOMAIN_ALIASES", "DOMAIN_REDIRECTS"])
def test_no_site_has_debug_pages_or_a_known_key_by_mistake(monkeypatch, variable, stage, domain, debug, key, outcome):
    given = {"STAGE": stage, variable: "example.com" if domain else None, "DEBUG": debug, "SECRET_KEY": key}
    environ = {name: value for name, value in given.items() if value is not None}
    environ |= SERVICES
    if outcome == REFUSED:
        with pytest.raises(ImproperlyConfigured) as caught:
            read(monkeypatch, **environ)
        message = str(caught.value)
        assert "\n" not in message and message.startswith("SECRET_KEY: ") and "set SECRET_KEY to" in message
    else:
        settings = read(monkeypatch, **environ)
        assert settings["DEBUG"] is outcome
        assert settings["SECRET_KEY"] == (key or KNOWN) and not (
            settings["SECRET_KEY"] == KNOWN and stage != "local" and domain
        )


def manage(*words, **environ):
    clean = {name: value for name, value in os.environ.items() if name not in (*OURS, "DJANGO_SETTINGS_MODULE")}
    command = [sys.executable, "manage.py", *words]
    return subprocess.run(command, cwd=ROOT, env=clean | environ, capture_output=True, text=True, timeout=60)


def test_what_is_wrong_with_the_key_is_said_in_one_line():
    done = manage("check", DOMAIN="example.com")
    assert done.returncode == 1 and "SECRET_KEY" in done.stderr and "Traceback" not in done.stderr


LIVE = {"STAGE": "live", "SECRET_KEY": "own", "DOMAIN": "example.com", **SERVICES}


@pytest.mark.parametrize("deployed", [{"STAGE": "live"}, {"STAGE": "test"}, {"DOMAIN": "example.com"}])
@pytest.mark.parametrize("missing", SERVICES)
def test_a_deployed_site_loses_nothing_because_a_variable_was_forgotten(monkeypatch, missing, deployed):
    environ = {"SECRET_KEY": "own", **deployed, **SERVICES}
    read(monkeypatch, **environ)
    for forgotten in ({}, {missing: ""}):
        with pytest.raises(ImproperlyConfigured) as caught:
            read(monkeypatch, **{name: value for name, value in environ.items() if name != missing} | forgotten)
        message = str(caught.value)
        assert message.startswith(f"{missing}: ") and f"ALLOW_MISSING={missing}" in message and "\n" not in message
    del environ[missing]
    read(monkeypatch, ALLOW_MISSING=missing, **environ)


def test_all_that_is_missing_is_said_at_once_and_in_one_line():
    done = manage("migrate", STAGE="live", SECRET_KEY="own")
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert f"ALLOW_MISSING={','.join(SERVICES)} if" in done.stderr


def test_divio_gives_one_bucket_and_the_site_starts_with_a_warning(monkeypatch):
    dsns = {"DEFAULT_DATABASE_DSN": SERVICES["DATABASE_URL"], "DATABASE_URL": SERVICES["DATABASE_URL"]}
    environ = {name: value for name, value in LIVE.items() if name != "PRIVATE_STORAGE_DSN"} | dsns
    options = read(monkeypatch, **environ)["STORAGES"]["private"]["OPTIONS"]
    assert (options["bucket_name"], options["prefix"]) == ("media", "private")
    found = manage("check", "--deploy", "--fail-level", "WARNING", **environ | {"SECRET_KEY": DOCUMENTED["SECRET_KEY"]})
    assert found.returncode == 1 and found.stderr.count("?: (") == 1 and "mediastore.W001" in found.stderr


def test_a_laptop_needs_no_variable(monkeypatch):
    assert read(monkeypatch)["DEBUG"]


def test_static_files_are_collected_without_any_variable_or_service():
    for environ in ({}, {"STAGE": "live"}):
        done = manage("collectstatic", "--noinput", "--dry-run", "-v0", **environ)
        assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [["check"], ["migrate"], ["runserver", "collectstatic"]])
def test_building_is_not_left_on_for_what_serves(command):
    done = manage(*command, STAGE="live")
    assert done.returncode == 1 and "SECRET_KEY" in done.stderr


def key_of(*argv):
    return python(f"import sys; sys.argv = {list(argv)}; print(settings.SECRET_KEY)", STAGE="live")


def test_no_server_is_taken_for_a_build():
    assert key_of("manage.py", "collectstatic").returncode == 0
    for argv in (["/venv/bin/gunicorn", "collectstatic"], ["manage.py", "runserver"], ["manage.py"]):
        assert "SECRET_KEY: " in key_of(*argv).stderr, argv


def test_two_builds_share_no_key():
    one, two = (key_of("manage.py", "collectstatic").stdout for _ in range(2))
    assert one != two and len(one.strip()) == 50


def test_a_dsn_may_come_from_a_file(tmp_path):
    (tmp_path / "dsn").write_text(f"{SERVICES['DEFAULT_STORAGE_DSN']}\n", encoding="utf-8")
    environ = {name: value for name, value in LIVE.items() if name != "DEFAULT_STORAGE_DSN"}
    code = "print(settings.STORAGES['default']['OPTIONS']['bucket_name'])"
    done = python(code, **environ, DEFAULT_STORAGE_DSN_FILE=str(tmp_path / "dsn"))
    assert done.stdout.strip() == "media", done.stderr


def test_a_format_of_logs_that_does_not_exist_is_refused(monkeypatch):
    assert read(monkeypatch, LOG_FORMAT="json")["LOGGING"]["handlers"]["console"]["formatter"] == "json"
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT"):
        read(monkeypatch, LOG_FORMAT="xml")


def test_no_header_of_a_proxy_is_believed_where_there_is_none(monkeypatch):
    assert read(monkeypatch, **LIVE)["TRUSTED_PROXIES"] == 1
    for environ in ({}, {**LIVE, "TRUSTED_PROXIES": "0"}):
        assert read(monkeypatch, **environ)["SECURE_PROXY_SSL_HEADER"] is None


def test_a_deployed_site_speaks_https_only(monkeypatch):
    live, local = read(monkeypatch, **LIVE), read(monkeypatch)
    assert live["SECURE_SSL_REDIRECT"] and not local["SECURE_SSL_REDIRECT"]
    assert live["SECURE_PROXY_SSL_HEADER"] and not local["SECURE_PROXY_SSL_HEADER"]
    assert (live["SECURE_HSTS_SECONDS"], local["SECURE_HSTS_SECONDS"]) == (365 * 24 * 3600, 0)
    assert live["SESSION_COOKIE_SECURE"] and live["CSRF_COOKIE_SECURE"]
    given = {"SECURE_SSL_REDIRECT": "False", "SECURE_HSTS_SECONDS": "60", "SECURE_HSTS_INCLUDE_SUBDOMAINS": "True"}
    other = read(monkeypatch, **LIVE, **given, SECURE_COOKIES="False")
    assert not other["SESSION_COOKIE_SECURE"] and not other["CSRF_COOKIE_SECURE"]
    assert not other["SECURE_SSL_REDIRECT"] and other["SECURE_HSTS_SECONDS"] == 60
    assert other["SECURE_HSTS_INCLUDE_SUBDOMAINS"]


def test_no_other_host_is_bound_to_https_without_being_asked(monkeypatch):
    live = read(monkeypatch, **LIVE)
    assert not live["SECURE_HSTS_INCLUDE_SUBDOMAINS"] and not live["SECURE_HSTS_PRELOAD"]


DOCUMENTED = {
    "STAGE": "live",
    "SECRET_KEY": "".join(chr(48 + number) for number in range(60)),
    "DOMAIN": "example.com",
    **SERVICES,
}


def check(environ):
    return manage("check", "--deploy", "--fail-level", "WARNING", **environ)


def test_the_deployment_check_has_nothing_to_say_about_the_documented_variables():
    done = check(DOCUMENTED)
    assert done.returncode == 0 and "no issues" in done.stdout, done.stderr


def test_every_variable_that_is_read_is_documented():
    sources = "".join(
        (ROOT / name).read_text(encoding="utf-8")
        for name in ("config/settings.py", "config/needed.py", "gunicorn.conf.py")
    )
    names = set(re.findall(r'(?:env(?:\.\w+)?|os\.environ\.get)\(\s*"([A-Z_]+)"', sources))
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert names > {"STAGE", "DEBUG", "LOG_FORMAT", "WEB_CONCURRENCY"} and len(names) > 15
    assert [name for name in names | DOCUMENTED.keys() if f"`{name}`" not in readme] == []


@pytest.mark.parametrize(
    ("variable", "found"),
    [
        ("EMAIL_URL", "mediastore.W010"),
        ("DEFAULT_STORAGE_DSN", "mediastore.W002"),
    ],
)
def test_the_deployment_check_names_a_variable_that_was_forgotten(variable, found):
    given = {name: value for name, value in DOCUMENTED.items() if name != variable}
    done = check(given | {"ALLOW_MISSING": variable})
    assert done.returncode == 1 and found in done.stderr


def test_mail_that_nobody_has_meant_is_not_written_to_the_log(monkeypatch):
    def backend(**environ):
        settings = read(monkeypatch, **environ)
        return settings["MAILERS"]["default"]["BACKEND"] if "MAILERS" in settings else settings["EMAIL_BACKEND"]

    assert backend() == "django.core.mail.backends.console.EmailBackend"
    unset = LIVE | {"EMAIL_URL": "", "ALLOW_MISSING": "EMAIL_URL"}
    assert backend(**unset) == "django.core.mail.backends.smtp.EmailBackend"
    assert backend(**LIVE | {"EMAIL_URL": "dummymail://"}) == "django.core.mail.backends.dummy.EmailBackend"


@pytest.mark.parametrize("url", ["mail.example.com", "foo://mail.example.com", "smtp://user:s3cret@mail.example.com:x"])
def test_mail_that_could_go_nowhere_fails_at_the_start(url):
    done = manage("check", **LIVE | {"EMAIL_URL": url})
    assert done.returncode == 1 and len(done.stderr.splitlines()) == 1
    assert "EMAIL_URL: " in done.stderr and "s3cret" not in done.stderr


def test_divios_names_for_the_database_and_the_domains_are_read():
    code = "print(settings.DATABASES['default']['HOST'], settings.ALLOWED_HOSTS[:2])"
    dsn = "postgres://user:p%40ss@database_default:5432/db"
    for variable in ("DATABASE_URL", "DEFAULT_DATABASE_DSN"):
        domains = {"DOMAIN": "example.com", "DOMAIN_ALIASES": "a.example.com, b.example.com"}
        others = {name: value for name, value in SERVICES.items() if name != "DATABASE_URL"}
        done = python(code, SECRET_KEY="x", **{variable: dsn}, **domains, **others)
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
        "Client(raise_request_exception=False).get('/fail/', secure=True, headers={'host': 'localhost'})"
    )
    assert "RuntimeError: told on the console" in python(code, **LIVE).stderr


def test_the_image_checks_itself_and_does_not_run_as_root():
    production = (ROOT / "Dockerfile").read_text(encoding="utf-8").partition(" AS production")[2]
    assert "\nUSER 1000\n" in production and "check --deploy" in production.partition("\nCMD ")[2]
