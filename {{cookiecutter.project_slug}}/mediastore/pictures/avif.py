"""Finds the metadata of an AVIF file and says what to write over it.

AVIF refers to its parts by their positions in the file, so nothing is taken out: Exif data is overwritten with empty
Exif data of the same length, other metadata with spaces. How to turn the picture is a property of its own (`irot`,
`imir`). The boxes are those of ISO/IEC 14496-12 (8.11.3 `iloc`, 8.11.6 `iinf`).
"""

from mediastore.pictures.parts import BrokenPictureError, count, number

EMPTY_EXIF = b"\0\0\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"  # no offset to the TIFF header, then one without a tag
METADATA = (b"Exif", b"mime", b"uri ")


def blanked(data, counter):
    """Pairs (position, bytes) to write over the metadata of the AVIF file `data`.

    Args:
        data: its bytes.
        counter: see `parts.counter`.

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


def _boxes(data, counter, at, end):
    """The kind, the start of the content and the end of each box."""
    while at < end:
        count(counter)
        size, kind, inner = number(data, at, 4), bytes(data[at + 4 : at + 8]), at + 8
        if size == 1:
            size, inner = number(data, at + 8, 8), at + 16
        stop = at + size if size else end
        if stop > end or stop < inner:
            raise BrokenPictureError("a box beyond the end")
        yield kind, inner, stop
        at = stop


def _metas(data, counter, at, end, within=(b"moov", b"trak")):
    """The `meta` boxes of the file and of its tracks."""
    for kind, inner, stop in _boxes(data, counter, at, end):
        if kind == b"meta":
            yield inner, stop
        elif kind in within[:1]:
            yield from _metas(data, counter, inner, stop, within[1:])


def _kinds(data, counter, at, end):
    """The number and the kind of each item."""
    first = at + (8 if data[at] else 6)
    for kind, inner, _ in _boxes(data, counter, first, end):
        if kind == b"infe" and data[inner] in (2, 3):
            wide = 2 if data[inner] == 2 else 4
            at_kind = inner + 4 + wide + 2
            yield number(data, inner + 4, wide), bytes(data[at_kind : at_kind + 4])


def _extents(data, counter, at, idat):
    """The number of the item, the position and the size of each extent."""
    version, at = data[at], at + 4
    offset_size, length_size = data[at] >> 4, data[at] & 15
    base_size, index_size = data[at + 1] >> 4, data[at + 1] & 15 if version else 0
    wide = 4 if version == 2 else 2
    items, at = number(data, at + 2, wide), at + 2 + wide
    for _ in range(items):
        count(counter)
        item, at = number(data, at, wide), at + wide
        method = 0
        if version:
            method, at = number(data, at, 2) & 15, at + 2
        base, at = number(data, at + 2, base_size), at + 2 + base_size
        extents, at = number(data, at, 2), at + 2
        for _ in range(extents):
            count(counter)
            at += index_size
            offset, at = number(data, at, offset_size), at + offset_size
            size, at = number(data, at, length_size), at + length_size
            yield item, base + offset + (idat if method == 1 else 0), size
