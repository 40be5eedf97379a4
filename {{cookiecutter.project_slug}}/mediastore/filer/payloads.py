"""`dumpdata` with `FILER_DUMP_PAYLOAD`, and `loaddata` of such a fixture, for files in two storages.

filer reads and writes payloads through its field's `storage`. That is the default storage, for private files too. When
filer writes a payload it gives the name alone. In which storage the file belongs is known when its row is saved.
"""

from __future__ import annotations

import threading
from functools import partial
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.core.files.storage import default_storage
from django.db.models import signals
from filer.models import File

from mediastore.backends.contents import same_bytes
from mediastore.filer.commit import on_commit
from mediastore.filer.locations import MAX_LENGTH, PREFIXES, Location
from mediastore.filer.rows import files
from mediastore.filer.settling import clear
from mediastore.filer.storage import ByAlias

if TYPE_CHECKING:
    from django.core.files.base import File as DjangoFile

_payloads = threading.local()  # what a fixture has brought, by name, until the row is saved


class Payloads(ByAlias):
    """The default storage, which reads payloads from where their rows say, and keeps new ones until a row is saved."""

    location = "the storage of filer's files"  # in filer's warning; a storage on S3 has no `location`

    def __init__(self) -> None:
        super().__init__("default")

    def open(self, name: str, mode: str = "rb") -> Any:
        """Open the file `name`.

        Raises:
            FileNotFoundError: no row names the file, or a public and a private row name different files so.
        """
        found = {Location.of(name, True)} if name.startswith(tuple(PREFIXES.values())) else _locations(name)
        if not name or len(found) != 1:
            raise FileNotFoundError(f"No rows, or rows of different files, name the file {name!r}.")
        return found.pop().storage.open(name, mode)

    def exists(self, name: str) -> bool:
        return False  # filer would delete the file before it writes the payload

    def save(self, name: str, content: DjangoFile[Any], max_length: int | None = None) -> str:
        _payloads.__dict__[name] = content
        return name


def _locations(name: str) -> set[Location]:
    return {Location.of(name, public) for public in files().filter(file=name).values_list("is_public", flat=True)}


def before_save(sender: type[File], instance: File, using: str, raw: bool = False, **kwargs: Any) -> None:
    """Store the payload of a row that a fixture brings.

    If a different file has its name, the row gets another name, and the different file is deleted on commit. So a load that
    fails or is killed leaves each row with its file.
    """
    name = getattr(instance.__dict__.get("file"), "name", instance.__dict__.get("file"))
    content = _payloads.__dict__.pop(name, None) if raw and name else None
    if content is None:
        return
    wanted = Location.of(name, instance.is_public)
    stored = wanted.storage.save(name, content, max_length=MAX_LENGTH)
    if stored != name and _has(wanted, content):
        wanted.storage.delete(stored)
    elif stored != name:
        instance.__dict__["file"] = stored
        on_commit(partial(clear, {wanted}, using), name, using)
    instance.file_data_changed(post_init=True)  # reads the file if the fixture has no size or hash


def _has(location: Location, content: DjangoFile[Any]) -> bool:
    """Whether the file at `location` has the bytes of `content`."""
    if not location.storage.exists(location.name):
        return False
    with location.storage.open(location.name) as file:
        return same_bytes(content, file)


def connect() -> None:
    """Give filer's field this storage. Migrations still see the default storage, and so do not change."""
    field = File._meta.get_field("file")
    field.storage, field._storage_callable = Payloads(), default_storage
    for model in apps.get_models():
        if issubclass(model, File):
            signals.pre_save.connect(before_save, sender=model)
