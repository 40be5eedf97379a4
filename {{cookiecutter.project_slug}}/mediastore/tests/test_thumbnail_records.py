"""Thumbnails and easy-thumbnails' records of them are deleted together."""

import pytest
from botocore.exceptions import ConnectTimeoutError, EndpointConnectionError
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from easy_thumbnails.files import get_thumbnailer
from easy_thumbnails.models import Source

from mediastore import thumbnail_records

pytestmark = pytest.mark.django_db
SIZE = {"size": (64, 64), "crop": True}


@pytest.fixture
def pictured(jpeg):
    """A public file with a recorded thumbnail: (storage, name, thumbnailer, thumbnail)."""
    storage = storages["default"]
    name = storage.save("records/cat.jpg", ContentFile(jpeg))
    thumbnailer = get_thumbnailer(storage, name)
    return storage, name, thumbnailer, thumbnailer.get_thumbnail(SIZE)


def test_a_thumbnail_that_is_stored_again_while_it_is_cleared_does_not_stay(pictured, monkeypatch):
    """easy-thumbnails changes its record by an update, which sends no signal."""
    storage, name, thumbnailer, thumbnail = pictured
    again = thumbnailer.generate_thumbnail(SIZE)
    kind = type(storages["easy_thumbnails"])
    delete = kind.delete

    def deleting(self, name):
        monkeypatch.setattr(kind, "delete", delete)
        self.delete(name)
        thumbnailer.save_thumbnail(again)

    monkeypatch.setattr(kind, "delete", deleting)
    thumbnail_records.clear(storage, name)
    assert again.name == thumbnail.name and not thumbnail.storage.exists(thumbnail.name)
    assert not Source.objects.filter(name=name).exists()


def test_a_thumbnail_in_another_storage_keeps_its_record(pictured):
    storage, name, _, thumbnail = pictured
    source = Source.objects.get(name=name)
    other = source.thumbnails.create(storage_hash="another storage", name=thumbnail.name)
    thumbnail_records.clear(storage, name)
    assert list(source.thumbnails.all()) == [other]
    assert not thumbnail.storage.exists(thumbnail.name)
    other.delete()


def test_an_error_of_the_deletion_does_not_hide_that_of_the_record(monkeypatch, caplog):
    def refuse(self, name):
        raise ConnectTimeoutError(endpoint_url="http://s3.test")

    storage = storages["easy_thumbnails"]
    monkeypatch.setattr(type(storage), "delete", refuse)
    with pytest.raises(EndpointConnectionError), thumbnail_records.recording(storage, "gone.jpg"):
        raise EndpointConnectionError(endpoint_url="http://s3.test")
    (line,) = [record.getMessage() for record in caplog.records if record.name == "mediastore.thumbnail_records"]
    assert line.startswith("The thumbnail gone.jpg has no record") and "s3.test" in line and "\n" not in line
