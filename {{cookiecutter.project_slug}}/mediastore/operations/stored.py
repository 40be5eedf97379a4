"""Finds out by a request what two DSNs do not say: whether they name one bucket."""

import secrets
from typing import Any

from django.core.files.base import ContentFile

from mediastore.backends.located import Stored, located
from mediastore.backends.s3 import S3Storage


def one_bucket(public: Any, private: Any, *, may_write: bool) -> bool:
    """Whether two storages lie in one bucket, though their endpoints may be spelled in two ways.

    If the DSNs name two services and one bucket of S3, an object of the private storage is looked for in the public one.
    Without an object a small one is written and deleted again, if `may_write`.
    """
    if located(public).same_bucket(private):
        return True
    both = isinstance(public, S3Storage) and isinstance(private, S3Storage)
    if not both or public.bucket_name != private.bucket_name:
        return False
    there, here = public.root(), private.root()
    try:
        first = next(private.walk(), None)
        if first is not None:
            return _is_same(*(root.look(private.key(first.name)) for root in (there, here)))
        if not may_write:
            return False
        probe = private.save(f"probe-{secrets.token_hex(16)}.txt", ContentFile(b"May be deleted."))
        try:
            return _is_same(*(root.look(private.key(probe)) for root in (there, here)))
        finally:
            private.delete(probe)
    except OSError:  # no such bucket, or none that may be looked into
        return False


def _is_same(one: Stored | None, other: Stored | None) -> bool:
    # Both times are those of HEAD, which has whole seconds; a listing has more.
    return one is not None and other is not None and (one.etag, one.modified) == (other.etag, other.modified)
