"""Thumbnails of filer's files go when their file is moved or deleted, also those that are made at that moment.

easy-thumbnails stores the object first, then records it in two or three transactions. `clear` reads the records after the
file has moved. `after_thumbnail` reads the file's row after the last record. So one of the two sees the other.
"""

from django.db import connections
from django.db.models import signals
from easy_thumbnails.models import Thumbnail, ThumbnailDimensions
from easy_thumbnails.signals import thumbnail_created
from easy_thumbnails.utils import get_storage_hash
from filer.models import File

from mediastore import folders, thumbnail_records
from mediastore.filer.commit import on_commit
from mediastore.filer.places import PREFIXES, Place


def clear(place: Place) -> None:
    """Delete the thumbnails of the file that was at `place`, and their records."""
    thumbnail_records.clear(place.storage, place.name)


def before_record(sender, instance, raw=False, using=None, **kwargs):
    """Lock what a new record belongs to, so that the two stay together.

    If it is gone, the file was moved or deleted meanwhile. The thumbnail is deleted then, as nothing would name it.

    Raises:
        FileNotFoundError: it is gone. filer's admin shows an icon for this error.
    """
    if raw or instance.pk:
        return
    thumbnail = instance if sender is Thumbnail else instance.thumbnail
    parent = instance.source if sender is Thumbnail else thumbnail
    rows = type(parent)._base_manager.using(using).filter(pk=parent.pk)
    if connections[using].in_atomic_block:
        rows = thumbnail_records.locked(rows, using)
    if rows.values_list("pk").first() is None:
        for storage in _storages():
            if get_storage_hash(storage) == thumbnail.storage_hash:
                storage.delete(thumbnail.name)
        raise FileNotFoundError(f"The file of the thumbnail {thumbnail.name!r} was moved or deleted meanwhile.")


def after_thumbnail(sender, **kwargs):
    """Delete a thumbnail on commit if its file was moved, or deleted, while it was being made."""
    if place := source_of(sender.storage, sender.name):
        on_commit(lambda: place.rows().exists() or clear(place), sender.name)


def source_of(storage, name: str) -> Place | None:
    """The place of the file that filer made the thumbnail `name` of; None if it is none of filer's."""
    field, source = File._meta.get_field("file"), folders.source(name)
    for visibility, thumbnails in field.thumbnail_storages.items():
        folder, is_public = field.thumbnail_options[visibility].get("base_dir", ""), visibility == "public"
        if storage == thumbnails and source and name.startswith(f"{folder}/" if folder else PREFIXES[is_public]):
            return Place.of(source, is_public)
    return None


def _storages():
    return File._meta.get_field("file").thumbnail_storages.values()


def connect():
    """Follow the records of easy-thumbnails."""
    for model in (Thumbnail, ThumbnailDimensions):
        signals.pre_save.connect(before_record, sender=model)
    thumbnail_created.connect(after_thumbnail)
