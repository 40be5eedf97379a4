"""A stored picture does not say where it was taken, by whom and with what. Its pixels keep their encoded bytes."""

import io
import struct
import tempfile
import tracemalloc
import zlib

import pytest
from django.core.files.base import ContentFile, File
from PIL import Image

from mediastore.pictures import formats, parts, stripped
from mediastore.pictures.parts import BrokenPictureError
from mediastore.testing import bombs
from mediastore.testing.photos import ICC, SECRETS, XMP, exif, picture, pixels, with_secrets


def clean(data):
    """`data` without metadata. A file in memory and one on the disk give the same."""
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


@pytest.mark.filterwarnings("ignore::UserWarning:PIL")
def test_the_bytes_of_no_file_break_the_reader():
    """Cut short, or with a changed byte in its header, a file is a picture or a `BrokenPictureError`."""
    for kind in ("JPEG", "PNG", "GIF", "WEBP", "AVIF"):
        data = with_secrets(kind)
        changed = [data[:end] for end in range(0, len(data), 7)]
        for at in range(min(len(data), 1500)):
            changed.append(data[:at] + bytes([255 - data[at]]) + data[at + 1 :])
        for attempt in changed:
            try:
                found = formats.read(attempt).parts
            except BrokenPictureError:
                continue
            assert all(part.stop <= len(attempt) for part in found if isinstance(part, slice))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "GIF", "WEBP", "AVIF"])
def test_a_file_of_the_smallest_parts_costs_a_second_at_most(kind, monkeypatch):
    monkeypatch.setattr(parts, "MOST_PARTS", 100_000)
    with pytest.raises(BrokenPictureError, match="too many"):
        formats.read(bombs.many_parts(kind))


def box(kind, content):
    return struct.pack(">I", 8 + len(content)) + kind + content


def avif(items, length_size=4):
    """An AVIF of nothing but metadata, whose items are at (position, size)."""
    number = len(items)
    where = b"".join(
        struct.pack(">HHHI", item, 0, 1, position) + (struct.pack(">I", size) if length_size else b"")
        for item, (position, size) in enumerate(items)
    )
    kinds = b"".join(box(b"infe", b"\2\0\0\0" + struct.pack(">HH", item, 0) + b"Exif") for item in range(number))
    iinf = box(b"iinf", b"\0\0\0\0" + struct.pack(">H", number) + kinds)
    iloc = box(b"iloc", b"\0\0\0\0" + bytes([0x40 + length_size, 0]) + struct.pack(">H", number) + where)
    return box(b"ftyp", b"avif") + box(b"meta", b"\0\0\0\0" + iinf + iloc)


@pytest.mark.parametrize(
    "items, length_size",
    [([(0, 40), (20, 40)], 4), ([(0, 0)], 4), ([(0, 0)], 0), ([(0, 10_000)], 4), ([(0, 50_000)] * 2000, 4)],
    ids=["overlap", "no bytes", "no sizes", "beyond the end", "the whole file 2,000 times"],
)
def test_an_avif_whose_metadata_is_no_part_of_it_is_broken_and_costs_no_memory(items, length_size):
    tracemalloc.start()
    try:
        with pytest.raises(BrokenPictureError):
            formats.read(avif(items, length_size))
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_metadata_that_only_the_track_of_an_avif_names_is_gone():
    data = bombs.animated("AVIF", 2, exif=exif(None))
    first = data.index(b"Exif")
    result = clean(data[:first] + b"free" + data[first + 4 :])
    assert SECRETS[2] in data and SECRETS[2] not in result


@pytest.mark.parametrize("orientation", [None, 6])
def test_the_header_of_a_webp_says_what_is_left(orientation):
    result = clean(with_secrets("WEBP", orientation))
    assert result[12:16] == b"VP8X"
    assert result[20] & 0x0C == (0x08 if orientation else 0)
    assert struct.unpack("<I", result[4:8])[0] == len(result) - 8


def test_exif_data_of_an_avif_is_empty_and_valid():
    result = clean(with_secrets("AVIF", orientation=None))
    with Image.open(io.BytesIO(result)) as image:
        assert dict(image.getexif()) == {}


def test_chunks_that_nobody_knows_are_gone():
    data = bombs.encoded("PNG")
    chunk = b"prVt" + SECRETS[0]
    chunk = struct.pack(">I", len(SECRETS[0])) + chunk + struct.pack(">I", zlib.crc32(chunk))
    assert clean(data[:33] + chunk + data[33:]) == data
