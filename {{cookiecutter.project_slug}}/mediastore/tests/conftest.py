"""The layer's own tests: `pytest mediastore`. They run with settings of their own, whatever the site's are."""

import io
import secrets
from contextlib import ExitStack

import pytest
from botocore.awsrequest import AWSResponse

pytest_plugins = ["mediastore.testing.plugin"]


@pytest.fixture
def become(settings, server):
    """`become(public, private=None)` gives this test's site other DSNs. The buckets are deleted at its end."""
    from django.core.files.storage import storages

    import mediastore

    buckets = {}

    def become(public, private=None):
        given = {"DEFAULT_STORAGE_DSN": public} | ({"PRIVATE_STORAGE_DSN": private} if private else {})
        settings.STORAGES = settings.STORAGES | mediastore.configure(given, base_dir="")["STORAGES"]
        public, private = storages["default"], storages["private"]
        buckets.update({storage.bucket_name: storage.client for storage in (public, private)})
        return public, private

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
    """`bucket(prefix, query)`: the DSN of a bucket that does not exist yet, the same one at each call."""
    name = f"test-new-{secrets.token_hex(4)}"
    return lambda prefix="", query="": server.dsn(name, f"{prefix}{query}")


@pytest.fixture
def one_bucket(become, bucket):
    """The public and the private storage in one new bucket, as without PRIVATE_STORAGE_DSN."""
    return become(bucket())


@pytest.fixture
def empty_storages():
    """Deletes all files of earlier tests, so that this test made whatever it finds."""
    from django.core.files.storage import storages

    for alias in ("default", "private"):
        root = storages[alias].root()
        for found in list(root.walk()):
            root.delete(found.name)


@pytest.fixture
def other_jpeg(jpeg):
    """The bytes of another picture than `jpeg`: its header says twice as many pixels for an inch."""
    density = b"JFIF\0\1\1\0\0"
    return jpeg.replace(density + b"\1", density + b"\2", 1)


class _Body(io.BytesIO):
    """The body of a response, as botocore reads it."""

    def stream(self, **options):
        yield self.read()


@pytest.fixture
def s3_answers():
    """`s3_answers(storage, operation, status, code)`: S3 gives this error to an operation from now on.

    Args:
        operation: such as "PutObject".
        code: such as "AccessDenied".
        when: a function of the request; the error is given where it is true. By default it is given for the storage's
            bucket.
    """
    with ExitStack() as stack:

        def s3_answers(storage, operation, status, code, when=None):
            text = f"<Error><Code>{code}</Code><Message>{code}</Message></Error>"

            def answer(request, **kwargs):
                if when(request) if when else f"/{storage.bucket_name}" in request.url:
                    body = _Body(text.encode() if request.method != "HEAD" else b"")
                    return AWSResponse(request.url, status, {"Content-Type": "application/xml"}, body)

            events, name = storage.client.meta.events, f"before-send.s3.{operation}"
            events.register_first(name, answer)
            stack.callback(events.unregister, name, answer)

        yield s3_answers
