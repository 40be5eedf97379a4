"""The example app, as a visitor and as an editor use it."""

import re
import time
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from gallery.models import Document, Picture
from mediastore.testing import bombs
from mediastore.testing.photos import SECRETS, pixels, with_secrets

pytestmark = pytest.mark.django_db
ROOT = Path(__file__).resolve().parents[2]


def test_a_picture_is_uploaded_and_shown_with_its_thumbnail(admin_client, client, public_get, jpeg):
    upload = SimpleUploadedFile("My cat.jpg", jpeg, content_type="text/html")
    response = admin_client.post("/pictures/add/", {"title": "Cat", "image": upload})
    assert response.status_code == 302
    page = client.get("/").content.decode()
    picture, thumbnail = re.search(
        r'<a href="([^"]+)"><img src="([^"]+)" width="480" height="320" alt="Cat">', page
    ).groups()
    for url in (picture, thumbnail):
        status, headers, body = public_get(url)
        assert (status, headers["Content-Type"]) == (200, "image/jpeg")
        assert body.startswith(b"\xff\xd8")
    assert public_get(picture)[2] == jpeg


def test_a_document_is_private(admin_client, client, fetch, on_s3, everything):
    upload = SimpleUploadedFile("plan.txt", b"the plan")
    assert admin_client.post("/documents/add/", {"title": "Plan", "file": upload}).status_code == 302
    document = Document.objects.get()
    assert document.file.url == f"/private/{document.file.name}"
    assert document.file.name in everything("private") and document.file.name not in everything("default")
    assert client.get(document.file.url).status_code == 404
    assert document.file.url not in client.get("/").content.decode()
    assert document.file.url in admin_client.get("/").content.decode()
    response = admin_client.get(document.file.url)
    if on_s3:
        assert response.status_code == 302
        assert fetch(response["Location"])[2] == b"the plan"
    else:
        assert response.getvalue() == b"the plan"


def test_visitors_cannot_upload(client, django_user_model, jpeg):
    for path in ("/pictures/add/", "/documents/add/"):
        response = client.post(path, {"title": "x"})
        assert response.status_code == 302 and response["Location"].startswith("/admin/login/")
    client.force_login(django_user_model.objects.create_user("member"))
    upload = SimpleUploadedFile("a.jpg", jpeg)
    assert client.post("/pictures/add/", {"title": "x", "image": upload}).status_code == 403
    assert not Picture.objects.exists()


def test_what_is_no_picture_is_refused(admin_client):
    upload = SimpleUploadedFile("a.jpg", b"<script>", content_type="image/jpeg")
    assert "valid image" in admin_client.post("/pictures/add/", {"title": "x", "image": upload}).content.decode()


@pytest.mark.parametrize("path", ["/pictures/add/", "/admin/gallery/picture/add/"])
def test_a_bomb_is_refused_with_its_size_and_the_limit(path, admin_client):
    upload = SimpleUploadedFile("bomb.gif", bombs.gif(3000, 150))
    page = admin_client.post(path, {"title": "x", "image": upload}).content.decode()
    assert "150 frames of 3000 × 3000, 1350 million pixels together; at most 500 million pixels" in page
    assert not Picture.objects.exists()


def test_a_page_with_stored_bombs_is_shown_at_once_each_time(client):
    for name, bomb in bombs.REFUSED.items():
        Picture.objects.create(title=name, image=ContentFile(bomb(), name))
    for _ in range(2):
        begun = time.process_time()
        page = client.get("/").content.decode()
        assert time.process_time() - begun < 3
        assert page.count("<figure>") == len(bombs.REFUSED)
        assert page.count("No preview") == len(bombs.REFUSED) - len(bombs.WITH_A_FIRST_FRAME)


def test_an_upload_is_stored_without_its_position(admin_client, read):
    data = with_secrets("JPEG")
    upload = SimpleUploadedFile("holiday.jpg", data)
    assert admin_client.post("/pictures/add/", {"title": "x", "image": upload}).status_code == 302
    stored = read(storages["default"], Picture.objects.get().image.name)
    assert not [secret for secret in SECRETS if secret in stored] and pixels(stored) == pixels(data)


def test_a_login_that_anybody_can_guess_is_made_for_debugging_only(django_user_model):
    with pytest.raises(CommandError, match="createsuperuser"):
        call_command("add_samples", login="admin")
    assert not django_user_model.objects.exists() and not Picture.objects.exists()


def test_a_page_of_known_thumbnails_makes_no_request_to_s3(client, s3_requests):
    call_command("add_samples")
    client.get("/")
    pages = []
    with CaptureQueriesContext(connection) as queries:
        assert s3_requests(lambda: pages.append(client.get("/"))) == []
    assert pages[0].content.decode().count("<img ") == 3
    assert len(queries) < 20


def test_samples_are_added_once(client, settings):
    settings.DEBUG = True  # else nobody gets a login
    for _ in range(2):
        call_command("add_samples", login="admin")
    assert (Picture.objects.count(), Document.objects.count()) == (3, 1)
    assert client.login(username="admin", password="admin")


@pytest.mark.s3
def test_nothing_is_written_below_the_projects_folder_or_to_media_root(admin_client, settings, jpeg):
    def files():
        skipped = {".venv", "venv", "__pycache__", ".pytest_cache", ".ruff_cache", ".git"}
        found = {path for path in ROOT.rglob("*") if path.is_file() and not skipped & set(path.parts)}
        return found | set(Path(settings.MEDIA_ROOT).rglob("*"))  # which may be below a skipped folder

    before = files()
    for add, field, name in (("/pictures/add/", "image", "a.jpg"), ("/documents/add/", "file", "a.txt")):
        admin_client.post(add, {"title": "x", field: SimpleUploadedFile(name, jpeg)})
    assert admin_client.get("/").content.decode().count("<img ") == 1
    assert files() == before
