"""Tells which public files belong to private ones: by their names, as thumbnails, and by their bytes."""

from dataclasses import replace

from mediastore import folders, rows
from mediastore.backends.located import Stored
from mediastore.folders import sources
from mediastore.names import is_permanent
from mediastore.operations.disk import Names, StoredFiles
from mediastore.operations.misplaced import Copy, Match, PrivateFile, Thumbnail
from mediastore.operations.unnamed import unnamed
from mediastore.schemes import PRIVATE_FOLDER, PRIVATE_THUMBNAILS


class Belonging:
    """What rows and the private storage call private; `files` is what lies there."""

    def __init__(self, public, private, files: StoredFiles):
        self._public, self._private, self._stored = public, private, files
        self._names = Names(rows.names(private=True))
        self._public_names = Names(rows.names(private=False))
        self._beside = f"{PRIVATE_FOLDER}/{public.key_prefix}"

    def left_behind(self, found: Stored) -> Match | None:
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
            is_ours = any(self._is_private(source) for source in thumbnail_of)
            return Match(Thumbnail, name, "a thumbnail of a private file from before then") if is_ours else None
        if self._beside != f"{PRIVATE_FOLDER}/" or "/" not in name:
            return Match(PrivateFile, name, why)
        is_same = (found.size, found.etag) == self._stored.content(name)
        is_ours = is_same or folders.is_private(name) or name in self._names
        return Match(PrivateFile, name, why) if is_ours else None

    def is_public(self, found: Stored) -> bool:
        """Whether a row calls a file of the public bucket public."""
        name = self._public.name_of(found.name)
        return name is not None and name in self._public_names

    def is_stray(self, found: Stored) -> bool:
        """Whether no row names a file of the public bucket, though rows name all that lies in its folder.

        The rows were read when the audit began, so those that were committed since are asked for.
        """
        name = self._public.name_of(found.name)
        if not name or not folders.is_public(name) or name in self._public_names:
            return False
        return any(unnamed([found], lambda key: replace(found, name=name), private=False))

    def of(self, found: Stored) -> Match | None:
        """The kind, the private file's name and the reason for a file of the public bucket; None for what may be there.

        `found.name` is the whole key.
        """
        content = (found.size, found.etag)
        name, original = self._public.name_of(found.name), self._stored.with_content(*content)
        # a restore puts it under its key in the private bucket, or under its name
        readings = {found.name, name, self._private.name_of(found.name)} - {None}
        if name is None:  # beyond the public prefix, where another site's files may be: the bytes have to say it
            if original is None:
                return None
            if same := [reading for reading in readings if self._stored.content(reading) == content]:
                return Match(PrivateFile, same[0], "a private file, by its name and its bytes")
            return Match(Copy, original, f"it has the bytes of the private file {original}")
        for reading in readings:
            if match := self._by_name(reading, content):
                return match
        if folders.is_thumbnail(name) and not self._public_names.has_any(sources(name)):
            return Match(Thumbnail, "", "a thumbnail whose original is private or deleted")
        if original is None or rows.is_in_use(name):
            return None
        return Match(Copy, original, f"it has the bytes of the private file {original}, and no row calls it public")

    def _by_name(self, name, content):
        if name in self._public_names:
            return None
        if name.startswith(f"{PRIVATE_THUMBNAILS}/"):
            return Match(Thumbnail, name, "it lies in the folder of private thumbnails")
        if folders.is_private(name):
            return Match(PrivateFile, name, "it lies in a folder of private files")
        if name in self._names or self._stored.content(name) == content:
            return Match(PrivateFile, name, "a private file has this name")
        for private in folders.when_private(name):
            if private in self._names and is_permanent(name):
                return Match(PrivateFile, private, "the file was made private")
        for source in sources(name):
            if self._is_private(source) and not rows.is_in_use(name):
                return Match(Thumbnail, source, "a thumbnail of a private file")
        return None

    def _is_private(self, name):
        return name in self._names or name in self._stored
