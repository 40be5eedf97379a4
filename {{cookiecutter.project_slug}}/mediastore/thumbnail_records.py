"""Thumbnails and what easy-thumbnails has recorded of them: stored and deleted together.

easy-thumbnails stores a thumbnail first, then records its source and itself, each in a transaction of its own.
"""

from contextlib import contextmanager

from django.db import connections, router, transaction
from easy_thumbnails.models import Source, Thumbnail
from easy_thumbnails.utils import get_storage_hash

import mediastore


def storage_of(source_storage):
    """The storage of the thumbnails of files in `source_storage`."""
    is_private = getattr(source_storage, "is_private", False)
    return mediastore.get_storage("private_thumbnails" if is_private else "easy_thumbnails")


@contextmanager
def recording(storage, name: str):
    """For a block that stores and records the thumbnail `name`. If it cannot be recorded, it is deleted again."""
    try:
        yield
    except OSError:  # it is not stored, or whoever found its source gone has deleted it
        raise
    except Exception:
        if not records(storage, name).exists():  # else another request has recorded it
            storage.delete(name)
        raise


def records(storage, name: str):
    """The records of the thumbnail `name` of `storage`."""
    return Thumbnail.objects.filter(storage_hash=get_storage_hash(storage), name=name)


def clear(storage, name: str) -> None:
    """Delete the thumbnails of the file `name` of `storage`, then their records.

    Raises:
        Exception: the first error of the storage, when all have been tried. The records stay, so that it can be repeated.
    """
    using, errors, tried = router.db_for_write(Source), [], set()
    sources = Source.objects.using(using).filter(storage_hash=get_storage_hash(storage), name=name)
    recorded = Thumbnail.objects.using(using).filter(source__in=sources)

    def delete(records):
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
            delete(locked(recorded, using))  # those that were recorded meanwhile; and none gets its dimensions now
            if not errors:
                source.delete()
    if errors:
        raise errors[0]


def locked(rows, using: str):
    """The queryset `rows`, which locks what it reads if the database has locks of rows."""
    return rows.select_for_update() if connections[using].features.has_select_for_update else rows
