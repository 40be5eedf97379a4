"""Pictures with metadata: position, camera, comments, XMP and a colour profile."""

import hashlib
import io
from typing import Any

from PIL import Image, ImageCms, PngImagePlugin

SECRETS = (b"SECRET-COMMENT", b"SECRET-XMP", b"SECRET-CAMERA", b"SECRET-TRAILER")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>SECRET-XMP</exif:GPSLatitude></x:xmpmeta>'
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GPS = {1: "N", 2: (46.0, 57.0, 5.5), 3: "E", 4: (7.0, 26.0, 51.0)}


def exif(orientation: int | None = 6) -> bytes:
    """Exif data with a position, a camera and, unless it is None, an orientation."""
    tags = Image.Exif()
    tags[0x010F] = "SECRET-CAMERA"
    tags[0x8825] = GPS
    if orientation:
        tags[0x0112] = orientation
    return tags.tobytes()


def picture() -> Image.Image:
    """A grey picture of 120 × 80 that is different in every corner."""
    return Image.radial_gradient("L").resize((120, 80)).convert("RGB")


def with_secrets(kind: str, orientation: int | None = 6) -> bytes:
    """A picture file with a position in its Exif data, and with all other metadata that its format has room for."""
    stream = io.BytesIO()
    options: dict[str, Any] = {"exif": exif(orientation), "icc_profile": ICC}
    if kind == "JPEG":
        options |= {"comment": SECRETS[0], "xmp": XMP}
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_text("Comment", "SECRET-COMMENT")
        texts.add_itxt("XML:com.adobe.xmp", XMP.decode())
        options["pnginfo"] = texts
    if kind in ("WEBP", "AVIF"):
        options["xmp"] = XMP
    if kind == "GIF":
        options = {"comment": SECRETS[0]}
    picture().save(stream, kind, **options)
    if kind == "GIF":  # as Adobe writes XMP: in no blocks, and then bytes that lead a reader of blocks to the end
        xmp = b"\x21\xff\x0bXMP DataXMP" + XMP + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
        return stream.getvalue()[:-1] + xmp + b";"
    return stream.getvalue()


def pixels(data: bytes) -> list[tuple[str, Any, Any]]:
    """For each frame of a picture file: a checksum of its pixels, its duration, and how often the animation loops."""
    frames = []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            checksum = hashlib.sha256(image.convert("RGBA").tobytes()).hexdigest()
            frames.append((checksum, image.info.get("duration"), image.info.get("loop")))
    return frames
