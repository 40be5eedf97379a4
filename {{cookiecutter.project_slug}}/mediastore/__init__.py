"""The media layer: storages for public and private files, chosen by a DSN.

`configure` turns the environment into settings, `SCHEMES` and `register_scheme` say which storage class a DSN's
scheme stands for, `get_storage` gives a storage by its alias and is what migrations and pickles refer to.
"""

from mediastore.conf import configure
from mediastore.schemes import SCHEMES, register_scheme

__all__ = ["SCHEMES", "configure", "get_storage", "register_scheme"]


def get_storage(alias):
    """The storage that `STORAGES` calls `alias`, the same object for every caller in this process."""
    from django.core.files.storage import storages

    return storages[alias]
