"""Puts a prefix before names, for the storages of django-storages."""

from typing import Any

from mediastore import names
from mediastore.backends.located import LocatedStorage


class PrefixedStorage(LocatedStorage):
    """Files lie below `prefix`. The option of django-storages, `location`, cannot be used.

    easy-thumbnails would cut the value of an attribute `location` out of names (`Thumbnailer.get_thumbnail_name`).
    """

    def _normalize_name(self, name: Any) -> str:
        """The key of `name`: all methods of django-storages ask this one."""
        name = str(name).strip("/")
        return self.key_prefix + names.clean(name) if name else self.prefix
