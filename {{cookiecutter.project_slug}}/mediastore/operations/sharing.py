"""Finds out by requests what two DSNs do not say: whether they name one bucket."""

import secrets

from django.core.files.base import ContentFile
from django.core.files.storage import Storage

from mediastore.backends.located import Stored, located
from mediastore.backends.s3 import S3Storage


def share_bucket(public: Storage, private: Storage, *, may_write: bool) -> bool:
    """Whether two storages lie in one bucket, though their endpoints may be spelled in two ways.

    Two DSNs may name different endpoints and buckets of S3 of the same name. Then an object of the private storage is
    looked for in the public bucket.

    Args:
        may_write: whether to store a small object for this, and delete it again, if the private storage is empty. If
            not, an empty storage shares no bucket.

    Raises:
        OSError: S3 does not let it be found out.
    """
    if located(public).same_bucket(private):
        return True
    if not isinstance(public, S3Storage) or not isinstance(private, S3Storage):
        return False
    if public.bucket_name != private.bucket_name:
        return False
    try:
        first = next(private.walk(), None)
        if first is not None:
            return _both_have(public, private, private.key(first.name))
        if not may_write:
            return False
        probe = private.save(f"probe-{secrets.token_hex(16)}.txt", ContentFile(b"May be deleted."))
        try:
            return _both_have(public, private, private.key(probe))
        finally:
            private.delete(probe)
    except OSError as error:
        if _is_bucket_missing(error):
            return False
        # "Not shared" would be a guess, and `media setup` would then open private files.
        raise OSError(
            f"Whether public and private files lie in one bucket {private.bucket_name!r} is not known: {error}"
        ) from error


def _is_bucket_missing(error: OSError) -> bool:
    """Whether S3 says that a bucket does not exist. Then the other storage, whose bucket exists, has another one."""
    answer = getattr(error.__cause__, "response", {})
    return bool(answer.get("Error", {}).get("Code") == "NoSuchBucket")


def _both_have(public: S3Storage, private: S3Storage, key: str) -> bool:
    """Whether both buckets have the same object `key`."""
    return _is_same(public.root().look(key), private.root().look(key))


def _is_same(one: Stored | None, other: Stored | None) -> bool:
    # Both times come from HEAD, which has whole seconds; those of a listing are finer.
    return one is not None and other is not None and (one.etag, one.modified) == (other.etag, other.modified)
