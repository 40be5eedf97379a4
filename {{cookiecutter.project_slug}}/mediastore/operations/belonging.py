"""Tells which public files belong to private ones: by their names, as thumbnails, and by their bytes."""

import re
import time
from collections.abc import Iterable, Iterator

from django.conf import settings
from django.utils.timezone import get_current_timezone

from mediastore.backends.located import Stored
from mediastore.names import is_permanent
from mediastore.operations import rows
from mediastore.schemes import PRIVATE_FOLDER, PRIVATE_THUMBNAILS

# easy-thumbnails and filer append to the source's name: cat.jpg.64x64_q85_crop.jpg, cat.jpg__64x64_q85_crop.jpg
APPENDED = re.compile(r"(?:\.|__)(?=\d+x\d+[_.@][^/]*(?:jpe?g|png|gif|webp|avif|svg)$)", re.IGNORECASE)

# Folders, which end with a slash, that nothing but private files, or thumbnails of public rows' files, is stored in; and
# folders of public and of private files by pairs, in which a file that moves keeps its name.
PRIVATE, THUMBNAILS, TWINS = set(), set(), set()
NAMED = set()  # folders of public files in which nothing may lie that no row names
UPLOAD = 60  # seconds after which the row of an upload is believed to be committed


class Belonging:
    """What rows and the private storage call private; `objects` is what lies there."""

    def __init__(self, public, private, objects: Iterable[Stored]):
        self._public, self._private = public, private
        self._stored = {found.name: (found.size, found.etag) for found in objects}
        self._contents = {(found.size, found.etag): found.name for found in objects if found.etag and found.size}
        self._names = rows.names(private=True)
        self._public_names = rows.names(private=False)
        self._beside = f"{PRIVATE_FOLDER}/{public.key_prefix}"

    def left_behind(self, found: Stored) -> tuple[str, str, str] | None:
        """The same as `of`, for where private files lay in the public bucket before PRIVATE_STORAGE_DSN named another place.

        The place beside a folder of public files belongs to this site alone. Below `private/` itself lie the folders of
        other sites too: there a row, or the same bytes under the same name, has to say it.
        """
        if not found.name.startswith(self._beside):
            return None
        name = found.name[len(self._beside) :]
        why = "a private file from before PRIVATE_STORAGE_DSN was set"
        if name.startswith(f"{PRIVATE_THUMBNAILS}/"):
            thumbnail_of = sources(name.removeprefix(f"{PRIVATE_THUMBNAILS}/"))
            is_ours = thumbnail_of & (self._names | set(self._stored))
            return ("thumbnail", name, "a thumbnail of a private file from before then") if is_ours else None
        if self._beside != f"{PRIVATE_FOLDER}/" or "/" not in name:
            return "file", name, why
        same = (found.size, found.etag) == self._stored.get(name)
        return ("file", name, why) if name in self._names or same or name.startswith(tuple(PRIVATE)) else None

    def is_public(self, found: Stored) -> bool:
        """Whether a row calls a file of the public bucket public."""
        return self._public.name_of(found.name) in self._public_names

    def is_stray(self, found: Stored) -> bool:
        """Whether no row names a file of the public bucket, though rows name all that lies in its folder.

        An upload whose transaction was rolled back leaves one. An upload whose row is about to be committed looks the same.
        """
        name = self._public.name_of(found.name)
        if not name or not name.startswith(tuple(NAMED)) or name in self._public_names:
            return False
        modified = found.modified.replace(tzinfo=found.modified.tzinfo or get_current_timezone())
        return time.time() - modified.timestamp() > UPLOAD and not rows.is_named(name, private=False)

    def of(self, found: Stored) -> tuple[str, str, str] | None:
        """The kind, the private file's name and the reason for a file of the public bucket; None for what may be there.

        `found.name` is the whole key.
        """
        content = (found.size, found.etag)
        name, original = self._public.name_of(found.name), self._contents.get(content)
        # a restore puts it under its key in the private bucket, or under its name
        readings = {found.name, name, self._private.name_of(found.name)} - {None}
        if name is None:  # beyond the public prefix, where another site's files may be: the bytes have to say it
            if original is None:
                return None
            if same := [reading for reading in readings if self._stored.get(reading) == content]:
                return "file", same[0], "a private file, by its name and its bytes"
            return "copy", original, f"it has the bytes of the private file {original}"
        for reading in readings:
            if match := self._by_name(reading, content):
                return match
        if name.startswith(tuple(THUMBNAILS)) and not sources(name) & self._public_names:
            return "thumbnail", "", "a thumbnail whose original is private or deleted"
        if original is None or is_in_use(name):
            return None
        return "copy", original, f"it has the bytes of the private file {original}, and no row calls it public"

    def _by_name(self, name, content):
        if name in self._public_names:
            return None
        if name.startswith(f"{PRIVATE_THUMBNAILS}/"):
            return "thumbnail", name, "it lies in the folder of private thumbnails"
        if name.startswith(tuple(PRIVATE)):
            return "file", name, "it lies in a folder of private files"
        if name in self._names or self._stored.get(name) == content:
            return "file", name, "a private file has this name"
        for public, private in TWINS:
            twin = private + name.removeprefix(public)
            if name.startswith(public) and twin in self._names and is_permanent(name):
                return "file", twin, "the file was made private"
        for source in sources(name):
            if (source in self._names or source in self._stored) and not is_in_use(name):
                return "thumbnail", source, "a thumbnail of a private file"
        return None


def sources(name: str) -> set[str]:
    """The names of the files that `name` may be a thumbnail of."""
    found = set()
    for folder in {"", *_folders()}:
        if name.startswith(folder):
            rest = name[len(folder) :]
            found.update(rest[: match.start()] for match in APPENDED.finditer(rest))
            if folder in THUMBNAILS:  # whatever follows filer's mark, such as sizes with a point
                found.update(rest[: match.start()] for match in re.finditer("__", rest))
    return found


def is_in_use(name: str) -> bool:
    """Whether a row names the public file `name` now, or what it is a thumbnail of."""
    return any(rows.is_named(reading, private=False) for reading in {name, *sources(name)})


def is_in_a_folder_of_thumbnails(name: str) -> bool:
    """Whether nothing but thumbnails is stored there."""
    return name.startswith((f"{PRIVATE_THUMBNAILS}/", *_folders()))


def _folders() -> Iterator[str]:
    """The folders of public thumbnails."""
    yield from THUMBNAILS
    if folder := getattr(settings, "THUMBNAIL_BASEDIR", ""):
        yield f"{folder}/"
