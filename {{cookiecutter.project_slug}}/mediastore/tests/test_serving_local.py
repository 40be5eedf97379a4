"""Files of the local disk over HTTP, served by Django: ranges, conditional requests, tokens. In a run on S3 too."""

import errno
import runpy
import time
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.http import Http404
from django.utils.http import http_date

from mediastore import serving, tokens, urls

CONTENT = b"0123456789"
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("local_storages")]


@pytest.fixture
def url():
    storage = storages["private"]
    return storage.url(storage.save("serving/letter.txt", ContentFile(CONTENT)))


def test_a_token_opens_one_file_until_it_expires(client, monkeypatch):
    storage = storages["private"]
    location = storage.signed_url(storage.save("serving/signed.txt", ContentFile(CONTENT)), expire=30, filename="a.txt")
    response = client.get(location)
    assert response.getvalue() == CONTENT and response["Content-Disposition"] == 'inline; filename="a.txt"'
    other = storage.url(storage.save("serving/other.txt", ContentFile(CONTENT)))
    assert client.get(f"{other}?{urlsplit(location).query}").status_code == 404
    assert client.get(location[:-1]).status_code == 404
    later = time.time() + 31
    monkeypatch.setattr("mediastore.tokens.time.time", lambda: later)
    assert client.get(location).status_code == 404


def test_a_range_is_answered(admin_client, url):
    for asked_for, status, sent, content_range in (
        ("bytes=2-4", 206, b"234", "bytes 2-4/10"),
        ("bytes=7-", 206, b"789", "bytes 7-9/10"),
        ("bytes=-3", 206, b"789", "bytes 7-9/10"),
        ("bytes=0-99", 200, CONTENT, None),
        ("bytes=4-2", 200, CONTENT, None),
        ("bytes=-", 200, CONTENT, None),
        ("lines=1-2", 200, CONTENT, None),
        (f"bytes={'1' * 5000}-", 200, CONTENT, None),
        ("bytes=10-", 416, b"", "bytes */10"),
    ):
        response = admin_client.get(url, headers={"Range": asked_for})
        body = b"".join(response)
        assert (response.status_code, body, response.get("Content-Range")) == (status, sent, content_range)
        assert status == 416 or response["Content-Length"] == str(len(sent))


def test_a_conditional_request_is_answered(admin_client, url):
    first = admin_client.get(url)
    modified = storages["private"].get_modified_time(url.removeprefix("/private/"))
    for header, value, status in (
        ("If-None-Match", first["ETag"], 304),
        ("If-None-Match", '"other"', 200),
        ("If-Modified-Since", http_date(modified.timestamp()), 304),
        ("If-Modified-Since", http_date((modified - timedelta(hours=1)).timestamp()), 200),
    ):
        assert admin_client.get(url, headers={header: value}).status_code == status
    assert admin_client.get(url, headers={"Range": "bytes=1-2", "If-Range": '"other"'}).status_code == 200


@pytest.mark.parametrize("name", ["letter.txt/x", "x" * 400, "serving"])
def test_a_name_that_no_file_can_have_is_not_found(admin_client, url, name):
    assert admin_client.get(f"{url.rpartition('/')[0]}/{name}").status_code == 404
    assert admin_client.get(f"/private/{name}").status_code == 404


def test_django_serves_a_private_file_of_the_disk_to_one_with_permission(admin_client, client, url):
    response = admin_client.get(url)
    assert response.status_code == 200 and response.getvalue() == CONTENT
    assert response["Cache-Control"] == "private, no-store" and "Cookie" in response["Vary"]
    assert response["X-Content-Type-Options"] == "nosniff" and response["Content-Type"] == "text/plain; charset=utf-8"
    head = admin_client.head(url)
    assert (head.status_code, head["Content-Length"], head.getvalue()) == (200, "10", b"")
    assert type(client)().get(url).status_code == 404


def test_a_file_of_the_disk_is_sent_to_be_saved_if_that_is_asked_for(rf, url):
    name = url.removeprefix("/private/")
    response = serving.serve(rf.get(url), storages["private"], name, "plan.txt", attachment=True)
    assert response["Content-Disposition"] == 'attachment; filename="plan.txt"' and response.getvalue() == CONTENT


def test_a_disk_that_fails_is_not_a_file_that_is_missing(admin_client, url, monkeypatch):
    """A 404 would tell an editor that the file is gone."""

    def refuse(self, name, mode="rb"):
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(type(storages["private"]), "_open", refuse)
    with pytest.raises(OSError, match="broken"):
        admin_client.get(url)


@pytest.fixture
def public_view(rf):
    """`public_view(name)`: the answer of the view behind the public URLs of a local disk."""
    return lambda name, **headers: serving.public(rf.get("/media/", headers=headers), name)


def test_a_public_file_of_the_disk_is_served_and_may_be_cached(public_view):
    name = storages["default"].save("serving/cat.txt", ContentFile(CONTENT))
    response = public_view(name)
    assert response.getvalue() == CONTENT and response["Cache-Control"].startswith("public")
    assert "Content-Disposition" not in response and "Cookie" not in response.get("Vary", "")
    assert public_view(name, **{"If-None-Match": response["ETag"]}).status_code == 304


def test_a_public_file_that_a_browser_would_run_is_sent_to_be_saved(public_view):
    name = storages["default"].save("serving/page.html", ContentFile(b"<script>alert(1)</script>"))
    response = public_view(name)
    assert response["Content-Disposition"] == "attachment" and response["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", ["not/there.txt", "serving", "../private/letter.txt", "a\0b", "/etc/passwd"])
def test_no_public_url_leaves_the_folder_of_public_files(public_view, name):
    storages["default"].save("serving/cat.txt", ContentFile(CONTENT))
    with pytest.raises(Http404):
        public_view(name)


@pytest.mark.parametrize("made_for", [("private", "serving/other.txt", 60), ("private", None, -1)])
def test_an_invalid_token_does_not_name_the_download(admin_client, url, made_for):
    alias, name, expire = made_for
    name = name or url.removeprefix("/private/")
    token = tokens.make(alias, name, expire, "invoice.exe")
    assert tokens.read(token, "private", url.removeprefix("/private/")) == (False, None)
    response = admin_client.get(url, {"token": token})
    assert response.status_code == 200 and "invoice" not in response["Content-Disposition"]


def test_django_serves_the_files_of_another_packages_storage(settings, admin_client):
    """Such a storage does not say who serves its files, and signs no URLs."""
    foreign = {"BACKEND": "django.core.files.storage.InMemoryStorage", "OPTIONS": {"base_url": "/media/"}}
    settings.STORAGES = settings.STORAGES | {"default": foreign, "private": foreign}
    storages["private"].save("letter.txt", ContentFile(CONTENT))
    assert admin_client.get("/private/letter.txt").getvalue() == CONTENT
    patterns = runpy.run_path(urls.__file__)["urlpatterns"]
    (public,) = (pattern for pattern in patterns if pattern.name == "public")
    assert public.resolve("media/cat.jpg").kwargs == {"name": "cat.jpg"}
