"""Logs have no secret and no query: a query can hold a token that opens a private file."""

import io
import json
import logging
import logging.config
import os
import re
import runpy
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path
from urllib.parse import quote

import pytest
from gunicorn.config import Config

from mediastore import logs
from mediastore.testing.s3_server import free_port

ROOT = Path(__file__).resolve().parent.parent
SECRET = "s3cr3t-t3xt/+%and-m0re"
SERVERS = {
    "gunicorn": ["-m", "gunicorn", "config.wsgi", "--workers=1", "--bind=127.0.0.1:{port}"],
    "runserver": ["manage.py", "runserver", "--noreload", "--nothreading", "127.0.0.1:{port}"],
}


def formatted(message, error=None, formatter=None, **extra):
    record = logging.LogRecord(
        "a", logging.ERROR, "", 1, message, (), error and (type(error), error, error.__traceback__)
    )
    vars(record).update(extra)
    return (formatter or logs.Formatter()).format(record)


def test_a_traceback_in_the_log_shows_no_secret(settings):
    settings.SECRET_KEY = SECRET
    try:
        try:
            raise ValueError(f"no answer from redis://user:{quote(SECRET)}@cache:6379/0")
        except ValueError as error:
            raise RuntimeError(f"failed with {SECRET!r}") from error
    except RuntimeError as error:
        text = formatted(f"it broke: https://b.example.com/k?X-Amz-Signature=0a1b2c3d4e&x=1 ({SECRET})", error)
    assert "RuntimeError" in text and "ValueError" in text and "cache:6379/0" in text and "x=1" in text
    assert SECRET[:8] not in text and "0a1b2c3d4e" not in text


def test_a_line_has_time_level_and_logger():
    line = formatted("it broke")
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}[+-]\d\d:\d\d ERROR a: it broke", line), line


def test_a_line_of_json_has_no_secret_and_its_traceback_in_it(settings):
    settings.SECRET_KEY = SECRET
    try:
        raise RuntimeError(f"failed with {SECRET}")
    except RuntimeError as error:
        text = formatted(
            f"it broke: {SECRET}", error, logs.JSONFormatter(), fields={"path": f"/a/{SECRET}", "status": 500}
        )
    line = json.loads(text)
    assert "\n" not in text and SECRET[:8] not in text
    assert (line["level"], line["logger"], line["status"]) == ("ERROR", "a", 500) and "RuntimeError" in line[
        "exception"
    ]


def test_a_foreign_host_costs_one_line_without_a_traceback(client, settings, capfd):
    settings.ALLOWED_HOSTS = ["www.example.com"]
    settings.DEBUG = False
    logging.config.dictConfig(settings.LOGGING)  # with the stream that is captured here
    assert client.get("/", headers={"host": "evil.example.com"}).status_code == 400
    lines = capfd.readouterr().err.splitlines()
    assert len(lines) == 1 and "WARNING django.security.DisallowedHost" in lines[0] and "evil.example.com" in lines[0]


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("server", SERVERS)
def test_no_query_reaches_the_log_of_a_server(server, form, tmp_path):
    port = free_port()
    log = tmp_path / "log"
    with log.open("wb") as stream:
        process = subprocess.Popen(
            [sys.executable, *(word.format(port=port) for word in SERVERS[server])],
            cwd=ROOT,
            env={
                **{name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"},
                "DATABASE_URL": f"sqlite:///{tmp_path}/db.sqlite3",
                "STAGE": "local",
                "LOG_FORMAT": form,
                "TRUSTED_PROXIES": "1",
            },
            stdout=stream,
            stderr=stream,
        )
    try:
        path = "/private/a/letter.txt"
        for _ in range(150):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/static/none", timeout=5)
            except urllib.error.HTTPError:
                break
            except OSError:
                time.sleep(0.1)
        for tail in ("?x=QUERYTOKEN", "%0Aforged?x=QUERYTOKEN", "/?y=1&x=QUERYTOKEN%0A"):
            request = urllib.request.Request(f"http://127.0.0.1:{port}{path}{tail}")
            request.add_header("X-Forwarded-For", "192.0.2.1, 203.0.113.7")
            request.add_header("Referer", f"http://127.0.0.1:{port}{path}?token=REFERERTOKEN")
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(request, timeout=10)
        urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz?x=QUERYTOKEN", timeout=10).close()
        time.sleep(0.5)
    finally:
        process.terminate()
        process.wait(20)
    text = log.read_text(encoding="utf-8")
    assert text.count(f"GET {path}") == 3, text
    assert "TOKEN" not in text
    assert not any(line.startswith("forged") for line in text.splitlines())
    if server == "gunicorn":
        assert "/healthz" not in text  # which is asked every few seconds
        assert text.count("203.0.113.7") == (6 if form == "json" else 3) and "192.0.2.1" not in text
    if form == "json" and server == "gunicorn":
        lines = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
        asked = [line for line in lines if line["logger"] == "gunicorn.access" and line["path"].startswith(path)]
        assert [(line["client"], line["method"]) for line in asked] == [("203.0.113.7", "GET")] * 3
        assert all(line["status"] >= 400 and line["milliseconds"] >= 0 for line in asked)


def test_an_error_of_gunicorn_itself_tells_neither_a_query_nor_a_secret(settings):
    settings.SECRET_KEY = SECRET
    logger = runpy.run_path(str(ROOT / "gunicorn.conf.py"))["Logger"](Config())
    stream = io.StringIO()
    for handler in logger.error_log.handlers:
        handler.stream = stream
    try:
        raise RuntimeError(f"failed with {SECRET}")
    except RuntimeError:
        logger.exception("Error handling request %s %s", "GET", "/private/a.txt?x=QUERYTOKEN")
    text = stream.getvalue()
    assert "GET /private/a.txt" in text and "RuntimeError" in text
    assert "TOKEN" not in text and SECRET[:8] not in text
