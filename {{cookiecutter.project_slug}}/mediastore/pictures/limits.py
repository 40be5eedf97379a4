"""Refuses pictures that are too large, broken, or of a format that is not decoded. Their pixels are never decoded.

A file of some kilobytes can hold gigabytes of pixels. Pillow recognises 43 formats, and some of its decoders were never
meant for files of strangers (CVE-2026-40192 was a decompression bomb in FITS).
"""

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from easy_thumbnails.exceptions import InvalidImageFormatError
from PIL import Image

from mediastore.pictures import formats, metadata
from mediastore.pictures.parts import BrokenPictureError

FORMATS = ("JPEG", "PNG", "GIF", "WEBP", "AVIF")
MAX_FRAMES = 10_000  # of an animation: frames of one pixel cost time too
BYTES_PER_PIXEL = 4  # of a decoded picture in Pillow; no real file is larger than its decoded pixels


class RefusedPictureError(InvalidImageFormatError):
    """The picture must not be decoded, or cannot be. easy-thumbnails treats this as "the file is no picture"."""


@contextmanager
def opened(file: IO[bytes]) -> Iterator[Image.Image]:
    """The picture in `file`, a seekable binary file, opened by Pillow and not decoded yet.

    Raises:
        RefusedPictureError: its format is none of `FORMATS`, its header is broken, one frame has more pixels than
            `MEDIA_MAX_PIXELS`, or the file has more than four bytes for each pixel of that limit. The message is for
            users.
    """
    most: int = settings.MEDIA_MAX_PIXELS
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
        # Pillow's own limit was exceeded; only the error's message has the number of pixels
        number = re.search(r"\d+", str(error))
        raise _too_large(_million(int(number[0])) if number else "too many pixels") from error
    except Exception as error:  # Pillow raises many kinds of errors for broken headers
        raise RefusedPictureError("Upload a valid image: JPEG, PNG, GIF, WebP or AVIF.") from error
    with image:
        width, height = image.size
        if width * height > most:
            raise _too_large(f"{_million(width * height)} ({width} × {height})")
        yield image


@contextmanager
def decoded(file: IO[bytes]) -> Iterator[Image.Image]:
    """The picture in `file`, with the pixels of its first frame decoded.

    Raises:
        RefusedPictureError: `opened` refuses the picture, or the file is broken or cut short.
    """
    with opened(file) as image:
        try:
            if image.format in ("JPEG", "MPO"):  # Pillow decodes any number of scans; the reader refuses too many
                with metadata.contents(file) as data:
                    formats.read(data)
            image.load()
        except Exception as error:  # Pillow raises many kinds of errors for broken files
            raise RefusedPictureError(f"The picture cannot be decoded: {error}") from error
        yield image


def _too_large(what: str) -> RefusedPictureError:
    return RefusedPictureError(
        f"The picture has {what}; at most {_million(settings.MEDIA_MAX_PIXELS)} are accepted. Make it smaller and "
        "upload it again."
    )


def validate(file: Any) -> None:
    """Refuse a picture that is too large, broken, or of another format. A validator for form fields and model fields.

    Args:
        file: a Django `File`, or a seekable binary file. A model field's file that is stored already is not read again.

    Raises:
        ValidationError: the message names the limit and the picture's size.
    """
    if getattr(file, "_committed", False):
        return
    source = getattr(file, "file", file)
    try:
        with opened(source) as image:
            width, height = image.size
            # Pillow counts the frames of an AVIF from its header; the readers count those of the other formats
            frames: int | None = getattr(image, "n_frames", None) if image.format == "AVIF" else None
        with metadata.contents(source) as data:
            structure = formats.read(data)
        _check_frames(width, height, frames or structure.frames)
    except RefusedPictureError as error:
        raise ValidationError(str(error), code="invalid_image") from error
    except BrokenPictureError as error:
        raise ValidationError("The picture's file is cut short or broken. Upload it again.", code="invalid") from error
    finally:
        source.seek(0)


def _check_frames(width: int, height: int, frames: int) -> None:
    most: int = settings.MEDIA_MAX_ANIMATION_PIXELS
    if frames > 1 and width * height * frames > most or frames > MAX_FRAMES:
        raise RefusedPictureError(
            f"The picture has {frames} frames of {width} × {height}, {_million(width * height * frames)} together; at "
            f"most {_million(most)} and {MAX_FRAMES} frames are accepted. Make it smaller or shorter and upload it again."
        )


def _million(pixels: int) -> str:
    return f"{pixels / 1_000_000:.4g} million pixels"
