"""A file is copied from one storage to another, and compared with what lies there already."""

from typing import Any

from mediastore.backends.contents import same_bytes
from mediastore.backends.located import Stored, located


def copy_across(source: Any, name: str, target: Any, wanted: str, max_length: int | None = None) -> str:
    """Copy the file `name` of `source` to `target`, in parts. Returns its name there.

    The name is `wanted`, or another one if a different file has that. A file of the same bytes under `wanted` is this
    file: an earlier copy was interrupted, or its transaction was rolled back.

    Args:
        max_length: characters that the database column holds; None for no limit.
    """
    with source.open(name) as file:
        stored: str = target.save(wanted, file, max_length=max_length)
        if stored == wanted:
            return wanted
        with target.open(wanted) as other:
            if not same_bytes(file, other):
                return stored
    target.delete(stored)
    return wanted


def is_copied(source: Any, found: Stored, target: Any, name: str) -> bool:
    """Whether `target` has the bytes of the file `found` of `source` under `name`. Equal etags save reading them."""
    kept = located(target).look(name)
    if kept is None or kept.size != found.size:
        return False
    if kept.etag and kept.etag == found.etag:
        return True
    with target.open(name) as one, source.open(found.name) as other:
        return same_bytes(one, other)
