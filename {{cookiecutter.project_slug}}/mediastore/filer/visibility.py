"""Keeps filer's files on the storage that `is_public` names.

filer binds a file to its storages once, when it is first looked at (`MultiStorageFieldFile.__init__`), which may be
before or after `is_public` changes, and unpickling binds it to the default storage. Three mishaps follow: "Enable
permissions" leaves the thumbnails of a private picture in the public bucket, a file whose `is_public` is set after
its file is written to the public bucket, and a private file from a cache has a public URL.
"""

import threading
import weakref

from django.core.files.base import ContentFile
from django.utils.functional import LazyObject
from filer.fields.multistorage_file import MultiStorageFieldFile
from filer.models import File

from mediastore.backends.base import replacing
from mediastore.filer import changes
from mediastore.filer.commit import on_commit
from mediastore.filer.conf import PRIVATE_PREFIX
from mediastore.filer.places import MAX_LENGTH, PREFIXES, Place
from mediastore.operations import belonging

KEPT = 8 * 1024 * 1024  # bytes of the largest file that is kept for the next thumbnail
_last = threading.local()


class Source(LazyObject):
    """A file's storage, which easy-thumbnails reads a picture from and filer's "Resize" writes it to.

    easy-thumbnails looks at a lazy object's storage when it asks for the class.
    """

    def __init__(self, storage, file):
        super().__init__()
        self.__dict__["file"] = file
        self._wrapped = storage

    def _elsewhere(self, name):
        """The storage to read `name` from, and the name there: a file is published on commit."""
        file = self.__dict__["file"]
        publication = file._publication if name == file.name else None
        return (publication.origin.storage, publication.origin.name) if publication else (self._wrapped, name)

    def open(self, name, mode="rb"):
        storage, name = self._elsewhere(name)
        return storage.open(name, mode)

    def size(self, name):
        storage, name = self._elsewhere(name)
        return storage.size(name)

    def exists(self, name):
        storage, name = self._elsewhere(name)
        return storage.exists(name)

    def save(self, name, content, max_length=MAX_LENGTH):
        """Store a resized picture under a name of its own: the old one may be cached for ever, or needed again."""
        file = self.__dict__["file"]
        if name != file.name:
            return self._wrapped.save(name, content, max_length=max_length)
        wanted = file.field.generate_filename(file.instance, file.instance.original_filename or name)
        file.name = file.keep(self._wrapped.save(wanted, content, max_length=max_length))
        return file.name

    def delete(self, name):
        if name != self.__dict__["file"].name:
            self._wrapped.delete(name)


class NoThumbnails(LazyObject):
    """The public storage of thumbnails for a file that is not public yet: it stores none."""

    def __init__(self, storage):
        super().__init__()
        self._wrapped = storage

    def save(self, name, content, max_length=None):
        return name


class Leaving:
    """The storage that `File._move_file` takes a file from. The file is deleted on commit (`changes`)."""

    def __init__(self, storage):
        self._storage = storage

    def __getattr__(self, name):
        return getattr(self._storage, name)

    def open(self, name, mode="rb"):
        """Nothing: filer would hold the file in memory whole."""
        return ContentFile(b"")

    def delete(self, name):
        pass


class Arriving:
    """The storage that `File._move_file` takes a file to."""

    def __init__(self, storage, file):
        self._storage, self._file = storage, file

    def __getattr__(self, name):
        return getattr(self._storage, name)

    def save(self, name, content, max_length=MAX_LENGTH):
        """Bring the file here; its name. An upload that comes in the same step is stored instead: filer would move the
        stored file that happens to have the upload's name.
        """
        file = self._file
        if content.size:  # not what `Leaving` gives: it is copied, not moved
            return self._storage.save(name, content, max_length=max_length)
        if file._committed:
            return changes.arrive(file.instance, self._storage, name)
        file.file.seek(0)
        return file.keep(self._storage.save(name, file.file, max_length=max_length))


class VisibilityFieldFile(MultiStorageFieldFile):
    """filer's file, bound at every use."""

    @property
    def _visibility(self):
        return "public" if self.instance.is_public else "private"

    @property
    def _publication(self):
        """What has yet to happen until this file is public; None where nothing has."""
        if not (self.instance.is_public and self.name and self._committed):
            return None
        return changes.publication(self.instance, Place(True, self.name))

    @property
    def storages(self):
        """The field's storages; while the file is moved, what `File._move_file` may use of them."""
        instance, storages = self.instance, self.field.storages
        if not instance.pk or instance._old_is_public == instance.is_public:
            return storages
        arriving, leaving = ("public", "private") if instance.is_public else ("private", "public")
        return {arriving: Arriving(storages[arriving], self), leaving: Leaving(storages[leaving])}

    @property
    def storage(self):
        storage = self.field.storages[self._visibility]
        return Source(storage, self) if self._publication else storage

    @property
    def source_storage(self):
        return Source(self.field.storages[self._visibility], self)

    @property
    def thumbnail_storage(self):
        storage = self.field.thumbnail_storages[self._visibility]
        return NoThumbnails(storage) if self._publication else storage

    @property
    def thumbnail_basedir(self):
        return self.field.thumbnail_options[self._visibility].get("base_dir", "")

    thumbnail_storages = property(lambda self: self.field.thumbnail_storages)
    thumbnail_options = property(lambda self: self.field.thumbnail_options)

    def __setattr__(self, name, value):
        if name == "instance" and self.__dict__.get("instance", value) is not value:
            self._handed_over(self.instance, value)
        if name not in DERIVED:  # the libraries' constructors assign them; the row knows better
            super().__setattr__(name, value)

    def _handed_over(self, read, instance):
        """`refresh_from_db` reads a row anew and takes its file over: `instance` knows what the row says again."""
        if read.pk == instance.pk and self._committed:
            instance._loaded = read.__dict__.get("_loaded")
            instance._stored = instance._saved = instance._publication = instance._is_new = None
            instance.__dict__.pop("_left", None)

    def close(self):
        """Keep the last file that was fetched in this thread: the next thumbnail of the same picture opens it again."""
        file = getattr(self, "_file", None)
        if file is None or file.closed or not self._committed or self.storage.streamed or file.size > KEPT:
            super().close()
            if self._committed:
                self._file = None  # opened anew from where it lies then: it may have been published
            return
        if (previous := getattr(_last, "file", None)) is not file and previous is not None:
            previous.close()
        _last.file, _last.owner = file, weakref.ref(self)
        self._file = None

    def open(self, mode="rb"):
        if getattr(self, "_file", None) is None and getattr(_last, "owner", lambda: None)() is self and mode == "rb":
            self._file, _last.file, _last.owner = _last.file, None, lambda: None
        return super().open(mode)

    open.alters_data = True

    def keep(self, name):
        """Remember that this instance has stored its file as `name`, where its visibility is now."""
        changes.keep(self.instance, Place(self.instance.is_public, name))
        return name

    def save(self, name, content, save=True):
        super().save(name, content, save=False)
        self.keep(self.name)
        if save:
            self.instance.save()

    save.alters_data = True

    def delete(self, save=True):
        """Delete the file and its thumbnails when the transaction is committed, unless another row names it."""
        if not self:
            return
        instance, place = self.instance, Place.of(self.instance)
        if hasattr(self, "_file"):
            self.close()
            del self.file
        self.name = None
        setattr(instance, self.field.attname, None)
        self._committed = False
        if save:
            instance.save()
        elif place and instance.pk:  # else its row was deleted, and what that named goes on commit
            using = instance._state.db
            on_commit(lambda: place.clear(using, but=instance.pk), place.name, using)

    delete.alters_data = True

    def delete_thumbnails(self, source_cache=None):
        """Delete the thumbnails on commit; none for an upload, whose name in the storage is somebody else's."""
        place = Place.of(self.instance)
        return place.delete_thumbnails(self.instance._state.db) if place else 0

    delete_thumbnails.alters_data = True

    def save_thumbnail(self, thumbnail):
        with replacing():
            super().save_thumbnail(thumbnail)


DERIVED = {
    "storage",
    "storages",
    "source_storage",
    "thumbnail_basedir",
    "thumbnail_options",
    "thumbnail_storage",
    "thumbnail_storages",
}


def connect():
    """Make it the class of what `File.file` gives; `attr_class` is Django's place for that."""
    field = File._meta.get_field("file")
    field.attr_class = VisibilityFieldFile
    belonging.PRIVATE.add(f"{PRIVATE_PREFIX}/")
    belonging.TWINS.add((PREFIXES[True], PREFIXES[False]))
    belonging.THUMBNAILS.add(f"{field.thumbnail_options['public']['base_dir']}/")
    changes.connect()
