"""Files follow their rows: what a row names no longer is deleted when the transaction is committed.

Django leaves the files of deleted rows and of replaced files behind. A model says that it wants them deleted::

    @deletes_files
    class Picture(models.Model):
        image = PictureField(upload_to="pictures/")

`queryset.update()` and `bulk_update()` send no signals: what they replace stays.
"""

import logging
from functools import partial

from django.apps import apps
from django.db import models, transaction
from django.db.models import signals

from mediastore import rows, thumbnail_records

logger = logging.getLogger(__name__)
_models = set()


def deletes_files(model):
    """A model's decorator: the files of its file fields, with their thumbnails, go when no row names them any more.

    Models that inherit from `model` are included.
    """
    _models.add(model)
    return model


class DeletedOnCommit:
    """Of a field file: of a decorated model `delete()` waits for the commit too, and spares what another row names."""

    def delete(self, save=True):
        if not isinstance(self.instance, tuple(_models)):
            super().delete(save)
            return
        if not self:
            return
        name, self.name = self.name, None
        if hasattr(self, "_file"):
            self.close()
            del self.file
        setattr(self.instance, self.field.attname, None)
        self._committed = False
        if save:
            self.instance.save()
        else:
            _clear_on_commit(self.field, name, self.instance._state.db)

    delete.alters_data = True


def connect():
    """Follow the rows of all decorated models. Called once all models are loaded."""
    for model in apps.get_models(include_auto_created=True):
        if issubclass(model, tuple(_models)):
            follow(model)


def follow(model):
    """Follow the rows of `model`."""
    signals.pre_save.connect(_before_save, sender=model)
    signals.post_save.connect(_after_save, sender=model)
    signals.pre_delete.connect(_before_delete, sender=model)


def _before_save(sender, instance, raw=False, using=None, update_fields=None, **kwargs):
    fields = [] if raw else _files(sender._meta.fields, update_fields)
    instance._named_before = list(_named(sender, instance.pk, fields, using))


def _after_save(sender, instance, using=None, **kwargs):
    for field, name in instance.__dict__.pop("_named_before", ()):
        if getattr(instance, field.attname) != name:
            _clear_on_commit(field, name, using)


def _before_delete(sender, instance, using=None, **kwargs):
    # A parent's fields come with the parent's own signal, a proxy's are its model's.
    fields = _files(sender._meta.concrete_model._meta.local_fields)
    for field, name in list(_named(sender, instance.pk, fields, using)):
        _clear_on_commit(field, name, using)


def _files(fields, update_fields=None):
    return [
        field
        for field in fields
        if isinstance(field, models.FileField) and (update_fields is None or field.name in update_fields)
    ]


def _named(model, pk, fields, using):
    """The fields with the names of the files that the row with the key `pk` names; the instance may be out of date.

    In a transaction the row is locked, so that of two that replace its file each sees the other's.
    """
    if pk is None or not fields:
        return
    rows = model._base_manager.using(using).filter(pk=pk).order_by()
    if transaction.get_connection(using).in_atomic_block:
        rows = rows.select_for_update()
    for row in rows.values(*(field.name for field in fields)):
        yield from ((field, row[field.name]) for field in fields if row[field.name])


def _clear_on_commit(field, name, using):
    if field.has_default() and name == field.get_default():
        return  # a file of the site's, which rows to come will name
    transaction.on_commit(partial(clear, field.storage, name, using), using=using)


def clear(storage, name, using=None):
    """Delete the file `name` of `storage` and its thumbnails, unless a row names it. Errors are logged.

    Args:
        using: the database whose row named it; it may not be the one that the router names.
    """

    try:
        if rows.is_named(name, private=getattr(storage, "is_private", False), using=using):
            return
        try:
            storage.delete(name)
        finally:
            thumbnail_records.clear(storage, name)
    except Exception as error:
        logger.error("No row names the file %r, and it could not be deleted: %s. Delete it by hand.", name, error)
