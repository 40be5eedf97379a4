"""Calls `saving` when Django makes, saves or deletes an instance of filer's models, and clears files of deleted rows."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

from django.apps import apps
from django.db.models import signals
from filer.models import File

from mediastore.filer.commit import on_commit
from mediastore.filer.merging import Known
from mediastore.filer.rows import Row, locked
from mediastore.filer.saving import Saving
from mediastore.filer.settling import clear


def loaded(sender: type[File], instance: File, **kwargs: Any) -> None:
    """Remember what the row says when an instance is made from it."""
    file = instance.__dict__.get("file")
    if isinstance(file, str) or (file is None and "file" in instance.__dict__):
        instance._known = Known(read=Row(instance.pk, file or "", instance.is_public))
    else:  # a new instance with an upload, or one whose file is deferred
        instance._known = Known()


def before_save(
    sender: type[File],
    instance: File,
    using: str,
    raw: bool = False,
    update_fields: Iterable[str] | None = None,
    **kwargs: Any,
) -> None:
    """Prepare the save while the row is locked.

    Raises:
        DatabaseError: the row was deleted meanwhile, and its file with it.
        OSError: the storage failed.
    """
    instance.__dict__.pop("_saving", None)
    fields = {"file", "is_public"} if update_fields is None else {"file", "is_public"}.intersection(update_fields)
    if raw or not fields or "file" not in instance.__dict__:
        return
    instance._file_data_changed_hint = None  # `_move_file` has set it, and `storage.Staying` has kept the file
    instance.file.write_always()  # an earlier save failed before `finish`, and may have left its condition
    saving = Saving(instance, using)
    with locked(instance.pk, using) as row:
        if row:
            saving.update(row, fields)
        else:
            saving.insert()
    saving.guard()
    instance._saving = saving


def after_save(sender: type[File], instance: File, **kwargs: Any) -> None:
    """Finish what `before_save` has begun."""
    if saving := instance.__dict__.pop("_saving", None):
        saving.finish()


def before_delete(sender: type[File], instance: File, using: str, **kwargs: Any) -> None:
    """Lock the row, and clear its locations on commit."""
    with locked(instance.pk, using) as row:
        if row and row.name:
            on_commit(partial(clear, row.locations, using), row.name, using)


def connect() -> None:
    """Follow the rows of filer's model and of all models that inherit from it. Their deletion deletes a row of filer's too."""
    for model in apps.get_models(include_auto_created=True):
        if issubclass(model, File):
            signals.post_init.connect(loaded, sender=model)
            signals.pre_save.connect(before_save, sender=model)
            signals.post_save.connect(after_save, sender=model)
            if model._meta.concrete_model is File:  # filer's own, and its proxies
                signals.pre_delete.connect(before_delete, sender=model)
