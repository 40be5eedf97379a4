"""Deletes the thumbnails of a filer file when it moves or is deleted, also those that another request makes at that moment.

easy-thumbnails stores a thumbnail first, then records it in two or three transactions. `clear` reads the records after the
file has moved. `after_thumbnail` reads the file's row after the last record. So one of the two sees the other.
"""

from collections.abc import Iterable
from typing import Any

from django.db import connections
from django.db.models import Model, signals
from easy_thumbnails.models import Thumbnail, ThumbnailDimensions
from easy_thumbnails.signals import thumbnail_created
from easy_thumbnails.utils import get_storage_hash
from filer.models import File

from mediastore import folders, thumbnail_records
from mediastore.filer.commit import on_commit
from mediastore.filer.locations import PREFIXES, Location
from mediastore.filer.rows import naming


def clear(location: Location) -> None:
    """Delete the thumbnails of the file that was at `location`, and their records.

    Raises:
        Exception: the first error of the storage, after all thumbnails have been tried.
    """
    thumbnail_records.clear(location.storage, location.name)


def before_record(sender: type[Model], instance: Any, using: str, raw: bool = False, **kwargs: Any) -> None:
    """Lock the record that a new record belongs to: the source of a thumbnail, or the thumbnail of its dimensions.

    If it is gone, the file was moved or deleted meanwhile. Then delete the thumbnail, since nothing would name it.

    Raises:
        FileNotFoundError: it is gone. filer's admin shows an icon for this error.
    """
    if raw or instance.pk:
        return
    thumbnail = instance if sender is Thumbnail else instance.thumbnail
    parent = instance.source if sender is Thumbnail else thumbnail
    records = type(parent)._base_manager.using(using).filter(pk=parent.pk)
    if connections[using].in_atomic_block:
        records = thumbnail_records.locked(records, using)
    if records.values_list("pk").first() is None:
        for storage in _storages():
            if get_storage_hash(storage) == thumbnail.storage_hash:
                storage.delete(thumbnail.name)
        raise FileNotFoundError(f"The file of the thumbnail {thumbnail.name!r} was moved or deleted meanwhile.")


def after_thumbnail(sender: Any, **kwargs: Any) -> None:
    """On commit, delete a new thumbnail if its file has moved or was deleted while the thumbnail was made."""
    location = source_of(sender.storage, sender.name)
    if location is None:
        return

    def check(source: Location = location) -> None:
        if not naming(source).exists():
            clear(source)
            # Another `clear` may have deleted this thumbnail's record between its reading and its update by easy-thumbnails.
            source.thumbnail_storage.delete(sender.name)

    on_commit(check, sender.name)


def source_of(storage: Any, name: str) -> Location | None:
    """The location of the file that filer made the thumbnail `name` of; None if it is no thumbnail of filer's."""
    field, source = File._meta.get_field("file"), folders.source(name)
    for visibility, thumbnails in field.thumbnail_storages.items():
        folder, is_public = field.thumbnail_options[visibility].get("base_dir", ""), visibility == "public"
        if storage == thumbnails and source and name.startswith(f"{folder}/" if folder else PREFIXES[is_public]):
            return Location.of(source, is_public)
    return None


def _storages() -> Iterable[Any]:
    storages: dict[str, Any] = File._meta.get_field("file").thumbnail_storages
    return storages.values()


def connect() -> None:
    """Follow the records of easy-thumbnails."""
    for model in (Thumbnail, ThumbnailDimensions):
        signals.pre_save.connect(before_record, sender=model)
    thumbnail_created.connect(after_thumbnail)
