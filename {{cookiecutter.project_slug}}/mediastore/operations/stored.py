"""What lies in a storage, whatever the rows say."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime

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
    root = object.__new__(type(storage))  # a copy would be the storage of the alias itself
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


def share_a_bucket(one, other) -> bool:
    """Whether two storages lie in the same bucket of S3."""
    both = isinstance(one, S3Storage) and isinstance(other, S3Storage)
    return both and (one.endpoint_url, one.bucket_name) == (other.endpoint_url, other.bucket_name)


def walk(storage) -> Iterator[Stored]:
    """All files of `storage`. On S3 a thousand for each request, without the empty objects that mark a folder.

    Raises:
        PermissionError: the key may not list them.
        OSError: S3 answered with another error.
    """
    if not isinstance(storage, S3Storage):
        yield from _walk(storage, "")
        return
    client, prefix = storage.client, key(storage, "")
    try:
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=storage.bucket_name, Prefix=prefix):
            for entry in page.get("Contents", ()):
                if entry["Size"] or not entry["Key"].endswith("/"):
                    yield Stored(entry["Key"][len(prefix) :], entry["Size"], entry["LastModified"], entry["ETag"])
    except client.exceptions.ClientError as error:
        code, status = error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
        message = f"Listing {storage.bucket_name}/{prefix} failed: S3 answered {code}."
        raise (PermissionError if status == 403 else OSError)(message) from error


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
