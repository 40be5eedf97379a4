"""Refuses private files while a site needs a `PRIVATE_STORAGE_DSN` and does not set it.

A container of Azure or a bucket of Google is public as a whole, and a registered scheme may have no class for private
files. A site with no private files runs all the same. The first use of one fails and says what to set. An
audit or a repair only finds none.
"""

from collections.abc import Iterator
from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage

from mediastore.backends.aliased import AliasedStorage
from mediastore.backends.located import LocatedStorage, Stored


class MissingStorage(AliasedStorage, LocatedStorage, Storage):
    """It has no files. Every other use raises an `ImproperlyConfigured` that says to set `PRIVATE_STORAGE_DSN`."""

    is_private = True

    def __init__(self, *, alias: str, base_url: str, reason: str):
        self.alias, self.base_url, self.reason = alias, base_url, reason

    def walk(self) -> Iterator[Stored]:
        return iter(())

    def look(self, name: str) -> Stored | None:
        return None

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImproperlyConfigured(
            f"PRIVATE_STORAGE_DSN: is not set, and {self.reason}. Set it to a bucket or folder of their own."
        )

    save = open = delete = exists = listdir = size = url = signed_url = get_modified_time = _refuse


class MissingThumbnailStorage(MissingStorage):
    """The same for thumbnails of private files."""
