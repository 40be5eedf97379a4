"""Makes the content of files seekable, and compares it."""

import io
import tempfile
from typing import IO, Any

IN_MEMORY = 8 * 1024 * 1024  # bytes; larger content goes to a temporary file
COMPARED = 1024 * 1024  # bytes that are compared at a time


def as_binary(content: Any) -> tuple[IO[bytes], int]:
    """`content` as a seekable binary file at its start, and its size in bytes.

    Text is encoded as UTF-8.

    Args:
        content: a Django `File`, or a seekable binary file.
    """
    try:
        content.seek(0)
        if isinstance(content.read(0), bytes):
            size = content.seek(0, io.SEEK_END) or content.tell()  # seek() of some files returns None
            content.seek(0)
            # A Django file without a name is false, and botocore takes a false body for none.
            return content if content else content.file, size
        content.seek(0)
    except (AttributeError, OSError, ValueError, TypeError):
        pass
    spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
    for chunk in content.chunks():
        spool.write(chunk.encode() if isinstance(chunk, str) else chunk)
    size = spool.tell()
    spool.seek(0)
    return spool, size


def same_bytes(one: Any, other: Any) -> bool:
    """Whether two open files have the same bytes. They are read in parts."""
    if one.size != other.size:
        return False
    one.seek(0)
    while part := one.read(COMPARED):
        if part != other.read(COMPARED):
            return False
    return True
