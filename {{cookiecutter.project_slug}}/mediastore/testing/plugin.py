"""Tests with media: a plugin for pytest, which chooses where media lies before Django reads its settings.

`pytest --storage=local` is the local disk, `pytest --storage=s3` an S3 server (`mediastore.testing.s3_server`). Without
the option it is S3. What a run leaves out, since it needs another storage, is counted in its last lines.

A `conftest.py` in pytest's root folder loads it with `pytest_plugins = ["mediastore.testing.plugin"]`. The option
`media_settings` of pytest's configuration names Django's settings; without it they are `config.settings`.
"""

import io
import os
import secrets
import shutil
import tempfile
import urllib.error
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import django
import pytest
from PIL import Image

from mediastore.testing import engine, postgresql, s3_server

MARKERS = {
    "disk": "needs media on the local disk",
    "s3": "needs an S3 server",
    "real_s3": "needs an S3 server that checks signatures",
    "not_resource": "needs an S3 server whose policies know NotResource and conditions",
    "postgresql": "needs PostgreSQL",
    "thorough": "takes minutes",
    "docker": "needs a Docker engine with Compose, and minutes",
}
run = pytest.StashKey()


def pytest_addoption(parser):
    parser.addoption("--storage", choices=("local", "s3"), default="s3", help="where media lies in this run")
    parser.addini("media_settings", "Django's settings, as a dotted path", default="config.settings")


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
        DJANGO_SETTINGS_MODULE=config.getini("media_settings"),
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
    missing += [] if "docker" in config.option.markexpr and engine.is_available() else ["docker"]
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
                hows = {
                    "postgresql": postgresql.HOW_TO_GET_ONE,
                    "thorough": "THOROUGH=1 pytest",
                    "docker": "`make test-docker`",
                }
                how = hows.get(marker, how)
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
def s3_requests():
    """`s3_requests(operation)`: the requests to S3 that it sends, such as ["PUT"]; retries count. On the disk none."""

    from django.core.files.storage import storages

    def s3_requests(operation):
        sent = []

        def count(request, **kwargs):
            sent.append(request.method)

        found = (getattr(storages[alias], "client", None) for alias in ("default", "private"))
        clients = {id(client): client for client in found if client}
        for client in clients.values():
            client.meta.events.register("before-send.s3", count)
        try:
            operation()
        finally:
            for client in clients.values():
                client.meta.events.unregister("before-send.s3", count)
        return sent

    return s3_requests


@pytest.fixture
def jpeg():
    """The bytes of a small picture."""
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(stream, "JPEG")
    return stream.getvalue()


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
