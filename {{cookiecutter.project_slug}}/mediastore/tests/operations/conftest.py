"""Fixtures that the tests of the operations share."""

import json

import pytest


@pytest.fixture
def allow(become):  # after `become`, so that the policy is taken away before its bucket is
    """`allow(storage, **statement)`: a bucket's policy with one statement, as somebody else has put it there."""
    changed = []

    def allow(storage, **statement):
        everyone = {"Sid": "Foreign", "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}
        everyone["Resource"] = [f"arn:aws:s3:::{storage.bucket_name}/*"]
        policy = {"Version": "2012-10-17", "Statement": [everyone | statement]}
        storage.client.put_bucket_policy(Bucket=storage.bucket_name, Policy=json.dumps(policy))
        changed.append((storage.client, storage.bucket_name))

    yield allow
    for client, bucket in changed:
        client.delete_bucket_policy(Bucket=bucket)


@pytest.fixture
def no_upload_is_on_its_way(monkeypatch):
    """A file without a row is not waited for."""
    from mediastore.operations import grace

    monkeypatch.setattr(grace, "SECONDS", 0)


@pytest.fixture
def site(become, bucket):
    """A site with two buckets of its own, set up, with a private file."""
    from django.core.files.base import ContentFile

    from mediastore.operations import setup

    public, private = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run())
    private.save("contracts/a.pdf", ContentFile(b"secret"))
    return public, private


@pytest.fixture
def contract(jpeg):
    """`contract(name)`: a private file with a thumbnail, as a field stores it."""
    from django.core.files.base import ContentFile
    from django.core.files.storage import storages
    from easy_thumbnails.files import get_thumbnailer

    def contract(name="contracts/contract.jpg"):
        name = storages["private"].save(name, ContentFile(jpeg))
        return name, get_thumbnailer(storages["private"], name).get_thumbnail({"size": (64, 64)}).name

    return contract
