"""What happens to files when rows of filer's models are saved or deleted.

Before a save the row is locked, and what this instance did not change follows the row. A public file that becomes private
is moved at once, so that an error of the storage is the caller's. A private file that becomes public is moved on commit
(`settling`), so that nothing is public that a rollback may take back. Whatever a row no longer names goes on commit.

Outside of a transaction nobody can keep the lock until Django's UPDATE. So that UPDATE leaves the file's name alone if
somebody else has changed it (`fieldfile`). After it the row is read again, and this instance follows.
"""

import weakref
from functools import partial

from django.apps import apps
from django.db import DatabaseError, connections
from django.db.models import signals
from filer.models import File

from mediastore.filer.commit import on_commit
from mediastore.filer.merging import Saving, follow, merge, place_new
from mediastore.filer.rows import OF_THE_BYTES, Known, Row, locked
from mediastore.filer.settling import clear, settle


def loaded(sender, instance, **kwargs):
    """After an instance is made, from a row or not."""
    file = instance.__dict__.get("file")
    if isinstance(file, str) or (file is None and "file" in instance.__dict__):
        instance._known = Known(read=Row(instance.pk, file or "", instance.is_public))
    else:
        instance._known = Known()


def before_save(sender, instance, raw=False, using=None, update_fields=None, **kwargs):
    """Lock the row, merge, and move what becomes private.

    Raises:
        DatabaseError: the row was deleted meanwhile, and its file with it.
        OSError: the storage failed.
    """
    instance.__dict__.pop("_saving", None)
    written = {"file", "is_public"} if update_fields is None else {"file", "is_public"} & set(update_fields)
    if raw or not written or "file" not in instance.__dict__:
        return
    instance._file_data_changed_hint = None  # `_move_file` sets it for a change of the file that does not come
    instance.file.__dict__.pop("resolve_expression", None)  # of a save that failed
    with locked(instance.pk, using) as row:
        if row:
            saving = merge(instance, row, written, using)
        else:
            saving = Saving(instance.file, None, True)
            _check_not_deleted(instance, using)
            saving.left |= place_new(instance, using)
            saving.file = instance.file
    if row and not connections[using].in_atomic_block:
        saving.file.write_unless_changed(saving.before.name if saving.writes_name else None)
    instance._saving = saving


def _check_not_deleted(instance, using):
    read = instance._known.read
    if instance._state.adding or not read or read.pk != instance.pk or using != instance._state.db or not instance.pk:
        return
    file = instance.file
    if file and file._committed and file.place.is_permanent and not (read.name and file.place.is_same_file(read.place)):
        on_commit(partial(clear, {file.place}, using), file.name, using)  # it was stored for this save
    raise deleted(instance)


def deleted(instance):
    """The error of a save whose row is gone: Django would insert it again, without its file."""
    return DatabaseError(f"The file {instance.pk} was deleted while it was being changed. Upload it again.")


def after_save(sender, instance, raw=False, using=None, **kwargs):
    """See what has become of the row, and do on commit what is left to do."""
    saving = instance.__dict__.pop("_saving", None)
    if saving is None:
        return
    saving.file.__dict__.pop("resolve_expression", None)
    instance._old_is_public = instance.is_public
    before = saving.before
    wrote = saving.file.place if saving.writes_name else before.place
    with locked(instance.pk, using) as row:
        if row is None:  # deleted, and the place that it had then is cleared
            left = saving.left | {place for place in (wrote, before and before.place) if place and place.is_permanent}
            on_commit(partial(clear, left, using), f"what the row {instance.pk} has left", using)
            return
        if row.place == wrote or row.place and wrote and row.place.is_same_file(wrote):
            if saving.writes_name and before and before.place:
                saving.left |= {before.place} if before.is_settled else {before.place, before.place.on(True)}
        else:  # somebody was faster
            saving.left |= {place for place in (wrote, before and before.place) if place and place.is_permanent}
            _read_bytes_again(row, using)
        if saving.follows:
            follow(instance, row)
    left = (instance._known.left | saving.left) - {row.place}
    instance._known = Known(instance._known.read, row, left)
    committed = partial(_committed, weakref.ref(instance), row, left, using)
    on_commit(committed, row.name or f"what the row {row.pk} has left", using)


def _read_bytes_again(row, using):
    """Another file's hash and size were written beside the name that the row has now."""
    fresh = File.objects.using(using).get(pk=row.pk)
    fresh.file_data_changed()
    fields = {name: getattr(fresh, name) for name in OF_THE_BYTES if hasattr(fresh, name)}
    type(fresh)._base_manager.using(using).filter(pk=row.pk).update(**fields)


def _committed(saved, row, left, using):
    """Settle the row, clear what it left, and let its instance know."""
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


def before_delete(sender, instance, using=None, **kwargs):
    """Lock the row, and clear its place on commit; both places if it is on its way from one to the other."""
    with locked(instance.pk, using) as row:
        if row and row.place:
            left = {row.place} if row.is_settled else {row.place, row.place.on(not row.place.is_public)}
            on_commit(partial(clear, left, using), row.name, using)


def connect():
    """Follow the rows of filer's model and of all that inherit from it. A deletion is that of its parent row too."""
    for model in apps.get_models(include_auto_created=True):
        if issubclass(model, File):
            signals.post_init.connect(loaded, sender=model)
            signals.pre_save.connect(before_save, sender=model)
            signals.post_save.connect(after_save, sender=model)
            if model._meta.concrete_model is File:  # filer's own, and its proxies
                signals.pre_delete.connect(before_delete, sender=model)
