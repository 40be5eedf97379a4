"""Removes metadata from picture files: position, camera, comments, previews. The pixels keep their encoded bytes.

Kept are the pixels, the colour profile, the orientation and the animation. Everything else is removed, known or not.
That includes what follows the picture's end: phones append videos there, which have a position of their own.
"""

import mmap
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import IO, Any

from django.core.files.base import File

from mediastore.backends.contents import IN_MEMORY, as_binary
from mediastore.pictures import formats
from mediastore.pictures.parts import BrokenPictureError, Data, Part

COPIED = 1024 * 1024  # bytes at a time


def stripped(file: Any) -> Any:
    """A copy of `file` without metadata, at its start; `file` itself if there is nothing to remove.

    A broken file, and one that is not JPEG, PNG, GIF, WebP or AVIF, is returned with all its bytes.

    Args:
        file: a binary file, Django's or Python's. Its bytes are not changed. If it cannot seek, it is read to its end.
    """
    source, name = as_binary(file)[0], getattr(file, "name", None)
    with contents(source) as data:
        try:
            parts = _joined(formats.read(data).parts)
        except BrokenPictureError:
            parts = [slice(0, len(data))]
        if parts == [slice(0, len(data))]:
            source.seek(0)
            return file if source is file else File(source, name)
        spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
        for part in parts:
            if isinstance(part, bytes):
                spool.write(part)
                continue
            for start in range(part.start, part.stop, COPIED):
                spool.write(data[start : min(start + COPIED, part.stop)])
    source.seek(0)
    spool.seek(0)
    return File(spool, name)


@contextmanager
def contents(file: IO[bytes]) -> Iterator[Data]:
    """The bytes of `file`. A file on the disk is mapped, so that a large one takes no memory."""
    file.seek(0)  # which also writes what is buffered
    try:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (AttributeError, OSError, ValueError):  # the file is in memory, or empty
        yield file.read()
        return
    try:
        yield data
    finally:
        data.close()


def _joined(parts: Sequence[Part]) -> list[Part]:
    """`parts`, where ranges that follow each other are one range."""
    found: list[Part] = []
    for part in parts:
        last = found[-1] if found else None
        if isinstance(part, slice) and isinstance(last, slice) and last.stop == part.start:
            found[-1] = slice(last.start, part.stop)
        else:
            found.append(part)
    return found
