"""Finds files that no row names, in folders where rows name every file.

An upload whose transaction was rolled back leaves such a file.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Protocol, TypeVar

from mediastore import rows
from mediastore.backends.located import Stored
from mediastore.operations import grace

AT_ONCE = 500  # names in one query


class Named(Protocol):
    """Whatever has the name of a file."""

    @property
    def name(self) -> str:
        """The name."""


Original = TypeVar("Original", bound=Named)


def unnamed(
    files: Iterable[Stored], original: Callable[[str], Original | None], *, private: bool
) -> Iterator[tuple[Stored, Original]]:
    """Those of `files` that no row names, each with its original. New files are left out: a row may soon be committed.

    Args:
        original: gives for the name of a file what has, as its `name`, the name that a row should have: that of the file
            itself, or that of the file of which it is a thumbnail. None for a file that may have no row.
        private: whether rows should name the files as private ones.
    """
    old = ((found, its) for found in files if grace.is_over(found) and (its := original(found.name)))
    while batch := list(islice(old, AT_ONCE)):
        named = rows.named([its.name for _, its in batch], private=private)
        yield from ((found, its) for found, its in batch if its.name not in named)
