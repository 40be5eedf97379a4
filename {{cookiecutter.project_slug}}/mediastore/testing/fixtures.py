"""The fixtures of `mediastore.testing.plugin`: storages, pictures, requests to URLs and to S3."""

import io
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from email.message import Message
from pathlib import Path
from typing import Any, TypeAlias

import pytest
from PIL import Image

from mediastore.testing.plugin import SERVER
from mediastore.testing.s3_server import Server

Response: TypeAlias = tuple[int, Any, bytes]  # status, headers, body


@pytest.fixture(scope="session", autouse=True)
def buckets(request: pytest.FixtureRequest) -> Iterator[list[Any]]:
    """Makes the buckets of this run before the first test, and deletes them after the last. Every test has it.

    `media setup` makes them, as on a site. The value is the list of its steps.
    """
    from django.core.files.storage import storages

    from mediastore.operations import setup

    steps = list(setup.run())
    yield steps
    found: list[Any] = [storages["default"], storages["private"]]
    for storage in found:
        if not hasattr(storage, "bucket_name"):
            continue
        client, bucket = storage.client, storage.bucket_name
        for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket):
            for entry in page.get("Contents", ()):
                client.delete_object(Bucket=bucket, Key=entry["Key"])
        client.delete_bucket(Bucket=bucket)


@pytest.fixture(autouse=True)
def default_storage_of_the_run(buckets: list[Any]) -> None:
    """Lets `default_storage` find the run's storage before each test. Every test has it.

    `default_storage` keeps the first storage that it finds. After a test with `STORAGES` of its own it looks again, and
    would keep what the next test puts in the place of `storages["default"]`.
    """
    from django.core.files.storage import default_storage

    default: Any = default_storage
    assert default.alias == "default"


@pytest.fixture
def on_s3(request: pytest.FixtureRequest) -> bool:
    """Whether media lies on an S3 server in this run. For tests that expect something else of the local disk."""
    return request.config.stash[SERVER] is not None


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Server | None:
    """The S3 server of this run; None on the local disk. `server.dsn("bucket")` is the DSN of one more bucket."""
    return request.config.stash[SERVER]


@pytest.fixture
def local_storages(settings: Any, tmp_path: Path) -> Path:
    """Lets `storages` be on the local disk in this test, also in a run on S3; they are empty at first.

    The value is the folder that has their folders `media` and `private`. For tests of views and of code that ask for
    `storages[alias]`. The fields of models keep the storages of the run, because Django sets those when it is started.
    """
    import mediastore

    folder = tmp_path / "storages"
    dsns = {"DEFAULT_STORAGE_DSN": f"{folder.as_uri()}/media", "PRIVATE_STORAGE_DSN": f"{folder.as_uri()}/private"}
    media = mediastore.configure(dsns, base_dir=folder)
    settings.STORAGES = settings.STORAGES | media["STORAGES"]
    return folder


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        return None


@pytest.fixture
def fetch() -> Callable[..., Response]:
    """`fetch(url, method="GET", headers=None)` requests a URL over the network, without a login and without a proxy.

    It returns the status, the headers and the body, also of an error, and follows no redirect. Use it for the URLs of
    files on S3, public or signed: they never reach Django's test client.
    """

    def fetch(url: str, method: str = "GET", headers: Mapping[str, str] | None = None) -> tuple[int, Message, bytes]:
        opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))
        request = urllib.request.Request(url, method=method, headers=dict(headers or {}))
        try:
            with opener.open(request, timeout=30) as response:
                return response.status, response.headers, response.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    return fetch


@pytest.fixture
def public_get(fetch: Callable[..., Response], client: Any) -> Callable[[str], Response]:
    """`public_get(url)` requests the URL of a public file, wherever media lies: status, headers and body.

    The S3 server responds or, on the local disk, the project itself.
    """

    def public_get(url: str) -> Response:
        if url.startswith("http"):
            return fetch(url)
        response = client.get(url)
        return response.status_code, response.headers, response.getvalue()

    return public_get


@pytest.fixture
def s3_requests() -> Callable[[Callable[[], object]], list[str]]:
    """`s3_requests(operation)` calls a function without arguments, and lists the requests to S3 that it sends.

    Each request is named by its method: `["GET", "PUT"]`. A retry is a request of its own. On the local disk the list is
    empty.
    """
    from django.core.files.storage import storages

    def s3_requests(operation: Callable[[], object]) -> list[str]:
        sent: list[str] = []

        def count(request: Any, **kwargs: Any) -> None:
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
def jpeg() -> bytes:
    """The bytes of a JPEG of 800 × 600 pixels, to upload and to make thumbnails of."""
    stream = io.BytesIO()
    Image.linear_gradient("L").resize((800, 600)).convert("RGB").save(stream, "JPEG")
    return stream.getvalue()


@pytest.fixture
def read() -> Callable[[Any, str], bytes]:
    """`read(storage, name)`: the bytes of a stored file."""

    def read(storage: Any, name: str) -> bytes:
        with storage.open(name) as file:
            content: bytes = file.read()
        return content

    return read


@pytest.fixture
def everything() -> Callable[[str], list[str]]:
    """`everything(alias)`: the sorted names of all files in `storages[alias]`, those in sub-folders too.

    A run keeps its files until it ends, so compare with what was there before, or look for a name.
    """
    from django.core.files.storage import storages

    from mediastore.backends.located import located

    return lambda alias: sorted(found.name for found in located(storages[alias]).walk())
