"""What filer's operations cost on S3, counted on the wire."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from filer.models import Image

pytestmark = [pytest.mark.s3, pytest.mark.django_db(transaction=True)]


def image(jpeg, name, **fields):
    return Image(original_filename=name, file=ContentFile(jpeg, name), **fields)


def test_filer_image_created(s3_requests, jpeg):
    """filer looks for EXIF data before the file is stored: it is read from the upload."""
    assert s3_requests(lambda: image(jpeg, "public.jpg").save()) == ["PUT"]
    assert s3_requests(lambda: image(jpeg, "private.jpg", is_public=False).save()) == ["PUT"]


@pytest.mark.parametrize("public", [True, False])
def test_filer_image_replaced_and_deleted(s3_requests, jpeg, public):
    image(jpeg, "old.jpg", is_public=public).save()
    created = Image.objects.get()
    created.file = ContentFile(jpeg, "new.jpg")
    assert s3_requests(created.save) == ["PUT", "DELETE"]
    assert s3_requests(Image.objects.get().delete) == ["DELETE"]


def test_filers_upload_in_the_admin(s3_requests, jpeg, admin_client):
    """Not a request more for what the visitor's file is called at the root of the bucket."""
    upload = SimpleUploadedFile("cat.jpg", jpeg)
    url = reverse("admin:filer-ajax_upload") + "?filename=cat.jpg"
    assert s3_requests(lambda: admin_client.post(url, {"file": upload})) == ["PUT"]
    assert Image.objects.get().file


def test_filers_three_admin_thumbnails(s3_requests, jpeg):
    created = image(jpeg, "admin.jpg")
    created.save()
    created = Image.objects.get(pk=created.pk)

    def thumbnails():
        assert (
            len({created.file.get_thumbnail({"size": (side, side), "crop": True}).url for side in (40, 80, 160)}) == 3
        )

    assert s3_requests(thumbnails) == ["GET", "PUT", "PUT", "PUT"]


@pytest.mark.parametrize("was_public", [True, False])
def test_is_public_flipped(s3_requests, jpeg, was_public):
    created = image(jpeg, "flip.jpg", is_public=was_public)
    created.save()
    created = Image.objects.get(pk=created.pk)
    created.is_public = not was_public
    assert s3_requests(created.save) == ["GET", "PUT", "DELETE"]
