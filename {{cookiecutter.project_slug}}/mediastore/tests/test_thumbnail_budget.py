"""The first thumbnail costs two requests, one to read the picture and one to store the thumbnail, on every way to it."""

import io
import secrets

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import models
from django.template import Context, Template
from django.test.utils import isolate_apps
from easy_thumbnails.fields import ThumbnailerImageField
from easy_thumbnails.files import get_thumbnailer

from mediastore.fields import PictureField, PrivateFileField, private_storage

pytestmark = [pytest.mark.s3, pytest.mark.django_db]
SIZE = {"size": (100, 100), "crop": True}


def tag(source):
    tags = ("load thumbnail", "thumbnail source '100x100' crop")
    return Template("".join("{" + f"% {tag} %" + "}" for tag in tags)).render(Context({"source": source}))


WAYS = {
    "a name": lambda name: get_thumbnailer(name).get_thumbnail(SIZE),
    "a storage and a name": lambda name: get_thumbnailer(storages["default"], relative_name=name).get_thumbnail(SIZE),
    "the tag with a name": tag,
    "two sizes by one object": lambda name: [
        thumbnailer.get_thumbnail({"size": (side, side)})
        for thumbnailer in [get_thumbnailer(name)]
        for side in (50, 60)
    ],
}


@pytest.mark.parametrize("way", WAYS)
def test_the_first_thumbnail_of_a_name(s3_requests, jpeg, way):
    name = storages["default"].save("budget/picture.jpg", ContentFile(jpeg))
    assert s3_requests(lambda: WAYS[way](name)) == ["GET", "PUT"] * (2 if way.startswith("two") else 1)


def test_the_first_thumbnail_of_a_private_name(s3_requests, jpeg):
    name = storages["private"].save("budget/picture.jpg", ContentFile(jpeg))
    assert s3_requests(lambda: get_thumbnailer(storages["private"], name).get_thumbnail(SIZE)) == ["GET", "PUT"]


def test_a_thumbnail_of_a_file_object(s3_requests, jpeg):
    made = get_thumbnailer(io.BytesIO(jpeg), relative_name="budget/object.jpg")
    assert s3_requests(lambda: made.get_thumbnail(SIZE)) == ["PUT"]


FIELDS = {
    "ThumbnailerImageField": lambda: ThumbnailerImageField(upload_to="budget/"),
    "private ThumbnailerImageField": lambda: ThumbnailerImageField(storage=private_storage, upload_to="budget/"),
    "PictureField": lambda: PictureField(upload_to="budget/"),
    "ImageField": lambda: models.ImageField(upload_to="budget/"),
    "PrivateFileField": lambda: PrivateFileField(upload_to="budget/"),
}


@isolate_apps("mediastore")
@pytest.mark.parametrize("way", [lambda file: get_thumbnailer(file).get_thumbnail(SIZE), tag], ids=["code", "tag"])
@pytest.mark.parametrize("field", FIELDS)
def test_the_first_thumbnail_of_a_field(s3_requests, jpeg, field, way):
    class Portrait(models.Model):
        image = FIELDS[field]()

        class Meta:
            app_label = "mediastore"

    portrait = Portrait()
    name = f"{secrets.token_hex(4)}.jpg"
    assert s3_requests(lambda: portrait.image.save(name, ContentFile(jpeg), save=False)) == ["PUT"]
    portrait = Portrait(image=portrait.image.name)  # as a page reads it
    assert s3_requests(lambda: way(portrait.image)) == ["GET", "PUT"]
    assert s3_requests(lambda: way(portrait.image)) == []
