"""Formatters that keep secrets out of logs, and the queries of URLs: a query can hold a token of a private file."""

import json
import logging
import re
from datetime import datetime

from django.utils.log import ServerFormatter as PlainServerFormatter

from mediastore.redaction import redact

QUERY = re.compile(r"\?[^\s\"'<>]*")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def without_query(text: str) -> str:
    """`text` without the queries of the URLs in it, and with control characters escaped, so that it stays one line."""
    return CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", QUERY.sub("", text))


class Formatter(logging.Formatter):
    """Time, level, logger and message of a record, with its traceback and without the site's secrets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatTime(self, record: logging.LogRecord, datefmt: str | None = None) -> str:  # noqa: N802
        return datetime.fromtimestamp(record.created).astimezone().isoformat(timespec="milliseconds")

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class JSONFormatter(Formatter):
    """A record as one line of JSON, without the site's secrets.

    A record's attribute `fields`, a dictionary, is added. Queries of URLs are left out of `django.server`'s messages.
    """

    def format(self, record: logging.LogRecord) -> str:
        message = record.getMessage()
        line = {
            "time": self.formatTime(record),
            "level": record.levelname,
            "logger": record.name,
            "message": redact(QUERY.sub("", message) if record.name == "django.server" else message),
        }
        for name, value in getattr(record, "fields", {}).items():
            line[name] = redact(value) if isinstance(value, str) else value
        if record.exc_info:
            line["exception"] = redact(self.formatException(record.exc_info))
        return json.dumps(line, ensure_ascii=False, default=str)


class StrangersFault(logging.Filter):
    """Makes a record a warning without a traceback: the message says all there is to know, and the site works."""

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info = record.exc_text = None
        record.levelno, record.levelname = logging.WARNING, "WARNING"
        return True


class ServerFormatter(PlainServerFormatter):
    """Formats a line of `runserver`: the requested path without its query."""

    def format(self, record: logging.LogRecord) -> str:
        return QUERY.sub("", redact(super().format(record)))
