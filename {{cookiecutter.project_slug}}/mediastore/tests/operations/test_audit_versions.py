"""`manage.py media audit`: earlier versions of what was made private."""

import pytest
from django.core.files.base import ContentFile

from mediastore import rows
from mediastore.testing.audits import audit, keys

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_storages", "no_upload_is_on_its_way"),
    pytest.mark.real_s3,
]
SECRET = b"secret"


def versioned(public, *states):
    for state in states:
        public.client.put_bucket_versioning(Bucket=public.bucket_name, VersioningConfiguration={"Status": state})


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_an_earlier_version_of_what_was_made_private_is_found_and_deleted(site, fetch, read, status):
    """The public object is from before the bucket was versioned, and was deleted by another tool."""
    public, private = site
    public.save("twice.pdf", ContentFile(SECRET + b" of a file"))
    for state in {"Enabled", status}:
        public.client.put_bucket_versioning(Bucket=public.bucket_name, VersioningConfiguration={"Status": state})
        if state == "Enabled":
            public.client.delete_object(Bucket=public.bucket_name, Key="twice.pdf")
    private.save("twice.pdf", ContentFile(SECRET + b" of a file"))
    url = f"{public.url('twice.pdf')}?versionId=null"
    assert fetch(url)[2] == SECRET + b" of a file"
    result_status, result = audit()
    assert result_status == 1 and keys(result, "version") == ["twice.pdf"]
    assert audit("--fix")[0] == 0 and audit()[1]["findings"] == []
    assert fetch(url)[0] == 404 and read(private, "twice.pdf") == SECRET + b" of a file"


def test_what_leaves_the_public_storage_leaves_no_version_behind(site, fetch):
    public, _ = site
    for name in ("before.pdf", "before.pdf.old"):
        public.save(name, ContentFile(SECRET))
    public.client.put_bucket_versioning(Bucket=public.bucket_name, VersioningConfiguration={"Status": "Enabled"})
    public.save("after.pdf", ContentFile(SECRET))
    for name in ("before.pdf", "after.pdf"):
        public.delete(name)
    left = public.client.list_object_versions(Bucket=public.bucket_name)
    assert [entry["Key"] for entry in left["Versions"]] == ["before.pdf.old"] and not left.get("DeleteMarkers")
    assert fetch(f"{public.url('before.pdf')}?versionId=null")[0] == 404


def test_versions_of_deleted_public_files_are_a_warning(site):
    public, _ = site
    public.client.put_bucket_versioning(Bucket=public.bucket_name, VersioningConfiguration={"Status": "Enabled"})
    public.save("cat.jpg", ContentFile(b"open"))
    public.client.delete_object(Bucket=public.bucket_name, Key="cat.jpg")
    status, result = audit()
    assert status == 0 and any("1 earlier versions" in warning for warning in result["warnings"])


def test_an_earlier_version_that_is_named_like_a_thumbnail_and_is_none_is_kept(site, read, monkeypatch):
    public, private = site
    name = "contracts/scan.jpg.300x300_mine.jpg"
    monkeypatch.setattr(rows, "names", lambda private: {name, "contracts/scan.jpg"} if private else set())
    public.save(name, ContentFile(b"the only copy"))
    versioned(public, "Enabled")
    public.client.delete_object(Bucket=public.bucket_name, Key=name)
    for kept in (name, "contracts/scan.jpg"):
        private.save(kept, ContentFile(b"another file"))
    audit("--fix")
    assert b"the only copy" in [read(private, found.name) for found in private.walk()]


@pytest.mark.parametrize("taken", [True, False], ids=["another file has its name", "its name is free"])
def test_a_deletion_that_fails_and_is_repeated_leaves_one_copy(site, read, monkeypatch, taken):
    public, private = site
    monkeypatch.setattr(rows, "names", lambda private: {"x.pdf"} if private else set())
    public.save("x.pdf", ContentFile(b"the only copy"))
    versioned(public, "Enabled")
    public.client.delete_object(Bucket=public.bucket_name, Key="x.pdf")
    if taken:
        private.save("x.pdf", ContentFile(b"another file"))

    busy = {"Error": {"Code": "SlowDown"}, "ResponseMetadata": {"HTTPStatusCode": 503}}

    def refuse(**parameters):
        raise public.client.exceptions.ClientError(busy, "DeleteObject")

    with monkeypatch.context() as patched:
        patched.setattr(public.client, "delete_object", refuse)
        assert audit("--fix")[0] == 1
    assert audit("--fix")[0] == 0
    assert [read(private, found.name) for found in private.walk()].count(b"the only copy") == 1


def test_of_two_versions_the_current_one_gets_the_rows_name(site, read, monkeypatch):
    public, private = site
    monkeypatch.setattr(rows, "names", lambda private: {"x.pdf"} if private else set())
    public.save("x.pdf", ContentFile(b"old"))
    versioned(public, "Enabled")
    public.client.put_object(Bucket=public.bucket_name, Key="x.pdf", Body=b"current")
    audit("--fix")
    assert read(private, "x.pdf") == b"current"


def test_a_key_that_may_not_ask_for_versions_does_not_hide_them(site, monkeypatch):
    public, private = site
    public.save("twice.pdf", ContentFile(SECRET + b" of a file"))
    versioned(public, "Enabled")
    public.client.delete_object(Bucket=public.bucket_name, Key="twice.pdf")
    private.save("twice.pdf", ContentFile(SECRET + b" of a file"))
    refusal = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}

    def refuse(*arguments, **options):
        raise public.client.exceptions.ClientError(refusal, "GetBucketVersioning")

    monkeypatch.setattr(type(public.client), "get_bucket_versioning", refuse)
    assert keys(audit()[1], "version") == ["twice.pdf"]


def test_a_new_file_of_a_name_that_is_deleted_at_this_moment_is_kept(site, read, monkeypatch):
    public, _ = site
    public.save("cat.jpg", ContentFile(b"old"))
    versioned(public, "Enabled")
    paginator = type(public.client).get_paginator

    def meanwhile(client, operation):
        if operation == "list_object_versions":
            public.save("cat.jpg", ContentFile(b"new"))
        return paginator(client, operation)

    with monkeypatch.context() as patched:
        patched.setattr(type(public.client), "get_paginator", meanwhile)
        public.delete("cat.jpg")
    assert public.client.get_object(Bucket=public.bucket_name, Key="cat.jpg")["Body"].read() == b"new"
    left = public.client.list_object_versions(Bucket=public.bucket_name)
    assert len(left["Versions"]) == 1
