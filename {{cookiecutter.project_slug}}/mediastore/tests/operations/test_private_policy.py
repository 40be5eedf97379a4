"""Closing a bucket: what everyone may do with private files is taken back, and no public file is closed."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from mediastore.operations import acl, setup
from mediastore.tests.operations.steps import opened, outcomes

pytestmark = [pytest.mark.s3, pytest.mark.django_db]


@pytest.mark.not_resource
def test_what_once_was_the_public_bucket_is_closed_when_it_becomes_the_private_one(become, bucket):
    public, _ = become(bucket(), bucket() + "hidden/")
    assert opened() == "done"
    _, private = become(bucket().replace(public.bucket_name, f"{public.bucket_name}-2"), bucket())
    what = f"no anonymous reading of {private.bucket_name}/*"
    assert outcomes(dry_run=True)[what] == "would"
    assert outcomes()[what] == "done"
    assert outcomes()[what] == "ok"


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:Get*", "s3:*"])
def test_a_statement_that_opens_the_private_bucket_is_told(allow, action):
    private = storages["private"]
    allow(private, Sid="Foreign", Action=[action], Resource=[f"arn:aws:s3:::{private.bucket_name}/docs/*"])
    assert outcomes()[f"no anonymous reading of {private.bucket_name}/*"] == "cannot"


@pytest.mark.real_s3
def test_anothers_public_bucket_is_not_closed_for_private_files(become, bucket, fetch):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run())
    picture = public.url(public.save("cat.jpg", ContentFile(b"open")))
    become(bucket().replace("@", "@other-"), bucket())
    step = list(setup.run())[-1]
    assert step.outcome == "cannot" and "PRIVATE_STORAGE_DSN" in step.note
    assert fetch(picture)[0] == 200
    list(setup.run(force=True))
    assert fetch(picture)[0] == 403


def test_a_bucket_that_its_acl_opens_is_not_called_closed(become, bucket, monkeypatch):
    """MinIO has no ACLs; the audit's tests on versitygw and moto have real ones."""
    become(bucket())
    list(setup.run())
    monkeypatch.setattr(acl, "open_to_everyone", lambda storage: ["the bucket's ACL lets everyone list names"])
    step = list(setup.run())[-1]
    assert step.outcome == "cannot" and "media audit --fix" in step.note
