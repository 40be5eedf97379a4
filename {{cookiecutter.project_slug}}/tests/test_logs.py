"""Logs have no secret and no query: a query can hold a token that opens a private file."""

import io
import logging
import os
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


def formatted(message, error=None):
    record = logging.LogRecord(
        "a", logging.ERROR, "", 1, message, (), error and (type(error), error, error.__traceback__)
    )
    return logs.Formatter().format(record)


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


@pytest.mark.parametrize("server", SERVERS)
def test_no_query_reaches_the_log_of_a_server(server, tmp_path):
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
            request.add_header("Referer", f"http://127.0.0.1:{port}{path}?token=REFERERTOKEN")
            with pytest.raises(urllib.error.HTTPError):
                urllib.request.urlopen(request, timeout=10)
        time.sleep(0.5)
    finally:
        process.terminate()
        process.wait(20)
    text = log.read_text(encoding="utf-8")
    assert text.count(f"GET {path}") == 3, text
    assert "TOKEN" not in text
    assert not any(line.startswith("forged") for line in text.splitlines())


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
