"""Keeps filer's files on the storage that `is_public` names.

filer binds a file to its storages once, when it is first looked at (`MultiStorageFieldFile.__init__`), which may be
before or after `is_public` changes, and unpickling binds it to the default storage. Three mishaps follow: "Enable
permissions" leaves the thumbnails of a private picture in the public bucket, a file whose `is_public` is set after
its file is written to the public bucket, and a private file from a cache has a public URL.
"""

from filer.fields.multistorage_file import MultiStorageFieldFile
from filer.models import File


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


def connect():
    """Make it the class of what `File.file` gives; `attr_class` is Django's place for that."""
    File._meta.get_field("file").attr_class = VisibilityFieldFile
