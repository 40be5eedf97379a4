"""Pictures that tell more than they show."""

import hashlib
import io

from PIL import Image, ImageCms, PngImagePlugin

SECRETS = (b"SECRET-COMMENT", b"SECRET-XMP", b"SECRET-CAMERA", b"SECRET-TRAILER")
XMP = b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><exif:GPSLatitude>SECRET-XMP</exif:GPSLatitude></x:xmpmeta>'
ICC = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
GPS = {1: "N", 2: (46.0, 57.0, 5.5), 3: "E", 4: (7.0, 26.0, 51.0)}


def exif(orientation=6):
    """Exif data with a position and a camera."""
    tags = Image.Exif()
    tags[0x010F] = "SECRET-CAMERA"
    tags[0x8825] = GPS
    if orientation:
        tags[0x0112] = orientation
    return tags.tobytes()


def picture():
    return Image.radial_gradient("L").resize((120, 80)).convert("RGB")


def with_secrets(kind, orientation=6):
    """A picture with a position in its Exif data, and all else that its format has room for."""
    stream, options = io.BytesIO(), {"exif": exif(orientation), "icc_profile": ICC}
    if kind == "JPEG":
        options |= {"comment": SECRETS[0], "xmp": XMP}
    if kind == "PNG":
        options["pnginfo"] = PngImagePlugin.PngInfo()
        options["pnginfo"].add_text("Comment", "SECRET-COMMENT")
        options["pnginfo"].add_itxt("XML:com.adobe.xmp", XMP.decode())
    if kind in ("WEBP", "AVIF"):
        options["xmp"] = XMP
    if kind == "GIF":
        options = {"comment": SECRETS[0]}
    picture().save(stream, kind, **options)
    if kind == "GIF":  # as Adobe writes it: the bytes that follow let a reader of blocks find the end
        xmp = b"\x21\xff\x0bXMP DataXMP" + XMP + b"\x01" + bytes(range(255, -1, -1)) + b"\0"
        return stream.getvalue()[:-1] + xmp + b";"
    return stream.getvalue()


def pixels(data):
    """Of each frame a checksum of its pixels, how long it is shown, and how often."""
    frames = []
    with Image.open(io.BytesIO(data)) as image:
        for number in range(getattr(image, "n_frames", 1)):
            image.seek(number)
            checksum = hashlib.sha256(image.convert("RGBA").tobytes()).hexdigest()
            frames.append((checksum, image.info.get("duration"), image.info.get("loop")))
    return frames
