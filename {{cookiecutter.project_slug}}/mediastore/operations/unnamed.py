"""Files that no row names, though rows name all that lies in their folder.

An upload whose transaction was rolled back leaves one.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice

from mediastore import rows
from mediastore.backends.located import Stored
from mediastore.operations import grace

AT_ONCE = 500  # names in one query


def unnamed(files: Iterable[Stored], original: Callable, *, private: bool) -> Iterator[tuple[Stored, object]]:
    """Those of `files` that no row names, without those whose row may be about to be committed.

    Args:
        original: of a name gives what has, as its `name`, the name that a row should have: that of the file itself, or of
            the file of which it is a thumbnail. None for a file that may have no row.

    Returns:
        Each file with its original.
    """
    old = ((found, its) for found in files if grace.is_over(found) and (its := original(found.name)))
    while batch := list(islice(old, AT_ONCE)):
        named = rows.named([its.name for _, its in batch], private=private)
        yield from ((found, its) for found, its in batch if its.name not in named)
