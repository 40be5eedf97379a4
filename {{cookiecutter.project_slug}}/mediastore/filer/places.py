"""Places of filer's files. The name says where a file lies: below `filer_private/` in the private storage, below
`filer_public/` in the public one. Files with other names lie where `is_public` says.
"""

from dataclasses import dataclass

from filer.models import File

from mediastore import names
from mediastore.backends.copying import copy_across
from mediastore.filer import conf

MAX_LENGTH = 255  # of the column `file`
PREFIXES = {True: f"{conf.PUBLIC_PREFIX}/", False: f"{conf.PRIVATE_PREFIX}/"}


def named(name: str, is_public: bool) -> str:
    """`name` below the prefix of the storage that `is_public` says, whatever `UPLOAD_TO` made of it."""
    for prefix in PREFIXES.values():
        name = name.removeprefix(prefix)
    return PREFIXES[is_public] + name


def files(using=None):
    """All rows of filer's model, as rows of that model."""
    return File.objects.using(using).non_polymorphic().order_by("pk")


@dataclass(frozen=True)
class Place:
    """Where a file lies: in the public or in the private storage, and its name there."""

    is_public: bool
    name: str

    @classmethod
    def of(cls, name: str, is_public: bool):
        """The place of the file that a row names. The row's `is_public` counts for names without our prefixes alone."""
        for public, prefix in PREFIXES.items():
            if name.startswith(prefix):
                return cls(public, name)
        return cls(is_public, name)

    @property
    def rest(self) -> str:
        """The name without its prefix. A file that moves keeps it, so that a move can be repeated by anyone."""
        return self.name.removeprefix(PREFIXES[self.is_public])

    @property
    def is_permanent(self) -> bool:
        """Whether its name can never stand for another file."""
        return names.is_permanent(self.name)

    @property
    def storage(self):
        return File._meta.get_field("file").storages[self._visibility]

    @property
    def thumbnail_storage(self):
        return File._meta.get_field("file").thumbnail_storages[self._visibility]

    @property
    def _visibility(self):
        return "public" if self.is_public else "private"

    def on(self, is_public: bool):
        """The place of this file in the public, or in the private storage."""
        return Place(is_public, PREFIXES[is_public] + self.rest)

    def rows(self, using=None):
        """The rows whose file lies here."""
        rows = files(using).filter(file=self.name)
        return rows if self.name.startswith(tuple(PREFIXES.values())) else rows.filter(is_public=self.is_public)

    def is_same_file(self, other) -> bool:
        """Whether both are places of one file, which was moved from one to the other."""
        return self == other or self.rest == other.rest and self.is_permanent and other.is_permanent

    def copy(self, there):
        """Copy the file, in parts. Returns its place: `there`, or another name if a different file has that one.

        A file with the same bytes that lies there already is this one: a move was interrupted, or rolled back.
        """
        name = copy_across(self.storage, self.name, there.storage, there.name, MAX_LENGTH)
        return Place(there.is_public, name)
