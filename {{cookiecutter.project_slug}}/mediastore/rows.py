"""Which files the rows of the database name in the public, and which in the private storage."""

from collections.abc import Iterable, Iterator

from django.apps import apps
from django.db import router
from django.db.models import FileField

from mediastore import folders


def names(*, private: bool) -> Iterator[str]:
    """The names of all public, or of all private files that rows name; some more than once."""
    for rows, field in _fields(private):
        yield from filter(None, rows.exclude(**{field: ""}).values_list(field, flat=True).iterator())


def named(names: Iterable[str], *, private: bool, using: str | None = None) -> set[str]:
    """Those of `names` that a row names now as a public, or as a private, file.

    Args:
        names: few enough for one query.
        using: the alias of a database to look into beside those that the router names.
    """
    wanted, found = set(names), set()
    for rows, field in _fields(private, using):
        if left := wanted - found:
            found.update(rows.filter(**{f"{field}__in": left}).values_list(field, flat=True))
    return found


def is_named(name: str, *, private: bool, using: str | None = None) -> bool:
    """Whether a row names the public, or the private, file `name` now."""
    return any(rows.filter(**{field: name}).exists() for rows, field in _fields(private, using))


def is_in_use(name: str) -> bool:
    """Whether a row names the public file `name` now, or a file that it may be a thumbnail of."""
    return bool(named({name, *folders.sources(name)}, private=False))


def _fields(private, using=None):
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if not isinstance(field, FileField):
                continue
            for rows in _rows(model, using):
                if hasattr(field.attr_class, "lying"):  # the rows of one field have files in both storages
                    yield rows.filter(field.attr_class.lying(public=not private)), field.name
                elif getattr(field.storage, "is_private", False) == private:
                    yield rows, field.name


def _rows(model, using):
    """All rows of `model`: in the database that the router names, and in `using` if it has the model's table."""
    rows = model._base_manager.all()
    rows = rows.non_polymorphic() if hasattr(rows, "non_polymorphic") else rows
    if using is None:
        yield rows
        return
    for alias in {using, router.db_for_write(model)}:
        if router.allow_migrate_model(alias, model):
            yield rows.using(alias)
