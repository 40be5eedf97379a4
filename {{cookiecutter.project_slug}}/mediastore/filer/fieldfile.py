"""filer's file, with everything that depends on its place derived from its name at every use.

filer binds a file to its storages once, when it is first looked at (`MultiStorageFieldFile.__init__`), which may be before
or after `is_public` changes, and unpickling binds it to the default storage. Three mishaps follow: "Enable permissions"
leaves the thumbnails of a private picture in the public bucket, a file whose `is_public` is set after its file is written to
the public bucket, and a private file from a cache has a public URL.
"""

import threading
import weakref

from django.db.models import Case, F, Q, Value, When
from django.db.models.sql import InsertQuery, UpdateQuery
from filer.fields.multistorage_file import MultiStorageFieldFile

from mediastore import pictures, thumbnail_records
from mediastore.filer import rows, saving, thumbnails
from mediastore.filer.commit import on_commit
from mediastore.filer.places import Place, named
from mediastore.filer.storage import ByName, Resizing, Staying
from mediastore.thumbnails import Storing

KEPT = 8 * 1024 * 1024  # bytes of the largest file that is kept for the next thumbnail
_last = threading.local()


def derived(getter):
    """A property that cannot be set: the libraries' constructors assign it."""
    return property(getter, lambda self, value: None)


class FilerFieldFile(MultiStorageFieldFile):
    """The file of one row."""

    lying = staticmethod(rows.lying)  # which rows' files lie in which storage (`mediastore.rows`)

    @property
    def place(self) -> Place | None:
        """Where it lies; None where there is none. An upload that is not stored yet has a name as if it were."""
        return Place.of(self.name, self.instance.is_public) if self.name else None

    @property
    def _visibility(self):
        public = self.place.is_public if self.name and self._committed else self.instance.is_public
        return "public" if public else "private"

    storage = derived(lambda self: self.field.storages[self._visibility])
    source_storage = derived(lambda self: Resizing(self.storage, self))
    thumbnail_storage = derived(lambda self: Storing(self.field.thumbnail_storages[self._visibility]))
    thumbnail_basedir = derived(lambda self: self.field.thumbnail_options[self._visibility].get("base_dir", ""))
    thumbnail_storages = derived(lambda self: self.field.thumbnail_storages)
    thumbnail_options = derived(lambda self: self.field.thumbnail_options)

    @derived
    def storages(self):
        """What `File._copy_file` may use; what `File._move_file` may use, since moving is not its business (`saving`)."""
        if self.instance.pk and self.instance._old_is_public != self.instance.is_public:
            return dict.fromkeys(self.field.storages, Staying(self))
        return {visibility: ByName(self.field.storages, visibility) for visibility in self.field.storages}

    @property
    def instance(self):
        return self.__dict__["instance"]

    @instance.setter
    def instance(self, instance):
        """`refresh_from_db` reads another instance and takes its file over, and so what that knows of the row."""
        other = self.__dict__.get("instance", instance)
        self.__dict__["instance"] = instance
        if other is not instance and other.pk == instance.pk and self._committed and hasattr(other, "_known"):
            instance._known = other._known

    # Writing

    def write_unless_changed(self, before: str | None) -> None:
        """Let the next UPDATE write the name if the row still has the name `before`; let it write none if that is None."""
        self.resolve_expression = lambda query, *args, **kwargs: self._resolve(before, query, *args, **kwargs)

    def _resolve(self, before, query, *args, for_save=False, **kwargs):
        name = Value(self.name or "", output_field=self.field)
        if for_save and isinstance(query, InsertQuery):
            raise saving.deleted(self.instance)
        if for_save and isinstance(query, UpdateQuery):
            unchanged = Q(file=before) if before else Q(file="") | Q(file=None)
            column = F(self.field.name)
            name = column if before is None else Case(When(unchanged, then=name), default=column)
        return name.resolve_expression(query, *args, for_save=for_save, **kwargs)

    def save(self, name, content, save=True):
        """Store `content` where `is_public` says, under a new name."""
        content = pictures.stripped(content)
        content.seek(0)
        wanted = named(self.field.generate_filename(self.instance, name), self.instance.is_public)
        storage = Place.of(wanted, self.instance.is_public).storage
        self.name = storage.save(wanted, content, max_length=self.field.max_length)
        self._committed = True
        self._set_instance_attribute(self.name, content)
        self.instance._known = self.instance._known.without(self.name)
        self.get_source_cache(create=True, update=True)
        if save:
            self.instance.save()

    save.alters_data = True

    def delete(self, save=True):
        """Take the file from the row. It is deleted when the row is saved and committed, unless another row names it."""
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

    delete.alters_data = True

    # Thumbnails

    def delete_thumbnails(self, source_cache=None):
        """Delete the thumbnails on commit. Returns 0: how many there are is known then."""
        if self.name and self._committed:
            on_commit(lambda place=self.place: thumbnails.clear(place), self.name, self.instance._state.db)
        return 0

    delete_thumbnails.alters_data = True

    def save_thumbnail(self, thumbnail):
        """Store and record a thumbnail; delete it again if it cannot be recorded, unless another request has recorded it."""
        with thumbnail_records.recording(thumbnail_records.storage_of(self.storage), thumbnail.name):
            super().save_thumbnail(thumbnail)

    # Reading

    def close(self):
        """Keep the last file that was fetched in this thread: the next thumbnail of the same picture opens it again."""
        file = getattr(self, "_file", None)
        if file is None or file.closed or not self._committed or self.storage.served_by_django or file.size > KEPT:
            super().close()
            if self._committed:
                self._file = None  # opened anew from where it lies then
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
