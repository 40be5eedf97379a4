"""Readers of JPEG, PNG, GIF, WebP and AVIF files. Each tells what is seen from what is metadata, and decodes nothing."""

import re
import zlib
from collections.abc import Callable
from typing import TypeAlias

from mediastore.pictures import avif
from mediastore.pictures.parts import (
    BrokenPictureError,
    Data,
    Part,
    PartCounter,
    Structure,
    end_of,
    number,
    orientation_only,
    replaced,
)

AFTER_SCAN = re.compile(rb"\xff[^\x00\xff\xd0-\xd7]", re.DOTALL)  # the marker that ends the pixels of a JPEG
MAX_SCANS = 100  # of a progressive JPEG; encoders write ten. One of 92 bytes takes 26 ms to decode at 62 megapixels
GIF_APPLICATIONS = (b"NETSCAPE2.0", b"ANIMEXTS1.0", b"ICCRGBG1012")
# A PNG chunk whose name begins with a small letter may be left out. These change what is seen, so they are kept.
PNG_CHUNKS = b"tRNS cHRM gAMA iCCP sBIT sRGB cICP mDCV cLLI bKGD hIST pHYs sPLT acTL fcTL fdAT".split()
WEBP_CHUNKS = (b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP")
WEBP_EXIF, WEBP_XMP = 0x08, 0x04  # flags of VP8X


def read(data: Data) -> Structure:
    """What the picture file `data` consists of.

    Raises:
        BrokenPictureError: it is cut short, or of no known format.
    """
    for starts, reader in READERS:
        if starts.match(data):
            try:
                return reader(data, PartCounter())
            except IndexError as error:
                raise BrokenPictureError("cut short") from error
    raise BrokenPictureError("no known format")


def _jpeg(data: Data, counter: PartCounter) -> Structure:
    parts: list[Part] = [slice(0, 2)]
    at, scans = 2, 0
    while True:
        counter.add()
        if data[at] != 0xFF:
            raise BrokenPictureError("no marker")
        code = data[at + 1]
        if code == 0xFF:  # a fill byte before the marker
            at += 1
            continue
        if code == 0xD9:
            parts.append(slice(at, at + 2))
            return Structure(parts)
        has_no_length = code == 0x01 or 0xD0 <= code <= 0xD7
        end = at + 2 if has_no_length else end_of(data, at + 2 + number(data, at + 2, 2))
        text = data[at + 4 : min(end, at + 20)]
        if code == 0xE1 and text.startswith(b"Exif\0\0"):
            if exif := orientation_only(data[at + 10 : end]):
                segment = b"Exif\0\0" + exif
                wanted = b"\xff\xe1" + (len(segment) + 2).to_bytes(2, "big") + segment
                parts.append(replaced(data, at, end, wanted))
        elif code == 0xDA:
            scans += 1
            if scans > MAX_SCANS:
                raise BrokenPictureError("too many scans")
            end = _after_scan(data, end)
            parts.append(slice(at, end))
        elif _is_seen_in_jpeg(code, text):
            parts.append(slice(at, end))
        at = end


def _after_scan(data: Data, at: int) -> int:
    """Where the marker after a scan's pixels begins."""
    found = AFTER_SCAN.search(data, at)
    if not found:
        raise BrokenPictureError("cut short")
    return found.start()


def _is_seen_in_jpeg(code: int, text: bytes) -> bool:
    """Whether a segment is kept: not a comment, and of application data only what decoders need."""
    known = {0xE0: b"JFIF\0", 0xE2: b"ICC_PROFILE\0", 0xEE: b"Adobe"}
    if code in known:
        return text.startswith(known[code])
    return code != 0xFE and not 0xE0 <= code <= 0xEF


def _png(data: Data, counter: PartCounter) -> Structure:
    parts: list[Part] = [slice(0, 8)]
    at, frames = 8, 1
    while True:
        counter.add()
        kind, end = data[at + 4 : at + 8], end_of(data, at + 12 + number(data, at, 4))
        if kind == b"eXIf":
            if exif := orientation_only(data[at + 8 : end - 4]):
                chunk = kind + exif
                wanted = len(exif).to_bytes(4, "big") + chunk + zlib.crc32(chunk).to_bytes(4, "big")
                parts.append(replaced(data, at, end, wanted))
        elif not kind[0] & 0x20 or kind in PNG_CHUNKS:
            parts.append(slice(at, end))
        if kind == b"acTL":
            frames = number(data, at + 8, 4)
        if kind == b"IEND":
            return Structure(parts, frames)
        at = end


def _gif(data: Data, counter: PartCounter) -> Structure:
    at = 13 + _palette(data[10])
    parts: list[Part] = [slice(0, end_of(data, at))]
    frames = 0
    while at < len(data) and data[at] != 0x3B:
        kind = data[at]
        if kind == 0x2C:
            frames += 1
            end = _blocks(data, at + 10 + _palette(data[at + 9]) + 1, counter)
        elif kind == 0x21:
            end = _blocks(data, at + 2, counter)
        else:
            raise BrokenPictureError("no block")
        control = kind == 0x21 and data[at + 1] == 0xF9
        animation = kind == 0x21 and data[at + 1] == 0xFF and data[at + 3 : at + 14] in GIF_APPLICATIONS
        if kind == 0x2C or control or animation:
            parts.append(slice(at, end))
        at = end
    if not frames:
        raise BrokenPictureError("no frame")
    parts.append(slice(at, at + 1) if at < len(data) else b"\x3b")
    return Structure(parts, frames)


def _palette(flags: int) -> int:
    """The bytes of the colour table that `flags` announce."""
    return 3 << (flags & 7) + 1 if flags & 0x80 else 0


def _blocks(data: Data, at: int, counter: PartCounter) -> int:
    """Where the chain of blocks that begins at `at` ends."""
    counter.add()
    while size := data[at]:
        counter.add()
        at += size + 1
    return at + 1


def _webp(data: Data, counter: PartCounter) -> Structure:
    end_of_all = end_of(data, 8 + number(data, 4, 4, "little"))
    found: list[Part] = []
    at, frames, exif = 12, 0, None
    while at < end_of_all:
        counter.add()
        kind, size = data[at : at + 4], number(data, at + 4, 4, "little")
        end = end_of(data, at + 8 + size + size % 2)
        if kind == b"EXIF" and (exif := orientation_only(data[at + 8 : at + 8 + size].removeprefix(b"Exif\0\0"))):
            padded = exif + b"\0" * (len(exif) % 2)
            found.append(replaced(data, at, end, kind + len(exif).to_bytes(4, "little") + padded))
        elif kind in WEBP_CHUNKS:
            found.append(slice(at, end))
            frames += kind == b"ANMF"
        at = end
    if found and data[12:16] == b"VP8X":
        flags = data[20] & ~(WEBP_EXIF | WEBP_XMP) | (WEBP_EXIF if exif else 0)
        size = number(data, 16, 4, "little")
        rest = slice(21, 20 + size + size % 2)
        found[:1] = [slice(12, 20), replaced(data, 20, 21, bytes([flags])), rest]
    length = 4 + sum(len(part) if isinstance(part, bytes) else part.stop - part.start for part in found)
    header = [slice(0, 4), replaced(data, 4, 8, length.to_bytes(4, "little")), slice(8, 12)]
    return Structure([*header, *found], max(frames, 1))


def _avif(data: Data, counter: PartCounter) -> Structure:
    parts: list[Part] = []
    at = 0
    for start, wanted in sorted(set(avif.blanked(data, counter))):  # an image sequence names its metadata twice
        if start < at:
            raise BrokenPictureError("items that overlap")
        parts += [slice(at, start), replaced(data, start, start + len(wanted), wanted)]
        at = start + len(wanted)
    return Structure([*parts, slice(at, len(data))])


Reader: TypeAlias = Callable[[Data, PartCounter], Structure]
READERS: tuple[tuple[re.Pattern[bytes], Reader], ...] = (  # by the beginning of a file
    (re.compile(rb"\xff\xd8\xff"), _jpeg),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), _png),
    (re.compile(rb"GIF8[79]a"), _gif),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), _webp),
    (re.compile(rb".{4}ftypavi[fs]", re.DOTALL), _avif),
)
