"""Chooses where media lies in this run, before Django reads its settings, and says so in the header.

`pytest --storage=local` is the local disk, `pytest --storage=s3` an S3 server (tests/s3_server.py). Without the
option it is S3. What a run leaves out, since it needs another storage, is counted in its last lines.
"""

import importlib.util
import io
import os
import secrets
import shutil
import sys
import tempfile
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import django
import pytest
from PIL import Image

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from mediastore.testing import postgresql, s3_server  # noqa: E402

MARKERS = {
    "disk": "needs media on the local disk",
    "s3": "needs an S3 server",
    "real_s3": "needs an S3 server that checks signatures",
    "not_resource": "needs an S3 server whose policies know NotResource and conditions",
    "postgresql": "needs PostgreSQL",
    "thorough": "takes minutes",
}
run = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption("--storage", choices=("local", "s3"), default="s3", help="where media lies in this run")


@pytest.hookimpl(tryfirst=True)  # before pytest-django sets Django up
def pytest_configure(config):
    from django.conf import settings

    if settings.configured or os.environ.get("DJANGO_SETTINGS_MODULE"):
        raise pytest.UsageError(
            "Unset DJANGO_SETTINGS_MODULE: Django would read its settings before the tests' storage is chosen."
        )
    for marker, meaning in MARKERS.items():
        config.addinivalue_line("markers", f"{marker}: {meaning}")
    stack = ExitStack()
    config.stash[run] = {"server": None, "left_out": {}}
    config.add_cleanup(stack.close)
    folder = Path(tempfile.mkdtemp(prefix="test-media-"))
    stack.callback(shutil.rmtree, folder, ignore_errors=True)
    os.environ.update(
        DJANGO_SETTINGS_MODULE="config.settings",
        DEFAULT_STORAGE_DSN=f"{folder.as_uri()}/media",
        PRIVATE_STORAGE_DSN=f"{folder.as_uri()}/private",
        STAGE="local",
    )
    if config.option.storage == "s3":
        server = stack.enter_context(s3_server.running())
        if server is None:
            raise pytest.UsageError(f"No S3 server: {s3_server.HOW_TO_GET_ONE}; or use --storage=local.")
        config.stash[run]["server"] = server
        token = secrets.token_hex(4)
        os.environ.update(
            S3_TEST_ENDPOINT=server.endpoint,  # for pytest-xdist's workers
            DEFAULT_STORAGE_DSN=server.dsn(f"test-{token}-media"),
            PRIVATE_STORAGE_DSN=server.dsn(f"test-{token}-private"),
        )
    django.setup()
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # half a second less for each login


def pytest_report_header(config):
    server = config.stash[run]["server"]
    return f"media: {server.name if server else 'the local disk'}"


def pytest_collection_modifyitems(config, items):
    server = config.stash[run]["server"]
    missing = (["disk"] if server.is_real else ["disk", "real_s3"]) if server else ["s3", "real_s3"]
    missing += ["not_resource"] if server and server.software.startswith("VERSITYGW") else []
    missing += [] if postgresql.is_available() else ["postgresql"]
    missing += [] if os.environ.get("THOROUGH") or os.environ.get("RACES") else ["thorough"]
    left_out = [item for item in items if any(item.get_closest_marker(marker) for marker in missing)]
    config.stash[run].update(left_out=left_out, missing=missing)
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def pytest_terminal_summary(terminalreporter, config):
    server = config.stash[run]["server"]
    if left_out := config.stash[run]["left_out"]:
        for marker in config.stash[run]["missing"]:
            if count := sum(1 for item in left_out if item.get_closest_marker(marker)):
                how = "`pytest --storage=local`" if marker == "disk" else "`pytest --storage=s3`"
                how += f" and {s3_server.HOW_TO_GET_ONE}" if marker in ("real_s3", "not_resource") and server else ""
                how = {"postgresql": postgresql.HOW_TO_GET_ONE, "thorough": "THOROUGH=1 pytest"}.get(marker, how)
                terminalreporter.write_line(f"left out: {count} marked {marker} ({MARKERS[marker]}: {how})")


@pytest.fixture(scope="session", autouse=True)
def buckets(request):
    """The buckets of this run, made by the project's own `media setup` and taken away at the end."""
    from django.core.files.storage import default_storage, storages

    from mediastore.operations import setup

    assert default_storage.alias == "default"  # it keeps the storage that it finds first, which may be a test's own
    steps = list(setup.run())
    yield steps
    for storage in (storages["default"], storages["private"]):
        if not hasattr(storage, "bucket_name"):
            continue
        client, bucket = storage.client, storage.bucket_name
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", ()):
                client.delete_object(Bucket=bucket, Key=entry["Key"])
        client.delete_bucket(Bucket=bucket)


@pytest.fixture
def become(monkeypatch, server):
    """`become(public, private=None)`: the site that has these DSNs from now on. The buckets go at the end."""
    from django.core.files.storage import storages
    from django.utils.module_loading import import_string

    import mediastore

    buckets = {}

    def become(public, private=None):
        given = {"DEFAULT_STORAGE_DSN": public} | ({"PRIVATE_STORAGE_DSN": private} if private else {})
        for alias, entry in mediastore.configure(given, base_dir="")["STORAGES"].items():
            storage = import_string(entry["BACKEND"])(**entry["OPTIONS"])
            monkeypatch.setitem(storages._storages, alias, storage)
            buckets[storage.bucket_name] = storage.client
        return storages["default"], storages["private"]

    yield become
    for bucket, client in buckets.items():
        try:
            for page in client.get_paginator("list_object_versions").paginate(Bucket=bucket):
                for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    client.delete_object(Bucket=bucket, Key=entry["Key"], VersionId=entry["VersionId"])
            client.delete_bucket(Bucket=bucket)
        except client.exceptions.NoSuchBucket:
            pass


@pytest.fixture
def bucket(server):
    """`bucket(prefix, query)`: a DSN of a new bucket, the same one at each call."""
    name = f"test-new-{secrets.token_hex(4)}"
    return lambda prefix="", query="": server.dsn(name, f"{prefix}{query}")


@pytest.fixture
def one_bucket(become, bucket):
    """The public and the private storage in one new bucket, as without PRIVATE_STORAGE_DSN."""
    return become(bucket())


@pytest.fixture
def empty_storages():
    """Storages with nothing in them, so that a finding of an audit is this test's."""
    from django.core.files.storage import storages

    from mediastore.operations import stored

    for alias in ("default", "private"):
        root = stored.whole(storages[alias])
        for found in list(stored.walk(root)):
            root.delete(found.name)


@pytest.fixture
def on_s3(request):
    """Whether media lies on an S3 server in this run."""
    return request.config.stash[run]["server"] is not None


@pytest.fixture
def server(request):
    """The S3 server of this run."""
    return request.config.stash[run]["server"]


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args):
        return None


@pytest.fixture
def fetch():
    """`fetch(url, method="GET")` gives status, headers and body, as a browser without a login would get them."""

    def fetch(url, method="GET", headers=None):
        opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
        try:
            with opener.open(urllib.request.Request(url, method=method, headers=headers or {}), timeout=30) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    return fetch


@pytest.fixture
def public_get(fetch, client):
    """`public_get(url)`: a public file by its own URL, from the S3 server or, on the local disk, from the project."""

    def public_get(url):
        if url.startswith("http"):
            return fetch(url)
        response = client.get(url)
        return response.status_code, response.headers, response.getvalue()

    return public_get


@pytest.fixture
def requests():
    """`requests(operation)`: the requests that it sends, such as "PUT"; retries count."""

    from django.core.files.storage import storages

    def requests(operation):
        sent = []

        def count(request, **kwargs):
            sent.append(request.method)

        clients = {id(client): client for client in (storages[alias].client for alias in ("default", "private"))}
        for client in clients.values():
            client.meta.events.register("before-send.s3", count)
        try:
            operation()
        finally:
            for client in clients.values():
                client.meta.events.unregister("before-send.s3", count)
        return sent

    return requests


@pytest.fixture
def jpeg():
    """The bytes of a small picture."""
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def other_jpeg(jpeg):
    """The bytes of another picture: its pixels are twice as dense."""
    density = b"JFIF\0\1\1\0\0"
    return jpeg.replace(density + b"\1", density + b"\2", 1)


@pytest.fixture
def read():
    """`read(storage, name)`: the bytes of a stored file."""

    def read(storage, name):
        with storage.open(name) as file:
            return file.read()

    return read


@pytest.fixture
def everything():
    """`everything(alias)`: the names of all that a storage holds, its sub-folders' included."""
    from django.core.files.storage import storages

    def walk(storage, folder=""):
        try:
            folders, files = storage.listdir(folder)
        except FileNotFoundError:
            return
        for name in files:
            yield f"{folder}{name}"
        for name in folders:
            yield from walk(storage, f"{folder}{name}/")

    return lambda alias: sorted(walk(storages[alias]))


if importlib.util.find_spec("mediastore.filer"):
    from mediastore.tests.filer.helpers import held, make, names, nothing_left  # noqa: F401  (fixtures)
