"""Storages that filer and easy-thumbnails are given: by alias, by a file's name, and some that leave work to others."""

from __future__ import annotations

from typing import Any

from django.core.files.base import ContentFile, File
from django.utils.functional import LazyObject

import mediastore


class ByAlias(LazyObject):  # type: ignore[type-arg]  # Django's class has no type arguments at run time
    """What `STORAGES` calls `alias` now. So `override_settings(STORAGES=…)` holds for filer, which binds storages at import."""

    def __init__(self, alias: str) -> None:
        self.__dict__["_alias"] = alias

    @property
    def _wrapped(self) -> Any:
        return mediastore.get_storage(self.__dict__["_alias"])


class ByName:
    """The storage in which a name says that the file lies, for `File._copy_file`; that of `visibility` for other names."""

    def __init__(self, storages: dict[str, Any], visibility: str) -> None:
        self._storages, self._visibility = storages, visibility

    def _of(self, name: str) -> Any:
        from mediastore.filer.locations import Location  # it imports filer, which imports this module

        return self._storages[Location.of(name, self._visibility == "public").visibility]

    def open(self, name: str, mode: str = "rb") -> Any:
        return self._of(name).open(name, mode)

    def save(self, name: str, content: File[Any], max_length: int = 255) -> Any:
        return self._of(name).save(name, content, max_length=max_length)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._storages[self._visibility], name)


class Staying:
    """The storage that `File._move_file` takes a file from, and to. It reads nothing, and the file stays where it is.

    filer would read the whole file into memory, and delete it before the transaction is committed.
    """

    def __init__(self, file: Any) -> None:
        self._file = file

    def open(self, name: str, mode: str = "rb") -> ContentFile[bytes]:
        return ContentFile(b"")

    def save(self, name: str, content: File[Any], max_length: int | None = None) -> Any:
        return self._file

    def delete(self, name: str) -> None:
        pass


class Resizing(LazyObject):  # type: ignore[type-arg]  # as above
    """The storage of a file, to which filer's action "Resize" writes the smaller picture.

    It is a lazy object, since easy-thumbnails asks for the storage's class: a lazy object answers with that of its storage.
    """

    def __init__(self, storage: Any, file: Any) -> None:
        super().__init__()
        self.__dict__["file"] = file
        self._wrapped = storage

    def save(self, name: str, content: File[Any], max_length: int = 255) -> str:
        """Store a resized picture under a new name: browsers may keep the old one for ever, and a rollback needs it."""
        from mediastore.filer.locations import prefixed  # it imports filer, which imports this module

        file = self.__dict__["file"]
        wanted = name
        if name == file.name:
            original = file.instance.original_filename or name
            wanted = prefixed(file.field.generate_filename(file.instance, original), file.location.is_public)
        stored: str = self._wrapped.save(wanted, content, max_length=max_length)
        if name == file.name:
            file.name = stored
        return stored

    def delete(self, name: str) -> None:
        """Delete the file `name`, but not the picture itself: that is deleted on commit."""
        if name != self.__dict__["file"].name:
            self._wrapped.delete(name)
