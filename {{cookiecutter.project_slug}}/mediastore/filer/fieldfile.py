"""What `File.file` gives: filer's class, but the storage and all that depends on it follow from the name at each use.

filer chooses the storages once, when `file` is first looked at. `is_public` may change after that, and unpickling chooses
the default storage. Then "Enable permissions" would leave the thumbnails of a private picture in the public bucket, a file
whose `is_public` is set after its file would be stored in the public bucket, and a private file from a cache would have a public
URL.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from django.db.models import Case, F, Q, Value, When
from django.db.models.sql import InsertQuery, UpdateQuery
from filer.fields.multistorage_file import MultiStorageFieldFile

from mediastore import pictures, thumbnail_records
from mediastore.backends.aliased import is_served_by_django
from mediastore.filer import kept_files, rows, thumbnails
from mediastore.filer.commit import on_commit
from mediastore.filer.locations import Location, prefixed
from mediastore.filer.storage import ByName, Resizing, Staying
from mediastore.thumbnails import storing

if TYPE_CHECKING:
    from django.core.files.base import File as DjangoFile
    from filer.models import File


def derived(getter: Callable[[Any], Any]) -> Any:
    """A property that ignores what is assigned: the constructors of filer and easy-thumbnails assign it."""
    return property(getter, lambda self, value: None)


class FilerFieldFile(MultiStorageFieldFile):
    """The file of one row."""

    lying = staticmethod(rows.lying)  # `mediastore.rows` asks which rows have their files in which storage

    # What follows from the name

    @property
    def location(self) -> Location | None:
        """Where the file lies; None if there is no file. For an upload that is not stored yet it means nothing."""
        return Location.of(self.name, self.instance.is_public) if self.name else None

    @property
    def _visibility(self) -> str:
        public = self.location.is_public if self.location and self._committed else self.instance.is_public
        return "public" if public else "private"

    storage = derived(lambda self: self.field.storages[self._visibility])
    source_storage = derived(lambda self: Resizing(self.storage, self))
    thumbnail_storage = derived(lambda self: storing(self.field.thumbnail_storages[self._visibility]))
    thumbnail_basedir = derived(lambda self: self.field.thumbnail_options[self._visibility].get("base_dir", ""))
    thumbnail_storages = derived(lambda self: self.field.thumbnail_storages)
    thumbnail_options = derived(lambda self: self.field.thumbnail_options)

    @derived
    def storages(self) -> dict[str, Any]:
        """The storages for `File._copy_file`. `File._move_file` gets some that do nothing: `saving` moves files."""
        if self.instance.pk and self.instance._old_is_public != self.instance.is_public:
            return dict.fromkeys(self.field.storages, Staying(self))
        return {visibility: ByName(self.field.storages, visibility) for visibility in self.field.storages}

    @property
    def instance(self) -> File:
        return self.__dict__["instance"]

    @instance.setter
    def instance(self, instance: File) -> None:
        """`refresh_from_db` reads a second instance and gives its file to the first, which then knows the same row."""
        other = self.__dict__.get("instance", instance)
        self.__dict__["instance"] = instance
        if other is not instance and other.pk == instance.pk and self._committed and hasattr(other, "_known"):
            instance._known = other._known

    # Writing

    def write_unless_changed(self, before: str | None) -> None:
        """Make the next UPDATE leave the name alone if another process has changed it.

        Django asks a value that has `resolve_expression` for the SQL that is written. So this file gets that attribute.

        Args:
            before: the name that the row had when it was locked. The UPDATE writes the new name only if the row still has
                this one. None if the UPDATE shall write no name at all.
        """
        self.resolve_expression = partial(self._resolve, before)

    def write_always(self) -> None:
        """Let the next UPDATE write the name, as usual."""
        self.__dict__.pop("resolve_expression", None)

    def _resolve(self, before: str | None, query: Any, *args: Any, for_save: bool = False, **kwargs: Any) -> Any:
        written: Any = Value(self.name or "", output_field=self.field)
        if for_save and isinstance(query, InsertQuery):
            raise rows.deleted(self.instance.pk)  # Django inserts when its UPDATE has found no row
        if for_save and isinstance(query, UpdateQuery):
            is_unchanged = Q(file=before) if before else Q(file="") | Q(file=None)
            column = F(self.field.name)
            written = column if before is None else Case(When(is_unchanged, then=written), default=column)
        return written.resolve_expression(query, *args, for_save=for_save, **kwargs)

    def save(self, name: str, content: DjangoFile[Any], save: bool = True) -> None:
        """Store `content` where `is_public` says, under a new name.

        Raises:
            OSError: the storage failed.
        """
        content = pictures.stripped(content)
        content.seek(0)
        is_public = self.instance.is_public
        wanted = Location(is_public, prefixed(self.field.generate_filename(self.instance, name), is_public))
        self.name = wanted.storage.save(wanted.name, content, max_length=self.field.max_length)
        self._committed = True
        self._set_instance_attribute(self.name, content)
        self.instance._known = self.instance._known.without(self.name)
        self.get_source_cache(create=True, update=True)
        if save:
            self.instance.save()

    save.alters_data = True  # type: ignore[attr-defined]  # Django's mark: templates must not call it

    def delete(self, save: bool = True) -> None:
        """Take the file from the row. Once the row is saved and committed it is deleted, unless another row names it."""
        if not self:
            return
        if hasattr(self, "_file"):
            self.close()
            del self.file
        self.name = None
        setattr(self.instance, self.field.attname, None)
        self._committed = False
        if save:
            self.instance.save()

    delete.alters_data = True  # type: ignore[attr-defined]

    # Thumbnails

    def delete_thumbnails(self, source_cache: object = None) -> int:
        """Delete the thumbnails on commit. Returns 0, since their number is not known before."""
        if self.location and self._committed:
            on_commit(partial(thumbnails.clear, self.location), self.name, self.instance._state.db)
        return 0

    delete_thumbnails.alters_data = True  # type: ignore[attr-defined]

    def save_thumbnail(self, thumbnail: Any) -> None:
        """Store and record a thumbnail. If it cannot be recorded, delete it, unless another request has recorded it.

        Raises:
            RefusedPictureError: the file is an upload that is not stored. Its name is not final, so that the thumbnail would
                stay behind under a name that no row has.
        """
        if not self._committed:
            raise pictures.RefusedPictureError(f"{self.name!r} is not stored yet. Save it before its first thumbnail.")
        with thumbnail_records.recording(thumbnail_records.storage_of(self.storage), thumbnail.name):
            super().save_thumbnail(thumbnail)

    # Reading

    def close(self) -> None:
        """Close the file, or keep it for the next thumbnail of the same picture if it was fetched and is not too large."""
        file = getattr(self, "_file", None)
        is_fetched = self._committed and not is_served_by_django(self.storage)
        if file and not file.closed and is_fetched and file.size <= kept_files.MAX_SIZE:
            kept_files.keep(file, self)
            self._file = None
            return
        super().close()
        if self._committed:
            self._file = None  # the next `open` looks for it where it lies then

    def open(self, mode: str = "rb") -> FilerFieldFile:
        if getattr(self, "_file", None) is None and mode == "rb" and (file := kept_files.take(self)):
            self._file = file
        opened: FilerFieldFile = super().open(mode)
        return opened

    open.alters_data = True  # type: ignore[attr-defined]
