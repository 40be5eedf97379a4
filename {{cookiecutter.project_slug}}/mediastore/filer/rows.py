"""The rows of filer's files: what they say, which of them name a file, and their locks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import DatabaseError, connections, router, transaction
from django.db.models import F, Q
from filer.models import File

from mediastore.filer.locations import PREFIXES, Location

if TYPE_CHECKING:
    from django.db.models import QuerySet

    Files = QuerySet[File]

# What filer derives from the bytes, in its models for files and for pictures.
OF_THE_BYTES = ("sha1", "_file_size", "mime_type", "_width", "_height", "_transparent")
UNSETTLED = Q(is_public=True, file__startswith=PREFIXES[False]) | Q(is_public=False, file__startswith=PREFIXES[True])


@dataclass(frozen=True)
class Row:
    """What the database says of one file. `name` is empty if the row has no file."""

    pk: int
    name: str
    is_public: bool

    @property
    def location(self) -> Location | None:
        """Where the file lies; None if the row has no file."""
        return Location.of(self.name, self.is_public) if self.name else None

    @property
    def is_settled(self) -> bool:
        """Whether the file lies where `is_public` says that it should."""
        return self.location is None or self.location.is_public == self.is_public

    @property
    def locations(self) -> set[Location]:
        """All locations that may hold this row's file. For an unsettled row, a move may have begun."""
        here = self.location
        if here is None:
            return set()
        return {here, here.on(not here.is_public)} if here.is_permanent and not self.is_settled else {here}


# Querysets


def files(using: str | None = None) -> Files:
    """All rows of filer's model, as rows of that model."""
    found: Files = File.objects.using(using).non_polymorphic()
    return found.order_by("pk")


def unsettled(using: str | None = None) -> Files:
    """The rows whose files do not lie where `is_public` says. `settling.settle` moves them."""
    return files(using).filter(UNSETTLED)


def naming(location: Location, using: str | None = None) -> Files:
    """The rows whose file lies at `location`."""
    found = files(using).filter(file=location.name)
    return found if location.has_prefix else found.filter(is_public=location.is_public)


def lying(*, public: bool) -> Q:
    """The condition for rows whose files lie in the public, or in the private storage."""
    has_prefix = Q(file__startswith=PREFIXES[True]) | Q(file__startswith=PREFIXES[False])
    return Q(file__startswith=PREFIXES[public]) | Q(is_public=public) & ~has_prefix


# Writing


def save_bytes(instance: File, using: str | None = None) -> None:
    """Save what `instance` says of its file's bytes, and nothing else. Signals are not sent."""
    values = {name: getattr(instance, name) for name in OF_THE_BYTES if hasattr(instance, name)}
    type(instance)._base_manager.using(using).filter(pk=instance.pk).update(**values)


# Locks. SQLite has none for rows: there, the first write locks the whole database.


def database(using: str | None = None) -> str:
    """The alias `using`, or that of the database to which filer's rows are written."""
    return using or router.db_for_write(File)


def lock(which: Q, using: str) -> dict[int, Row]:
    """The rows for which `which` holds, by primary key. They are locked until the transaction ends."""
    features = connections[using].features
    found = files(using).filter(which)
    if features.has_select_for_update:
        found = found.select_for_update(no_key=features.has_select_for_no_key_update)
    else:
        found.order_by().update(is_public=F("is_public"))  # a write that changes nothing
    return {pk: Row(pk, name or "", public) for pk, name, public in found.values_list("pk", "file", "is_public")}


@contextmanager
def locked(pk: int | None, using: str) -> Iterator[Row | None]:
    """The row with the key `pk`, None if there is none. It is locked until the caller's transaction ends.

    If the caller has no transaction, it is locked as long as the context lasts.
    """
    own = nullcontext() if connections[using].in_atomic_block else transaction.atomic(using=using)
    with own:
        yield lock(Q(pk=pk), using).get(pk) if pk else None


def lock_naming(location: Location, using: str) -> None:
    """Lock all rows that name `location`, or the location in the other storage from which a file may move here.

    Who moves a file holds its row's lock. So no row gets this location meanwhile. Two rows may name one file: take this lock
    first, or hold none of them, else two processes wait for each other.
    """
    lock(Q(file__in=[location.name, location.on(not location.is_public).name]), using)


def deleted(pk: int) -> DatabaseError:
    """The error of a save whose row is gone. Django would insert the row again, without its file."""
    return DatabaseError(f"The file {pk} was deleted while it was being changed. Upload it again.")
