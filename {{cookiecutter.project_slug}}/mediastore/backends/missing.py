"""Stands for private files where nothing says where they are to lie.

A container of Azure or a bucket of Google is public as a whole, and a scheme of one's own may have no class for private
files. A site that has none still runs; whoever uses one is told what to set, and no private byte becomes public.
"""

from typing import Any, NoReturn

from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage

from mediastore.backends.aliased import AliasedStorage
from mediastore.backends.located import LocatedStorage


class MissingStorage(AliasedStorage, LocatedStorage, Storage):
    """Every use is an `ImproperlyConfigured` that names `PRIVATE_STORAGE_DSN`."""

    is_private = True

    def __init__(self, *, alias: str, base_url: str, reason: str):
        self.alias, self.base_url, self.reason = alias, base_url, reason

    def _refuse(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise ImproperlyConfigured(f"PRIVATE_STORAGE_DSN: is not set, and {self.reason}.")

    save = open = delete = exists = listdir = size = url = signed_url = get_modified_time = _refuse


class MissingThumbnailStorage(MissingStorage):
    """The same for their thumbnails."""
