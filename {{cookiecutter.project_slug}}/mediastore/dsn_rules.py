"""Parameters that DSNs of several schemes have, with one rule for each: `url`, `domain` and `expire`."""

import re

from mediastore.dsn import DSN

WEEK = 7 * 24 * 60 * 60  # seconds; the longest life of a SigV4 presigned URL


def custom_url(dsn: DSN) -> str | None:
    """Where browsers find public files, without a slash at its end: `url=`, or `domain=` by https; None without both.

    Raises:
        ImproperlyConfigured: one of them cannot be used.
    """
    url = dsn.http_url("url")
    if url or not dsn.params.get("domain"):
        return url
    domain = dsn.params["domain"].rstrip("/")
    if not re.fullmatch(r"[\w.-]+(:\d+)?(/[\w./~-]*)?", domain):
        raise dsn.error("parameter 'domain' must be a host name such as media.example.com.")
    return f"https://{domain}"


def served_url(dsn: DSN) -> str:
    """Where Django, or a web server before it, serves public files: `url=`, a path or a whole URL, or /media/.

    Raises:
        ImproperlyConfigured: it is neither.
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
    """The seconds that signed URLs are good for; None where the DSN does not say."""
    seconds: int | None = dsn.integer("expire", 1, WEEK, None)
    return seconds
