"""Brings a file to where `is_public` says that it should lie, and clears the place that it left.

Whatever is done here may be repeated by anyone at any time: what is left to do is read from the row, and nothing is
remembered elsewhere. A place is cleared, and a name written, while the row is locked, and never otherwise.
"""

from functools import partial

from django.db import transaction
from django.db.models import Q

from mediastore.filer import thumbnails
from mediastore.filer.commit import on_commit
from mediastore.filer.places import Place, files
from mediastore.filer.rows import Row, database, lock, lock_sharers


def settle(pk, using: str | None = None) -> Row | None:
    """Move the file of the row `pk` to where `is_public` says. The place that it left is cleared on commit.

    Returns:
        The row as it is then; None if there is no row.

    Raises:
        OSError: the storage failed. The row stays as it was, and its file readable where it is.
    """
    using = database(using)
    with transaction.atomic(using=using):
        row = lock(Q(pk=pk), using).get(pk)
        return row if row is None or row.is_settled else move(row, using)


def move(row: Row, using: str) -> Row:
    """The same for a row that the caller has locked."""
    here = row.place
    lock_sharers(here, using)
    there = here.copy(here.on(row.is_public))
    files(using).filter(pk=row.pk).update(file=there.name, is_public=row.is_public)
    on_commit(partial(clear, {here}, using), here.name, using)
    return Row(row.pk, there.name, row.is_public)


def clear(places: set[Place], using: str | None = None) -> None:
    """Delete the files and their thumbnails, except where a row names them. Raises the first error at the end."""
    errors = []
    for place in places:
        try:
            _clear(place, database(using))
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


def _clear(place, using):
    with transaction.atomic(using=using):
        lock_sharers(place, using)
        if place.rows(using).exists():
            return
        place.storage.delete(place.name)
    thumbnails.clear(place)
