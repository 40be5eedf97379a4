"""What must be true of filer's rows and of the storages whenever nobody is at work."""

import hashlib
from pathlib import PurePosixPath

from django.core.files.storage import storages
from easy_thumbnails.models import Thumbnail
from filer.models import File

ALIASES = {True: "default", False: "private"}


def objects():
    """All that is stored, as (public?, name)."""
    return {(public, found.name) for public, alias in ALIASES.items() for found in storages[alias].walk()}


def faults(before=frozenset(), settled=True, recorded=True):
    """What is wrong, in words.

    Args:
        before: what `objects` was before.
        settled: whether every file must lie where `is_public` says.
        recorded: whether every thumbnail must have a record. One whose transaction was rolled back has none.
    """
    found, named = [], set()
    for row in File.objects.non_polymorphic():
        if not row.file.name:
            continue
        public = row.is_public
        for prefix, says in (("filer_public/", True), ("filer_private/", False)):
            public = says if row.file.name.startswith(prefix) else public
        named.add((public, row.file.name))
        try:
            with storages[ALIASES[public]].open(row.file.name) as file:
                content = file.read()
        except OSError as error:
            found.append(f"a row without bytes: {row.file.name} ({type(error).__name__})")
            continue
        if hashlib.sha1(content).hexdigest() != row.sha1:
            found.append(f"a row with another file's hash: {row.file.name}")
        if settled and public != row.is_public:
            found.append(f"a row that is not settled: {row.file.name}, is_public={row.is_public}")
    for public, name in objects() - set(before) - named:
        if source := _source(public, name):
            has_record = not recorded or Thumbnail.objects.filter(name=_recorded(public, name)).exists()
            if (public, source) in named and has_record:
                continue
        found.append(f"a {'public' if public else 'private'} object that no row names: {name}")
    return found


def _recorded(public, name):
    return name if public else name.removeprefix("private_thumbnails/")


def _source(public, name):
    folder = "filer_public_thumbnails/" if public else "private_thumbnails/"
    if not name.startswith(folder):
        return None
    path = PurePosixPath(name.removeprefix(folder))
    return str(path.with_name(path.name.rpartition("__")[0]))
