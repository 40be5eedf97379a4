"""Keeps filer's files on the storage that `is_public` names.

filer binds a file to its storages once, when it is first looked at (`MultiStorageFieldFile.__init__`), which may be
before or after `is_public` changes, and unpickling binds it to the default storage. Three mishaps follow: "Enable
permissions" leaves the thumbnails of a private picture in the public bucket, a file whose `is_public` is set after
its file is written to the public bucket, and a private file from a cache has a public URL.
"""

import threading
import weakref

from django.db import transaction
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


class BeforeUpload:
    """A storage for an upload that replaces a file whose visibility changes in the same step.

    filer then moves and deletes the stored file that happens to have the upload's name, which is somebody else's or
    nobody's (`File._move_file`). Here the upload itself is moved, and on commit the replaced file is deleted.
    """

    def __init__(self, storage, file):
        self._storage, self._file = storage, file

    def __getattr__(self, name):
        return getattr(self._storage, name)

    def open(self, name, mode="rb"):
        if name != self._file.name:
            return self._storage.open(name, mode)
        self._file.file.seek(0)
        return self._file.file

    def delete(self, name):
        if name != self._file.name:
            return self._storage.delete(name)
        rows = File.objects.non_polymorphic()
        if replaced := rows.filter(pk=self._file.instance.pk).values("file", "is_public").first():
            storage = self._file.field.storages["public" if replaced["is_public"] else "private"]
            transaction.on_commit(lambda: rows.filter(**replaced).exists() or storage.delete(replaced["file"]))


class VisibilityFieldFile(MultiStorageFieldFile):
    """filer's file, bound at every use."""

    @property
    def storages(self):
        """The storages as `File._move_file` and `File._copy_file` use them."""
        if self._committed:
            return self.field.storages
        return {visibility: BeforeUpload(storage, self) for visibility, storage in self.field.storages.items()}

    @storages.setter
    def storages(self, value):
        pass

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
        """Keep the last file that was fetched in this thread: the next thumbnail of the same picture opens it again."""
        file = getattr(self, "_file", None)
        if file is None or file.closed or not self._committed or self.storage.streamed or file.size > KEPT:
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

    def delete_thumbnails(self, source_cache=None):
        """None for an upload that is not stored yet: what has its name in the storage is somebody else's."""
        return super().delete_thumbnails(source_cache) if self._committed else 0

    def save_thumbnail(self, thumbnail):
        with replacing():
            super().save_thumbnail(thumbnail)


def connect():
    """Make it the class of what `File.file` gives; `attr_class` is Django's place for that."""
    File._meta.get_field("file").attr_class = VisibilityFieldFile
