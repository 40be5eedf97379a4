"""Private files over HTTP: who gets what, and with which headers."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.exceptions import PermissionDenied
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.test import Client

from mediastore import tokens
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
