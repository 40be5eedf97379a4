"""Collections on the disk, so that the memory of an audit does not grow with the bucket.

SQLite keeps each collection in a temporary file, and deletes that with the collection. Small ones stay in memory.
"""

import sqlite3
import weakref
from collections.abc import Iterable, Iterator
from datetime import datetime

from mediastore.backends.located import Stored

CACHE = 8 * 1024  # KiB of memory for each collection


def _database(owner: object, *statements: str) -> sqlite3.Connection:
    """A database that is closed when `owner` is garbage."""
    # For a database without a name SQLite makes a temporary file, once the cache is full
    database = sqlite3.connect("", isolation_level=None, check_same_thread=False)
    weakref.finalize(owner, database.close)
    for statement in (f"PRAGMA cache_size = -{CACHE}", "PRAGMA journal_mode = OFF", *statements):
        database.execute(statement)
    return database


def _bytes(name: str) -> bytes:
    """`name` as SQLite can store it. Its text has no lone surrogates, by which Python names files that are not UTF-8."""
    return name.encode("utf-8", "surrogatepass")


class Names:
    """A set of names."""

    def __init__(self, names: Iterable[str] = ()):
        self._database = _database(self, "CREATE TABLE names (name BLOB PRIMARY KEY) WITHOUT ROWID")
        self._database.execute("BEGIN")
        self._database.executemany("INSERT OR IGNORE INTO names VALUES (?)", ((_bytes(name),) for name in names))
        self._database.execute("COMMIT")

    def __contains__(self, name: str) -> bool:
        found = self._database.execute("SELECT 1 FROM names WHERE name = ?", (_bytes(name),))
        return found.fetchone() is not None

    def has_any(self, names: Iterable[str]) -> bool:
        """Whether at least one of `names` is in the set."""
        return any(name in self for name in names)


class StoredFiles:
    """Stored files in the order in which they came, found by their names and by their contents."""

    def __init__(self, files: Iterable[Stored] = ()):
        self._database = _database(self, "CREATE TABLE files (name BLOB, size INTEGER, modified TEXT, etag TEXT)")
        self._database.execute("BEGIN")
        for found in files:
            self.add(found)
        self._database.execute("CREATE INDEX names ON files (name)")
        self._database.execute("CREATE INDEX contents ON files (etag, size) WHERE etag IS NOT NULL AND size > 0")
        self._database.execute("COMMIT")

    def add(self, found: Stored) -> None:
        """Add a file."""
        values = _bytes(found.name), found.size, found.modified.isoformat(), found.etag
        self._database.execute("INSERT INTO files VALUES (?, ?, ?, ?)", values)

    def __len__(self) -> int:
        return int(self._database.execute("SELECT count(*) FROM files").fetchone()[0])

    def __iter__(self) -> Iterator[Stored]:
        for name, size, modified, etag in self._database.execute("SELECT * FROM files ORDER BY rowid"):
            yield Stored(name.decode("utf-8", "surrogatepass"), size, datetime.fromisoformat(modified), etag)

    def __contains__(self, name: str) -> bool:
        return self.content(name) is not None

    def content(self, name: str) -> tuple[int, str | None] | None:
        """Size and ETag of the file `name`; None if there is no such file."""
        found = self._database.execute("SELECT size, etag FROM files WHERE name = ?", (_bytes(name),))
        row: tuple[int, str | None] | None = found.fetchone()
        return row

    def with_content(self, size: int, etag: str | None) -> str | None:
        """The name of a file with this size and ETag. None if there is none, if it is empty, or if the storage has no ETags."""
        asked = "SELECT name FROM files WHERE etag = ? AND size = ? AND size > 0 LIMIT 1"
        found = self._database.execute(asked, (etag, size)).fetchone()
        return found[0].decode("utf-8", "surrogatepass") if found else None
