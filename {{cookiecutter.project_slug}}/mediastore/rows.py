"""Tells which public and which private files the rows of the database name."""

from collections.abc import Iterable, Iterator
from typing import Any

from django.apps import apps
from django.db import router
from django.db.models import FileField, Model, QuerySet

from mediastore import folders

Rows = QuerySet[Model]


def names(*, private: bool) -> Iterator[str]:
    """The names of all public files that rows name, or of all private ones. A name may come more than once."""
    for rows, field in _fields(private):
        yield from filter(None, rows.exclude(**{field: ""}).values_list(field, flat=True).iterator())


def named(names: Iterable[str], *, private: bool, using: str | None = None) -> set[str]:
    """Those of `names` that a row has now as the name of a public file, or of a private one.

    Args:
        names: few enough for one query.
        using: the alias of a database to look into, beside that which the router names for each model.
    """
    wanted, found = set(names), set[str]()
    for rows, field in _fields(private, using):
        if left := wanted - found:
            found.update(rows.filter(**{f"{field}__in": left}).values_list(field, flat=True))
    return found


def is_named(name: str, *, private: bool, using: str | None = None) -> bool:
    """Whether a row names the public file `name` now, or the private one. `using` is that of `named`."""
    return any(rows.filter(**{field: name}).exists() for rows, field in _fields(private, using))


def is_in_use(name: str) -> bool:
    """Whether a row names the public file `name` now, or a file that it may be a thumbnail of."""
    return bool(named({name, *folders.sources(name)}, private=False))


def _fields(private: bool, using: str | None = None) -> Iterator[tuple[Rows, str]]:
    """The rows of each model with private, or with public, files, and the name of the field that names them."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if not isinstance(field, FileField):
                continue
            for rows in _rows(model, using):
                # An extension's field may have public files in some rows, and private ones in others.
                if hasattr(field.attr_class, "lying"):
                    yield rows.filter(field.attr_class.lying(public=not private)), field.name
                elif getattr(field.storage, "is_private", False) == private:
                    yield rows, field.name


def _rows(model: type[Model], using: str | None) -> Iterator[Rows]:
    """All rows of `model`: in the database that the router names, and in `using` if it has the model's table."""
    rows: Any = model._base_manager.all()
    rows = rows.non_polymorphic() if hasattr(rows, "non_polymorphic") else rows  # django-polymorphic would join tables
    if using is None:
        yield rows
        return
    for alias in {using, router.db_for_write(model)}:
        if router.allow_migrate_model(alias, model):
            yield rows.using(alias)
