"""What `media repair` and `media audit` do about filer's files: rows that are not settled, and what no row names.

A process that dies leaves nothing else behind: a row without its file there never is.
"""

from collections.abc import Iterator
from functools import partial

from django.core.files.storage import storages
from django.db.models import Q
from filer.models import File

from mediastore import rows, thumbnail_records
from mediastore.backends.copying import is_copied
from mediastore.backends.located import located
from mediastore.filer import thumbnails
from mediastore.filer.places import PREFIXES, Place, files
from mediastore.filer.rows import OF_THE_BYTES, unsettled
from mediastore.filer.settling import clear, settle
from mediastore.operations.findings import Finding
from mediastore.operations.steps import Step
from mediastore.operations.unnamed import unnamed
from mediastore.schemes import PRIVATE_THUMBNAILS


class Unsettled(Finding):
    """A row whose file lies elsewhere than `is_public` says."""

    kind = "unsettled"

    def fix(self, mending) -> None:
        for row in unsettled().filter(file=self.name):
            settle(row.pk)
        self.fixed, self.note = True, "moved to where its row wants it"


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
        yield Unsettled(storage.place, storage.key(row.file.name), why, name=row.file.name)


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
    for found, place in unnamed(storage.walk(), partial(_original, public), private=not public):
        what, there = f"{storage.place}/{found.name}", place.on(not public)
        if found.name != place.name:
            delete = partial(_delete_thumbnail, place, found.name)
            yield _done(f"delete {what}, a thumbnail of a file that is not there", dry_run, delete)
        elif not (place.is_permanent and rows.is_named(there.name, private=public)):
            note = "delete it, or give it a row. It may be an upload whose transaction failed."
            yield Step(f"{what}: no row names it", "left", note)
        elif is_kept(there, place):
            yield _done(f"delete {what}, which has moved", dry_run, partial(clear, {place}))
        else:
            note = f"its row names {there.name}, which is not there. Is the database older than the files?"
            yield Step(f"{what}: the only copy of a file", "left", note)


def _original(public, name) -> Place | None:
    """The place of the file `name`, or of that of which it is a thumbnail; None if it is none of filer's."""
    if name.startswith(PREFIXES[public]):
        return Place(public, name)
    storage = File._meta.get_field("file").thumbnail_storages["public" if public else "private"]
    return thumbnails.source_of(storage, name if public else _in_thumbnails(name))


def _in_thumbnails(name):
    """The name that the storage of private thumbnails has for `name` of the private storage."""
    return name.removeprefix(f"{PRIVATE_THUMBNAILS}/")


def is_kept(there, here):
    """Whether the file at `here` is at `there` too, where its row names it, with the same bytes."""
    left = located(here.storage).look(here.name)
    return left is not None and is_copied(here.storage, left, there.storage, there.name)


def _delete_thumbnail(place, name):
    thumbnails.clear(place)
    storage, name = place.thumbnail_storage, name if place.is_public else _in_thumbnails(name)
    storage.delete(name)
    thumbnail_records.records(storage, name).delete()


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
