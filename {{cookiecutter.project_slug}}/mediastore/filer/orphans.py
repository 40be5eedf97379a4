"""What lies in filer's folders and no row names: what `filer_check --orphans` lists, and `--delete-orphans` deletes."""

from collections.abc import Iterator
from functools import partial

from django.core.files.storage import storages
from filer.utils.filer_easy_thumbnails import thumbnail_to_original_filename

from mediastore import rows
from mediastore.backends.located import located
from mediastore.filer import repair
from mediastore.filer.places import PREFIXES, Place
from mediastore.filer.settling import clear
from mediastore.operations.unnamed import unnamed


def orphans(public: bool) -> Iterator[Place]:
    """The files below filer's folder of public, or of private files that may be deleted.

    These are left out: what was stored a moment ago, since its row may not be committed yet (`operations.grace`); the only
    copy of a file whose row names its place in the other storage; what a row of another model names; thumbnails of living
    files.

    Raises:
        OSError: the storage failed.
    """
    storage = located(storages["default" if public else "private"])
    for _, place in unnamed(storage.walk(), partial(_place, public), private=not public):
        other, source = place.on(not public), thumbnail_to_original_filename(place.name)
        if source and rows.is_named(source, private=not public):
            continue
        if not (rows.is_named(other.name, private=public) and _is_only_copy(place, other)):
            yield place


def _place(public, name):
    return Place(public, name) if name.startswith(PREFIXES[public]) else None


def delete(place: Place) -> bool:
    """Delete the file with its thumbnails. Returns whether no row names it still.

    Raises:
        OSError: the storage failed.
    """
    if _is_named(place):
        return False
    clear({place})
    return not place.rows().exists()


def _is_only_copy(place, other):
    """Whether the row that names `other` has its file at `place` alone."""
    return not repair.is_kept(other, place) and (place.is_permanent or not other.storage.exists(other.name))


def _is_named(place):
    return rows.is_named(place.name, private=not place.is_public)
