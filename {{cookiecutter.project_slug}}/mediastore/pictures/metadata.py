"""Takes out of a picture's file what is not seen: position, camera, comments, previews. No pixel is encoded anew.

Kept are the pixels, the colour profile, the orientation and what animates. What is not known to be one of these is taken
out, and with it what follows a picture's end, where phones put videos with a position of their own.
"""

import mmap
import tempfile
from contextlib import contextmanager

from django.core.files.base import File

from mediastore.backends.contents import IN_MEMORY, as_binary
from mediastore.pictures import formats
from mediastore.pictures.parts import BrokenPictureError

COPIED = 1024 * 1024  # bytes at a time


def stripped(file):
    """`file` without metadata: a new file, or `file` itself where there is nothing to take out.

    A file of another format than JPEG, PNG, GIF, WebP and AVIF, or one that is broken, is given back as it is.

    Args:
        file: a binary file, Django's or Python's. It is not changed; where it cannot seek, it is read to its end.
    """
    source, name = as_binary(file)[0], getattr(file, "name", None)
    with contents(source) as data:
        try:
            parts = _joined(formats.read(data).parts)
        except BrokenPictureError:
            parts = None
        if parts is None or parts == [slice(0, len(data))]:
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
def contents(file):
    """The bytes of `file`, mapped where it lies on the disk, so that a large one takes no memory."""
    file.seek(0)  # writes what is buffered
    try:
        data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
    except (AttributeError, OSError, ValueError):  # it lies in memory, or is empty
        yield file.read()
        return
    try:
        yield data
    finally:
        data.close()


def _joined(parts):
    """`parts` with adjoining ranges made one."""
    found = []
    for part in parts:
        if found and isinstance(part, slice) and isinstance(found[-1], slice) and found[-1].stop == part.start:
            found[-1] = slice(found[-1].start, part.stop)
        else:
            found.append(part)
    return found
