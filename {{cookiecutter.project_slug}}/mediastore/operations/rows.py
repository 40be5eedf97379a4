"""Which files the rows of the database name in the public, and which in the private storage."""

from django.apps import apps
from django.db.models import FileField


def names(*, private: bool) -> set[str]:
    """The names of all public, or of all private files that rows name."""
    found = set()
    for rows, field in _fields(private):
        found.update(rows.exclude(**{field: ""}).values_list(field, flat=True).iterator())
    return found - {None}


def is_named(name: str, *, private: bool) -> bool:
    """Whether a row names the public, or the private, file `name` now."""
    return any(rows.filter(**{field: name}).exists() for rows, field in _fields(private))


def _fields(private):
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if not isinstance(field, FileField):
                continue
            rows = model._base_manager.all()
            rows = rows.non_polymorphic() if hasattr(rows, "non_polymorphic") else rows
            if hasattr(field, "storages"):  # filer's, which has one for each visibility
                from mediastore.filer.rows import lying

                yield rows.filter(lying(public=not private)), field.name
            elif getattr(field.storage, "is_private", False) == private:
                yield rows, field.name
