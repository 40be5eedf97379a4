"""The kinds of findings that tell what lies in the public storage and should not, and what becomes of each.

Nothing is deleted but what the other storage has with the same bytes, and thumbnails, which are made again.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.exceptions import SuspiciousFileOperation

from mediastore import folders, names, rows, thumbnail_records
from mediastore.backends.copying import copy_across, is_copied
from mediastore.backends.located import Stored
from mediastore.operations import grace
from mediastore.operations.findings import Finding
from mediastore.operations.mending import Mending
from mediastore.schemes import PRIVATE_FOLDER, PRIVATE_THUMBNAILS


@dataclass
class Misplaced(Finding):
    """An object of the public bucket. `key` is its whole key."""

    stored: Stored = field(kw_only=True, repr=False)

    @property
    def order(self):
        return (1, grace.modified(self.stored))

    def fix(self, mending: Mending) -> None:
        if mending.is_shared() and mending.private.name_of(self.key) is not None:
            self.note = "left: it is the private file itself, in a bucket that has two names"
        else:
            self.take_out(mending)

    def take_out(self, mending: Mending) -> None:
        """Take it out of the public storage, or say what a person has to do."""
        raise NotImplementedError


class Copy(Misplaced):
    """It has the bytes of a private file, and a name of its own."""

    kind = "copy"

    def take_out(self, mending):
        self.note = "same bytes as a private file, but no row names it: delete it by hand, or attach it to a row"


class Stray(Misplaced):
    """No row names it, though rows name all that lies in its folder."""

    kind = "stray"

    def take_out(self, mending):
        self.note = "an upload whose transaction failed, or its row is not restored yet: delete it, or give it a row"


class Moved(Misplaced):
    """What is deleted, or moved to the private storage."""

    def take_out(self, mending):
        name = mending.public.name_of(self.key)
        if not _is_a_name(self.key):  # what storages make of it is another object's key
            self.note = "no storage gives such a name: delete it by hand"
            return
        if name is None and not self.key.startswith(f"{PRIVATE_FOLDER}/"):  # beyond the public prefix
            self.note = "it may be another site's file of the same name and bytes: delete it by hand"
            return
        root = mending.public.root()
        if not self.is_certain(root, mending):
            grace.wait(self.stored)  # it may be an upload on its way
        if name and self.is_called_public(name):
            self.fixed, self.note = True, "left: a row calls it public now"
            return
        if reason := self.why_dispensable(name, mending):
            self.note = reason
        else:
            saved = copy_across(root, self.key, mending.private, self.private_name)
            self.note = f"moved to the private storage as {saved}"
        root.delete(self.key)
        self.fixed = True

    def is_certain(self, root, mending) -> bool:
        """Whether it is private even if it was stored a moment ago."""
        return folders.is_private(self.name)

    def is_called_public(self, name) -> bool:
        """Whether a row calls it public."""
        raise NotImplementedError

    def why_dispensable(self, name, mending) -> str:
        """Why it may be deleted; "" if it has to be kept in the private storage."""
        raise NotImplementedError

    @property
    def private_name(self) -> str:
        """Its name in the private storage."""
        return self.key


class PrivateFile(Moved):
    """A private file, or a copy of one."""

    kind = "file"
    _is_kept = False

    def is_certain(self, root, mending):
        self._is_kept = is_copied(root, self.stored, mending.private, names.clean(self.name))
        return self._is_kept or super().is_certain(root, mending)

    def is_called_public(self, name):
        return rows.is_named(name, private=False)

    def why_dispensable(self, name, mending):
        return "deleted: the private storage has it" if self._is_kept else ""

    @property
    def private_name(self):
        return self.name


class Thumbnail(Moved):
    """A thumbnail of a private file, or of none; `name` is empty then."""

    kind = "thumbnail"

    def is_certain(self, root, mending):
        return bool(self.name)

    def is_called_public(self, name):
        return rows.is_in_use(name)

    def why_dispensable(self, name, mending):
        if not can_be_made_again(self, name, mending):
            return ""
        thumbnail_records.records(mending.thumbnails, name).delete()
        return "deleted"


class Match(NamedTuple):
    """What an object of the public bucket is, by its name or its bytes."""

    kind: type[Misplaced]
    name: str  # of the private file
    why: str


def can_be_made_again(finding: Misplaced, name: str | None, mending: Mending) -> bool:
    """Whether a row says that it is a thumbnail; or its folder and its name do, and the picture it was made of is there.

    What only has the name of a thumbnail, or only lies in a folder of thumbnails, may be somebody's only copy.

    Args:
        name: what the public storage calls it; None if it lies beyond its prefix.
    """
    if name and thumbnail_records.records(mending.thumbnails, name).exists():
        return True
    folder = f"{PRIVATE_THUMBNAILS}/"
    for reading in filter(None, (finding.key, name, finding.name)):
        if not (reading.startswith(folder) or folders.is_any_thumbnail(reading)):
            continue
        for source in folders.sources(reading.removeprefix(folder)):
            if mending.private.exists(source) or mending.public.exists(source):
                return True
    return False


def _is_a_name(key):
    try:
        return names.clean(key) == key
    except SuspiciousFileOperation:
        return False
