"""The rows of filer's files: read, locked, and compared with what an instance has read of them."""

from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace

from django.db import connections, router, transaction
from django.db.models import F, Q
from filer.models import File

from mediastore.filer.places import PREFIXES, Place, files

UNSETTLED = Q(is_public=True, file__startswith=PREFIXES[False]) | Q(is_public=False, file__startswith=PREFIXES[True])
# What filer derives from the bytes, in its models for files and for pictures.
OF_THE_BYTES = ("sha1", "_file_size", "mime_type", "_width", "_height", "_transparent")


@dataclass(frozen=True)
class Row:
    """What the database says of one file. `name` is empty if the row has no file."""

    pk: int
    name: str
    is_public: bool

    @property
    def place(self) -> Place | None:
        return Place.of(self.name, self.is_public) if self.name else None

    @property
    def is_settled(self) -> bool:
        """Whether the file lies where `is_public` says that it should."""
        return not self.name or self.place.is_public == self.is_public


@dataclass(frozen=True)
class Known:
    """What an instance knows of its row: `read`, when it was loaded or committed, and `saved`, when it was saved since.

    `left` are places that its saves have left since, and that are cleared on commit. A rollback does not forget them.
    """

    read: Row | None = None
    saved: Row | None = None
    left: frozenset = frozenset()

    def is_changed(self, field: str, mine, row: Row) -> bool:
        """Whether this instance has changed `field` since it read the row. If not, it follows the row.

        A row that says again what it said before this instance was saved: that save was rolled back.
        """
        read, saved, now = (getattr(known, field, None) for known in (self.read, self.saved, row))
        if mine == now:
            return False
        if self.saved and mine == saved:
            return read != saved and row == self.read
        if self.read and mine == read:
            return self.saved is not None and now == saved
        return True

    def without(self, name: str):
        """The same for an instance that has stored another file under a name that was free again."""
        rows = (row and replace(row, name="") if row and row.name == name else row for row in (self.read, self.saved))
        return Known(*rows, self.left)


def lock(which: Q, using: str) -> dict[int, Row]:
    """The rows, locked until the transaction ends. SQLite has no locks of rows; a write takes that of the database."""
    features = connections[using].features
    rows = files(using).filter(which)
    if features.has_select_for_update:
        rows = rows.select_for_update(no_key=features.has_select_for_no_key_update)
    else:
        rows.order_by().update(is_public=F("is_public"))
    return {pk: Row(pk, name or "", public) for pk, name, public in rows.values_list("pk", "file", "is_public")}


@contextmanager
def locked(pk, using: str):
    """The row with the key `pk`, None if there is none. It is locked until the caller's transaction ends.

    If the caller has none, it is locked as long as the context lasts.
    """
    own = nullcontext() if connections[using].in_atomic_block else transaction.atomic(using=using)
    with own:
        yield lock(Q(pk=pk), using).get(pk) if pk else None


def lock_sharers(place: Place, using: str) -> None:
    """Lock all rows that name `place`, or the place in the other storage to which its file may move."""
    lock(Q(file__in=[place.name, place.on(not place.is_public).name]), using)


def database(using: str | None) -> str:
    return using or router.db_for_write(File)


def lying(*, public: bool) -> Q:
    """The condition for rows whose files lie in the public, or in the private storage."""
    prefixed = Q(file__startswith=PREFIXES[True]) | Q(file__startswith=PREFIXES[False])
    return Q(file__startswith=PREFIXES[public]) | Q(is_public=public) & ~prefixed


def unsettled(using: str | None = None):
    """The rows whose files lie elsewhere than `is_public` says; `settle` moves them (`media repair`)."""
    return files(using).filter(UNSETTLED)
