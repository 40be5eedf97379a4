"""easy-thumbnails on these storages: what is private stays so, and no thumbnail replaces an original."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import models
from django.test.utils import isolate_apps
from easy_thumbnails.fields import ThumbnailerImageField
from easy_thumbnails.files import get_thumbnailer

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
