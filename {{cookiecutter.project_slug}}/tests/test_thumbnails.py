"""easy-thumbnails on these storages: what is private stays so, and no thumbnail replaces an original."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import models
from django.test.utils import isolate_apps
from easy_thumbnails.fields import ThumbnailerImageField
from easy_thumbnails.files import get_thumbnailer
from easy_thumbnails.utils import get_storage_hash

from mediastore.fields import PrivateFileField, private_storage

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


def test_trap_18_thumbnail_cleanup_keeps_live_thumbnails(thumbnails):
    assert "0 thumbnails were deleted" in cleanup()
    for storage, name, thumbnail in thumbnails:
        assert thumbnail.storage.exists(thumbnail.name)
        assert get_thumbnailer(storage, name).get_existing_thumbnail(SIZE)


def test_trap_18_thumbnail_cleanup_deletes_those_of_files_that_are_gone(thumbnails):
    for storage, name, _ in thumbnails:
        storage.delete(name)
    assert "2 thumbnails would be deleted" in cleanup("--dry-run", "--path", "cleanup/")
    assert all(thumbnail.storage.exists(thumbnail.name) for _, _, thumbnail in thumbnails)
    assert "2 thumbnails were deleted" in cleanup()
    assert not any(thumbnail.storage.exists(thumbnail.name) for _, _, thumbnail in thumbnails)
    assert "0 of them gone" in cleanup("--path", "cleanup/")


def test_trap_18_thumbnail_cleanup_stops_where_a_storage_does_not_answer(thumbnails, monkeypatch):
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


def test_trap_6_each_role_has_a_class_of_its_own_under_a_stable_path(on_s3):
    scheme = "s3.{}S3Storage" if on_s3 else "local.{}LocalStorage"
    roles = {"default": "Public", "private": "Private", "easy_thumbnails": "Thumbnail"}
    for alias, role in (roles | {"private_thumbnails": "PrivateThumbnail"}).items():
        path = f"mediastore.backends.{scheme.format(role)}"
        assert get_storage_hash(storages[alias]) == get_storage_hash(path), "all thumbnails would be made again"
