"""What happens to files when rows of filer's models are saved or deleted, step by step.

Before a save: lock the row, and let the instance follow it in what the instance did not change. A public file that becomes
private moves now, so that the caller gets an error of the storage.

After a save: read the row again, and note what it no longer names.

On commit: move a private file that became public, so that no rollback follows a publication. Delete what no row names.

In autocommit mode no lock outlasts Django's UPDATE. So that UPDATE leaves the name alone if another process has changed it
(`FilerFieldFile.write_unless_changed`), and the instance follows the row after the save.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterable
from functools import partial
from typing import Any

from django.apps import apps
from django.db import connections
from django.db.models import signals
from filer.models import File

from mediastore.filer.commit import on_commit
from mediastore.filer.fieldfile import FilerFieldFile
from mediastore.filer.locations import Location
from mediastore.filer.merging import Known, has_new_file
from mediastore.filer.rows import OF_THE_BYTES, Row, deleted, locked
from mediastore.filer.settling import adopt, clear, prepare, settle


class Saving:
    """One save of one instance, from Django's signal before it to the one after it.

    Attributes:
        file: the file of the instance, whose name Django writes.
        before: the row when it was locked, with what `prepare` has done since. None if the save inserts a row.
        writes_name: whether the name in the row changes to that of `file`.
        follows: whether the instance takes over the row's file. It does not while it keeps an upload that is not saved.
        left: locations that the row no longer names after this save.
    """

    file: FilerFieldFile
    before: Row | None = None
    writes_name = True
    follows = True

    def __init__(self, instance: File, using: str) -> None:
        self.instance, self.using = instance, using
        self.left: set[Location] = set()

    # Before Django writes

    def insert(self) -> None:
        """Prepare to insert a row."""
        self._check_not_deleted()
        self._adopt()
        self.file = self.instance.file

    def update(self, row: Row, fields: set[str]) -> None:
        """Prepare to update the locked `row`; `fields` are those of `file` and `is_public` that are written."""
        instance = self.instance
        if "is_public" in fields and not instance._known.is_changed("is_public", instance.is_public, row):
            instance.is_public = row.is_public
        instance._old_is_public = instance.is_public
        is_public = instance.is_public if "is_public" in fields else row.is_public
        is_new = has_new_file(instance, row)
        self.before, self.writes_name = row, is_new and "file" in fields
        if self.writes_name:
            self._adopt()
        else:
            self.before = prepare(row, is_public, self.using)
            self.follows = not (is_new and instance.file)
            if self.follows:
                follow(instance, self.before)
        if not (is_public or row.is_settled) and row.location and not row.location.is_public:
            self.left |= row.locations  # a publication that is taken back may have begun
        self.file = instance.file
        if not connections[self.using].in_atomic_block:
            self.file.write_unless_changed(self.before.name if self.writes_name else None)

    def _adopt(self) -> None:
        if left := adopt(self.instance, self.using):
            self.left.add(left)

    def _check_not_deleted(self) -> None:
        """Raise if the instance was read from a row, and that row is gone. Delete on commit what was stored for it."""
        instance, read = self.instance, self.instance._known.read
        if not (read and instance.pk) or instance._state.adding:
            return
        if instance.pk != read.pk or self.using != instance._state.db:
            return  # a copy: into another row, or into another database
        file = instance.file
        if file and file._committed and file.location.is_permanent:
            if not (read.location and file.location.is_same_file(read.location)):
                on_commit(partial(clear, {file.location}, self.using), file.name, self.using)
        raise deleted(instance.pk)

    # After Django has written

    def finish(self) -> None:
        """Read the row again, let the instance follow it, and do the rest on commit."""
        instance, using, before = self.instance, self.using, self.before
        self.file.write_always()
        instance._old_is_public = instance.is_public
        here = before.location if before and not self.writes_name else self.file.location
        with locked(instance.pk, using) as row:
            if row and (row.location == here or (row.location and here and row.location.is_same_file(here))):
                self.left |= before.locations if before and self.writes_name else set()
            else:  # another process was faster, and has cleared what the row named then
                self.left |= {place for place in (here, before and before.location) if place and place.is_permanent}
                if row:
                    _read_bytes_again(row, using)
            if row and self.follows:
                follow(instance, row)
        if row is None:
            on_commit(partial(clear, self.left, using), f"what the row {instance.pk} has left", using)
            return
        left = (instance._known.left | self.left) - {row.location}
        instance._known = Known(instance._known.read, row, left)
        act = partial(_committed, weakref.ref(instance), row, left, using)
        on_commit(act, row.name or f"what the row {row.pk} has left", using)


def follow(instance: File, row: Row) -> None:
    """Let `instance` name the file that `row` names, and take over what the row says of the bytes if they differ."""
    mine = instance.file
    if mine.name == row.name or not (mine or row.name):
        return
    is_same = mine and row.location and mine.location.is_same_file(row.location)
    instance.__dict__["file"] = row.name
    if not is_same:
        fields = {field.name for field in instance._meta.concrete_fields}.intersection(OF_THE_BYTES)
        rows = type(instance)._base_manager.using(instance._state.db).non_polymorphic().filter(pk=row.pk)
        for name, value in (rows.values(*fields).first() or {}).items():
            setattr(instance, name, value)


def _read_bytes_again(row: Row, using: str) -> None:
    """Correct hash and size: this save has written those of its own file beside the name of another one."""
    fresh = File.objects.using(using).get(pk=row.pk)
    fresh.file_data_changed()
    fields = {name: getattr(fresh, name) for name in OF_THE_BYTES if hasattr(fresh, name)}
    type(fresh)._base_manager.using(using).filter(pk=row.pk).update(**fields)


def _committed(saved: weakref.ref[File], row: Row, left: Iterable[Location], using: str) -> None:
    """Settle the row, clear what it left, and let the instance know, if it is still in use and was not saved again."""
    try:
        now = row if row.is_settled else settle(row.pk, using)
    finally:
        clear(left, using)
    instance = saved()
    if instance is not None and instance._known.saved == row and now:
        instance._known = Known(now, now)
        file = instance.__dict__.get("file")
        if now != row and getattr(file, "name", file) == row.name:
            instance.__dict__["file"] = now.name


# Django's signals


def loaded(sender: type[File], instance: File, **kwargs: Any) -> None:
    """After an instance is made, from a row or not."""
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
    """Lock the row, merge, and move a file that becomes private.

    Raises:
        DatabaseError: the row was deleted meanwhile, and its file with it.
        OSError: the storage failed.
    """
    instance.__dict__.pop("_saving", None)
    fields = {"file", "is_public"} if update_fields is None else {"file", "is_public"}.intersection(update_fields)
    if raw or not fields or "file" not in instance.__dict__:
        return
    instance._file_data_changed_hint = None  # `_move_file` has set it, and `storage.Staying` has kept the file
    instance.file.write_always()  # a save that failed has not finished
    saving = Saving(instance, using)
    with locked(instance.pk, using) as row:
        if row:
            saving.update(row, fields)
        else:
            saving.insert()
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
