"""Formatters that keep secrets out of logs, and the queries of URLs: a query can hold a token of a private file."""

import logging
import re

from django.utils.log import ServerFormatter as PlainServerFormatter

from mediastore.redaction import redact

QUERY = re.compile(r"\?[^\s\"'<>]*")
CONTROL = re.compile("[\x00-\x1f\x7f-\x9f]")


def without_query(text: str) -> str:
    """`text` without the queries of the URLs in it, and with control characters escaped, so that it stays one line."""
    return CONTROL.sub(lambda match: f"\\x{ord(match[0]):02x}", QUERY.sub("", text))


class Formatter(logging.Formatter):
    """Formats a record and its traceback without the site's secrets."""

    def format(self, record: logging.LogRecord) -> str:
        return redact(super().format(record))


class ServerFormatter(PlainServerFormatter):
    """Formats a line of `runserver`: the requested path without its query."""

    def format(self, record: logging.LogRecord) -> str:
        return QUERY.sub("", redact(super().format(record)))
