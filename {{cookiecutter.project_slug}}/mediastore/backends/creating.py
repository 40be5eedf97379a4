"""Saves files without overwriting any."""

from typing import IO, Any

from django.core.files.base import File

from mediastore import names, windows_names
from mediastore.backends.contents import as_binary
from mediastore.backends.located import LocatedStorage

ATTEMPTS = 100  # names that are tried for one file


class NameTakenError(Exception):
    """The name belongs to another file already."""


class CreatingStorage(LocatedStorage):
    """Saving a file under a taken name gives the new file another name.

    A free name costs one request, a taken one two.
    """

    overwrites = False
    unique = False

    def _create(self, name: str, body: IO[bytes]) -> None:
        """Store a new file, in one atomic step. A subclass must define it.

        Raises:
            NameTakenError: the name is taken, and `overwrites` is false.
        """
        raise NotImplementedError

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Store `content` under `name`, or under another name if that one is taken. Returns the name.

        Raises:
            SuspiciousFileOperation: no file may have this name.
            FileExistsError: all names that were tried are taken.
        """
        if name is None:
            name = str(content.name)
        if not hasattr(content, "chunks"):
            content = File(content, name)
        body = as_binary(content)[0]  # once: a stream that cannot seek can be read for one attempt only
        wanted = candidate = self.get_available_name(name, max_length)
        for _ in range(ATTEMPTS):
            try:
                self._create(candidate, body)
                return candidate
            except NameTakenError:
                candidate = names.another(wanted, max_length, self._reserve)
        raise FileExistsError(f"No free name was found for {wanted!r} in {ATTEMPTS} attempts.")

    @property
    def _reserve(self) -> int:
        """Bytes of a key that the prefix takes."""
        return len(self.key_prefix.encode())

    def get_available_name(self, name: Any, max_length: int | None = None) -> str:
        """`name`, shortened if it is too long. Whether the name is taken turns out when the file is saved."""
        make = names.unique if self.unique and not self.overwrites else names.fit
        return make(windows_names.stripped(names.clean(name)), max_length, reserve=self._reserve)
