"""Storages that filer and easy-thumbnails get: by alias, by a file's name, and stand-ins for what is done elsewhere."""

from django.core.files.base import ContentFile
from django.utils.functional import LazyObject

import mediastore
from mediastore.filer import conf


class ByAlias(LazyObject):
    """What `STORAGES` calls `alias` now, so that `override_settings(STORAGES=…)` holds for filer too.

    filer binds its storages at import.
    """

    def __init__(self, alias):
        self.__dict__["_alias"] = alias

    @property
    def _wrapped(self):
        return mediastore.get_storage(self.__dict__["_alias"])


class ByName:
    """The storage that a name belongs to, for `File._copy_file`; for names without our prefixes that of `visibility`."""

    def __init__(self, storages, visibility):
        self._storages, self._visibility = storages, visibility

    def _at(self, name):
        for prefix, visibility in ((conf.PUBLIC_PREFIX, "public"), (conf.PRIVATE_PREFIX, "private")):
            if name.startswith(f"{prefix}/"):
                return self._storages[visibility]
        return self._storages[self._visibility]

    def open(self, name, mode="rb"):
        return self._at(name).open(name, mode)

    def save(self, name, content, max_length=255):
        return self._at(name).save(name, content, max_length=max_length)

    def __getattr__(self, name):
        return getattr(self._storages[self._visibility], name)


class Staying:
    """The storage that `File._move_file` takes a file from, and to. It reads nothing, and the file stays what it is.

    filer would hold the file in memory whole, and delete it at once.
    """

    def __init__(self, file):
        self._file = file

    def open(self, name, mode="rb"):
        return ContentFile(b"")

    def save(self, name, content, max_length=None):
        return self._file

    def delete(self, name):
        pass


class Resizing(LazyObject):
    """The storage of a file, to which filer's "Resize" writes the smaller picture.

    easy-thumbnails looks at a lazy object's storage when it asks for the class.
    """

    def __init__(self, storage, file):
        super().__init__()
        self.__dict__["file"] = file
        self._wrapped = storage

    def save(self, name, content, max_length=255):
        """Store a resized picture under a name of its own: the old one may be cached for ever, or needed again."""
        from mediastore.filer.places import named  # it imports filer, which imports this module

        file = self.__dict__["file"]
        if name != file.name:
            return self._wrapped.save(name, content, max_length=max_length)
        wanted = file.field.generate_filename(file.instance, file.instance.original_filename or name)
        file.name = self._wrapped.save(named(wanted, file.place.is_public), content, max_length=max_length)
        return file.name

    def delete(self, name):
        if name != self.__dict__["file"].name:
            self._wrapped.delete(name)
