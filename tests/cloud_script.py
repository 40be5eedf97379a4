"""What tests/test_clouds.py runs in a process of its own: `cloud_script.py az|gs` against the emulator in EMULATOR."""

import base64
import os
import pickle
import sys
import threading
import urllib.error
import urllib.request
from pathlib import Path
from unittest import mock

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "{{cookiecutter.project_slug}}"))

import django  # noqa: E402
from django.conf import settings  # noqa: E402
from django.core.files.base import ContentFile  # noqa: E402

ADDRESS = os.environ["EMULATOR"]
AZURITE_KEY = os.environ["AZURITE_KEY"]
AZURITE = (
    f"DefaultEndpointsProtocol=http;AccountName=devstoreaccount1;AccountKey={AZURITE_KEY};"
    f"BlobEndpoint={ADDRESS}/devstoreaccount1;"
)


def entries(scheme):
    common: dict[str, object]
    if scheme == "az":
        module, place = "mediastore.backends.azure", "azure_container"
        common = {"connection_string": AZURITE}
    else:
        from google.auth.credentials import AnonymousCredentials

        module, place = "mediastore.backends.google", "bucket_name"
        common = {"credentials": AnonymousCredentials(), "project_id": "test"}
    name = {"az": "AzureStorage", "gs": "GoogleStorage"}[scheme]
    public = {"alias": "default", place: "media", "prefix": "site", **common}
    public |= {"base_url": f"{ADDRESS}/media/"} if scheme == "gs" else {"cache_control": "public"}
    private = {"alias": "private", place: "private", "base_url": "/private/", **common}
    return {
        "default": {"BACKEND": f"{module}.Public{name}", "OPTIONS": public},
        "private": {"BACKEND": f"{module}.Private{name}", "OPTIONS": private},
        "easy_thumbnails": {"BACKEND": f"{module}.Thumbnail{name}", "OPTIONS": public | {"alias": "easy_thumbnails"}},
    }


def read(storage, name):
    with storage.open(name) as file:
        return file.read()


def fetch(url):
    try:
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url) as response:
            return response.status, response.headers, response.read()
    except urllib.error.HTTPError as error:
        return error.code, error.headers, b""


def error_of(act):
    try:
        act()
    except OSError as error:
        assert "\n" not in str(error), error
        return type(error)
    return None


def check_errors(scheme, public, private, secret):
    """Listing and looking for files fail with the errors that `LocatedStorage` promises."""
    acts = [lambda: list(private.walk()), lambda: private.look(secret)]
    assert [error_of(act) for act in acts] == [None, None]
    if scheme == "az":
        whole = private.connection_string
        private.connection_string = whole.replace(AZURITE_KEY, base64.b64encode(b"another key").decode())
        forget(private)
        assert [error_of(act) for act in acts] == [PermissionError, PermissionError]
        private.connection_string = whole
    else:  # the emulator refuses nothing
        from google.api_core.exceptions import Forbidden

        refused = mock.Mock(side_effect=Forbidden("You may\nnot."))
        with mock.patch.multiple(type(private.bucket), list_blobs=refused, get_blob=refused):
            assert [error_of(act) for act in acts] == [PermissionError, PermissionError]
    container = "azure_container" if scheme == "az" else "bucket_name"
    setattr(private, container, "does-not-exist")
    forget(private)
    assert [error_of(act) for act in acts] == [OSError, None]
    setattr(private, container, "private")
    forget(private)


def forget(storage):
    """Let the storage connect anew."""
    for name in ("_client", "_service_client", "_bucket"):
        if hasattr(storage, name):
            setattr(storage, name, None)


def main(scheme):
    settings.configure(USE_TZ=True, TIME_ZONE="UTC", STORAGES=entries(scheme))
    django.setup()
    from django.core.files.storage import storages

    public, private, thumbnails = storages["default"], storages["private"], storages["easy_thumbnails"]
    if scheme == "az":
        public.service_client.create_container("media", public_access="blob")
        public.service_client.create_container("private")
    else:
        for bucket in ("media", "private"):
            public.client.create_bucket(bucket)
    names = [public.save("a/page.html", ContentFile(content)) for content in (b"one", b"two")]
    assert names[0] == "a/page.html" and names[0] != names[1]
    assert [read(public, name) for name in names] == [b"one", b"two"]
    assert public.listdir("a")[1] == sorted(path.rpartition("/")[2] for path in names) and public.size(names[0]) == 3
    assert "a" in public.listdir("")[0] and public.get_modified_time(names[0]).tzinfo
    status, headers, body = fetch(public.url(names[0]))
    assert (status, body, headers["Content-Type"]) == (200, b"one", "text/html"), public.url(names[0])
    assert headers["Content-Disposition"] == "attachment" or scheme == "gs"  # the emulator does not say
    assert thumbnails.save("t.jpg", ContentFile(b"1")) == thumbnails.save("t.jpg", ContentFile(b"2")) == "t.jpg"
    assert read(thumbnails, "t.jpg") == b"2"
    saved = []
    threads = [
        threading.Thread(target=lambda n=n: saved.append(public.save("race.txt", ContentFile(str(n).encode()))))
        for n in range(20)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(saved)) == 20
    secret = private.save("secret.txt", ContentFile(b"secret"))
    assert private.url(secret) == "/private/secret.txt"
    if scheme == "az":  # the other emulator checks no signatures, and signing needs a key
        signed = private.signed_url(secret, filename="Übersicht.txt")
        status, headers, body = fetch(signed)
        assert (status, body, headers["Cache-Control"]) == (200, b"secret", "private, no-store")
        assert "filename*=UTF-8''%C3%9C" in headers["Content-Disposition"]
        assert fetch(signed.partition("?")[0])[0] in (403, 404)
        assert fetch(signed.replace("secret.txt", "other.txt"))[0] == 403
    for storage, name, prefix in ((public, names[0], "site/"), (private, secret, "")):
        found = {entry.name: entry for entry in storage.walk()}
        assert found[name] == storage.look(name) and found[name].size == storage.size(name)
        assert storage.look("none.txt") is None and storage.key(name) == f"{prefix}{name}"
        assert {entry.name for entry in storage.walk_bucket()} == {storage.key(entry) for entry in found}
        assert storage.root().look(storage.key(name)).size == found[name].size
    assert (public.where, private.where) == ("media", "private")
    assert public.same_bucket(thumbnails) and not public.same_bucket(private)
    data = pickle.dumps([public, private])
    assert AZURITE_KEY.encode() not in data and pickle.loads(data) == [public, private]
    check_errors(scheme, public, private, secret)
    for storage, name in ((public, names[0]), (private, secret)):
        storage.delete(name)
        storage.delete(name)
        assert not storage.exists(name)
        try:
            read(storage, name)
        except FileNotFoundError:
            continue
        raise AssertionError("a file that is not there was opened")


if __name__ == "__main__":
    main(sys.argv[1])
    print("all is well")
