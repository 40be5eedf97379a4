"""What filer's operations cost on S3, counted on the wire."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.template import Context, Template
from django.urls import reverse
from easy_thumbnails.files import get_thumbnailer
from filer.models import Image

pytestmark = [pytest.mark.s3, pytest.mark.django_db(transaction=True)]


def image(jpeg, name, **fields):
    return Image(original_filename=name, file=ContentFile(jpeg, name), **fields)


def test_filer_image_created(requests, jpeg):
    """filer looks for EXIF data before the file is stored: it is read from the upload."""
    assert requests(lambda: image(jpeg, "public.jpg").save()) == ["PUT"]
    assert requests(lambda: image(jpeg, "private.jpg", is_public=False).save()) == ["PUT"]


@pytest.mark.parametrize("public", [True, False])
def test_filer_image_replaced_and_deleted(requests, jpeg, public):
    image(jpeg, "old.jpg", is_public=public).save()
    created = Image.objects.get()
    created.file = ContentFile(jpeg, "new.jpg")
    assert requests(created.save) == ["PUT", "DELETE"]
    assert requests(Image.objects.get().delete) == ["DELETE"]


def test_filers_upload_in_the_admin(requests, jpeg, admin_client):
    """Not a request more for what the visitor's file is called at the root of the bucket."""
    upload = SimpleUploadedFile("cat.jpg", jpeg)
    url = reverse("admin:filer-ajax_upload") + "?filename=cat.jpg"
    assert requests(lambda: admin_client.post(url, {"file": upload})) == ["PUT"]
    assert Image.objects.get().file


SIZE = {"size": (100, 100), "crop": True}
WAYS = {
    "file": lambda image: image.file.get_thumbnail(SIZE),
    "image": lambda image: get_thumbnailer(image).get_thumbnail(SIZE),
    "thumbnailer of the file": lambda image: get_thumbnailer(image.file).get_thumbnail(SIZE),
    "tag with the image": lambda image: tag(image),
    "tag with the file": lambda image: tag(image.file),
}


def tag(source):
    return Template("{% load thumbnail %}{% thumbnail source '100x100' crop %}").render(Context({"source": source}))


@pytest.mark.parametrize("public", [True, False], ids=["public", "private"])
@pytest.mark.parametrize("way", WAYS)
def test_the_first_thumbnail_of_a_filer_image(requests, jpeg, way, public):
    image(jpeg, "thumbnail.jpg", is_public=public).save()
    created = Image.objects.get()
    assert requests(lambda: WAYS[way](created)) == ["GET", "PUT"]
    assert requests(lambda: WAYS[way](Image.objects.get())) == []


@pytest.mark.parametrize("public", [True, False], ids=["public", "private"])
def test_an_icon_in_filers_admin(requests, jpeg, admin_client, public):
    image(jpeg, "icon.jpg", is_public=public).save()
    icon = reverse("admin:filer_image_fileicon", args=[Image.objects.get().pk, 80])
    for expected in (["GET", "PUT"], []):
        assert requests(lambda: admin_client.get(icon)) == expected


def test_filers_three_admin_thumbnails(requests, jpeg):
    created = image(jpeg, "admin.jpg")
    created.save()
    created = Image.objects.get(pk=created.pk)

    def thumbnails():
        assert (
            len({created.file.get_thumbnail({"size": (side, side), "crop": True}).url for side in (40, 80, 160)}) == 3
        )

    assert requests(thumbnails) == ["GET", "PUT", "PUT", "PUT"]


@pytest.mark.parametrize("was_public", [True, False])
def test_is_public_flipped(requests, jpeg, was_public):
    created = image(jpeg, "flip.jpg", is_public=was_public)
    created.save()
    created = Image.objects.get(pk=created.pk)
    created.is_public = not was_public
    assert requests(created.save) == ["GET", "PUT", "DELETE"]
