"""The layer's own tests: `pytest mediastore`. They run with settings of their own, whatever the site's are."""

import secrets

import pytest

pytest_plugins = ["mediastore.testing.plugin"]


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

    for alias in ("default", "private"):
        root = storages[alias].root()
        for found in list(root.walk()):
            root.delete(found.name)


@pytest.fixture
def other_jpeg(jpeg):
    """The bytes of another picture: its pixels are twice as dense."""
    density = b"JFIF\0\1\1\0\0"
    return jpeg.replace(density + b"\1", density + b"\2", 1)
