"""Saving creates a file and overwrites none."""

from typing import IO, Any

from django.core.files.base import File

from mediastore import names, windows_names
from mediastore.backends.contents import as_binary
from mediastore.backends.located import LocatedStorage

ATTEMPTS = 100  # names tried for one file


class NameTakenError(Exception):
    """There is a file under this name already."""


class CreatingStorage(LocatedStorage):
    """Saving creates: one request for a name that is free, two for one that is taken, and nothing is overwritten.

    A subclass has `_create(name, body)`, which raises `NameTakenError`, in one step that no one can come between.
    """

    overwrites = False
    unique = False

    def _create(self, name: str, body: IO[bytes]) -> None:
        raise NotImplementedError

    def save(self, name: str | None, content: Any, max_length: int | None = None) -> str:
        """Store `content` under `name`, or under another name where that one is taken; returns the name."""
        if name is None:
            name = content.name
        if not hasattr(content, "chunks"):
            content = File(content, name)
        body = as_binary(content)[0]  # once: a stream that cannot seek is gone after the first attempt
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
        return len(self.key_prefix.encode())

    def get_available_name(self, name: Any, max_length: int | None = None) -> str:
        """`name`, shortened where it must be. Whether it is taken is known when it is saved, and not earlier."""
        make = names.unique if self.unique and not self.overwrites else names.fit
        return make(windows_names.stripped(names.clean(name)), max_length, reserve=self._reserve)
