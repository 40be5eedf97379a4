"""Keeps filer's files on the storage that `is_public` names.

filer binds a file to its storages once, when it is first looked at (`MultiStorageFieldFile.__init__`), which may be
before or after `is_public` changes, and unpickling binds it to the default storage. Three mishaps follow: "Enable
permissions" leaves the thumbnails of a private picture in the public bucket, a file whose `is_public` is set after
its file is written to the public bucket, and a private file from a cache has a public URL.
"""

import threading
import weakref

from filer.fields.multistorage_file import MultiStorageFieldFile
from filer.models import File

from mediastore.backends.base import replacing

KEPT = 8 * 1024 * 1024  # bytes of the largest file that is kept for the next thumbnail
_last = threading.local()


def _by_visibility(attribute):
    """A property: what the field has in its dictionary `attribute` for the visibility that the row has now."""

    def get(self):
        return getattr(self.field, attribute)["public" if self.instance.is_public else "private"]

    return property(get, lambda self, value: None)  # the libraries' constructors assign; the row knows better


class VisibilityFieldFile(MultiStorageFieldFile):
    """filer's file, bound at every use."""

    storages = property(lambda self: self.field.storages, lambda self, value: None)
    thumbnail_storages = property(lambda self: self.field.thumbnail_storages, lambda self, value: None)
    thumbnail_options = property(lambda self: self.field.thumbnail_options, lambda self, value: None)
    storage = _by_visibility("storages")
    source_storage = _by_visibility("storages")
    thumbnail_storage = _by_visibility("thumbnail_storages")

    @property
    def thumbnail_basedir(self):
        options = self.field.thumbnail_options["public" if self.instance.is_public else "private"]
        return options.get("base_dir", "")

    @thumbnail_basedir.setter
    def thumbnail_basedir(self, value):
        pass

    def close(self):
        """Keep the last file that was read in this thread: the next thumbnail of the same picture opens it again."""
        file = getattr(self, "_file", None)
        if file is None or file.closed or not self._committed or file.size > KEPT:
            return super().close()
        if (previous := getattr(_last, "file", None)) is not file and previous is not None:
            previous.close()
        _last.file, _last.owner = file, weakref.ref(self)
        self._file = None

    def open(self, mode="rb"):
        if getattr(self, "_file", None) is None and getattr(_last, "owner", lambda: None)() is self and mode == "rb":
            self._file, _last.file, _last.owner = _last.file, None, lambda: None
        return super().open(mode)

    open.alters_data = True

    def save_thumbnail(self, thumbnail):
        with replacing():
            super().save_thumbnail(thumbnail)


def connect():
    """Make it the class of what `File.file` gives; `attr_class` is Django's place for that."""
    File._meta.get_field("file").attr_class = VisibilityFieldFile
