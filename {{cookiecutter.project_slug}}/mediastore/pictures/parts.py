"""What the readers of the picture formats share: reading numbers, counting parts, and what a reader returns."""

from dataclasses import dataclass
from mmap import mmap
from typing import Literal, TypeAlias

from PIL import Image

Data: TypeAlias = bytes | mmap  # the whole file
Part: TypeAlias = slice | bytes  # a range of the file, or bytes that replace one

MOST_PARTS = 2_000_000  # segments, chunks and blocks of one file: half a second; a GIF of 256 MB has a million
ORIENTATION = 0x0112


class BrokenPictureError(ValueError):
    """The file ends too early, or is not built as its format demands."""


@dataclass
class Structure:
    """What a file consists of without its metadata, in order, and how many frames it has.

    The readers count frames because Pillow would go through a whole GIF to count them. For an AVIF `frames` stays 1:
    its reader does not count them.
    """

    parts: list[Part]
    frames: int = 1


class PartCounter:
    """Counts the parts of one file, so that a file of millions of tiny parts keeps no worker busy."""

    def __init__(self) -> None:
        self._counted = 0

    def add(self) -> None:
        """Count one more part.

        Raises:
            BrokenPictureError: there are more than `MOST_PARTS`.
        """
        self._counted += 1
        if self._counted > MOST_PARTS:
            raise BrokenPictureError("too many parts")


def end_of(data: Data, end: int) -> int:
    """`end`, if the file reaches so far.

    Raises:
        BrokenPictureError: it does not.
    """
    if end > len(data):
        raise BrokenPictureError("cut short")
    return end


def number(data: Data, at: int, size: int, order: Literal["big", "little"] = "big") -> int:
    """The unsigned integer of `size` bytes at position `at`.

    Raises:
        BrokenPictureError: the file ends before it.
    """
    return int.from_bytes(data[at : end_of(data, at + size)], order)


def orientation_only(exif: bytes) -> bytes | None:
    """Exif data whose only tag is the orientation in `exif`; None if the picture is shown as it is stored."""
    tags = Image.Exif()
    try:
        tags.load(exif)
        orientation = tags.get(ORIENTATION)
    except Exception:  # Pillow raises many kinds of errors for broken Exif data
        return None
    if orientation not in range(2, 9):
        return None
    only = Image.Exif()
    only[ORIENTATION] = orientation
    return only.tobytes().removeprefix(b"Exif\0\0")


def replaced(data: Data, start: int, end: int, wanted: bytes) -> Part:
    """The bytes `wanted` in place of a range of the file; the range itself if it has these bytes already."""
    return slice(start, end) if data[start:end] == wanted else wanted
