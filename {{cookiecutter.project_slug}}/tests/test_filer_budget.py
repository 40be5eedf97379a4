"""What filer's operations cost on S3, counted on the wire."""

import pytest
from django.core.files.base import ContentFile
from filer.models import Image

pytestmark = [pytest.mark.s3, pytest.mark.django_db(transaction=True)]


def image(jpeg, name, **fields):
    return Image(original_filename=name, file=ContentFile(jpeg, name), **fields)


def test_filer_image_created(requests, jpeg):
    """One more than the limit of one: filer looks for EXIF data in the storage, before the file is there."""
    assert requests(lambda: image(jpeg, "public.jpg").save()) == ["GET", "PUT"]
    assert requests(lambda: image(jpeg, "private.jpg", is_public=False).save()) == ["GET", "PUT"]


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
    assert sorted(requests(created.save)) == ["DELETE", "GET", "PUT"]
