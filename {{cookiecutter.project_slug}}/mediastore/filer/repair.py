"""What `media repair` and `media audit` do about filer's files: unsettled rows, and files that no row names.

A process that dies leaves nothing else behind: no row is ever without its file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING

from django.core.files.storage import storages
from django.db.models import Q
from filer.models import File

from mediastore import rows, thumbnail_records
from mediastore.backends.copying import is_copied
from mediastore.backends.located import located
from mediastore.filer import thumbnails
from mediastore.filer.locations import Location
from mediastore.filer.rows import files, save_bytes, unsettled
from mediastore.filer.settling import clear, settle
from mediastore.operations.findings import Finding
from mediastore.operations.steps import Step
from mediastore.operations.unnamed import unnamed
from mediastore.schemes import PRIVATE_THUMBNAILS

if TYPE_CHECKING:
    from mediastore.operations.mending import Mending


class Unsettled(Finding):
    """A row whose file does not lie where `is_public` says."""

    kind = "unsettled"

    def fix(self, mending: Mending) -> None:
        for row in unsettled().filter(file=self.name):
            settle(row.pk)
        self.fixed, self.note = True, "moved to where its row wants it"


def findings() -> Iterator[Finding]:
    """The unsettled rows, for the audit."""
    for row in unsettled():
        wish, where = ("public", "private") if row.is_public else ("private", "public")
        storage = located(row.file.location.storage)
        why = f"its row calls it {wish}, and it lies in the {where} storage"
        yield Unsettled(storage.where, storage.key(row.file.name), why, name=row.file.name)


def steps(dry_run: bool) -> Iterator[Step]:
    """Settle rows, delete what moves and deletions have left, and report what no row names. All of it may be repeated."""
    for row in unsettled():
        yield _settled(row, dry_run)
    for public in (True, False):
        yield from _unnamed(public, dry_run)
    for row in files().filter(Q(sha1="") | Q(_file_size=None)).exclude(Q(file="") | Q(file=None)):
        yield _measured(row, dry_run)


def _settled(row: File, dry_run: bool) -> Step:
    what = f"move {row.file.name} to the {'public' if row.is_public else 'private'} storage"
    help = "It stays readable where it is. Run `manage.py media repair` again."
    return _done(what, dry_run, partial(settle, row.pk), help)


def _unnamed(public: bool, dry_run: bool) -> Iterator[Step]:
    """Files that no row names. Delete thumbnails and what has moved; leave other files to a person."""
    storage = located(storages["default" if public else "private"])
    for found, source in unnamed(storage.walk(), partial(_source, public), private=not public):
        what, other = f"{storage.where}/{found.name}", source.on(not public)
        if found.name != source.name:
            act = partial(_delete_thumbnail, source, found.name)
            yield _done(f"delete {what}, a thumbnail of a file that is not there", dry_run, act)
        elif public and _is_of_private_rows_alone(source):
            act = partial(clear, {source})
            yield _done(f"delete {what}, which private files have the bytes of", dry_run, act)
        elif not (source.is_permanent and rows.is_named(other.name, private=public)):
            note = "delete it, or give it a row. It may be an upload whose transaction failed."
            yield Step(f"{what}: no row names it", "left", note)
        elif is_kept(other, source):
            yield _done(f"delete {what}, which has moved", dry_run, partial(clear, {source}))
        else:
            note = f"its row names {other.name}, which is not there. Is the database older than the files?"
            yield Step(f"{what}: the only copy of a file", "left", note)


def _is_of_private_rows_alone(copy: Location) -> bool:
    """Whether a row has the bytes of the public file `copy` in the private storage, and no row has them in the public one.

    An upload that is stored as public and made private by the save that follows is copied under another name. A process
    that dies after the commit leaves the first file.
    """
    with copy.storage.open(copy.name) as file:
        digest = hashlib.file_digest(file, "sha1").hexdigest()
    same = [Location.of(row.file.name, row.is_public) for row in files().filter(sha1=digest).exclude(file="")]
    return not any(kept.is_public for kept in same) and any(is_kept(kept, copy) for kept in same)


def _source(public: bool, name: str) -> Location | None:
    """The location of the file `name`, or of that which `name` is a thumbnail of; None if it is none of filer's."""
    if location := Location.in_folder(name, public):
        return location
    storage = File._meta.get_field("file").thumbnail_storages["public" if public else "private"]
    return thumbnails.source_of(storage, name if public else _in_thumbnails(name))


def _in_thumbnails(name: str) -> str:
    """The name that the storage of private thumbnails has for `name` of the private storage."""
    return name.removeprefix(f"{PRIVATE_THUMBNAILS}/")


def is_kept(kept: Location, copy: Location) -> bool:
    """Whether the file at `copy` is at `kept` too, with the same bytes."""
    found = located(copy.storage).look(copy.name)
    return found is not None and is_copied(copy.storage, found, kept.storage, kept.name)


def _delete_thumbnail(source: Location, name: str) -> None:
    thumbnails.clear(source)
    storage, name = source.thumbnail_storage, name if source.is_public else _in_thumbnails(name)
    storage.delete(name)
    thumbnail_records.records(storage, name).delete()


def _measured(row: File, dry_run: bool) -> Step:
    """Save hash and size. filer reads the file of a row without them at each query, and does not save what it finds."""
    what = f"hash and size of {row.file.name}"
    if dry_run:
        return Step(what, "would")
    fresh = File.objects.get(pk=row.pk)  # has read the file
    if not fresh.sha1:
        return Step(what, "cannot", "the file cannot be read")
    save_bytes(fresh)
    return Step(what, "done")


def _done(what: str, dry_run: bool, act: Callable[[], object], help: str = "") -> Step:
    if dry_run:
        return Step(what, "would")
    try:
        act()
    except Exception as error:
        return Step(what, "cannot", f"{error} {help}".strip())
    return Step(what, "done")
