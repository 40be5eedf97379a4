"""easy-thumbnails on these storages: private thumbnails, no thumbnail in place of an original, and bombs."""

import io
import os
import time

import pytest
from botocore.response import StreamingBody
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import models
from django.test.utils import isolate_apps
from easy_thumbnails.fields import ThumbnailerImageField
from easy_thumbnails.files import get_thumbnailer
from easy_thumbnails.utils import get_storage_hash
from PIL import Image, ImageCms

from mediastore.fields import PrivateFileField, private_storage
from mediastore.pictures import RefusedPictureError
from mediastore.testing import bombs

pytestmark = pytest.mark.django_db
SIZE = {"size": (64, 64), "crop": True}


@isolate_apps("mediastore")
def test_thumbnails_of_private_files_are_private_whatever_the_field(jpeg, everything):
    class Contract(models.Model):
        right = PrivateFileField(upload_to="thumbs/")
        plain = models.FileField(storage=private_storage, upload_to="thumbs/")
        easy = ThumbnailerImageField(storage=private_storage, upload_to="thumbs/")

        class Meta:
            app_label = "mediastore"

    before = everything("default")
    contract = Contract()
    for field in ("right", "plain", "easy"):
        file = getattr(contract, field)
        file.save("seal.jpg", ContentFile(jpeg), save=False)
        thumbnail = get_thumbnailer(file).get_thumbnail(SIZE)
        assert thumbnail.url.startswith("/private-thumbnails/")
        assert f"private_thumbnails/{thumbnail.name}" in everything("private")
        assert get_thumbnailer(file).get_thumbnail(SIZE).url == thumbnail.url
    name = storages["private"].save("thumbs/by-name.jpg", ContentFile(jpeg))
    assert get_thumbnailer(storages["private"], name).get_thumbnail(SIZE).url.startswith("/private-thumbnails/")
    assert everything("default") == before


@isolate_apps("mediastore")
def test_deleting_thumbnails_of_a_private_file_finds_them(jpeg, everything):
    class Letter(models.Model):
        file = PrivateFileField(upload_to="thumbs/")

        class Meta:
            app_label = "mediastore"

    letter = Letter()
    letter.file.save("letter.jpg", ContentFile(jpeg), save=False)
    get_thumbnailer(letter.file).get_thumbnail(SIZE)
    assert get_thumbnailer(letter.file).delete_thumbnails() == 1
    assert not [name for name in everything("private") if "letter.jpg." in name]


def test_a_thumbnail_does_not_replace_an_original(jpeg, read):
    storage = storages["default"]
    original = storage.save("thumbs/photo.jpg", ContentFile(jpeg))
    expected = get_thumbnailer(storage, original).get_thumbnail_name(
        get_thumbnailer(storage, original).get_options(SIZE)
    )
    lookalike = storage.save(f"thumbs/{expected.rpartition('/')[2]}", ContentFile(b"an original"))
    thumbnail = get_thumbnailer(storage, original).get_thumbnail(SIZE)
    assert thumbnail.name != lookalike
    assert read(storage, lookalike) == b"an original"


@pytest.fixture
def thumbnails(jpeg):
    """A public and a private file, each with a thumbnail: (storage, name, thumbnail) of each."""
    made = []
    for alias, name in (("default", "cleanup/media/cat.jpg"), ("private", "cleanup/seal.jpg")):
        storage = storages[alias]
        name = storage.save(name, ContentFile(jpeg))
        made.append((storage, name, get_thumbnailer(storage, name).get_thumbnail(SIZE)))
    return made


def cleanup(*options):
    out = io.StringIO()
    call_command("thumbnail_cleanup", *options, stdout=out)
    return out.getvalue()


def test_thumbnail_cleanup_keeps_live_thumbnails(thumbnails):
    assert "0 thumbnails were deleted" in cleanup()
    for storage, name, thumbnail in thumbnails:
        assert thumbnail.storage.exists(thumbnail.name)
        assert get_thumbnailer(storage, name).get_existing_thumbnail(SIZE)


def test_thumbnail_cleanup_deletes_those_of_files_that_are_gone(thumbnails):
    for storage, name, _ in thumbnails:
        storage.delete(name)
    assert "2 thumbnails would be deleted" in cleanup("--dry-run", "--path", "cleanup/")
    assert all(thumbnail.storage.exists(thumbnail.name) for _, _, thumbnail in thumbnails)
    assert "2 thumbnails were deleted" in cleanup()
    assert not any(thumbnail.storage.exists(thumbnail.name) for _, _, thumbnail in thumbnails)
    assert "0 of them gone" in cleanup("--path", "cleanup/")


def test_thumbnail_cleanup_stops_where_a_storage_does_not_answer(thumbnails, monkeypatch):
    def refuse(self, name):
        raise PermissionError("S3 refused")

    with monkeypatch.context() as patch, pytest.raises(CommandError, match="S3 refused"):
        patch.setattr(type(storages["default"]), "exists", refuse)
        cleanup()
    assert "0 thumbnails were deleted" in cleanup()


@pytest.mark.parametrize("alias", ["default", "private"])
def test_a_long_name_has_a_thumbnail_that_is_found_again(jpeg, alias):
    name = storages[alias].save("long/" + "n" * 240 + ".jpg", ContentFile(jpeg))
    thumbnail = get_thumbnailer(storages[alias], name).get_thumbnail(SIZE)
    assert thumbnail.storage.exists(thumbnail.name)
    with pytest.raises(OSError, match="too long"):
        storages["easy_thumbnails"].save("long/" + "n" * 260 + ".jpg", ContentFile(jpeg))


def test_each_role_has_a_class_of_its_own_under_a_stable_path(on_s3):
    scheme = "s3.{}S3Storage" if on_s3 else "local.{}LocalStorage"
    roles = {"default": "Public", "private": "Private", "easy_thumbnails": "Thumbnail"}
    for alias, role in (roles | {"private_thumbnails": "PrivateThumbnail"}).items():
        path = f"mediastore.backends.{scheme.format(role)}"
        assert get_storage_hash(storages[alias]) == get_storage_hash(path), "all thumbnails would be made again"


def peak(operation):
    """The bytes of memory that `operation` needed at most; None on a system that does not tell."""

    def status(name):
        with open("/proc/self/status") as file:
            return next(int(line.split()[1]) * 1024 for line in file if line.startswith(name))

    if not os.path.exists("/proc/self/clear_refs"):
        operation()
        return None
    with open("/proc/self/clear_refs", "w") as file:
        file.write("5")  # the peak begins anew
    before = status("VmRSS")
    operation()
    return status("VmHWM") - before


@pytest.mark.parametrize("name", bombs.REFUSED)
def test_a_stored_bomb_costs_little_time_and_memory(name):
    """Code that does not validate, or an earlier release, may have stored it."""
    stored = storages["default"].save(f"bombs/{name}", ContentFile(bombs.REFUSED[name]()))
    made = []

    def thumbnail():
        try:
            made.append(get_thumbnailer(stored).get_thumbnail(SIZE))
        except RefusedPictureError:
            made.append(None)

    begun = time.process_time()
    memory = peak(thumbnail)
    assert time.process_time() - begun < 3
    assert memory is None or memory < 100 * 1024 * 1024
    assert bool(made[0]) == (name in bombs.WITH_A_FIRST_FRAME)


@pytest.mark.s3
def test_a_large_picture_is_refused_before_it_is_fetched(monkeypatch):
    """Only its beginning is read: 256 KiB of 20 MB."""
    storage = storages["default"]
    name = storage.save("bombs/heavy.jpg", ContentFile(bombs.jpeg(30_000, 30_000) + b"\0" * 20_000_000))
    read, fetched = StreamingBody.read, []

    def counting(self, amount=None):
        data = read(self, amount)
        fetched.append(len(data))
        return data

    monkeypatch.setattr(StreamingBody, "read", counting)
    with storage.open(name) as file, pytest.raises(RefusedPictureError):
        get_thumbnailer(file, name).get_thumbnail(SIZE)
    assert 0 < sum(fetched) < 1024 * 1024


@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF"])
def test_an_animation_has_a_thumbnail_of_its_first_frame(kind):
    stored = storages["default"].save(f"animated.{kind.lower()}", ContentFile(bombs.animated(kind, 5)))
    thumbnail = get_thumbnailer(stored).get_thumbnail(SIZE)
    with thumbnail.storage.open(thumbnail.name) as file, Image.open(file) as image:
        assert getattr(image, "n_frames", 1) == 1
        assert max(image.convert("RGB").getpixel((30, 30))[:2]) < 16, "the first frame is blue"


@pytest.mark.parametrize("extension", ["jpg", "png", "gif", "webp"])
def test_a_thumbnail_tells_nothing_but_the_picture(extension, settings):
    """easy-thumbnails hands comments of GIF and JPEG on, and the position with `preserve_extensions`."""
    settings.THUMBNAIL_PRESERVE_EXTENSIONS = True
    stream, tags = io.BytesIO(), Image.Exif()
    tags[0x0112], tags[0x8825] = 6, {1: "N", 2: (46.0, 57.0, 5.5)}
    tags[0x010F] = "SECRET"
    options = {"comment": b"SECRET", "xmp": b"<x>SECRET</x>"} | ({} if extension == "gif" else {"exif": tags})
    Image.new("RGB", (200, 100), "blue").save(stream, {"jpg": "JPEG"}.get(extension, extension), **options)
    stored = storages["default"].save(f"secret.{extension}", ContentFile(stream.getvalue()))
    thumbnail = get_thumbnailer(stored).get_thumbnail({"size": (100, 100)})
    with thumbnail.storage.open(thumbnail.name) as file:
        data = file.read()
    with Image.open(io.BytesIO(data)) as image:
        assert not {"exif", "comment", "xmp"} & set(image.info) and not image.getexif()
        assert image.size == ((100, 50) if extension == "gif" else (50, 100)), "the right way up"
    assert b"SECRET" in stream.getvalue() and b"SECRET" not in data


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_a_thumbnail_has_the_colours_of_the_picture(mode):
    """Its profile is applied: easy-thumbnails writes the numbers and forgets what they mean."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"tXYZ").replace(b"bXYZ", b"rXYZ").replace(b"tXYZ", b"bXYZ")  # red means blue
    stream = io.BytesIO()
    Image.new(mode, (200, 100), (255, 0, 0, 255)[: len(mode)]).save(stream, "PNG", icc_profile=swapped)
    stored = storages["default"].save("red-is-blue.png", ContentFile(stream.getvalue()))
    thumbnail = get_thumbnailer(stored).get_thumbnail(SIZE)
    with thumbnail.storage.open(thumbnail.name) as file, Image.open(file) as image:
        red, _, blue = image.convert("RGB").getpixel((9, 9))
        assert blue > 200 > 50 > red and "icc_profile" not in image.info


def test_a_broken_colour_profile_breaks_no_thumbnail():
    stream = io.BytesIO()
    Image.new("RGB", (200, 100), "red").save(stream, "JPEG", icc_profile=b"no profile")
    stored = storages["default"].save("broken-profile.jpg", ContentFile(stream.getvalue()))
    assert get_thumbnailer(stored).get_thumbnail(SIZE)


def test_a_file_object_has_a_thumbnail(jpeg):
    """easy-thumbnails records the dimensions of a thumbnail that it does not record: an IntegrityError."""
    name = storages["default"].save("objects/x.jpg", ContentFile(jpeg))
    before = get_thumbnailer(name).get_thumbnail(SIZE)
    for _ in range(2):
        thumbnailer = get_thumbnailer(io.BytesIO(jpeg), relative_name="objects/object.jpg")
        made = [thumbnailer.get_thumbnail(options) for options in (SIZE, {"size": (40, 40)}, SIZE)]
        assert [(thumbnail.width, thumbnail.height) for thumbnail in made] == [(64, 64), (40, 30), (64, 64)]
        assert all(thumbnail.storage.exists(thumbnail.name) for thumbnail in made)
    assert "0 thumbnails were deleted" in cleanup()
    assert made[0].storage.exists(made[0].name)
    assert get_thumbnailer(name).get_existing_thumbnail(SIZE).name == before.name


def test_a_file_objects_thumbnail_leaves_the_records_of_a_stored_file_of_its_name_alone(jpeg):
    name = storages["default"].save("objects/same.jpg", ContentFile(jpeg))
    get_thumbnailer(name).get_thumbnail({"size": (30, 30)})
    before = get_thumbnailer(name).get_source_cache().modified
    get_thumbnailer(io.BytesIO(jpeg), relative_name=name).get_thumbnail(SIZE)
    assert get_thumbnailer(name).get_source_cache().modified == before


def test_thumbnails_are_deleted_after_one_was_made_by_the_same_object(jpeg):
    """The delete that is ignored is the one before a thumbnail is saved."""
    name = storages["default"].save("objects/deleted.jpg", ContentFile(jpeg))
    thumbnailer = get_thumbnailer(name)
    for side in (20, 30):
        thumbnail = thumbnailer.get_thumbnail({"size": (side, side)})
    thumbnailer.thumbnail_storage.delete(thumbnail.name)
    assert not thumbnail.storage.exists(thumbnail.name)
