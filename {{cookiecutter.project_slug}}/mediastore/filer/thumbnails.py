"""Thumbnails of filer's files go when their file is moved or deleted, also those that are made at that moment.

easy-thumbnails stores the object first, then records it in two or three transactions. `clear` reads the records after the
file has moved. `after_thumbnail` reads the file's row after the last record. So one of the two sees the other.
"""

from django.db import connections, router, transaction
from django.db.models import signals
from easy_thumbnails.models import Source, Thumbnail, ThumbnailDimensions
from easy_thumbnails.signals import thumbnail_created
from easy_thumbnails.utils import get_storage_hash
from filer.models import File
from filer.utils.filer_easy_thumbnails import thumbnail_to_original_filename

from mediastore.filer.commit import on_commit
from mediastore.filer.places import PREFIXES, Place


def clear(place: Place) -> None:
    """Delete the thumbnails of the file that was at `place`, and their records."""
    using, storage, errors = router.db_for_write(Source), place.thumbnail_storage, []
    with transaction.atomic(using=using):
        sources = _locked(Source.objects.using(using).filter(storage_hash=get_storage_hash(place.storage)), using)
        source = sources.filter(name=place.name).first()
        if source is None:
            return
        for thumbnail in _locked(source.thumbnails.using(using), using):  # else dimensions may be recorded meanwhile
            try:
                if thumbnail.storage_hash == get_storage_hash(storage):
                    storage.delete(thumbnail.name)
            except Exception as error:
                errors.append(error)
        source.delete()
    if errors:
        raise errors[0]


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
        rows = _locked(rows, using)
    if rows.values_list("pk").first() is None:
        for storage in _storages():
            if get_storage_hash(storage) == thumbnail.storage_hash:
                storage.delete(thumbnail.name)
        raise FileNotFoundError(f"The file of the thumbnail {thumbnail.name!r} was moved or deleted meanwhile.")


def after_thumbnail(sender, **kwargs):
    """Delete a thumbnail on commit if its file was moved, or deleted, while it was being made."""
    if place := source_of(sender.storage, sender.name):
        on_commit(lambda: place.rows().exists() or clear(place), sender.name)


def delete_unrecorded(storage, name: str) -> None:
    """Delete the thumbnail `name`, unless it is recorded: easy-thumbnails would not make it again."""
    if not Thumbnail.objects.filter(storage_hash=get_storage_hash(storage), name=name).exists():
        storage.delete(name)


def source_of(storage, name: str) -> Place | None:
    """The place of the file that filer made the thumbnail `name` of; None if it is none of filer's."""
    field = File._meta.get_field("file")
    for visibility, thumbnails in field.thumbnail_storages.items():
        folder = field.thumbnail_options[visibility].get("base_dir", "")
        folder = f"{folder}/" if folder else ""
        source = thumbnail_to_original_filename(name.removeprefix(folder))
        is_public = visibility == "public"
        if storage == thumbnails and source and name.startswith(folder or PREFIXES[is_public]):
            return Place.of(source, is_public)
    return None


def _storages():
    return File._meta.get_field("file").thumbnail_storages.values()


def _locked(rows, using):
    return rows.select_for_update() if connections[using].features.has_select_for_update else rows


def connect():
    """Follow the records of easy-thumbnails."""
    for model in (Thumbnail, ThumbnailDimensions):
        signals.pre_save.connect(before_record, sender=model)
    thumbnail_created.connect(after_thumbnail)
