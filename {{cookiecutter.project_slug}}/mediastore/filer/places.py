"""Places of filer's files: a storage by visibility, and a name there."""

from dataclasses import dataclass

from easy_thumbnails.models import Source, Thumbnail
from easy_thumbnails.utils import get_storage_hash
from filer.models import File

from mediastore import names
from mediastore.backends.base import same_bytes
from mediastore.filer import conf
from mediastore.filer.commit import on_commit

MAX_LENGTH = 255  # of the column `file`
PREFIXES = {True: f"{conf.PUBLIC_PREFIX}/", False: f"{conf.PRIVATE_PREFIX}/"}


@dataclass(frozen=True)
class Place:
    """Where a file lies: in the public or in the private storage, and its name there."""

    is_public: bool
    name: str

    @classmethod
    def of(cls, instance):
        """The place that `instance` names; None where its file is missing, not loaded or not stored yet."""
        file = instance.__dict__.get("file")
        name = getattr(file, "name", file)
        stored = name and getattr(file, "_committed", isinstance(file, str))
        return cls(instance.is_public, name) if stored else None

    @classmethod
    def now(cls, instance):
        """The same, with an empty name where `instance` has no file; None where its file is not loaded or not stored."""
        if "file" in instance.__dict__ and not instance.__dict__["file"]:
            return cls(instance.is_public, "")
        return cls.of(instance)

    @property
    def is_permanent(self):
        """Whether its name can never stand for another file."""
        return names.is_permanent(self.name)

    @property
    def visibility(self):
        return "public" if self.is_public else "private"

    @property
    def storage(self):
        return File._meta.get_field("file").storages[self.visibility]

    @property
    def thumbnail_storage(self):
        return File._meta.get_field("file").thumbnail_storages[self.visibility]

    def rows(self, using=None):
        """The rows that name this place."""
        return File.objects.using(using).non_polymorphic().filter(file=self.name, is_public=self.is_public)

    def twin(self):
        """The name that it has in the other storage: with the same random part, so that a move that was interrupted
        can be told (`media audit`). None for names that are not filer's own.
        """
        here, there = PREFIXES[self.is_public], PREFIXES[not self.is_public]
        return there + self.name.removeprefix(here) if self.name.startswith(here) else None

    def copy(self, storage, name):
        """Copy the file to `storage`; its name there. What lies there as its twin is the same file: it was left by a
        rollback, or another process moves it at this moment.
        """
        with self.storage.open(self.name) as file:
            stored = storage.save(name, file, max_length=MAX_LENGTH)
            if stored == name or name != self.twin():
                return stored
            with storage.open(name) as twin:
                if not same_bytes(file, twin):
                    return stored
        storage.delete(stored)
        return name

    def delete_thumbnails(self, using=None):
        """Delete the thumbnails' rows now, and the thumbnails on commit. Returns how many there are."""
        storage = self.thumbnail_storage
        sources = Source.objects.filter(storage_hash=get_storage_hash(self.storage), name=self.name)
        rows = Thumbnail.objects.filter(source__in=sources, storage_hash=get_storage_hash(storage))
        thumbnails = list(rows.values_list("name", flat=True))
        rows.delete()
        if thumbnails:
            on_commit(lambda: delete_all(storage, thumbnails), f"the thumbnails of {self.name!r}", using)
        return len(thumbnails)

    def clear(self, using=None, but=None):
        """Delete the file and its thumbnails, unless a row names them, other than the one with the key `but`."""
        if self.rows(using).exclude(pk=but).exists():
            return
        try:
            self.storage.delete(self.name)
        finally:
            self.delete_thumbnails(using)
        Source.objects.filter(storage_hash=get_storage_hash(self.storage), name=self.name).delete()


def delete_all(storage, names):
    """Delete each, and raise the first error at the end."""
    errors = []
    for name in names:
        try:
            storage.delete(name)
        except Exception as error:
            errors.append(error)
    if errors:
        raise errors[0]


@dataclass(frozen=True)
class Row:
    """What the database says of a file."""

    place: Place
    with_the_file: dict  # what another instance may have changed with the file, beside its place


def stored_row(pk, using=None):
    """The row with the key `pk`, its place without a name where it has no file; None where there is no row."""
    fields = ("file", "is_public", "sha1", "_file_size", "mime_type")
    row = File.objects.using(using).non_polymorphic().filter(pk=pk).values(*fields).first()
    return row and Row(Place(row.pop("is_public"), row.pop("file") or ""), row)
