"""Formatters of logs: no secret, no query, one line for one record."""

import logging
import sys

import pytest

from mediastore import logs

SECRET = "s3cr3t-of-a-service"


def record(message, *arguments, **more):
    return logging.makeLogRecord({"msg": message, "args": arguments, "levelname": "INFO"} | more)


@pytest.fixture(autouse=True)
def planted(monkeypatch):
    monkeypatch.setenv("SOMEBODYS_API_KEY", SECRET)


def test_a_message_and_its_traceback_have_no_secret():
    try:
        raise ValueError(f"{SECRET} is refused")
    except ValueError:
        line = logs.Formatter().format(record("no luck with %s", SECRET, exc_info=sys.exc_info()))
    assert "no luck" in line and "ValueError" in line and "is refused" in line and SECRET not in line


def test_runserver_writes_the_path_without_its_query():
    """A query can hold the token of a private file."""
    line = logs.ServerFormatter("{message}", style="{").format(
        record('"GET /private/a.txt?token=abc HTTP/1.1" 200 10', server_time="now", status_code=200)
    )
    assert "/private/a.txt" in line and "200" in line and "abc" not in line and "token" not in line


def test_a_path_that_a_visitor_has_made_up_stays_one_line():
    assert logs.without_query("/a\r\nFAKE?b=c \x1b[31m") == "/a\\x0d\\x0aFAKE \\x1b[31m"
