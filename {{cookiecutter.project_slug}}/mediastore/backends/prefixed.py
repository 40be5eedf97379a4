"""Names below a prefix, for the storages of django-storages."""

from typing import Any

from mediastore import names
from mediastore.backends.located import LocatedStorage


class PrefixedStorage(LocatedStorage):
    """Names below `prefix`. django-storages would take them from `location`, which easy-thumbnails cuts out of names."""

    def _normalize_name(self, name: Any) -> str:
        name = str(name).strip("/")
        return self.key_prefix + names.clean(name) if name else self.prefix
