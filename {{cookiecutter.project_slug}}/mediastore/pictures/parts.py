"""What the readers of the formats have in common."""

from dataclasses import dataclass

from PIL import Image

MOST_PARTS = 2_000_000  # segments, chunks and blocks of one file: half a second; a GIF of 256 MB has a million
ORIENTATION = 0x0112


class BrokenPictureError(ValueError):
    """The file ends too early, or is not built as its format demands."""


@dataclass
class Structure:
    """What a file consists of without its metadata (ranges of the file, and bytes in place of some), and its frames.

    They are counted here since Pillow goes through a whole GIF to count them. Those of an AVIF are not counted.
    """

    parts: list
    frames: int = 1


def counter():
    """An iterator that ends after `MOST_PARTS` parts."""
    return iter(range(MOST_PARTS))


def count(counter):
    """Count one more part.

    Raises:
        BrokenPictureError: there were too many.
    """
    if next(counter, None) is None:
        raise BrokenPictureError("too many parts")


def end_of(data, end):
    if end > len(data):
        raise BrokenPictureError("cut short")
    return end


def number(data, at, size, order="big"):
    return int.from_bytes(data[at : end_of(data, at + size)], order)


def upright_exif(exif):
    """Exif data that says nothing but how to turn the picture; None where it need not be turned."""
    tags = Image.Exif()
    try:
        tags.load(exif)
        orientation = tags.get(ORIENTATION)
    except Exception:  # broken Exif data, of which Pillow raises whatever it meets
        orientation = None
    if orientation not in range(2, 9):
        return None
    only = Image.Exif()
    only[ORIENTATION] = orientation
    return only.tobytes().removeprefix(b"Exif\0\0")


def replaced(data, start, end, wanted):
    """The range, where it has the bytes that are wanted, or these."""
    return slice(start, end) if data[start:end] == wanted else wanted
