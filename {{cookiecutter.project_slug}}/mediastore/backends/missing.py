"""Refuses private files while a site needs a `PRIVATE_STORAGE_DSN` and does not set it.

A container of Azure or a bucket of Google is public as a whole, and a registered scheme may have no class for private
files. A site with no private files runs all the same. The first use of one fails and says what to set.
"""

from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage

from mediastore.backends.aliased import AliasedStorage
from mediastore.backends.located import LocatedStorage


class MissingStorage(AliasedStorage, LocatedStorage, Storage):
    """Every use raises an `ImproperlyConfigured` that says to set `PRIVATE_STORAGE_DSN`."""

    is_private = True

    def __init__(self, *, alias: str, base_url: str, reason: str):
        self.alias, self.base_url, self.reason = alias, base_url, reason

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImproperlyConfigured(
            f"PRIVATE_STORAGE_DSN: is not set, and {self.reason}. Set it to a bucket or folder of their own."
        )

    save = open = delete = exists = listdir = size = url = signed_url = get_modified_time = _refuse


class MissingThumbnailStorage(MissingStorage):
    """The same for thumbnails of private files."""
