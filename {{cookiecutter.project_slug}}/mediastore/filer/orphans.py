"""Files in filer's folders that no row names: `filer_check --orphans` lists them, `--delete-orphans` deletes them.

An upload is stored before its row is committed. Until then it looks like an orphan, however long the transaction takes. So
a file is an orphan only if it was stored before the oldest transaction that is open began.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from functools import partial
from typing import TYPE_CHECKING

from django.core.files.storage import storages
from django.db import connections, transaction

from mediastore import folders, rows
from mediastore.backends.located import located
from mediastore.filer import repair
from mediastore.filer.locations import Location
from mediastore.filer.rows import database, lock_naming
from mediastore.filer.settling import clear
from mediastore.operations import grace
from mediastore.operations.unnamed import unnamed

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

AGE = """
    SELECT extract(epoch FROM clock_timestamp() - min(xact_start)) FROM pg_stat_activity
    WHERE datname = current_database() AND backend_type = 'client backend' AND pid <> pg_backend_pid()
"""


def oldest_transaction(connection: BaseDatabaseWrapper) -> float:
    """When the oldest transaction that another connection has open began, in seconds since 1970; now, if there is none.

    PostgreSQL tells it, of the transactions of the same user. On SQLite nobody has to ask, because only one connection
    writes at a time: `delete` waits until another connection has committed its rows. Other databases do not tell it to
    every user. On those, `operations.grace` alone protects uploads.
    """
    age = None
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(AGE)
            (age,) = cursor.fetchone()
    return time.time() - float(age or 0)


def orphans(public: bool) -> Iterator[Location]:
    """The files in filer's folder of public, or of private files that may be deleted.

    Left out are:

    - files that were stored less than `grace.SECONDS` before the oldest open transaction began, or later;
    - the only copy of a file whose row names its location in the other storage;
    - files that rows of other models name;
    - thumbnails of files that have a row.

    Raises:
        OSError: the storage failed.
    """
    before = oldest_transaction(connections[database()]) - grace.SECONDS
    storage = located(storages["default" if public else "private"])
    for found, location in unnamed(storage.walk(), partial(Location.in_folder, is_public=public), private=not public):
        if grace.modified(found) > before:
            continue
        other, source = location.on(not public), folders.source(location.name)
        if source and rows.is_named(source, private=not public):
            continue
        if not (rows.is_named(other.name, private=public) and _is_only_copy(location, other)):
            yield location


def delete(location: Location) -> bool:
    """Delete the file with its thumbnails, unless a row names it by now. Returns whether it was deleted.

    Raises:
        OSError: the storage failed.
        OperationalError: on SQLite, another connection has been writing for too long.
    """
    using = database()
    with transaction.atomic(using=using):
        lock_naming(location, using)
        if rows.is_named(location.name, private=not location.is_public):
            return False
        clear({location}, using)
    return True


def _is_only_copy(location: Location, other: Location) -> bool:
    """Whether the bytes that a row expects at `other` lie at `location` alone.

    A copy of the file at `other` has the same bytes. A different file at `other` is the row's own if the name can stand for
    several files. If the name is permanent, that different file is none of the row's.
    """
    if repair.is_kept(other, location):
        return False
    return location.is_permanent or not other.storage.exists(other.name)
