"""The kinds of findings that say what lies in the public storage and should not, and what becomes of each.

Two things are deleted: a file that the private storage has with the same bytes, and a thumbnail that can be made again.
"""

from dataclasses import dataclass, field
from typing import NamedTuple

from django.core.exceptions import SuspiciousFileOperation

from mediastore import folders, names, rows, thumbnail_records
from mediastore.backends.copying import copy_across, is_copied
from mediastore.backends.located import LocatedStorage, Stored
from mediastore.operations import grace
from mediastore.operations.findings import Finding
from mediastore.operations.mending import Mending
from mediastore.schemes import PRIVATE_FOLDER, PRIVATE_THUMBNAILS


@dataclass
class Misplaced(Finding):
    """An object of the public bucket. `key` is its whole key."""

    stored: Stored = field(kw_only=True, repr=False)

    @property
    def order(self) -> tuple[int, float]:
        return (1, grace.modified(self.stored))

    def fix(self, mending: Mending) -> None:
        if mending.is_shared() and mending.private.name_of(self.key) is not None:
            self.note = "left: it is the private file itself, since two DSNs name one bucket in two ways"
        else:
            self.take_out(mending)

    def take_out(self, mending: Mending) -> None:
        """Take it out of the public storage, or say what a person has to do."""
        raise NotImplementedError


class Copy(Misplaced):
    """A file with the bytes of a private one, under another name."""

    kind = "copy"

    def take_out(self, mending: Mending) -> None:
        self.note = "same bytes as a private file, but no row names it: delete it by hand, or attach it to a row"


class Stray(Misplaced):
    """A file that no row names, in a folder where rows name every file."""

    kind = "stray"

    def take_out(self, mending: Mending) -> None:
        self.note = "an upload whose transaction failed, or its row is not restored yet: delete it, or give it a row"


class Moved(Misplaced):
    """A private file or thumbnail, which is moved to the private storage, or deleted if that is safe."""

    def take_out(self, mending: Mending) -> None:
        name = mending.public.name_of(self.key)
        if not _is_a_name(self.key):  # a storage would change the name, and so touch another object
            self.note = "no storage takes such a name: delete it by hand"
            return
        if name is None and not self.key.startswith(f"{PRIVATE_FOLDER}/"):  # beyond the public prefix
            self.note = "it may be another site's file of the same name and bytes: delete it by hand"
            return
        root = mending.public.root()
        if not self.is_certain(root, mending):
            grace.wait(self.stored)  # it may be an upload whose row is not committed yet
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

    def is_certain(self, root: LocatedStorage, mending: Mending) -> bool:
        """Whether it is private for certain, even if it was stored a moment ago. `root` has all keys of the public bucket."""
        return folders.is_private(self.name)

    def is_called_public(self, name: str) -> bool:
        """Whether a row calls the file public whose name in the public storage is `name`."""
        raise NotImplementedError

    def why_dispensable(self, name: str | None, mending: Mending) -> str:
        """Why it may be deleted; "" if it has to be moved to the private storage. `name` is None beyond the public prefix."""
        raise NotImplementedError

    @property
    def private_name(self) -> str:
        """Its name in the private storage."""
        return self.key


class PrivateFile(Moved):
    """A private file, or a copy of one."""

    kind = "file"
    _is_kept = False

    def is_certain(self, root: LocatedStorage, mending: Mending) -> bool:
        self._is_kept = is_copied(root, self.stored, mending.private, names.clean(self.name))
        return self._is_kept or super().is_certain(root, mending)

    def is_called_public(self, name: str) -> bool:
        return rows.is_named(name, private=False)

    def why_dispensable(self, name: str | None, mending: Mending) -> str:
        return "deleted: the private storage has it" if self._is_kept else ""

    @property
    def private_name(self) -> str:
        return self.name


class Thumbnail(Moved):
    """A thumbnail of a private file; or, with an empty `name`, of no file that is known."""

    kind = "thumbnail"

    def is_certain(self, root: LocatedStorage, mending: Mending) -> bool:
        return bool(self.name)

    def is_called_public(self, name: str) -> bool:
        return rows.is_in_use(name)

    def why_dispensable(self, name: str | None, mending: Mending) -> str:
        if not can_be_made_again(self, name, mending):
            return ""
        if name:
            thumbnail_records.records(mending.thumbnails, name).delete()
        return "deleted"


class Match(NamedTuple):
    """What an object of the public bucket is, according to its name or its bytes."""

    kind: type[Misplaced]
    name: str  # that of the private file
    why: str


def can_be_made_again(finding: Misplaced, name: str | None, mending: Mending) -> bool:
    """Whether a finding is a thumbnail for certain, and not somebody's only copy of a file with such a name.

    Either easy-thumbnails has recorded it. Or it lies in a folder of thumbnails, is named like one, and the picture is
    there from which it was made.

    Args:
        name: what the public storage calls it; None if it lies beyond the public prefix.
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


def _is_a_name(key: str) -> bool:
    try:
        return names.clean(key) == key
    except SuspiciousFileOperation:
        return False
