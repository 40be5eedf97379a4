"""Finds the metadata of an AVIF file and says what to write over it.

An AVIF file refers to its parts by their positions, so nothing can be taken out. Exif data is overwritten with empty
Exif data of the same length, other metadata with spaces. The orientation survives, because AVIF has it outside Exif
(`irot`, `imir`). The boxes are those of ISO/IEC 14496-12 (8.11.3 `iloc`, 8.11.6 `iinf`).
"""

from collections.abc import Iterator
from typing import TypeAlias

from mediastore.pictures.parts import BrokenPictureError, Data, PartCounter, number

Box: TypeAlias = tuple[bytes, int, int]  # its kind, the start of its content, its end

# Four bytes that say "the TIFF header follows at once", then a TIFF header and a directory without a tag.
EMPTY_EXIF = b"\0\0\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"
METADATA = (b"Exif", b"mime", b"uri ")  # kinds of items


def blanked(data: Data, counter: PartCounter) -> Iterator[tuple[int, bytes]]:
    """Pairs (position, bytes) to write over the metadata of the AVIF file `data`.

    Raises:
        BrokenPictureError: a box or an item is not where it should be, or there are too many.
    """
    total = 0
    for start, end in _metas(data, counter, 0, len(data)):
        boxes = {kind: (inner, stop) for kind, inner, stop in _boxes(data, counter, start + 4, end)}
        if b"iinf" not in boxes or b"iloc" not in boxes:
            continue
        kinds = dict(_kinds(data, counter, *boxes[b"iinf"]))
        idat = boxes.get(b"idat", (0, 0))[0]
        for item, at, size in _extents(data, counter, boxes[b"iloc"][0], idat):
            if kinds.get(item) not in METADATA:
                continue
            total += size
            if not size or at + size > len(data) or total > 2 * len(data):
                raise BrokenPictureError("more metadata than there is room for")
            exif = kinds[item] == b"Exif"
            empty = EMPTY_EXIF if exif and size >= len(EMPTY_EXIF) else b""
            yield at, empty + (b"\0" if exif else b" ") * (size - len(empty))


def _boxes(data: Data, counter: PartCounter, at: int, end: int) -> Iterator[Box]:
    """The boxes from `at` to `end`."""
    while at < end:
        counter.add()
        size, kind, inner = number(data, at, 4), bytes(data[at + 4 : at + 8]), at + 8
        if size == 1:
            size, inner = number(data, at + 8, 8), at + 16
        stop = at + size if size else end
        if stop > end or stop < inner:
            raise BrokenPictureError("a box beyond the end")
        yield kind, inner, stop
        at = stop


def _metas(
    data: Data, counter: PartCounter, at: int, end: int, within: tuple[bytes, ...] = (b"moov", b"trak")
) -> Iterator[tuple[int, int]]:
    """Start and end of the content of each `meta` box: the file's, and those of its tracks (`moov/trak/meta`)."""
    for kind, inner, stop in _boxes(data, counter, at, end):
        if kind == b"meta":
            yield inner, stop
        elif kind in within[:1]:
            yield from _metas(data, counter, inner, stop, within[1:])


def _kinds(data: Data, counter: PartCounter, at: int, end: int) -> Iterator[tuple[int, bytes]]:
    """The number and the kind of each item, from an `iinf` box."""
    first = at + (8 if data[at] else 6)
    for kind, inner, _ in _boxes(data, counter, first, end):
        if kind == b"infe" and data[inner] in (2, 3):
            wide = 2 if data[inner] == 2 else 4
            at_kind = inner + 4 + wide + 2
            yield number(data, inner + 4, wide), bytes(data[at_kind : at_kind + 4])


def _extents(data: Data, counter: PartCounter, at: int, idat: int) -> Iterator[tuple[int, int, int]]:
    """Item number, position and size of each extent, from an `iloc` box.

    Args:
        idat: the start of the content of the `idat` box, which some positions count from.
    """
    version, at = data[at], at + 4
    offset_size, length_size = data[at] >> 4, data[at] & 15
    base_size, index_size = data[at + 1] >> 4, data[at + 1] & 15 if version else 0
    wide = 4 if version == 2 else 2
    items, at = number(data, at + 2, wide), at + 2 + wide
    for _ in range(items):
        counter.add()
        item, at = number(data, at, wide), at + wide
        method = 0
        if version:
            method, at = number(data, at, 2) & 15, at + 2
        base, at = number(data, at + 2, base_size), at + 2 + base_size
        extents, at = number(data, at, 2), at + 2
        for _ in range(extents):
            counter.add()
            at += index_size
            offset, at = number(data, at, offset_size), at + offset_size
            size, at = number(data, at, length_size), at + length_size
            yield item, base + offset + (idat if method == 1 else 0), size
