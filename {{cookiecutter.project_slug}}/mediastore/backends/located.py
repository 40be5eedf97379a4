"""Where files lie. A storage takes *names*; a bucket has *keys*, which are a storage's prefix and a name.

A bucket is here what holds files: a bucket of S3 or Google, a container of Azure, a folder on the disk.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from mediastore import names


@dataclass(frozen=True, slots=True)
class Bucket:
    """What holds files. Two are equal if they are one and the same bucket."""

    service: str
    name: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored file. `etag` is None where the storage has none."""

    name: str
    size: int
    modified: datetime
    etag: str | None = None


class LocatedStorage:
    """A storage that knows its bucket, its place in it, and what lies there."""

    prefix = ""
    public_as_a_whole = False  # private files cannot lie beside public ones, in the same bucket

    # Which bucket

    @classmethod
    def bucket_of(cls, options: Mapping[str, Any]) -> Bucket | None:
        """The bucket of a storage with these `OPTIONS`; None if no other storage can share it."""
        return None

    @classmethod
    def exposes(cls, options: Mapping[str, Any], other: Bucket | None, other_prefix: str) -> bool:
        """Whether a public storage with these `OPTIONS` would mix its files with those of a private storage.

        Below the public root of a bucket of S3 private files may lie: a policy spares them, and a check warns of it.

        Args:
            other: the bucket of the private storage.
            other_prefix: its prefix.
        """
        if other is None or cls.bucket_of(options) != other:
            return False
        return cls.public_as_a_whole or names.folder(options.get("prefix", "")).startswith(names.folder(other_prefix))

    @property
    def lies_in(self) -> Bucket | None:
        """The bucket of this storage; None if no other storage can share it."""
        return self.bucket_of(vars(self))

    def same_bucket(self, other: Any) -> bool:
        """Whether `other` keeps its files in the same bucket, whatever the prefixes."""
        return self.lies_in is not None and self.lies_in == getattr(other, "lies_in", None)

    @property
    def place(self) -> str:
        """The bucket, container or folder, as messages name it."""
        return type(self).__name__

    def root(self) -> Self:
        """A copy of this storage without its prefix: its names are the keys of the bucket."""
        # `copy()` would return the registered storage, because `__reduce__` looks the alias up
        root = object.__new__(type(self))
        root.__dict__.update(self.__dict__, prefix="", alias=None)
        return root

    # Names and keys

    @property
    def key_prefix(self) -> str:
        """What all keys of this storage begin with: "site/", or "" for a whole bucket."""
        return names.folder(self.prefix)

    def key(self, name: str) -> str:
        """The key of `name`, which is taken as it is."""
        return self.key_prefix + name

    def name_of(self, key: str) -> str | None:
        """The name that `key` has here; None if it lies beyond the prefix."""
        return key[len(self.key_prefix) :] if key.startswith(self.key_prefix) else None

    # What lies there

    def walk(self) -> Iterator[Stored]:
        """All files.

        Raises:
            PermissionError: the service does not let them be listed.
            OSError: the service answered with another error.
        """
        yield from _walk(self, "")

    def walk_bucket(self) -> Iterator[Stored]:
        """All files of the bucket, by key: a restore asks for no prefix.

        If the service lets only the own prefix be listed: those below it.
        """
        try:
            yield from self.root().walk()
        except PermissionError:
            if not self.prefix:
                raise
            for found in self.walk():
                yield replace(found, name=self.key(found.name))

    def look(self, name: str) -> Stored | None:
        """The file `name`; None if there is none."""
        storage: Any = self
        try:
            return Stored(name, storage.size(name), storage.get_modified_time(name))
        except FileNotFoundError:
            return None


class _Foreign(LocatedStorage):
    """A storage of another package, which `register_scheme` or `STORAGES` may name."""

    def __init__(self, storage: Any):
        self._storage = storage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    @property
    def place(self) -> str:
        return type(self._storage).__name__


def located(storage: Any) -> Any:
    """`storage`, if it is a `LocatedStorage`; else one that stands for it, and answers from Django's storage API."""
    return storage if isinstance(storage, LocatedStorage) else _Foreign(storage)


def _walk(storage: Any, folder: str) -> Iterator[Stored]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for file in files:
        found = f"{folder}{file}"
        yield Stored(found, storage.size(found), storage.get_modified_time(found))
    for inner in folders:
        yield from _walk(storage, f"{folder}{inner}/")
