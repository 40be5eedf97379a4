"""What a stored picture no longer tells: where it was taken, by whom and with what. Its pixels are the same bytes."""

import io
import struct
import tempfile
import zlib

import pytest
from django.core.files.base import ContentFile, File
from PIL import Image

from mediastore.pictures import formats, parts, stripped
from mediastore.pictures.parts import BrokenPictureError
from tests import bombs
from tests.photos import ICC, SECRETS, XMP, exif, picture, pixels, with_secrets


def clean(data):
    """`data` without metadata, as a file in memory and as one on the disk give it."""
    with tempfile.TemporaryFile() as file:
        file.write(data)
        on_disk = stripped(File(file)).read()
    in_memory = stripped(ContentFile(data)).read()
    assert in_memory == on_disk
    return in_memory


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_position_comments_and_camera_are_gone_and_the_pixels_are_the_same(kind):
    data = with_secrets(kind)
    assert any(secret in data for secret in SECRETS)
    result = clean(data)
    assert not [secret for secret in SECRETS if secret in result]
    assert pixels(result) == pixels(data)
    with Image.open(io.BytesIO(result)) as image:
        image.load()
        assert not image.getexif().get_ifd(0x8825)
        assert not {"comment", "xmp", "XML:com.adobe.xmp"} & set(image.info) or not image.info["xmp"].strip()
        assert kind == "GIF" or image.info["icc_profile"] == ICC


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "AVIF"])
@pytest.mark.parametrize("orientation", range(2, 9))
def test_a_picture_stays_the_right_way_up(kind, orientation):
    result = clean(with_secrets(kind, orientation))
    with Image.open(io.BytesIO(result)) as image:
        assert image.getexif().get(0x0112) == orientation
        assert set(image.getexif()) == {0x0112}


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_keeps_its_frames(kind):
    # Pillow 13 crashes as it writes an AVIF of several frames that has an orientation
    options = {"GIF": {"comment": SECRETS[0]}, "AVIF": {"exif": exif(None), "xmp": XMP}}.get(kind, {"exif": exif()})
    data = bombs.animated(kind, 4, **options)
    result = clean(data)
    assert any(secret in data for secret in SECRETS) and not [secret for secret in SECRETS if secret in result]
    assert pixels(result) == pixels(data) and len(pixels(data)) == 4


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_what_has_nothing_to_hide_is_the_same_file(kind):
    file = ContentFile(bombs.encoded(kind), "plain")
    assert stripped(file) is file
    twice = ContentFile(clean(with_secrets(kind)))
    assert stripped(twice) is twice


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP"])
def test_what_follows_the_end_is_gone(kind):
    """Phones append videos, with a position of their own."""
    data = bombs.encoded(kind)
    assert clean(data + SECRETS[3]) == data


def test_a_jpeg_of_several_scans_is_kept_whole():
    stream = io.BytesIO()
    picture().save(stream, "JPEG", progressive=True, restart_marker_rows=1, comment=SECRETS[0])
    result = clean(stream.getvalue())
    assert pixels(result) == pixels(stream.getvalue()) and SECRETS[0] not in result


def test_pictures_within_a_jpeg_are_gone():
    """A camera's preview has a position of its own, and may show what was cut off."""
    stream = io.BytesIO()
    picture().save(stream, "MPO", save_all=True, append_images=[picture()], exif=exif())
    result = clean(stream.getvalue())
    assert result.count(b"\xff\xd8\xff") == 1 and SECRETS[2] not in result
    with Image.open(io.BytesIO(result)) as image:
        assert image.format == "JPEG"


def test_a_gif_without_its_last_byte_gets_it():
    data = bombs.gif(10, 3)
    assert clean(data[:-1]) == data


@pytest.mark.parametrize("data", [b"", b"%PDF-1.7", b"\xff\xd8\xff", b"RIFF\0\0", bombs.encoded("PNG")[:-5]])
def test_what_is_no_whole_picture_is_left_alone(data):
    file = ContentFile(data, "x.jpg")
    assert stripped(file) is file
    assert file.read() == data


def test_the_bytes_of_no_file_break_the_reader():
    """Every cut and every changed byte of a header is a picture, or is told to be broken."""
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "AVIF"):
        data = with_secrets(kind)
        changed = [data[:end] for end in range(0, len(data), 7)]
        for at in range(min(len(data), 1500)):
            changed.append(data[:at] + bytes([255 - data[at]]) + data[at + 1 :])
        for attempt in changed:
            try:
                formats.read(attempt)
            except BrokenPictureError:
                pass


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_a_file_of_the_smallest_parts_costs_a_second_at_most(kind, monkeypatch):
    monkeypatch.setattr(parts, "MOST_PARTS", 100_000)
    with pytest.raises(BrokenPictureError, match="too many"):
        formats.read(bombs.many_parts(kind))


def box(kind, content):
    return struct.pack(">I", 8 + len(content)) + kind + content


@pytest.mark.parametrize("sizes", [b"\x00\x00", b"\x44\x00"], ids=["no bytes", "the whole file, often"])
def test_an_avif_whose_items_overlap_costs_nothing(sizes):
    """65,535 times 65,535 extents, or items that each are the whole file."""
    wide = b"\0\0\0\0\0\0\xff\x00" if sizes == b"\x44\x00" else b""
    items = b"".join(struct.pack(">HHH", number, 0, 65_535) + wide for number in range(1, 2000))
    iloc = box(b"iloc", b"\0\0\0\0" + sizes + struct.pack(">H", 65_535) + items)
    kinds = b"".join(box(b"infe", b"\2\0\0\0" + struct.pack(">HH", number, 0) + b"Exif") for number in range(1, 2000))
    meta = box(b"meta", b"\0\0\0\0" + box(b"iinf", b"\0\0\0\0\0\0" + kinds) + iloc)
    with pytest.raises(BrokenPictureError):
        formats.read(box(b"ftyp", b"avif") + meta)


def test_exif_data_of_an_avif_is_empty_and_valid():
    result = clean(with_secrets("AVIF", orientation=None))
    with Image.open(io.BytesIO(result)) as image:
        assert dict(image.getexif()) == {}


def test_chunks_that_nobody_knows_are_gone():
    data = bombs.encoded("PNG")
    chunk = b"prVt" + SECRETS[0]
    chunk = struct.pack(">I", len(SECRETS[0])) + chunk + struct.pack(">I", zlib.crc32(chunk))
    assert clean(data[:33] + chunk + data[33:]) == data
