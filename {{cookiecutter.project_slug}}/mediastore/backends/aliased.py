"""A storage is known by its alias in `STORAGES`."""

from typing import Any

from django.core.exceptions import ImproperlyConfigured

import mediastore


class AliasedStorage:
    """Pickles and migrations name the alias; with the storage itself they would hold the secret key."""

    alias: str | None = None
    is_private = False
    served_by_django = True  # browsers cannot reach the files elsewhere, so Django sends the bytes

    def __reduce__(self) -> tuple[Any, ...]:
        if self.alias is None:
            raise ImproperlyConfigured(f"{type(self).__name__} has no alias and cannot be pickled.")
        return mediastore.get_storage, (self.alias,)

    def deconstruct(self) -> tuple[str, tuple[Any, ...], dict[str, Any]]:
        return "mediastore.get_storage", (self.alias,), {}

    def __eq__(self, other: object) -> bool:
        # __class__, since that of a lazy object is the storage's
        return self is other or (
            other.__class__ is type(self) and self.alias is not None and getattr(other, "alias", None) == self.alias
        )

    def __hash__(self) -> int:
        return hash((type(self), self.alias))
