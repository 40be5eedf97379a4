"""What happens to files when an instance of filer's models is saved, step by step. `signals` calls it.

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

from django.db import connections
from filer.models import File

from mediastore.filer.commit import on_commit
from mediastore.filer.fieldfile import FilerFieldFile
from mediastore.filer.locations import Location, is_same_file
from mediastore.filer.merging import Known, has_new_file
from mediastore.filer.rows import OF_THE_BYTES, Row, deleted, locked, save_bytes
from mediastore.filer.settling import adopt, clear, prepare, settle


class Saving:
    """One save of one instance, from Django's signal before it to the one after it.

    Attributes:
        file: the file of the instance, whose name Django writes.
        before: the row when it was locked, with what `prepare` has done since. None if the save inserts a row.
        writes_name: whether the name in the row changes to that of `file`.
        follows: whether the instance takes over the row's file. It does not while it keeps an upload that is not saved.
        abandoned: locations that the row no longer names after this save.
    """

    file: FilerFieldFile
    before: Row | None = None
    writes_name = True
    follows = True

    def __init__(self, instance: File, using: str) -> None:
        self.instance, self.using = instance, using
        self.abandoned: set[Location] = set()

    # Before Django writes

    def insert(self) -> None:
        """Prepare to insert a row."""
        self._check_not_deleted()
        self._adopt()
        self.file = self.instance.file

    def update(self, row: Row, fields: set[str]) -> None:
        """Prepare to update the locked `row`; `fields` are those of `file` and `is_public` that are written.

        The instance takes over what it did not change. Then its new file, or else the row's file, is moved if need be.
        """
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
            self.abandoned |= row.locations  # a publication that is taken back may have begun
        self.file = instance.file

    def guard(self) -> None:
        """In autocommit mode, let Django's UPDATE look whether the row is unchanged. Call it when the lock is released."""
        if self.before and not connections[self.using].in_atomic_block:
            self.file.write_unless_changed(self.before.name if self.writes_name else None)

    def _adopt(self) -> None:
        if location := adopt(self.instance, self.using):
            self.abandoned.add(location)

    def _check_not_deleted(self) -> None:
        """Raise if the instance was read from a row, and that row is gone. Delete on commit what was stored for it."""
        instance, read = self.instance, self.instance._known.read
        if not (read and instance.pk) or instance._state.adding:
            return
        if instance.pk != read.pk or self.using != instance._state.db:
            return  # a copy: into another row, or into another database
        file = instance.file
        is_stored = file and file._committed and file.location.is_permanent
        if is_stored and not is_same_file(file.location, read.location):
            on_commit(partial(clear, {file.location}, self.using), file.name, self.using)
        raise deleted(instance.pk)

    # After Django has written

    def finish(self) -> None:
        """Read the row again, let the instance follow it, and do the rest on commit."""
        instance, using, before = self.instance, self.using, self.before
        self.file.write_always()
        instance._old_is_public = instance.is_public
        # Where the row's file lies now, if no other process has changed the row since `before`.
        here = before.location if before and not self.writes_name else self.file.location
        with locked(instance.pk, using) as row:
            if row and is_same_file(row.location, here):
                self.abandoned |= before.locations if before and self.writes_name else set()
            else:
                # Another process has changed the row. It has cleared what the row named then. It did not know what this
                # save has stored, so this save clears that.
                known = (here, before.location if before else None)
                self.abandoned |= {location for location in known if location and location.is_permanent}
                if row:
                    _read_bytes_again(row, using)
            if row and self.follows:
                follow(instance, row)
        if row is None:
            on_commit(partial(clear, self.abandoned, using), f"what the row {instance.pk} has left", using)
            return
        abandoned = (instance._known.abandoned | self.abandoned) - {row.location}
        instance._known = Known(instance._known.read, row, abandoned)
        act = partial(_committed, weakref.ref(instance), row, abandoned, using)
        on_commit(act, row.name or f"what the row {row.pk} has left", using)


def follow(instance: File, row: Row) -> None:
    """Let `instance` name the file that `row` names, and take over what the row says of the bytes if they differ."""
    mine = instance.file
    if (mine.name or "") == row.name:
        return
    has_other_bytes = not is_same_file(mine.location, row.location)
    instance.__dict__["file"] = row.name
    if has_other_bytes:
        fields = {field.name for field in instance._meta.concrete_fields}.intersection(OF_THE_BYTES)
        rows = type(instance)._base_manager.using(instance._state.db).non_polymorphic().filter(pk=row.pk)
        for name, value in (rows.values(*fields).first() or {}).items():
            setattr(instance, name, value)


def _read_bytes_again(row: Row, using: str) -> None:
    """Correct hash and size: this save has written those of its own file beside the name of another one."""
    fresh = File.objects.using(using).get(pk=row.pk)
    fresh.file_data_changed()
    save_bytes(fresh, using)


def _committed(saved: weakref.ref[File], row: Row, abandoned: Iterable[Location], using: str) -> None:
    """Settle the row, clear what it no longer names, and let the instance know if it still exists and was not saved again."""
    try:
        now = row if row.is_settled else settle(row.pk, using)
    finally:
        clear(abandoned, using)
    instance = saved()
    if instance is not None and instance._known.saved == row and now:
        instance._known = Known(now, now)
        file = instance.__dict__.get("file")
        if now != row and getattr(file, "name", file) == row.name:
            instance.__dict__["file"] = now.name
