"""What lies in a storage, whatever the rows say."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime

from django.core.files.base import ContentFile

from mediastore.backends.s3 import S3Storage


@dataclass(frozen=True, slots=True)
class Stored:
    """A stored file. `etag` is None where the storage has none."""

    name: str
    size: int
    modified: datetime
    etag: str | None = None


def whole(storage):
    """`storage` with the bucket's root for its own; others as they are."""
    if not isinstance(storage, S3Storage):
        return storage
    root = object.__new__(
        type(storage)
    )  # `copy()` would return the registered storage, because `__reduce__` looks the alias up
    root.__dict__.update(storage.__dict__, prefix="", alias=None)
    return root


def key(storage, name: str) -> str:
    """Where `name` lies in the bucket or container of `storage`."""
    prefix = getattr(storage, "prefix", "")
    return f"{prefix}/{name}" if prefix else name


def name(storage, key: str) -> str | None:
    """The name that `key` has in `storage`; None where it lies beside it."""
    prefix = getattr(storage, "prefix", "")
    if not prefix:
        return key
    return key[len(prefix) + 1 :] if key.startswith(f"{prefix}/") else None


def place(storage) -> str:
    """The bucket, container or folder of `storage`, as a reader knows it."""
    names = ("bucket_name", "azure_container", "location")
    return next((str(getattr(storage, name)) for name in names if getattr(storage, name, None)), type(storage).__name__)


def one_bucket(public, private, *, may_write: bool) -> bool:
    """Whether two storages lie in one bucket of S3, though their endpoints may be spelled in two ways.

    Where the DSNs do not say, an object of the private storage is looked for in the public one. Without an object a
    small one is written and deleted again, if `may_write`.
    """
    if public.same_bucket(private):
        return True
    both = isinstance(public, S3Storage) and isinstance(private, S3Storage)
    if not both or public.bucket_name != private.bucket_name:
        return False
    there, here = whole(public), whole(private)
    try:
        first = next(walk(private), None)
        if first is not None:
            return _is_same(*(look(root, key(private, first.name)) for root in (there, here)))
        if not may_write:
            return False
        probe = private.save(f"probe-{secrets.token_hex(16)}.txt", ContentFile(b"May be deleted."))
    except OSError:  # no such bucket, or none that may be looked into
        return False
    try:
        return _is_same(*(look(root, key(private, probe)) for root in (there, here)))
    finally:
        private.delete(probe)


def _is_same(one, other):
    # Both times are those of HEAD, which has whole seconds; a listing has more.
    return None not in (one, other) and (one.etag, one.modified) == (other.etag, other.modified)


def walk(storage) -> Iterator[Stored]:
    """All files of `storage`. On S3 a thousand for each request, without the empty objects that mark a folder.

    Raises:
        PermissionError: the key may not list them.
        OSError: S3 answered with another error.
    """
    if not isinstance(storage, S3Storage):
        yield from _walk(storage, "")
        return
    prefix = key(storage, "")
    pages = storage.client.get_paginator("list_objects_v2").paginate(Bucket=storage.bucket_name, Prefix=prefix)
    with explained(f"Listing {storage.bucket_name}/{prefix}", storage):
        for page in pages:
            for entry in page.get("Contents", ()):
                if entry["Size"] or not entry["Key"].endswith("/"):
                    yield Stored(entry["Key"][len(prefix) :], entry["Size"], entry["LastModified"], entry["ETag"])


def walk_bucket(storage) -> Iterator[Stored]:
    """All objects of the bucket of `storage`, by key: a restore asks for no prefix.

    Where the key may list its own prefix alone, those below it.
    """
    try:
        yield from walk(whole(storage))
    except PermissionError:
        if not getattr(storage, "prefix", ""):
            raise
        for found in walk(storage):
            yield replace(found, name=key(storage, found.name))


def walk_versions(storage) -> Iterator[tuple[Stored, str]]:
    """All versions but the current ones of the objects in the bucket of `storage`, by key, with the version's id.

    Raises:
        PermissionError: the key may not list them.
        OSError: S3 answered with another error.
    """
    pages = storage.client.get_paginator("list_object_versions").paginate(Bucket=storage.bucket_name)
    with explained(f"Listing the versions in {storage.bucket_name}", storage):
        for page in pages:
            for entry in page.get("Versions", ()):
                if not entry["IsLatest"]:
                    found = Stored(entry["Key"], entry["Size"], entry["LastModified"], entry.get("ETag"))
                    yield found, entry["VersionId"]


@contextmanager
def explained(what, storage):
    """Give an error of S3 as an OSError that says `what` failed: a PermissionError where S3 refuses it."""
    try:
        yield
    except storage.client.exceptions.ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        message = f"{what} failed: S3 answered {code}."
        raise (PermissionError if status == 403 else OSError)(message) from error


def look(storage, name: str) -> Stored | None:
    """The file `name` of `storage`; None where there is none."""
    try:
        if isinstance(storage, S3Storage):
            head = storage.head_object(name)
            return Stored(name, head["ContentLength"], head["LastModified"], head["ETag"])
        return Stored(name, storage.size(name), storage.get_modified_time(name))
    except FileNotFoundError:
        return None


def _walk(storage, folder):
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    for file in files:
        found = f"{folder}{file}"
        yield Stored(found, storage.size(found), storage.get_modified_time(found))
    for inner in folders:
        yield from _walk(storage, f"{folder}{inner}/")
