"""Deletes the files of rows: when no row names a file any more, it is deleted on commit, with its thumbnails.

Django leaves the files of deleted rows and of replaced files behind. A model says that it wants them deleted::

    @deletes_files
    class Picture(models.Model):
        image = PictureField(upload_to="pictures/")

`queryset.update()` and `bulk_update()` send no signals, so the files that they replace stay.
"""

import logging
from collections.abc import Collection, Iterable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

from django.apps import apps
from django.core.files.storage import Storage
from django.db import models, transaction
from django.db.models import signals

from mediastore import rows, thumbnail_records

if TYPE_CHECKING:
    from django.db.models.fields.files import FieldFile
else:
    FieldFile = object

Model = TypeVar("Model", bound=type[models.Model])
logger = logging.getLogger(__name__)
_decorated: set[type[models.Model]] = set()


def deletes_files(model: Model) -> Model:
    """Decorate a model: the files of its file fields are deleted on commit once no row names them, with their thumbnails.

    Models that inherit from `model` are included.
    """
    _decorated.add(model)
    return model


class DeletedOnCommit(FieldFile):
    """Mixin of a field file. For a decorated model `delete()` waits for the commit, and spares a file that a row names."""

    def delete(self, save: bool = True) -> None:
        if not isinstance(self.instance, tuple(_decorated)):
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
            _clear_on_commit(self.field, str(name), self.instance._state.db)

    delete.alters_data = True  # type: ignore[attr-defined] # Django's mark: templates must not call it


def connect() -> None:
    """Watch the rows of all decorated models. Called when all models are loaded."""
    for model in apps.get_models(include_auto_created=True):
        if issubclass(model, tuple(_decorated)):
            follow(model)


def follow(model: type[models.Model]) -> None:
    """Watch the rows of `model`."""
    signals.pre_save.connect(_before_save, sender=model)
    signals.post_save.connect(_after_save, sender=model)
    signals.pre_delete.connect(_before_delete, sender=model)


def _before_save(
    sender: type[models.Model],
    instance: models.Model,
    raw: bool = False,
    using: str | None = None,
    update_fields: Collection[str] | None = None,
    **kwargs: Any,
) -> None:
    fields = [] if raw else _file_fields(sender._meta.fields, update_fields)
    instance.__dict__["_named_before"] = list(_named(sender, instance.pk, fields, using))


def _after_save(sender: type[models.Model], instance: models.Model, using: str | None = None, **kwargs: Any) -> None:
    for field, name in instance.__dict__.pop("_named_before", ()):
        if getattr(instance, field.attname) != name:
            _clear_on_commit(field, name, using)


def _before_delete(sender: type[models.Model], instance: models.Model, using: str | None = None, **kwargs: Any) -> None:
    # Django sends the signal for a parent's row too, so each signal covers the fields of its own table alone. A proxy
    # has no table: its fields are those of its concrete model.
    concrete = sender._meta.concrete_model or sender
    for field, name in list(_named(sender, instance.pk, _file_fields(concrete._meta.local_fields), using)):
        _clear_on_commit(field, name, using)


def _file_fields(fields: Iterable[Any], update_fields: Collection[str] | None = None) -> list[models.FileField]:
    return [
        field
        for field in fields
        if isinstance(field, models.FileField) and (update_fields is None or field.name in update_fields)
    ]


def _named(
    model: type[models.Model], pk: Any, fields: list[models.FileField], using: str | None
) -> Iterator[tuple[models.FileField, str]]:
    """Each field with the name that the row `pk` has in it. The database is asked, as an instance may be out of date.

    In a transaction the row is locked. So if two transactions replace its file at once, the later one sees the file of
    the earlier one.
    """
    if pk is None or not fields:
        return
    found = model._base_manager.using(using).filter(pk=pk).order_by()
    if transaction.get_connection(using).in_atomic_block:
        found = found.select_for_update()
    for row in found.values(*(field.name for field in fields)):
        yield from ((field, row[field.name]) for field in fields if row[field.name])


def _clear_on_commit(field: models.FileField, name: str, using: str | None) -> None:
    if field.has_default() and name == field.get_default():
        return  # a file of the site, which new rows will name
    transaction.on_commit(partial(clear, field.storage, name, using), using=using)


def clear(storage: Storage, name: str, using: str | None = None) -> None:
    """Delete the file `name` of `storage` and its thumbnails, unless a row names it. Errors are logged, not raised.

    Args:
        using: the database whose row named the file. Rows are looked for in it and in those that the router names.
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
