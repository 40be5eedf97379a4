"""Private files over HTTP: who gets what, and with which headers."""

import errno
import time
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.http import Http404
from django.test import Client
from django.utils.http import http_date

from mediastore import serving, tokens
from mediastore.backends.local import PrivateLocalStorage
from mediastore.backends.memory import PrivateMemoryStorage
from mediastore.dsn_rules import WEEK
from mediastore.permissions import MovedError

CONTENT = b"0123456789"
pytestmark = pytest.mark.django_db


@pytest.fixture
def url():
    storage = storages["private"]
    return storage.url(storage.save("serving/letter.txt", ContentFile(CONTENT)))


def test_a_visitor_without_permission_cannot_tell_what_exists(client, django_user_model, url):
    client.force_login(django_user_model.objects.create_user("member"))
    for path in (url, "/private/not/there.txt"):
        for visitor in (client, type(client)()):
            response = visitor.get(path)
            assert response.status_code == 404 and not response.headers.get("Location")


def test_one_with_permission_gets_the_bytes(admin_client, fetch, url, on_s3):
    response = admin_client.get(url)
    assert response["Cache-Control"] == "private, no-store"
    if on_s3:
        assert response.status_code == 302
        query = parse_qs(urlsplit(response["Location"]).query)
        assert query["X-Amz-Expires"] == ["60"]
        status, headers, body = fetch(response["Location"])
    else:
        status, headers, body = response.status_code, response.headers, response.getvalue()
    assert (status, body) == (200, CONTENT)
    assert headers["Content-Type"] == "text/plain; charset=utf-8"
    assert headers["Content-Disposition"] == f'inline; filename="{url.rpartition("/")[2]}"'


def test_head_is_answered_like_get(admin_client, fetch, url, on_s3):
    response = admin_client.head(url)
    if on_s3:
        status, headers, body = fetch(response["Location"], method="HEAD")
    else:
        status, headers, body = response.status_code, response.headers, b"".join(response)
    assert (status, headers["Content-Length"], body) == (200, "10", b"")


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_only_reading_is_allowed(admin_client, url, method):
    assert getattr(admin_client, method)(url).status_code == 405


@pytest.mark.real_s3
def test_a_tampered_signature_is_refused(admin_client, fetch, url):
    location = admin_client.get(url)["Location"]
    signature = parse_qs(urlsplit(location).query)["X-Amz-Signature"][0]
    forged = signature[:-1] + ("0" if signature[-1] != "0" else "1")
    assert fetch(location.replace(signature, forged))[0] == 403
    assert fetch(location.replace("/serving/", "/other/"))[0] == 403
    assert fetch(location.replace("X-Amz-Expires=60", "X-Amz-Expires=6000"))[0] == 403


@pytest.mark.real_s3
def test_an_expired_signature_is_refused(fetch):
    storage = storages["private"]
    location = storage.signed_url(storage.save("serving/expiring.txt", ContentFile(CONTENT)), expire=4)
    assert fetch(location)[0] == 200
    time.sleep(5.1)
    assert fetch(location)[0] == 403


def test_a_signed_url_serves_whoever_has_it(client, fetch, on_s3):
    storage = storages["private"]
    name = storage.save("serving/signed.txt", ContentFile(CONTENT))
    location = storage.signed_url(name, expire=30, filename="Übersicht.txt")
    get = fetch if on_s3 else lambda url: (lambda r: (r.status_code, r.headers, b"".join(r)))(client.get(url))
    status, headers, body = get(location)
    assert (status, body) == (200, CONTENT)
    assert headers["Content-Disposition"] == "inline; filename=\"bersicht.txt\"; filename*=UTF-8''%C3%9Cbersicht.txt"


@pytest.mark.usefixtures("local_storages")
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


def test_the_permission_is_asked_with_request_alias_and_name(client, settings, url):
    settings.PRIVATE_MEDIA_PERMISSION = f"{__name__}.remember"
    assert client.get(url).status_code in (200, 302)
    request, alias, name = asked.pop()
    assert request.path == url and alias == "private" and name == url.removeprefix("/private/")


asked = []


def remember(request, alias, name):
    asked.append((request, alias, name))
    return True


def test_private_thumbnails_are_not_read_by_way_of_the_private_alias(admin_client):
    name = storages["private_thumbnails"].save("a.jpg", ContentFile(CONTENT))
    assert admin_client.get(f"/private/private_thumbnails/{name}").status_code == 404


@pytest.mark.usefixtures("local_storages")
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


@pytest.mark.usefixtures("local_storages")
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


@pytest.mark.usefixtures("local_storages")
@pytest.mark.parametrize("name", ["letter.txt/x", "x" * 400, "serving"])
def test_a_name_that_no_file_can_have_is_not_found(admin_client, url, name):
    assert admin_client.get(f"{url.rpartition('/')[0]}/{name}").status_code == 404
    assert admin_client.get(f"/private/{name}").status_code == 404


@pytest.mark.usefixtures("local_storages")
def test_django_serves_a_private_file_of_the_disk_to_one_with_permission(admin_client, client, url):
    response = admin_client.get(url)
    assert response.status_code == 200 and response.getvalue() == CONTENT
    assert response["Cache-Control"] == "private, no-store" and "Cookie" in response["Vary"]
    assert response["X-Content-Type-Options"] == "nosniff" and response["Content-Type"] == "text/plain; charset=utf-8"
    head = admin_client.head(url)
    assert (head.status_code, head["Content-Length"], head.getvalue()) == (200, "10", b"")
    assert type(client)().get(url).status_code == 404


@pytest.mark.usefixtures("local_storages")
def test_a_file_of_the_disk_is_sent_to_be_saved_if_that_is_asked_for(rf, url):
    name = url.removeprefix("/private/")
    response = serving.serve(rf.get(url), storages["private"], name, "plan.txt", attachment=True)
    assert response["Content-Disposition"] == 'attachment; filename="plan.txt"' and response.getvalue() == CONTENT


@pytest.mark.usefixtures("local_storages")
def test_a_disk_that_fails_is_not_a_file_that_is_missing(admin_client, url, monkeypatch):
    """A 404 would tell an editor that the file is gone."""

    def refuse(self, name, mode="rb"):
        raise OSError(errno.EIO, "the disk is broken")

    monkeypatch.setattr(type(storages["private"]), "_open", refuse)
    with pytest.raises(OSError, match="broken"):
        admin_client.get(url)


@pytest.fixture
def public_view(rf, local_storages):
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


def test_a_file_that_has_become_public_is_redirected_to_its_new_url(client, settings, url):
    settings.PRIVATE_MEDIA_PERMISSION = f"{__name__}.moved"
    response = client.get(url)
    assert (response.status_code, response["Location"]) == (302, "https://media.example.com/letter.txt")
    assert response["Cache-Control"] == "private, no-store"


def moved(request, alias, name):
    raise MovedError("https://media.example.com/letter.txt")


@pytest.mark.s3
def test_no_request_to_s3_is_made_to_serve_a_file(admin_client, url, s3_requests):
    assert s3_requests(lambda: admin_client.get(url)) == []


@pytest.mark.s3
def test_where_s3_signs_no_token_opens_a_private_file(client, url):
    """Who knows SECRET_KEY can make one."""
    token = tokens.make("private", url.removeprefix("/private/"), 60)
    assert client.get(url, {"token": token}).status_code == 404


@pytest.mark.usefixtures("local_storages")
@pytest.mark.parametrize("made_for", [("private", "serving/other.txt", 60), ("private", None, -1)])
def test_an_invalid_token_does_not_name_the_download(admin_client, url, made_for):
    alias, name, expire = made_for
    name = name or url.removeprefix("/private/")
    token = tokens.make(alias, name, expire, "invoice.exe")
    assert tokens.read(token, "private", url.removeprefix("/private/")) == (False, None)
    response = admin_client.get(url, {"token": token})
    assert response.status_code == 200 and "invoice" not in response["Content-Disposition"]


@pytest.mark.parametrize("expire", [0, -1, WEEK + 1, 10**9])
@pytest.mark.parametrize("kind", ["of the run", "disk", "memory"])
def test_no_url_is_signed_for_longer_than_a_week(expire, kind, tmp_path):
    storage = {
        "of the run": lambda: storages["private"],
        "disk": lambda: PrivateLocalStorage(location=tmp_path, base_url="/private/", alias="private"),
        "memory": lambda: PrivateMemoryStorage(base_url="/private/", alias="private"),
    }[kind]()
    with pytest.raises(ValueError, match="1 to 604800 seconds"):
        storage.signed_url("a.txt", expire=expire)
    assert "a.txt" in storage.signed_url("a.txt", expire=WEEK) and "a.txt" in storage.signed_url("a.txt", expire=1)


@pytest.mark.parametrize(
    ("path", "method", "status"),
    [
        ("/private/not/there.txt", "get", 404),
        ("/private/a/../b.txt", "get", 404),
        ("/private-thumbnails/not/there.jpg", "get", 404),
        ("/private/a.txt", "post", 405),
        ("/private/", "get", 404),
    ],
)
def test_no_answer_of_a_private_url_is_kept_by_a_cache(path, method, status):
    response = getattr(Client(), method)(path)
    assert response.status_code == status and response["Cache-Control"] == "private, no-store"


def test_no_failure_of_a_private_url_is_kept_by_a_cache(settings, url):
    for permission, status in (("refuse", 403), ("fail", 500)):
        settings.PRIVATE_MEDIA_PERMISSION = f"{__name__}.{permission}"
        response = Client(raise_request_exception=False).get(url)
        assert response.status_code == status and response["Cache-Control"] == "private, no-store"
    settings.SECURE_SSL_REDIRECT = True
    response = Client().get(url)
    assert response.status_code == 301 and response["Cache-Control"] == "private, no-store"


def refuse(request, alias, name):
    raise PermissionDenied


def fail(request, alias, name):
    raise RuntimeError("a permission that fails")


def test_other_answers_keep_their_headers(client):
    assert "no-store" not in client.get("/not/there/").headers.get("Cache-Control", "")


@pytest.mark.parametrize(
    "name", ["serving./a.txt", "serving /a.txt", "a.txt.", "private_thumbnails./a.jpg", "a.txt%20"]
)
def test_a_private_name_that_windows_reads_as_another_is_not_served(admin_client, settings, name):
    settings.PRIVATE_MEDIA_PERMISSION = f"{__name__}.remember"
    assert admin_client.get(f"/private/{name}").status_code == 404 and not asked


@pytest.mark.parametrize(
    "folder", ["PRIVATE_Thumbnails", "pr\u0131vate_thumbnails", "private_thumbnails::$INDEX_ALLOCATION"]
)
def test_no_spelling_of_the_thumbnails_folder_is_read_as_a_private_file(admin_client, settings, folder):
    settings.PRIVATE_MEDIA_PERMISSION = f"{__name__}.remember"
    assert admin_client.get(f"/private/{folder}/a.jpg").status_code == 404 and not asked
