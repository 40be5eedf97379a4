"""Storages that pickles and migrations refer to by their alias in `STORAGES`."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

import mediastore


class AliasedStorage:
    """Pickles and migrations contain the alias. With the storage's options they would contain the secret key."""

    alias: str | None = None
    is_private = False
    served_by_django = True  # browsers can fetch the files from no other server; ask `is_served_by_django`

    def __reduce__(self) -> tuple[Any, ...]:
        if self.alias is None:
            raise ImproperlyConfigured(f"{type(self).__name__} has no alias and cannot be pickled.")
        return mediastore.get_storage, (self.alias,)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return "mediastore.get_storage", (self.alias,), {}

    def __eq__(self, other: object) -> bool:
        # `__class__` instead of type(): `default_storage` is a lazy object, and has the class of its storage
        return self is other or (
            other.__class__ is type(self) and self.alias is not None and getattr(other, "alias", None) == self.alias
        )

    def __hash__(self) -> int:
        return hash((type(self), self.alias))


def is_served_by_django(storage: object) -> bool:
    """Whether the project serves the files of `storage`. It serves those of another package's storage, which does not say."""
    return bool(getattr(storage, "served_by_django", True))
