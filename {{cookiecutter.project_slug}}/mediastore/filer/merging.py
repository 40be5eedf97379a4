"""What an instance has changed itself since it read its row. All else follows the row when the instance is saved.

Two requests may change one row. Without this, each save would write back the name and `is_public` that its instance read
long ago, and the row would name a file that has moved.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from filer.models import File

from mediastore.filer.locations import Location, is_same_file
from mediastore.filer.rows import Row


@dataclass(frozen=True)
class Known:
    """What an instance knows of its row.

    Attributes:
        read: the row when the instance was loaded, or when its last save was committed. None for a new instance.
        saved: the row after the instance's last save. A rollback may have taken it back since.
        abandoned: locations that its saves no longer name. They are cleared when a save is committed.
    """

    read: Row | None = None
    saved: Row | None = None
    abandoned: frozenset[Location] = frozenset()

    def is_changed(self, field: Literal["name", "is_public"], mine: str | bool, row: Row) -> bool:
        """Whether the instance itself has changed `field` to `mine`. If not, it follows `row`, the row as it is now."""
        read, saved, now = (getattr(known, field, None) for known in (self.read, self.saved, row))
        if mine == now:
            return False
        if self.saved and mine == saved:
            # The instance has the value of its last save. If a rollback took that save back, the row has the value from
            # before it, and the next save has to write the instance's value again.
            return read != saved and row == self.read
        if self.read and mine == read:
            # The instance has the value that it read. If it saved another value since, somebody has set the old value again.
            return self.saved is not None and now == saved
        return True

    def without(self, name: str) -> Known:
        """The same for an instance that has stored a new file under `name`. The file of this name that it knew is gone."""
        read, saved = (
            row and replace(row, name="") if row and row.name == name else row for row in (self.read, self.saved)
        )
        return Known(read, saved, self.abandoned)


def has_new_file(instance: File, row: Row) -> bool:
    """Whether `instance` itself has changed which file it has, to another one than that of `row`, or to none."""
    known: Known = instance._known
    file = instance.file
    if file and not file._committed:
        return True  # an upload
    mine = Location.of(file.name, row.is_public) if file else None
    if is_same_file(mine, row.location):
        return False
    for other in (known.read, known.saved):
        if other and is_same_file(mine, other.location):
            # The file has moved, so it has two names. `is_changed` compares with the name in `known`.
            mine = other.location
    return known.is_changed("name", mine.name if mine else "", row)
