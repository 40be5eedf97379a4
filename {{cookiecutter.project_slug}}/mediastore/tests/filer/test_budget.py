"""What filer's operations cost on S3, counted on the wire."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.template import Context, Template
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from easy_thumbnails.files import get_thumbnailer
from filer.models import Image

pytestmark = [pytest.mark.s3, pytest.mark.django_db(transaction=True)]


def image(jpeg, name, **fields):
    return Image(original_filename=name, file=ContentFile(jpeg, name), **fields)


def test_filer_image_created(s3_requests, jpeg):
    """filer looks for EXIF data before the file is stored: it is read from the upload."""
    assert s3_requests(lambda: image(jpeg, "public.jpg").save()) == ["PUT"]
    assert s3_requests(lambda: image(jpeg, "private.jpg", is_public=False).save()) == ["PUT"]


# Requests, and SQL without BEGIN, COMMIT and savepoints.
COSTS = {
    ("create", True): (["PUT"], 7),
    ("create", False): (["PUT"], 6),
    ("flip", True): (["GET", "PUT", "DELETE"], 16),
    ("flip", False): (["GET", "PUT", "DELETE"], 18),
    ("replace", True): (["PUT", "DELETE"], 15),
    ("replace", False): (["PUT", "DELETE"], 15),
    ("delete", True): (["DELETE"], 13),
    ("delete", False): (["DELETE"], 13),
}
OPERATIONS = {
    "create": lambda created, jpeg: image(jpeg, "made.jpg", is_public=created.is_public).save(),
    "flip": lambda created, jpeg: (setattr(created, "is_public", not created.is_public), created.save()),
    "replace": lambda created, jpeg: (setattr(created, "file", ContentFile(jpeg, "new.jpg")), created.save()),
    "delete": lambda created, jpeg: created.delete(),
}


@pytest.mark.parametrize(
    ("operation", "public"), COSTS, ids=lambda value: {True: "public", False: "private"}.get(value)
)
def test_an_operation_costs_no_more_requests_and_queries(s3_requests, jpeg, operation, public):
    image(jpeg, "old.jpg", is_public=public).save()
    created = Image.objects.get()
    with CaptureQueriesContext(connection) as queries:
        sent = s3_requests(lambda: OPERATIONS[operation](created, jpeg))
    sql = [query["sql"] for query in queries if query["sql"].split()[0] in ("SELECT", "INSERT", "UPDATE", "DELETE")]
    assert sent == COSTS[operation, public][0]
    assert len(sql) <= COSTS[operation, public][1], "\n".join(sql)


def test_filers_upload_in_the_admin(s3_requests, jpeg, admin_client):
    """Not a request more for what the visitor's file is called at the root of the bucket."""
    upload = SimpleUploadedFile("cat.jpg", jpeg)
    url = reverse("admin:filer-ajax_upload") + "?filename=cat.jpg"
    assert s3_requests(lambda: admin_client.post(url, {"file": upload})) == ["PUT"]
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
    tags = ("load thumbnail", "thumbnail source '100x100' crop")
    return Template("".join("{" + f"% {tag} %" + "}" for tag in tags)).render(Context({"source": source}))


@pytest.mark.parametrize("public", [True, False], ids=["public", "private"])
@pytest.mark.parametrize("way", WAYS)
def test_the_first_thumbnail_of_a_filer_image(s3_requests, jpeg, way, public):
    image(jpeg, "thumbnail.jpg", is_public=public).save()
    created = Image.objects.get()
    assert s3_requests(lambda: WAYS[way](created)) == ["GET", "PUT"]
    assert s3_requests(lambda: WAYS[way](Image.objects.get())) == []


@pytest.mark.parametrize("public", [True, False], ids=["public", "private"])
def test_an_icon_in_filers_admin(s3_requests, jpeg, admin_client, public):
    image(jpeg, "icon.jpg", is_public=public).save()
    icon = reverse("admin:filer_image_fileicon", args=[Image.objects.get().pk, 80])
    for expected in (["GET", "PUT"], []):
        assert s3_requests(lambda: admin_client.get(icon)) == expected


def test_filers_three_admin_thumbnails(s3_requests, jpeg):
    created = image(jpeg, "admin.jpg")
    created.save()
    created = Image.objects.get(pk=created.pk)

    def thumbnails():
        assert (
            len({created.file.get_thumbnail({"size": (side, side), "crop": True}).url for side in (40, 80, 160)}) == 3
        )

    assert s3_requests(thumbnails) == ["GET", "PUT", "PUT", "PUT"]
