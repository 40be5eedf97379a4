"""Stores and deletes thumbnails together with the records that easy-thumbnails has of them.

easy-thumbnails stores a thumbnail first. Then it records the source and the thumbnail, each in a transaction of its own.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

from django.core.files.storage import Storage, storages
from django.db import connections, router, transaction
from easy_thumbnails.models import Source, Thumbnail
from easy_thumbnails.utils import get_storage_hash

logger = logging.getLogger(__name__)

Records = Any  # a QuerySet of easy-thumbnails' models, which have no types


def storage_of(source_storage: Storage) -> Storage:
    """The storage of the thumbnails of files in `source_storage`."""
    is_private = getattr(source_storage, "is_private", False)
    return storages["private_thumbnails" if is_private else "easy_thumbnails"]


@contextmanager
def recording(storage: Storage, name: str) -> Iterator[None]:
    """For a block that stores and records the thumbnail `name`. If the record fails, the thumbnail is deleted again.

    Raises:
        Exception: that of the block. An error of the deletion is logged.
    """
    try:
        yield
    except OSError:  # the thumbnail is not stored, or the block has deleted it since its source is gone
        raise
    except Exception:
        try:
            if not records(storage, name).exists():  # if there is a record, another request has made it
                storage.delete(name)
        except Exception as error:
            logger.error("The thumbnail %s has no record, and could not be deleted: %s", name, error)
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
    using, errors = router.db_for_write(Source), list[Exception]()
    tried = set[tuple[int, datetime]]()
    thumbnails = storage_of(storage)
    own = get_storage_hash(thumbnails)
    sources = Source.objects.using(using).filter(storage_hash=get_storage_hash(storage), name=name)
    recorded = Thumbnail.objects.using(using).filter(source__in=sources)

    def delete(records: Records) -> list[Any]:
        """Delete the thumbnails of `records`, and return the records."""
        found = list(records)
        for record in found:
            if record.storage_hash == own and (record.pk, record.modified) not in tried:
                tried.add((record.pk, record.modified))
                try:
                    thumbnails.delete(record.name)
                except Exception as error:
                    errors.append(error)
        return found

    delete(recorded)  # without a lock, since a storage may be slow
    with transaction.atomic(using=using):
        if source := locked(sources, using).first():
            # Meanwhile another request may have stored a further thumbnail, or one of those again: then it has changed
            # `modified`. The lock keeps dimensions from being added.
            found = delete(locked(recorded, using))
            if errors:
                pass
            elif not found:
                sources._raw_delete(using)  # `delete` would look for thumbnails once more
            elif all(record.storage_hash == own for record in found):
                source.delete()
            else:  # records of another storage stay, since nothing else names the thumbnails there
                recorded.filter(storage_hash=own).delete()
    if errors:
        raise errors[0]


def locked(rows: Records, using: str) -> Records:
    """The queryset `rows`, to be read again. It locks the rows that it reads if the database `using` can."""
    return rows.select_for_update() if connections[using].features.has_select_for_update else rows.all()
