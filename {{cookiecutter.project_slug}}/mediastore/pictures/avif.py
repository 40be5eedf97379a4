"""Finds the metadata of an AVIF file and says what to write over it.

AVIF refers to its parts by their positions in the file, so nothing is taken out: Exif data is overwritten with empty
Exif data of the same length, other metadata with spaces. How to turn the picture is a property of its own (`irot`,
`imir`). The boxes are those of ISO/IEC 14496-12 (8.11.3 `iloc`, 8.11.6 `iinf`).
"""

EMPTY_EXIF = b"\0\0\0\0II*\0\x08\0\0\0\0\0\0\0\0\0"  # no offset to the TIFF header, then one without a tag
METADATA = (b"Exif", b"mime", b"uri ")


class MalformedError(ValueError):
    """The boxes do not fit into each other."""


def blanked(data):
    """Pairs (position, bytes) to write over the metadata of the AVIF file `data`."""
    total = 0
    for start, end in _metas(data, 0, len(data)):
        boxes = {kind: (inner, stop) for kind, inner, stop in _boxes(data, start + 4, end)}
        if b"iinf" not in boxes or b"iloc" not in boxes:
            continue
        kinds = dict(_kinds(data, *boxes[b"iinf"]))
        idat = boxes.get(b"idat", (0, 0))[0]
        for item, at, size in _extents(data, boxes[b"iloc"][0], idat):
            if kinds.get(item) not in METADATA:
                continue
            total += size
            if at + size > len(data) or total > 2 * len(data):
                raise MalformedError("more metadata than there is room for")
            exif = kinds[item] == b"Exif"
            empty = EMPTY_EXIF if exif and size >= len(EMPTY_EXIF) else b""
            yield at, empty + (b"\0" if exif else b" ") * (size - len(empty))


def _boxes(data, at, end):
    """The kind, the start of the content and the end of each box."""
    while at < end:
        size, kind, inner = _number(data, at, 4), bytes(data[at + 4 : at + 8]), at + 8
        if size == 1:
            size, inner = _number(data, at + 8, 8), at + 16
        stop = at + size if size else end
        if stop > end or stop < inner:
            raise MalformedError("a box beyond the end")
        yield kind, inner, stop
        at = stop


def _metas(data, at, end, within=(b"moov", b"trak")):
    """The `meta` boxes of the file and of its tracks."""
    for kind, inner, stop in _boxes(data, at, end):
        if kind == b"meta":
            yield inner, stop
        elif kind in within[:1]:
            yield from _metas(data, inner, stop, within[1:])


def _kinds(data, at, end):
    """The number and the kind of each item."""
    first = at + (8 if data[at] else 6)
    for kind, inner, _ in _boxes(data, first, end):
        if kind == b"infe" and data[inner] in (2, 3):
            wide = 2 if data[inner] == 2 else 4
            at_kind = inner + 4 + wide + 2
            yield _number(data, inner + 4, wide), bytes(data[at_kind : at_kind + 4])


def _extents(data, at, idat):
    """The number of the item, the position and the size of each extent."""
    version, at = data[at], at + 4
    offset_size, length_size = data[at] >> 4, data[at] & 15
    base_size, index_size = data[at + 1] >> 4, data[at + 1] & 15 if version else 0
    wide = 4 if version == 2 else 2
    count, at = _number(data, at + 2, wide), at + 2 + wide
    for _ in range(count):
        item, at = _number(data, at, wide), at + wide
        method = 0
        if version:
            method, at = _number(data, at, 2) & 15, at + 2
        base, at = _number(data, at + 2, base_size), at + 2 + base_size
        extents, at = _number(data, at, 2), at + 2
        if extents and not (offset_size or length_size):  # whole files; also many extents in no bytes
            raise MalformedError("extents without a position and a size")
        for _ in range(extents):
            at += index_size
            offset, at = _number(data, at, offset_size), at + offset_size
            size, at = _number(data, at, length_size), at + length_size
            yield item, base + offset + (idat if method == 1 else 0), size


def _number(data, at, size):
    if at + size > len(data):
        raise MalformedError("a number beyond the end")
    return int.from_bytes(data[at : at + size], "big")
