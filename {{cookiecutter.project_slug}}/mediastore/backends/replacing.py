"""Saves thumbnails over those of the same name."""

import errno
from typing import Any

from mediastore import names


def unshortened(name: Any, max_length: int | None = None, reserve: int = 0) -> str:
    """`name` as it is. easy-thumbnails finds a thumbnail under no other name, so it cannot be shortened.

    Raises:
        OSError: the name is too long.
    """
    wanted = names.clean(name)
    if names.fit(wanted, max_length, reserve=reserve) != wanted:
        raise OSError(errno.ENAMETOOLONG, f"The thumbnail's name is too long: {wanted[:80]}…")
    return wanted


class ReplacingStorage:
    """Saving under a taken name replaces the file, because easy-thumbnails ignores the name that `save` returns."""

    overwrites = True
    _reserve: int

    def get_available_name(self, name: Any, max_length: int | None = None) -> str:
        return unshortened(name, max_length, self._reserve)
