"""Where filer's files lie: in which storage, and under which name.

The name decides. Below `filer_private/` a file lies in the private storage, below `filer_public/` in the public one. For a
file with another name, the row's `is_public` decides.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Self

from filer.models import File

from mediastore import names
from mediastore.backends.copying import copy_across
from mediastore.filer import conf

MAX_LENGTH = 255  # characters; of the column `file`
PREFIXES = {True: f"{conf.PUBLIC_PREFIX}/", False: f"{conf.PRIVATE_PREFIX}/"}  # by `is_public`


def prefixed(name: str, is_public: bool) -> str:
    """`name` with the prefix of the public, or of the private storage in place of the prefix that it may have."""
    for prefix in PREFIXES.values():
        name = name.removeprefix(prefix)
    return PREFIXES[is_public] + name


@dataclass(frozen=True)
class Location:
    """Where a file lies: in the public or in the private storage, and its name there."""

    is_public: bool
    name: str

    @classmethod
    def of(cls, name: str, is_public: bool) -> Self:
        """The location of the file that a row names. The row's `is_public` counts only for a name without a prefix."""
        for public, prefix in PREFIXES.items():
            if name.startswith(prefix):
                return cls(public, name)
        return cls(is_public, name)

    @classmethod
    def in_folder(cls, name: str, is_public: bool) -> Self | None:
        """The location of a file in filer's folder of the public, or of the private storage; None if it lies elsewhere."""
        return cls(is_public, name) if name.startswith(PREFIXES[is_public]) else None

    @property
    def has_prefix(self) -> bool:
        """Whether the name alone says in which storage the file lies."""
        return self.name.startswith(PREFIXES[self.is_public])

    @property
    def rest(self) -> str:
        """The name without its prefix. A file keeps it when it moves, so that anyone can repeat the move."""
        return self.name.removeprefix(PREFIXES[self.is_public])

    @property
    def is_permanent(self) -> bool:
        """Whether the name can never stand for another file."""
        return names.is_permanent(self.name)

    @property
    def visibility(self) -> str:
        """filer's word for the storage, in `FILER_STORAGES`."""
        return "public" if self.is_public else "private"

    @property
    def storage(self) -> Any:
        return File._meta.get_field("file").storages[self.visibility]

    @property
    def thumbnail_storage(self) -> Any:
        return File._meta.get_field("file").thumbnail_storages[self.visibility]

    def on(self, is_public: bool) -> Location:
        """The location that this file has, or would have, in the public or in the private storage."""
        return Location(is_public, PREFIXES[is_public] + self.rest)

    def copy(self, target: Location) -> Location:
        """Copy the file to `target`, a part at a time.

        A file with the same bytes at `target` is this file, of a move that was interrupted or rolled back. It is kept.

        Returns:
            The location of the copy. It has another name than `target` if a different file lies there.

        Raises:
            OSError: the storage failed.
        """
        name = copy_across(self.storage, self.name, target.storage, target.name, MAX_LENGTH)
        return Location(target.is_public, name)


def is_same_file(one: Location | None, other: Location | None) -> bool:
    """Whether both are locations of one file, which may have moved from one to the other; True also if both are None."""
    if one is None or other is None:
        return one is other
    return one == other or (one.rest == other.rest and one.is_permanent and other.is_permanent)
