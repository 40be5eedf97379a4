"""Tells of every storage where its files lie, and which files these are.

A storage takes *names*. A bucket has *keys*: the storage's prefix and a name. *Bucket* stands for all that holds files: a
bucket of S3 or Google, a container of Azure, a folder on the disk.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from mediastore import names

if TYPE_CHECKING:
    from django.core.files.storage import Storage

    _Storage = Storage
else:
    _Storage = object  # at run time each class brings a storage of its own; `_Foreign` passes its methods on


@dataclass(frozen=True, slots=True)
class Bucket:
    """A bucket, container or folder. Two are equal if they hold the same files."""

    service: str
    name: str


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored file. `etag` is None if the storage knows none."""

    name: str
    size: int  # bytes
    modified: datetime
    etag: str | None = None


class LocatedStorage(_Storage):
    """A storage that knows its bucket, its prefix in the bucket, and its files."""

    prefix = ""
    public_as_a_whole = False  # if true, private files cannot lie beside public ones in one bucket

    # Which bucket

    @classmethod
    def bucket_of(cls, options: Mapping[str, Any]) -> Bucket | None:
        """The bucket of a storage with these `OPTIONS`; None if no other storage can use the same bucket."""
        return None

    @classmethod
    def exposes(cls, options: Mapping[str, Any], other: Bucket | None, other_prefix: str) -> bool:
        """Whether a public storage with these `OPTIONS` would make the files of a private storage public.

        Private files may lie below a prefix of a bucket of S3 whose root is public: the bucket's policy does not open the
        prefix, and check mediastore.W001 warns.

        Args:
            other: the bucket of the private storage.
            other_prefix: the prefix of the private storage.
        """
        if other is None or cls.bucket_of(options) != other:
            return False
        return cls.public_as_a_whole or names.folder(options.get("prefix", "")).startswith(names.folder(other_prefix))

    @property
    def lies_in(self) -> Bucket | None:
        """The bucket of this storage; None if no other storage can use the same bucket."""
        return self.bucket_of(vars(self))  # attributes have the names of the options

    def same_bucket(self, other: object) -> bool:
        """Whether the storage `other` keeps its files in the same bucket, under whatever prefix."""
        return self.lies_in is not None and self.lies_in == getattr(other, "lies_in", None)

    @property
    def where(self) -> str:
        """The name of the bucket, container or folder, for messages."""
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
        """What all keys of this storage begin with: "site/", or "" if it has the whole bucket."""
        return names.folder(self.prefix)

    def key(self, name: str) -> str:
        """The key of `name`, which no rule changes: other tools store names that the project would not give."""
        return self.key_prefix + name

    def name_of(self, key: str) -> str | None:
        """The name that `key` has in this storage; None if the key lies beyond the prefix."""
        return key[len(self.key_prefix) :] if key.startswith(self.key_prefix) else None

    # Files

    def walk(self) -> Iterator[Stored]:
        """All files of this storage.

        Raises:
            PermissionError: the credentials have no right to list them.
            OSError: the service answered with another error.
        """
        yield from _walk(self, "")

    def walk_bucket(self) -> Iterator[Stored]:
        """All files of the bucket, by key: a backup that was restored may have put files beyond the prefix.

        If the credentials have the right to list the storage's prefix only: the files below the prefix.
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
        try:
            return Stored(name, self.size(name), self.get_modified_time(name))
        except FileNotFoundError:
            return None

    # Requests that anybody can send

    def anonymous_urls(self, key: str, public: "Storage | None" = None) -> list[str]:
        """The URLs at which anybody would look for the object `key` of the bucket: none for a disk.

        Args:
            public: the storage of public files if it has the same bucket. Its base URL can then lead to private files.
        """
        return []

    def anonymous_listing_url(self) -> str | None:
        """The URL that lists the bucket, if its policy lets anybody do so; None if the service has no such URL."""
        return None


class _Foreign(LocatedStorage):
    """A storage of another package, which `register_scheme` or `STORAGES` may name."""

    def __init__(self, storage: "Storage"):
        self._storage = storage

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storage, name)

    @property
    def where(self) -> str:
        return type(self._storage).__name__


def located(storage: "Storage") -> LocatedStorage:
    """`storage` as a `LocatedStorage`. One of another package is wrapped: Django's storage API tells its files."""
    return storage if isinstance(storage, LocatedStorage) else _Foreign(storage)


def _walk(storage: "Storage", folder: str) -> Iterator[Stored]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for file in files:
        found = f"{folder}{file}"
        try:
            stored = Stored(found, storage.size(found), storage.get_modified_time(found))
        except FileNotFoundError:  # it was deleted after the folder was listed
            continue
        yield stored
    for inner in folders:
        yield from _walk(storage, f"{folder}{inner}/")
