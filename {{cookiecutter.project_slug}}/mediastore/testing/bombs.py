"""Pictures that are small to upload and expensive to decode, and broken ones. Each function returns the bytes of a file."""

import io
import struct
import zlib
from typing import Any

from PIL import Image

TINY_GIF_FRAME = b"\x2c" + struct.pack("<HHHHB", 0, 0, 1, 1, 0) + b"\x02\x02\x44\x01\x00"


def encoded(kind: str, size: tuple[int, int] = (101, 100), mode: str = "RGB", **options: Any) -> bytes:
    """A plain picture in Pillow's format `kind`; `options` go to Pillow's encoder."""
    stream = io.BytesIO()
    Image.new(mode, size, 1).save(stream, kind, **options)
    return stream.getvalue()


def animated(kind: str, frames: int, size: tuple[int, int] = (101, 100), **options: Any) -> bytes:
    """An animation of `frames` different frames, the first one blue."""
    images = [Image.new("RGB", size, (number * 37 % 256, number, 90)) for number in range(frames)]
    stream = io.BytesIO()
    images[0].save(stream, kind, save_all=True, append_images=images[1:], duration=40, **options)
    return stream.getvalue()


def gif(side: int, frames: int) -> bytes:
    """A canvas of `side` × `side` and frames of one pixel. Decoded, each frame takes a whole canvas."""
    one = encoded("GIF", (side, side), "P")
    return one[:-1] + TINY_GIF_FRAME * (frames - 1) + b";"


def gif_beyond_its_canvas() -> bytes:
    """A canvas of one pixel with a frame of 60,000 × 60,000."""
    one = encoded("GIF", (1, 1), "P")
    at = one.index(b"\x2c\0\0\0\0\1\0\1\0") + 5
    return one[:at] + struct.pack("<HH", 60_000, 60_000) + one[at + 4 :]


def jpeg(width: int, height: int) -> bytes:
    """A small JPEG whose header says that it has `width` × `height` pixels."""
    one = encoded("JPEG")
    at = one.index(b"\xff\xc0") + 5
    return one[:at] + struct.pack(">HH", height, width) + one[at + 4 :]


def scans(number: int) -> bytes:
    """A progressive JPEG that repeats its last scan. A decoder goes through the whole picture for each scan."""
    one = encoded("JPEG", (4000, 4000), progressive=True)
    return one[:-2] + one[one.rindex(b"\xff\xda") : -2] * number + one[-2:]


def png(width: int, height: int) -> bytes:
    """A black PNG of `width` × `height`, whole and well compressed."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compressobj()
    pixels = b"".join(rows.compress(b"\0" * (width // 8 + 1)) for _ in range(height)) + rows.flush()
    header = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", pixels) + chunk(b"IEND", b"")


def webp() -> bytes:
    """A small WebP whose header says that it has 16,384 × 16,384 pixels."""
    one = encoded("WEBP", lossless=True)
    at = one.index(b"VP8L") + 9
    return one[:at] + struct.pack("<I", 0x0FFFFFFF) + one[at + 4 :]


def fits() -> bytes:
    """A picture of 30,000 × 30,000 in FITS, a format of astronomers that Pillow decodes too."""
    cards = ("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 30000", "NAXIS2  = 30000", "END")
    return "".join(card[:10] + card[10:].rjust(20).ljust(70) for card in cards).ljust(2880).encode() + b"\0" * 2880


def eps() -> bytes:
    """A program in PostScript, which Pillow lets Ghostscript run."""
    return b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 30000 30000\n%%EndComments\nshowpage\n%%EOF\n"


def many_parts(kind: str) -> bytes:
    """10 MB of the smallest parts that the format has."""
    start, part = {
        "JPEG": (b"\xff\xd8", b"\xff\x01"),
        "PNG": (encoded("PNG")[:33], struct.pack(">I", 0) + b"tEXt" + b"\0\0\0\0"),
        "GIF": (encoded("GIF", (1, 1), "P")[:-1], b"\x21\xfe\0"),
        "WEBP": (b"RIFF" + struct.pack("<I", 10_000_000) + b"WEBP", b"\0" * 8),
        "AVIF": (b"\0\0\0\x14ftypavif\0\0\0\0avif", struct.pack(">I", 8) + b"free"),
    }[kind]
    return start + part * (10_000_000 // len(part))


# What an upload is refused for, by the name of the file
REFUSED = {
    "frames.gif": lambda: gif(3000, 150),
    "many-frames.gif": lambda: gif(1, 100_000),
    "beyond.gif": gif_beyond_its_canvas,
    "large.jpg": lambda: jpeg(30_000, 30_000),
    "scans.jpg": lambda: scans(500),
    "large.png": lambda: png(20_000, 20_000),
    "large.webp": webp,
    "fits.jpg": fits,
    "eps.png": eps,
    "cut-short.jpg": lambda: encoded("JPEG")[:-100],
    "cut-short.png": lambda: encoded("PNG")[:-20],
    "cut-short.gif": lambda: gif(10, 2)[:-4],
    "cut-short.webp": lambda: encoded("WEBP")[:-20],
    "cut-short.avif": lambda: encoded("AVIF")[:-20],
    "script.jpg": lambda: b"<script>alert(1)</script>",
    "empty-of-frames.gif": lambda: b"GIF89a\1\0\1\0\0\0\0;",
}

# Those of REFUSED that have thumbnails if they are stored: their first frame is whole and small enough
WITH_A_FIRST_FRAME = {"frames.gif", "many-frames.gif", "cut-short.gif", "cut-short.png"}
