"""Saving a thumbnail replaces the one of the same name."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from mediastore import names

_replacing = ContextVar("replacing", default=False)


@contextmanager
def replacing() -> Iterator[None]:
    """Ignore the delete that easy-thumbnails sends before each save; our save overwrites.

    `Thumbnailer.save_thumbnail` deletes first, which is a request of its own on S3. The first save ends this.
    """
    token = _replacing.set(True)
    try:
        yield
    finally:
        _replacing.reset(token)


def unshortened(name: Any, max_length: int | None = None, reserve: int = 0) -> str:
    """`name` as it is: easy-thumbnails would look for a thumbnail under no other.

    Raises:
        OSError: the name is too long.
    """
    wanted = names.clean(name)
    if names.fit(wanted, max_length, reserve=reserve) != wanted:
        raise OSError(errno.ENAMETOOLONG, f"The thumbnail's name is too long: {wanted[:80]}…")
    return wanted


class ReplacingStorage:
    """Saving under a taken name replaces: easy-thumbnails ignores the name that `save` returns."""

    overwrites = True
    _reserve: int

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        name = super().save(name, content, max_length)  # type: ignore[misc]
        _replacing.set(False)
        return name

    def get_available_name(self, name: Any, max_length: int | None = None) -> str:
        return unshortened(name, max_length, self._reserve)

    def delete(self, name: str) -> None:
        if not _replacing.get():
            super().delete(name)  # type: ignore[misc]
