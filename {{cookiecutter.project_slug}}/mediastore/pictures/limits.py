"""How large a picture may be, and which formats are decoded at all. Nothing here decodes pixels of what is refused.

A file of some kilobytes can hold gigabytes of pixels, and Pillow recognises 43 formats, some of them with decoders that
were never meant for files of strangers (CVE-2026-40192 was a bomb in FITS).
"""

import io
import re
from contextlib import contextmanager

from django.conf import settings
from django.core.exceptions import ValidationError
from easy_thumbnails.exceptions import InvalidImageFormatError
from PIL import Image

from mediastore.pictures import formats, metadata
from mediastore.pictures.parts import BrokenPictureError

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
MAX_FRAMES = 10_000  # frames of one pixel cost time too
BYTES_PER_PIXEL = 4  # of a decoded pixel in Pillow; a file that is larger than its pixels is none to decode


class RefusedPictureError(InvalidImageFormatError):
    """A picture that is not decoded. easy-thumbnails handles it as a file that is no picture."""


@contextmanager
def opened(file):
    """The picture in `file`, a seekable binary file, opened by Pillow and not decoded yet.

    Raises:
        RefusedPictureError: its format is none of `FORMATS`, its header is broken, or one frame has more pixels than
            `MEDIA_MAX_PIXELS`. The message is for users.
    """
    most = settings.MEDIA_MAX_PIXELS
    size = file.seek(0, io.SEEK_END) or file.tell()
    file.seek(0)
    if size > most * BYTES_PER_PIXEL:
        raise RefusedPictureError(
            f"The picture's file has {size // 1_000_000} MB; at most {most * BYTES_PER_PIXEL // 1_000_000} MB are "
            "accepted. Make it smaller and upload it again."
        )
    try:
        image = Image.open(file, formats=FORMATS)
    except Image.DecompressionBombError as error:
        pixels = int(re.search(r"\d+", str(error))[0])  # Pillow opens nothing beyond its own limit
        raise _too_large(_million(pixels)) from error
    except Exception as error:  # decoders raise whatever a broken header leads them to
        raise RefusedPictureError("Upload a valid image: JPEG, PNG, GIF, WebP or AVIF.") from error
    with image:
        width, height = image.size
        if width * height > most:
            raise _too_large(f"{_million(width * height)} ({width} × {height})")
        yield image


@contextmanager
def decoded(file):
    """The picture in `file`, with the pixels of its first frame decoded.

    Raises:
        RefusedPictureError: what `opened` refuses, and a file that is broken or cut short.
    """
    with opened(file) as image:
        try:
            if image.format in ("JPEG", "MPO"):  # Pillow would go through any number of scans
                with metadata.contents(file) as data:
                    formats.read(data)
            image.load()
        except Exception as error:  # decoders raise whatever a broken file leads them to
            raise RefusedPictureError(f"The picture cannot be decoded: {error}") from error
        yield image


def _too_large(what):
    return RefusedPictureError(
        f"The picture has {what}; at most {_million(settings.MEDIA_MAX_PIXELS)} are accepted. Make it smaller and "
        "upload it again."
    )


def validate(file):
    """Refuse a picture that is too large to show, broken, or of another format; for forms and for model fields.

    Args:
        file: a Django `File`. What a field has stored already is not looked at again.

    Raises:
        ValidationError: the message names the limit and the picture's size.
    """
    if getattr(file, "_committed", False):
        return
    source = getattr(file, "file", file)
    try:
        with opened(source) as image:
            width, height = image.size
            frames = image.n_frames if image.format == "AVIF" else None
        with metadata.contents(source) as data:
            structure = formats.read(data)
        _check_frames(width, height, frames or structure.frames)
    except RefusedPictureError as error:
        raise ValidationError(str(error), code="invalid_image") from error
    except BrokenPictureError as error:
        raise ValidationError("The picture's file is cut short or broken. Upload it again.", code="invalid") from error
    finally:
        source.seek(0)


def _check_frames(width, height, frames):
    most = settings.MEDIA_MAX_ANIMATION_PIXELS
    if frames > 1 and width * height * frames > most or frames > MAX_FRAMES:
        raise RefusedPictureError(
            f"The picture has {frames} frames of {width} × {height}, {_million(width * height * frames)} together; at "
            f"most {_million(most)} and {MAX_FRAMES} frames are accepted. Make it smaller or shorter and upload it again."
        )


def _million(pixels):
    return f"{pixels / 1_000_000:.4g} million pixels"
