"""Tells by its files whether a bucket may be the wrong one, before its policy is changed.

A DSN with a typing error names somebody else's bucket. Two DSNs that were swapped would make private files public.
"""

from collections.abc import Iterator

from django.db import DatabaseError

from mediastore import rows
from mediastore.backends.s3 import S3Storage
from mediastore.folders import sources
from mediastore.operations import anonymous
from mediastore.operations.disk import Names
from mediastore.operations.policy_json import Policy
from mediastore.operations.policy_reader import opens_key
from mediastore.schemes import PRIVATE_FOLDER, PRIVATE_THUMBNAILS


def find_unaccounted(public: S3Storage, spared: str | None, policy: Policy) -> str | None:
    """The key of a file that nobody can read today, and that opening the bucket would expose. None if there is none.

    A file that a row of this site calls public is not counted. Files that ACLs open are found by unsigned requests: a
    site that moves over may have many of these.

    Args:
        spared: the folder of private files in the same bucket, with its slash; None if they have another bucket.
        policy: that of the bucket, as it is now.
    """
    named, private_folders = _RowNames(), (f"{PRIVATE_FOLDER}/", *([spared] if spared else []))
    client = anonymous.Anonymous()

    def closed() -> Iterator[tuple[str, str]]:
        for found in public.walk():
            key = public.key(found.name)
            if key.startswith(private_folders) or opens_key(policy, public.bucket_name, key):
                continue
            if not named.is_public(found.name):
                yield public.anonymous_urls(key, public)[0], key

    for _, key, status in client.statuses(closed()):
        other_urls = public.anonymous_urls(key, public)[1:]
        if not (anonymous.is_readable(status) or anonymous.first_readable(client, other_urls)):
            return key
    return None


def find_unnamed(private: S3Storage) -> str | None:
    """The key of a file of the private storage that no row of this site calls private. None if there is none."""
    named = _RowNames()
    for found in private.walk():
        if not named.is_private(found.name.removeprefix(f"{PRIVATE_THUMBNAILS}/")):
            return private.key(found.name)
    return None


class _RowNames:
    """The names in the rows of this site, which are read when the first one is asked for."""

    def __init__(self) -> None:
        self._read: tuple[Names, Names] | None = None

    def _names(self) -> tuple[Names, Names]:
        if self._read is None:
            try:
                self._read = Names(rows.names(private=False)), Names(rows.names(private=True))
            except DatabaseError:  # `media setup` may run before the first `migrate`
                self._read = Names(), Names()
        return self._read

    def is_public(self, name: str) -> bool:
        """Whether rows call the file public, or one that it may be a thumbnail of; and none calls it private."""
        public, private = self._names()
        return name not in private and public.has_any({name, *sources(name)})

    def is_private(self, name: str) -> bool:
        """Whether rows call the file private, or one that it may be a thumbnail of."""
        _, private = self._names()
        return private.has_any({name, *sources(name)})
