"""What `media repair` and `media audit` do about filer's files: rows that are not settled, and what no row names.

A process that dies leaves nothing else behind: a row without its file there never is.
"""

import time
from collections.abc import Iterator
from functools import partial
from itertools import islice

from django.core.files.storage import storages
from django.db.models import Q
from easy_thumbnails.models import Thumbnail
from easy_thumbnails.utils import get_storage_hash
from filer.models import File

from mediastore.backends.copying import is_copied
from mediastore.backends.located import located
from mediastore.filer import thumbnails
from mediastore.filer.places import PREFIXES, Place, files
from mediastore.filer.rows import OF_THE_BYTES, unsettled
from mediastore.filer.settling import clear, settle
from mediastore.operations.findings import Finding
from mediastore.operations.repair import Step
from mediastore.schemes import PRIVATE_THUMBNAILS

AGE = 60  # seconds after which the row of an upload is believed to be committed
AT_ONCE = 500  # names in one query


def steps(dry_run: bool) -> Iterator[Step]:
    """Settle rows, delete what moves and deletions have left, and report what no row names; all of it may be repeated."""
    for row in unsettled():
        yield _settled(row, dry_run)
    for public in (True, False):
        yield from _left(public, dry_run)
    for row in files().filter(Q(sha1="") | Q(_file_size=None)).exclude(Q(file="") | Q(file=None)):
        yield _measured(row, dry_run)


def findings() -> Iterator[Finding]:
    """The rows that are not settled, for the audit."""
    for row in unsettled():
        wish, where = ("public", "private") if row.is_public else ("private", "public")
        storage = located(Place.of(row.file.name, row.is_public).storage)
        why = f"its row calls it {wish}, and it lies in the {where} storage"
        yield Finding("unsettled", storage.place, storage.key(row.file.name), why, name=row.file.name, mend=_mend)


def _mend(finding):
    for row in unsettled().filter(file=finding.name):
        settle(row.pk)
    finding.fixed, finding.note = True, "moved to where its row wants it"


def _settled(row, dry_run):
    what = f"move {row.file.name} to the {'public' if row.is_public else 'private'} storage"
    if dry_run:
        return Step(what, "would")
    try:
        settle(row.pk)
    except Exception as error:
        return Step(what, "cannot", f"{error} It stays readable where it is. Run `manage.py media repair` again.")
    return Step(what, "done")


def _left(public, dry_run) -> Iterator[Step]:
    """Objects that no row names. What moved is deleted, and thumbnails are; other files are left to a person."""
    storage = located(storages["default" if public else "private"])
    found = (found for found in storage.walk() if time.time() - found.modified.timestamp() >= AGE)
    names = (found.name for found in found)
    folder = File._meta.get_field("file").thumbnail_options["public"]["base_dir"] if public else PRIVATE_THUMBNAILS
    while batch := list(islice(names, AT_ONCE)):
        originals = {name: Place(public, name) for name in batch if name.startswith(PREFIXES[public])}
        small = {name: _source(public, name, folder) for name in batch if name.startswith(f"{folder}/")}
        rows = named({place.name for place in [*originals.values(), *filter(None, small.values())]})
        moved = named({place.on(not public).name for place in originals.values() if place.is_permanent})
        for name, place in originals.items():
            if name in rows:
                continue
            if place.on(not public).name in moved and not is_kept(place.on(not public), place):
                note = f"its row names {place.on(not public).name}, which is not there. Is the database older than the files?"
                yield Step(f"{storage.place}/{name}: the only copy of a file", "left", note)
            elif place.on(not public).name in moved:
                yield _done(f"delete {storage.place}/{name}, which has moved", dry_run, partial(clear, {place}))
            else:
                note = "delete it, or give it a row. It may be an upload whose transaction failed."
                yield Step(f"{storage.place}/{name}: no row names it", "left", note)
        for name, place in small.items():
            if place and place.name not in rows:
                what = f"delete {storage.place}/{name}, a thumbnail of a file that is not there"
                yield _done(what, dry_run, partial(_delete_thumbnail, place, name, folder))


def is_kept(there, here):
    """Whether the file at `here` is at `there` too, where its row names it, with the same bytes."""
    left = located(here.storage).look(here.name)
    return left is not None and is_copied(here.storage, left, there.storage, there.name)


def _source(public, name, folder):
    storage = File._meta.get_field("file").thumbnail_storages["public" if public else "private"]
    return thumbnails.source_of(storage, name if public else name.removeprefix(f"{folder}/"))


def named(names):
    return set(files().filter(file__in=names).values_list("file", flat=True))


def _delete_thumbnail(place, name, folder):
    thumbnails.clear(place)
    name = name if place.is_public else name.removeprefix(f"{folder}/")
    place.thumbnail_storage.delete(name)
    Thumbnail.objects.filter(storage_hash=get_storage_hash(place.thumbnail_storage), name=name).delete()


def _done(what, dry_run, act):
    if dry_run:
        return Step(what, "would")
    try:
        act()
    except Exception as error:
        return Step(what, "cannot", str(error))
    return Step(what, "done")


def _measured(row, dry_run):
    """filer reads the file of such a row at each query, and keeps nothing."""
    what = f"hash and size of {row.file.name}"
    if dry_run:
        return Step(what, "would")
    fresh = File.objects.get(pk=row.pk)  # has read it
    if not fresh.sha1:
        return Step(what, "cannot", "the file cannot be read")
    values = {name: getattr(fresh, name) for name in OF_THE_BYTES if hasattr(fresh, name)}
    type(fresh)._base_manager.filter(pk=row.pk).update(**values)
    return Step(what, "done")
