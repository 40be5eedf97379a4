"""Two storages in one bucket are told from two buckets of the same name."""

import pytest
from django.core.files.base import ContentFile

from mediastore.operations import setup, sharing
from mediastore.testing import s3_server
from mediastore.tests.operations.steps import opened

pytestmark = [pytest.mark.s3, pytest.mark.django_db]


@pytest.fixture
def another_server():
    """A second S3 server, with the same key and secret."""
    with s3_server.moto() as server:
        yield server


@pytest.mark.real_s3
def test_a_bucket_of_the_same_name_on_another_server_does_not_keep_the_public_one_closed(
    another_server, become, bucket, server, fetch
):
    public, private = become(bucket(), bucket().replace(server.address[7:], another_server.address[7:]))
    private.client.create_bucket(Bucket=private.bucket_name)
    private.save("contract.pdf", ContentFile(b"secret"))
    assert public.bucket_name == private.bucket_name and not public.same_bucket(private)
    assert opened(dry_run=True) == "would" and opened() == "done"
    assert fetch(public.url(public.save("cat.jpg", ContentFile(b"open"))))[0] == 200
    private.delete("contract.pdf")  # without a private file setup looks for one of its own
    assert opened() == "ok" and not list(private.walk())


@pytest.mark.real_s3
def test_a_bucket_that_may_not_be_looked_into_is_not_taken_for_another_one(become, bucket):
    public, private = become(bucket().replace("test-secret", "wrong"), bucket("hidden/"))
    public.endpoint_url = public.endpoint_url.replace("127.0.0.1", "localhost")
    private.client.create_bucket(Bucket=private.bucket_name)
    with pytest.raises(OSError, match="is not known: S3 refused"):
        sharing.share_bucket(public, private, may_write=True)
    assert not list(private.walk())


@pytest.mark.parametrize("operation", ["ListObjectsV2", "PutObject", "HeadObject", "DeleteObject"])
def test_a_bucket_is_not_opened_if_a_refusal_hides_that_private_files_lie_in_it(become, bucket, s3_answers, operation):
    public, private = become(bucket(), bucket("hidden/"))
    public.endpoint_url = public.endpoint_url.replace("127.0.0.1", "localhost")
    private.client.create_bucket(Bucket=private.bucket_name)
    s3_answers(private, operation, 403, "AccessDenied")
    refused = [step for step in setup.run() if step.outcome == "cannot"]
    assert refused and all("is not known" in step.note and "\n" not in step.note for step in refused)
    with pytest.raises(public.client.exceptions.ClientError, match="NoSuchBucketPolicy"):
        public.client.get_bucket_policy(Bucket=public.bucket_name)


def test_a_bucket_that_does_not_exist_yet_is_another_one(become, bucket):
    public, private = become(bucket(), bucket("hidden/"))
    public.endpoint_url = public.endpoint_url.replace("127.0.0.1", "localhost")
    assert not sharing.share_bucket(public, private, may_write=True)
