"""`dumpdata` with `FILER_DUMP_PAYLOAD`, and `loaddata` of such a fixture: each file from and to the storage where it lies.

filer reads and writes payloads through its field's `storage`, which is the default storage for public and private files
alike. Of a payload that is loaded it tells the name alone; where the file belongs is known when its row is saved.
"""

import threading
from functools import partial

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import signals
from filer.models import File

from mediastore.filer import thumbnails
from mediastore.filer.commit import on_commit
from mediastore.filer.places import MAX_LENGTH, PREFIXES, Place, files
from mediastore.filer.storage import ByAlias

_loaded = threading.local()


class Payloads(ByAlias):
    """The default storage, but for payloads: it reads them where their rows say, and keeps them until a row is saved."""

    location = "the storage of filer's files"  # for filer's warning; a storage on S3 has none

    def __init__(self):
        super().__init__("default")

    def open(self, name, mode="rb"):
        """Open the file `name`.

        Raises:
            FileNotFoundError: there is no such file, or a public and a private row name different files so.
        """
        found = {Place.of(name, True)} if name.startswith(tuple(PREFIXES.values())) else _places(name)
        if not name or len(found) != 1:
            raise FileNotFoundError(f"No rows, or rows of different files, name the file {name!r}.")
        return found.pop().storage.open(name, mode)

    def exists(self, name):
        return False

    def save(self, name, content, max_length=None):
        _loaded.__dict__[name] = content
        return name


def _places(name):
    return {Place.of(name, public) for public in files().filter(file=name).values_list("is_public", flat=True)}


def before_save(sender, instance, raw=False, using=None, **kwargs):
    """Store the payload that was loaded with a row. A different file of its name is replaced on commit."""
    name = getattr(instance.__dict__.get("file"), "name", instance.__dict__.get("file"))
    content = _loaded.__dict__.pop(name, None) if raw and name else None
    if content is None:
        return
    place = Place.of(name, instance.is_public)
    stored = Place(place.is_public, place.storage.save(name, content, max_length=MAX_LENGTH))
    if stored != place:
        on_commit(partial(_replace, place, stored), name, using)
    instance.file_data_changed(post_init=True)  # reads the file if the fixture has no size or hash


def _replace(place, stored):
    """Let the file at `stored` be that at `place`."""
    with stored.storage.open(stored.name) as file:
        place.storage.delete(place.name)
        place.storage.save(place.name, file, max_length=MAX_LENGTH)
    stored.storage.delete(stored.name)
    thumbnails.clear(place)


def connect():
    """Give filer's field this storage. It is no part of migrations, as the default storage is none."""
    field = File._meta.get_field("file")
    field.storage, field._storage_callable = Payloads(), default_storage
    for model in apps.get_models():
        if issubclass(model, File):
            signals.pre_save.connect(before_save, sender=model)
