"""Pictures that are uploaded to django-filer."""

import hashlib

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from easy_thumbnails.files import get_thumbnailer
from filer.models import File, Image

from mediastore.pictures import stripped
from mediastore.testing import bombs
from mediastore.testing.photos import SECRETS, with_secrets

pytestmark = pytest.mark.django_db(transaction=True)
UPLOAD = "/admin/filer/clipboard/operations/upload/no_folder/"
PICTURES = [name for name in bombs.REFUSED if name != "script.jpg"]


@pytest.mark.parametrize("name", PICTURES)
def test_the_file_manager_says_why_a_picture_is_refused(name, admin_client):
    response = admin_client.post(UPLOAD, {"file": SimpleUploadedFile(name, bombs.REFUSED[name]())})
    assert response.status_code == 400
    assert response.json()["error"].startswith(("The picture", "Upload a valid image", "Image size", "Image format"))
    assert not File.objects.exists()


@pytest.mark.parametrize("in_memory", [True, False], ids=["in memory", "on the disk"])
@pytest.mark.parametrize("kind", ["jpg", "png", "gif", "webp", "avif"])
def test_an_upload_is_stored_without_its_metadata(kind, in_memory, admin_client, read, settings):
    settings.FILE_UPLOAD_MAX_MEMORY_SIZE = 10_000_000 if in_memory else 0
    data = with_secrets({"jpg": "JPEG"}.get(kind, kind.upper()))
    response = admin_client.post(UPLOAD, {"file": SimpleUploadedFile(f"holiday.{kind}", data)})
    assert response.status_code == 200, response.content
    check(Image.objects.get(), read)


@pytest.mark.parametrize("is_public", [True, False])
def test_what_code_saves_is_stored_without_its_metadata(is_public, read):
    """A private picture may become public later, and is moved as it is."""
    Image.objects.create(
        original_filename="a.jpg", file=ContentFile(with_secrets("JPEG"), "a.jpg"), is_public=is_public
    )
    check(Image.objects.get(), read)


def test_a_picture_that_replaces_another_is_stored_without_its_metadata(admin_client, read, jpeg):
    image = Image.objects.create(original_filename="a.jpg", file=ContentFile(jpeg, "a.jpg"))
    data = {"name": "", "description": "", "owner": "", "subject_location": "", "is_public": "on"}
    data |= {"file": SimpleUploadedFile("b.jpg", with_secrets("JPEG"))}
    response = admin_client.post(reverse("admin:filer_image_change", args=[image.pk]), data)
    assert response.status_code == 302, response.content.decode()
    check(Image.objects.get(), read)


def test_a_picture_that_replaces_another_and_becomes_private_is_stored_without_its_metadata(admin_client, read, jpeg):
    image = Image.objects.create(original_filename="a.jpg", file=ContentFile(jpeg, "a.jpg"))
    data = {"name": "", "description": "", "owner": "", "subject_location": ""}
    data |= {"file": SimpleUploadedFile("b.jpg", with_secrets("JPEG"))}
    response = admin_client.post(reverse("admin:filer_image_change", args=[image.pk]), data)
    assert response.status_code == 302, response.content.decode()
    stored = read(storages["private"], Image.objects.get().file.name)
    assert stored == stripped(ContentFile(with_secrets("JPEG"))).read()


def check(image, read):
    stored = read(storages["default" if image.is_public else "private"], image.file.name)
    assert not [secret for secret in SECRETS if secret in stored]
    assert image.sha1 == hashlib.sha1(stored).hexdigest() and image.size == len(stored)


def test_a_stored_bomb_has_an_icon(admin_client):
    image = Image.objects.create(original_filename="a.gif", file=ContentFile(bombs.png(20_000, 20_000), "a.png"))
    response = admin_client.get(reverse("admin:filer_image_fileicon", args=[image.pk, 40]))
    assert response.status_code == 302 and response["Location"].endswith("file-missing.svg")


def test_a_vector_graphic_has_a_thumbnail():
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50"><rect width="9" height="9"/></svg>'
    image = Image.objects.create(original_filename="a.svg", file=ContentFile(svg, "a.svg"))
    thumbnail = get_thumbnailer(image).get_thumbnail({"size": (40, 40)})
    assert thumbnail.url.endswith(".svg") and thumbnail.width == 40
