"""Moves files to where `is_public` says that they should lie, and deletes what no row names any more.

Anyone may repeat any of this at any time: the row says what is left to do, and nothing else remembers it. A file is deleted,
and its name written to a row, only while that row is locked.
"""

import posixpath
from collections.abc import Iterable
from dataclasses import replace
from functools import partial

from django.db import connections, transaction
from django.db.models import Q
from filer.models import File

from mediastore.filer import thumbnails
from mediastore.filer.commit import on_commit
from mediastore.filer.locations import Location, prefixed
from mediastore.filer.rows import Row, database, files, lock, lock_naming, naming


def settle(pk: int, using: str | None = None) -> Row | None:
    """Move the file of the row `pk` to where `is_public` says. The file that it was copied from is deleted on commit.

    Returns:
        The row as it is then; None if there is no row.

    Raises:
        OSError: the storage failed. The row stays as it was, and its file is readable where it lies.
    """
    using = database(using)
    with transaction.atomic(using=using):
        row = lock(Q(pk=pk), using).get(pk)
        return row if row is None or row.is_settled else _move(row, row.is_public, using)


def prepare(row: Row, is_public: bool, using: str) -> Row:
    """Move the file of a locked row before the row is saved with this `is_public`, and return the row as it is then.

    A file that becomes private moves at once. A file that becomes public stays private until the commit; from now on its
    name has to say so, since `is_public` no longer will.

    Raises:
        OSError: the storage failed.
    """
    here = row.location
    if here is None or here.is_public == is_public or (is_public and here.has_prefix):
        return row
    return _move(row if is_public else replace(row, is_public=False), False, using)


def _move(row: Row, to_public: bool, using: str) -> Row:
    here = row.location
    assert here is not None  # noqa: S101  (for the type checker: the callers have looked)
    copy = here.copy(here.on(to_public))
    files(using).filter(pk=row.pk).update(file=copy.name, is_public=row.is_public)
    on_commit(partial(clear, {here}, using), here.name, using)
    return replace(row, name=copy.name)


def adopt(instance: File, using: str) -> Location | None:
    """Copy a stored file that `instance` has been given, and its row does not name yet, to where it may be named.

    The rule is that of `prepare`. The copy gets a name of its own, since other rows may name the same file.

    Returns:
        The location that the instance no longer names, if there is one.

    Raises:
        OSError: the storage failed.
    """
    file = instance.file
    if not (file and file._committed):
        return None
    known = (instance._known.saved, instance._known.read)
    was_public = next((row.is_public for row in known if row and row.name == file.name), instance.is_public)
    here = Location.of(file.name, was_public)
    if connections[using].in_atomic_block:
        lock_naming(here, using)  # this instance may be a copy of another row: whoever deletes that row waits
    if here.is_public == instance.is_public or (instance.is_public and here.has_prefix):
        return None
    if instance.is_public:
        target = here.on(False)
    else:
        name = file.field.generate_filename(instance, posixpath.basename(here.name))
        target = Location(False, prefixed(name, False))
    instance.__dict__["file"] = here.copy(target).name
    return here


def clear(locations: Iterable[Location], using: str | None = None) -> None:
    """Delete the files at `locations` and their thumbnails, except where a row names them.

    Raises:
        Exception: the first error of the storage, after all locations have been tried.
    """
    errors = []
    for location in locations:
        try:
            _clear(location, database(using))
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _clear(location: Location, using: str) -> None:
    with transaction.atomic(using=using):
        lock_naming(location, using)
        if naming(location, using).exists():
            return
        location.storage.delete(location.name)
    thumbnails.clear(location)
