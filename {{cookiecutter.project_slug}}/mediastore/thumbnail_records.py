"""Stores and deletes thumbnails together with the records that easy-thumbnails has of them.

easy-thumbnails stores a thumbnail first. Then it records the source and the thumbnail, each in a transaction of its own.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.core.files.storage import Storage, storages
from django.db import connections, router, transaction
from easy_thumbnails.models import Source, Thumbnail
from easy_thumbnails.utils import get_storage_hash

Records = Any  # a QuerySet of easy-thumbnails' models, which have no types


def storage_of(source_storage: Storage) -> Storage:
    """The storage of the thumbnails of files in `source_storage`."""
    is_private = getattr(source_storage, "is_private", False)
    return storages["private_thumbnails" if is_private else "easy_thumbnails"]


@contextmanager
def recording(storage: Storage, name: str) -> Iterator[None]:
    """For a block that stores and records the thumbnail `name`. If the record fails, the thumbnail is deleted again."""
    try:
        yield
    except OSError:  # the thumbnail is not stored, or the block has deleted it since its source is gone
        raise
    except Exception:
        if not records(storage, name).exists():  # if there is a record, another request has made it
            storage.delete(name)
        raise


def records(storage: Storage, name: str) -> Records:
    """The records of the thumbnail `name` of `storage`."""
    return Thumbnail.objects.filter(storage_hash=get_storage_hash(storage), name=name)


def clear(storage: Storage, name: str) -> None:
    """Delete the thumbnails of the file `name` of `storage`, then their records.

    Raises:
        Exception: the first error of the storage, after all thumbnails have been tried. The records stay, so that `clear`
            can be repeated.
    """
    using, errors, tried = router.db_for_write(Source), list[Exception](), set[int]()
    sources = Source.objects.using(using).filter(storage_hash=get_storage_hash(storage), name=name)
    recorded = Thumbnail.objects.using(using).filter(source__in=sources)

    def delete(records: Records) -> None:
        thumbnails = storage_of(storage)
        for record in records:
            if record.pk not in tried and record.storage_hash == get_storage_hash(thumbnails):
                tried.add(record.pk)
                try:
                    thumbnails.delete(record.name)
                except Exception as error:
                    errors.append(error)

    delete(recorded)  # without a lock, since a storage may be slow
    with transaction.atomic(using=using):
        if source := locked(sources, using).first():
            delete(
                locked(recorded, using)
            )  # those that were recorded meanwhile; the lock keeps dimensions from being added
            if not errors:
                source.delete()
    if errors:
        raise errors[0]


def locked(rows: Records, using: str) -> Records:
    """The queryset `rows`. It locks the rows that it reads if the database `using` can."""
    return rows.select_for_update() if connections[using].features.has_select_for_update else rows
