"""Gives private files URLs of the project, and the rules for URLs that are signed."""

import operator
from typing import Any

from django.utils.encoding import filepath_to_uri

from mediastore import headers, names
from mediastore.backends.aliased import AliasedStorage
from mediastore.dsn import DSN
from mediastore.dsn_rules import WEEK, refuse_urls
from mediastore.schemes import PRIVATE_THUMBNAILS, PRIVATE_URLS


class PrivateStorage(AliasedStorage):
    """`url()` leads to a view of the project, which asks for permission (`mediastore.serving`)."""

    is_private = True
    base_url: str

    def url(self, name: str | None) -> str:
        return self.base_url + filepath_to_uri(names.clean(name))


def private_options(dsn: DSN, alias: str, options: dict[str, Any]) -> dict[str, Any]:
    """The options of a storage for private files in an object store.

    Args:
        options: those that the same DSN gives to a storage for public files.

    Raises:
        ImproperlyConfigured: the DSN has a custom domain. django-storages would sign no URL for it.
    """
    refuse_urls(dsn)
    prefix = options["prefix"]
    if alias == "private_thumbnails":
        prefix = names.folder(prefix) + PRIVATE_THUMBNAILS
    return options | {"prefix": prefix, "base_url": PRIVATE_URLS[alias], "cache_control": headers.PRIVATE_CACHE}


def lifetime(expire: int | None, default: int = 60) -> int:
    """The seconds that a signed URL is valid for: `expire`, or `default` if that is None.

    Raises:
        ValueError: less than a second, or more than a week. S3 refuses these, so every storage does.
    """
    seconds = default if expire is None else operator.index(expire)
    if not 1 <= seconds <= WEEK:
        raise ValueError(f"expire={seconds}: a signed URL is valid for 1 to {WEEK} seconds (a week).")
    return seconds
