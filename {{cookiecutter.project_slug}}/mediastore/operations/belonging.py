"""Tells which files of the public storage are private: by their names, as thumbnails, or by their bytes."""

from dataclasses import replace

from mediastore import folders, rows
from mediastore.backends.located import LocatedStorage, Stored
from mediastore.folders import sources
from mediastore.names import is_permanent
from mediastore.operations.disk import Names, StoredFiles
from mediastore.operations.misplaced import Copy, Match, PrivateFile, Thumbnail
from mediastore.operations.unnamed import unnamed
from mediastore.schemes import PRIVATE_FOLDER, PRIVATE_THUMBNAILS

THUMBNAILS = f"{PRIVATE_THUMBNAILS}/"


class Belonging:
    """What rows and the private storage call private.

    Each method takes a file of the public bucket as `walk_bucket` gives it: `found.name` is the whole key.

    Args:
        files: what lies in the private storage.
    """

    def __init__(self, public: LocatedStorage, private: LocatedStorage, files: StoredFiles):
        self._public, self._private, self._files = public, private, files
        self._private_names = Names(rows.names(private=True))
        self._public_names = Names(rows.names(private=False))
        self._former_prefix = f"{PRIVATE_FOLDER}/{public.key_prefix}"

    def left_behind(self, found: Stored) -> Match | None:
        """Like `of`, for the folder that had the private files before PRIVATE_STORAGE_DSN named another place.

        Without PRIVATE_STORAGE_DSN the private files of a public folder `site/` lie in `private/site/`, which belongs to
        this site alone. Those of a whole bucket lie in `private/`, together with the folders of other sites. There a
        row, or the same bytes under the same name, has to say that a file in a folder is this site's.
        """
        if not found.name.startswith(self._former_prefix):
            return None
        name = found.name[len(self._former_prefix) :]
        if name.startswith(THUMBNAILS):
            if not any(self._is_private(source) for source in sources(name.removeprefix(THUMBNAILS))):
                return None
            return Match(Thumbnail, name, "a thumbnail of a private file from before PRIVATE_STORAGE_DSN was set")
        match = Match(PrivateFile, name, "a private file from before PRIVATE_STORAGE_DSN was set")
        if self._former_prefix != f"{PRIVATE_FOLDER}/" or "/" not in name:
            return match
        is_same = (found.size, found.etag) == self._files.content(name)
        return match if is_same or folders.is_private(name) or name in self._private_names else None

    def is_public(self, found: Stored) -> bool:
        """Whether a row calls the file public."""
        name = self._public.name_of(found.name)
        return name is not None and name in self._public_names

    def is_stray(self, found: Stored) -> bool:
        """Whether no row names the file, though it lies in a folder where rows name every file.

        The names of rows were read when the audit began. Rows that were committed since are asked for.
        """
        name = self._public.name_of(found.name)
        if not name or not folders.is_public(name) or name in self._public_names:
            return False
        named = replace(found, name=name)
        return any(unnamed([named], lambda name: named, private=False))

    def of(self, found: Stored) -> Match | None:
        """What the file is if it is private: its kind, the private file's name, and why. None if it may be public."""
        content = (found.size, found.etag)
        name, original = self._public.name_of(found.name), self._files.with_content(*content)
        # A restore may have put a file under its key in the private bucket, or under its name in the private storage
        readings = [reading for reading in (name, found.name, self._private.name_of(found.name)) if reading is not None]
        if name is None:  # beyond the public prefix, where another site's files may be: the bytes have to say it
            if original is None:
                return None
            if same := [reading for reading in readings if self._files.content(reading) == content]:
                return Match(PrivateFile, same[0], "a private file, by its name and its bytes")
            return Match(Copy, original, f"it has the bytes of the private file {original}")
        for reading in dict.fromkeys(readings):
            if match := self._by_name(reading, content):
                return match
        if folders.is_thumbnail(name) and not self._public_names.has_any(sources(name)):
            return Match(Thumbnail, "", "a thumbnail whose original is private or deleted")
        if original is None or rows.is_in_use(name):
            return None
        return Match(Copy, original, f"it has the bytes of the private file {original}, and no row calls it public")

    def _by_name(self, name: str, content: tuple[int, str | None]) -> Match | None:
        if name in self._public_names:
            return None
        if name.startswith(THUMBNAILS):
            return Match(Thumbnail, name, "it lies in the folder of private thumbnails")
        if folders.is_private(name):
            return Match(PrivateFile, name, "it lies in a folder of private files")
        if name in self._private_names or self._files.content(name) == content:
            return Match(PrivateFile, name, "a private file has this name")
        for private in folders.when_private(name):
            if private in self._private_names and is_permanent(name):
                return Match(PrivateFile, private, "the file was made private")
        for source in sources(name):
            if self._is_private(source) and not rows.is_in_use(name):
                return Match(Thumbnail, source, "a thumbnail of a private file")
        return None

    def _is_private(self, name: str) -> bool:
        return name in self._private_names or name in self._files
