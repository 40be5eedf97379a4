"""Pictures that are uploaded to django-filer."""

import hashlib
import inspect
import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from easy_thumbnails.files import get_thumbnailer
from filer.models import File, Image
from PIL import Image as Pillow

from mediastore.pictures import FORMATS, stripped
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


@pytest.fixture
def decoded(monkeypatch):
    """The formats, of those that we do not decode, that Pillow decodes in this test."""
    found = []
    Pillow.init()
    for name, (factory, _) in Pillow.OPEN.items():
        if name not in (*FORMATS, "MPO") and inspect.isclass(factory):
            monkeypatch.setattr(factory, "load", lambda self, name=name: found.append(name))
    with Pillow.open(io.BytesIO(hostile("BMP"))) as image:
        image.load()
    assert found == ["BMP"], "it would not be seen"
    found.clear()
    return found


def hostile(kind):
    if kind == "FITS":
        cards = ("SIMPLE  = T", "BITPIX  = 8", "NAXIS   = 2", "NAXIS1  = 9", "NAXIS2  = 9", "END")
        return "".join(f"{card:80}" for card in cards).ljust(2880).encode() + bytes(2880)
    stream = io.BytesIO()
    Pillow.new("RGB", (9, 9)).save(stream, kind)
    return stream.getvalue()


OTHER_FORMATS = pytest.mark.parametrize("kind", ["FITS", "EPS", "BMP", "TIFF", "TGA", "ICO", "PPM"])


@OTHER_FORMATS
@pytest.mark.parametrize("way", ["form", "body", "change form"])
def test_no_upload_reaches_a_decoder_of_another_format(kind, way, admin_client, decoded, jpeg):
    """filer has Pillow open it before a validator is asked, and the plugin for icons decodes what it opens."""
    image = Image.objects.create(original_filename="a.jpg", file=ContentFile(jpeg, "a.jpg"))
    upload = SimpleUploadedFile("a.png", hostile(kind))
    if way == "form":
        status = admin_client.post(UPLOAD, {"file": upload}).status_code
    elif way == "body":
        headers = {"X-Requested-With": "XMLHttpRequest"}
        url = f"{UPLOAD}?filename=a.png"
        status = admin_client.post(url, hostile(kind), "application/octet-stream", headers=headers).status_code
    else:
        data = {"name": "", "description": "", "owner": "", "subject_location": "", "is_public": "on", "file": upload}
        status = admin_client.post(reverse("admin:filer_image_change", args=[image.pk]), data).status_code
    assert decoded == []
    assert status == (200 if way == "change form" else 400)
    assert Image.objects.get().file.name == image.file.name


@OTHER_FORMATS
def test_what_code_has_stored_in_another_format_is_not_decoded(kind, admin_client, decoded):
    stored = Image.objects.create(original_filename="b.jpg", file=ContentFile(hostile(kind), "b.jpg"))
    decoded.clear()  # the code's own doing
    admin_client.get(reverse("admin:filer_image_fileicon", args=[stored.pk, 80]))
    stored = Image.objects.get()
    assert not stored.exif and not stored.thumbnails and not stored.icons
    assert decoded == []


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
