"""The media layer: storages for public and private files, chosen by a DSN.

`configure` turns the environment into settings. `SCHEMES` and `register_scheme` say which storage class serves which
scheme of a DSN. `get_storage` gives a storage by its alias; migrations and pickles refer to this function.
"""

from typing import TYPE_CHECKING

from mediastore.conf import configure
from mediastore.schemes import SCHEMES, register_scheme

if TYPE_CHECKING:
    from django.core.files.storage import Storage

__all__ = ["SCHEMES", "configure", "get_storage", "register_scheme"]


def get_storage(alias: str) -> "Storage":
    """The storage that `STORAGES` calls `alias`: one object for all callers in this process."""
    from django.core.files.storage import storages

    return storages[alias]
