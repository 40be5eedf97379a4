"""Before a row is saved: what this instance did not change follows the row, and files lie where they may be named."""

import posixpath
from dataclasses import dataclass, field, replace
from functools import partial

from django.db import connections

from mediastore.filer.commit import on_commit
from mediastore.filer.places import PREFIXES, Place, files, named
from mediastore.filer.rows import OF_THE_BYTES, Row, lock_sharers
from mediastore.filer.settling import clear, move


@dataclass
class Saving:
    """A save that has begun: what the row said under the lock, and the places to clear on commit."""

    file: object  # the FieldFile whose name is written
    before: Row | None
    writes_name: bool
    follows: bool = True  # the instance takes over what the row says then
    left: set[Place] = field(default_factory=set)


def place_new(instance, using) -> set[Place]:
    """Let a stored file that the row does not name yet lie where this instance wants it; the places that it left."""
    file = instance.file
    if not (file and file._committed):
        return set()
    known = (instance._known.saved, instance._known.read)
    public = next((row.is_public for row in known if row and row.name == file.name), instance.is_public)
    here = Place.of(file.name, public)
    if connections[using].in_atomic_block:
        lock_sharers(here, using)  # whoever deletes the row that this one is a copy of waits
    is_ours = here.name.startswith(PREFIXES[here.is_public])
    if here.is_public == instance.is_public or (instance.is_public and is_ours):
        return set()
    # under a name of its own: rows that name the same file may move theirs
    name = file.field.generate_filename(instance, posixpath.basename(here.name))
    there = here.on(False) if instance.is_public else Place(False, named(name, False))
    instance.__dict__["file"] = here.copy(there).name
    return {here}


def merge(instance, row, written, using) -> Saving:
    """Merge `instance` with its locked row; `written` are those of the fields `file` and `is_public` that are saved."""
    known, file = instance._known, instance.file
    if "is_public" in written and not known.is_changed("is_public", instance.is_public, row):
        instance.is_public = row.is_public
    instance._old_is_public = instance.is_public
    wish = instance.is_public if "is_public" in written else row.is_public
    is_upload = bool(file) and not file._committed
    mine = Place.of(file.name, row.is_public) if file and not is_upload else None
    changed = is_upload or not (mine and row.place and mine.is_same_file(row.place)) and _is_changed(known, mine, row)
    writes_name = changed and "file" in written
    saving = Saving(file, row, writes_name, writes_name or not changed or not file)
    if saving.writes_name:
        saving.left |= place_new(instance, using)
    else:
        saving.before = _move_before(row, wish, using)
        if saving.follows:
            follow(instance, saving.before)
    if not row.is_settled and not wish and not row.place.is_public and row.place.is_permanent:
        saving.left.add(row.place.on(True))  # a publication that is taken back may have begun
    saving.file = instance.file
    return saving


def _is_changed(known, mine, row):
    """Whether this instance has another file than the row because of its own doing."""
    for there in (known.read, known.saved):
        if there and mine and there.name and there.name != mine.name and mine.is_same_file(there.place):
            mine = there.place  # it was moved since
    return known.is_changed("name", mine.name if mine else "", row)


def _move_before(row, wish, using) -> Row:
    """Move the row's file if it has to lie elsewhere before the row is written."""
    if not row.name or wish == row.place.is_public:
        return row
    if not wish:
        return move(replace(row, is_public=False), using)
    if not row.name.startswith(PREFIXES[False]):
        # From now on its name says where it lies, since `is_public` no longer does.
        there = row.place.copy(row.place.on(False))
        files(using).filter(pk=row.pk).update(file=there.name)
        on_commit(partial(clear, {row.place}, using), row.name, using)
        return replace(row, name=there.name)
    return row


def follow(instance, row: Row) -> None:
    """Let `instance` name what the row names, with what belongs to that file."""
    mine = instance.file
    if mine.name == row.name or not (mine or row.name):
        return
    same = mine and row.name and mine.place.is_same_file(row.place)
    instance.__dict__["file"] = row.name
    if not same:
        fields = [name for name in OF_THE_BYTES if name in {field.name for field in instance._meta.concrete_fields}]
        rows = type(instance)._base_manager.using(instance._state.db).non_polymorphic().filter(pk=row.pk)
        for name, value in (rows.values(*fields).first() or {}).items():
            setattr(instance, name, value)
