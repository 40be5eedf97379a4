"""What lies in filer's folders and no row names: what `filer_check --orphans` lists, and `--delete-orphans` deletes."""

import time
from collections.abc import Iterator
from itertools import islice

from django.core.files.storage import storages
from filer.utils.filer_easy_thumbnails import thumbnail_to_original_filename

from mediastore.filer import repair
from mediastore.filer.places import PREFIXES, Place
from mediastore.filer.settling import clear
from mediastore.operations import rows


def orphans(public: bool) -> Iterator[Place]:
    """The files below filer's folder of public, or of private files that may be deleted.

    These are left out: what is younger than `repair.AGE` seconds, since its row may not be committed yet; the only copy of
    a file whose row names its place in the other storage; what a row of another model names; thumbnails of living files.

    Raises:
        OSError: the storage failed.
    """
    found = (found for found in storages["default" if public else "private"].walk() if _is_old(found, public))
    while batch := [Place(public, found.name) for found in islice(found, repair.AT_ONCE)]:
        thumbnails = {place: thumbnail_to_original_filename(place.name) for place in batch}
        others = {place.on(not public).name for place in batch}
        named = repair.named({place.name for place in batch} | others | {*thumbnails.values()} - {None})
        for place in batch:
            if place.name in named or thumbnails[place] in named:
                continue
            other = place.on(not public)
            if not (other.name in named and _is_only_copy(place, other)) and not _is_named(place):
                yield place


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


def _is_old(found, public):
    return found.name.startswith(PREFIXES[public]) and time.time() - found.modified.timestamp() >= repair.AGE


def _is_named(place):
    return rows.is_named(place.name, private=not place.is_public)
