"""Copies a file from one storage to another, and compares two files in different storages."""

from typing import TYPE_CHECKING

from mediastore.backends.contents import same_bytes
from mediastore.backends.located import Stored, located

if TYPE_CHECKING:
    from django.core.files.storage import Storage


def copy_across(source: "Storage", name: str, target: "Storage", wanted: str, max_length: int | None = None) -> str:
    """Copy the file `name` of `source` to `target`, in parts.

    If `target` has a file of the same bytes under `wanted`, that is the copy: an earlier run made it and was interrupted,
    or its transaction was rolled back.

    Args:
        max_length: characters that the database column holds; None for no limit.

    Returns:
        The copy's name: `wanted`, or another one if a different file has that name, or if the storage shortens names
        or makes each unique.
    """
    with source.open(name) as file:
        stored = target.save(wanted, file, max_length=max_length)
        if stored == wanted:
            return wanted
        try:
            with target.open(wanted) as other:
                if not same_bytes(file, other):
                    return stored
        except (FileNotFoundError, PermissionError):  # S3 refuses a missing file if the key has no right to list files
            return stored
    target.delete(stored)
    return wanted


def is_copied(source: "Storage", found: Stored, target: "Storage", name: str) -> bool:
    """Whether the file `name` of `target` has the same bytes as the file `found` of `source`.

    The files are read only if their etags differ.
    """
    kept = located(target).look(name)
    if kept is None or kept.size != found.size:
        return False
    if kept.etag and kept.etag == found.etag:
        return True
    with target.open(name) as one, source.open(found.name) as other:
        return same_bytes(one, other)
