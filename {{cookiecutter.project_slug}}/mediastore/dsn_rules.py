"""Reads the parameters that DSNs of several schemes share: `url`, `domain` and `expire`."""

import re

from mediastore.dsn import DSN

WEEK = 7 * 24 * 60 * 60  # seconds; the longest life of a SigV4 presigned URL


def custom_url(dsn: DSN) -> str | None:
    """The URL at which browsers find public files, from `url=`, or from `domain=` with https. No slash at its end.

    None if the DSN has neither parameter.

    Raises:
        ImproperlyConfigured: the parameter cannot be used.
    """
    url = dsn.http_url("url")
    if url or not dsn.params.get("domain"):
        return url
    domain = dsn.params["domain"].rstrip("/")
    if not re.fullmatch(r"[\w.-]+(:\d+)?(/[\w./~-]*)?", domain):
        raise dsn.error("parameter 'domain' must be a host name such as media.example.com.")
    return f"https://{domain}"


def served_url(dsn: DSN) -> str:
    """The URL below which Django, or a web server before it, serves public files: `url=`, else /media/.

    Raises:
        ImproperlyConfigured: the parameter is neither a path nor a whole URL.
    """
    url = dsn.params.get("url", "/media/")
    if not url.strip("/") or not (url.startswith("/") or dsn.http_url("url")):
        raise dsn.error("parameter 'url' must be a path such as /media/ or a whole URL.")
    return url.rstrip("/") + "/"


def refuse_urls(dsn: DSN) -> None:
    """Raise `ImproperlyConfigured` if the DSN of a private storage says where browsers find its files."""
    for name in ("domain", "url"):
        if name in dsn.params:
            raise dsn.error(f"a private storage takes no {name}=: its files have the project's own URLs.")


def expire(dsn: DSN) -> int | None:
    """The seconds that signed URLs are valid for; None if the DSN does not say."""
    return dsn.integer("expire", 1, WEEK, None)
