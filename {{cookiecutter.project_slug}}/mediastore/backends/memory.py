"""`memory://`: media in the memory of the process, for tests that do not test storages."""

from typing import Any

from django.core.files.storage import InMemoryStorage

from mediastore import dsn_rules, names, windows_names
from mediastore.backends.aliased import AliasedStorage
from mediastore.backends.located import LocatedStorage
from mediastore.backends.token_signed import TokenSignedStorage
from mediastore.dsn import DSN
from mediastore.schemes import PRIVATE_URLS


class MemoryStorage(AliasedStorage, LocatedStorage, InMemoryStorage):
    """Django's `InMemoryStorage` with the project's rule for names."""

    dsn_parameters = frozenset({"url"})

    def __init__(self, base_url: str | None = None, alias: str | None = None):
        super().__init__(base_url=base_url)
        self.alias = alias

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict[str, Any]:
        return {"alias": alias, "base_url": PRIVATE_URLS.get(alias) or dsn_rules.served_url(dsn)}

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        taken = name = names.fit(windows_names.stripped(names.clean(name)), max_length)
        while self.exists(name):
            name = names.another(taken, max_length)
        return name


class PublicMemoryStorage(MemoryStorage):
    """Public files."""


class ThumbnailMemoryStorage(MemoryStorage):
    """Public thumbnails."""


class PrivateMemoryStorage(TokenSignedStorage, MemoryStorage):
    """Private files."""


class PrivateThumbnailMemoryStorage(PrivateMemoryStorage):
    """Thumbnails of private files."""
