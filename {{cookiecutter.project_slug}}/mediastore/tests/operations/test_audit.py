"""`manage.py media audit`: it finds what everyone can read, and mends it without losing anything."""

import io
import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command

from mediastore.operations import anonymous, setup, sharing
from mediastore.testing.audits import audit, copy_to_public, keys, private_keys
from mediastore.tests.models import Document, Picture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_storages")]


def test_where_all_is_well_it_says_so(contract, on_s3):
    contract()
    storages["default"].save("pictures/cat.jpg", ContentFile(b"a picture"))
    status, result = audit()
    assert (status, result["clean"], result["findings"]) == (0, True, [])
    assert (result["private"], result["public"]) == (2, 1)
    assert result["requests"] == (3 if on_s3 else 0)  # both files, and the listing


def test_a_restore_into_the_public_bucket_is_found_and_mended(contract, jpeg, read):
    name, _ = contract()
    everything = private_keys()
    copy_to_public(everything)
    status, result = audit()
    assert status == 1 and keys(result) == everything
    assert not any(finding["fixed"] for finding in result["findings"])
    status, result = audit("--fix")
    assert status == 0 and keys(result) == everything and result["clean"]
    status, result = audit()
    assert status == 0 and result["findings"] == []
    assert private_keys() == everything and read(storages["private"], name) == jpeg
    assert not list(storages["default"].walk())


@pytest.mark.s3
def test_a_copy_under_another_name_is_found_by_its_bytes(contract, jpeg):
    """And left to a person: no name tells whose it is."""
    name, _ = contract()
    storages["default"].save("backup/2026/contract.old", ContentFile(jpeg))
    for options in ((), ("--fix",)):
        status, result = audit(*options)
        assert status == 1 and keys(result) == ["backup/2026/contract.old"] and name in result["findings"][0]["why"]
    assert storages["default"].exists("backup/2026/contract.old")


@pytest.fixture
def opened(server):
    """The private bucket opened to everyone: by ACLs, of the objects (moto) or the bucket (versitygw), or by a policy."""
    private = storages["private"]
    if server.software.startswith("VERSITYGW"):
        ownership = {"Rules": [{"ObjectOwnership": "BucketOwnerPreferred"}]}
        private.client.put_bucket_ownership_controls(Bucket=private.bucket_name, OwnershipControls=ownership)
        private.client.put_bucket_acl(Bucket=private.bucket_name, ACL="public-read")
        return
    if not server.is_real:
        for key in private_keys():
            private.client.put_object_acl(Bucket=private.bucket_name, Key=key, ACL="public-read")
        return
    statement = {"Sid": "Foreign", "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}
    statement["Resource"] = [f"arn:aws:s3:::{private.bucket_name}/*"]
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    private.client.put_bucket_policy(Bucket=private.bucket_name, Policy=text)


@pytest.mark.s3
def test_a_bucket_that_was_opened_is_found_and_closed(contract, request):
    contract()
    request.getfixturevalue("opened")
    status, result = audit()
    assert status == 1 and keys(result, "readable") == private_keys()
    status, result = audit("--fix")
    assert status == 0 and all(finding["note"] == "closed" for finding in result["findings"])
    assert audit()[0] == 0


@pytest.mark.real_s3
def test_private_files_in_the_public_bucket_are_audited_too(one_bucket, jpeg):
    public, private = one_bucket
    list(setup.run())
    name = private.save("docs/contract.pdf", ContentFile(jpeg))
    public.save("docs/open.pdf", ContentFile(b"open"))
    status, result = audit()
    assert (status, result["private"], result["public"]) == (0, 1, 2)
    public.root().save(name, ContentFile(jpeg))
    status, result = audit()
    assert status == 1 and keys(result) == [name]
    assert audit("--fix")[0] == 0 and private.exists(name) and public.exists("docs/open.pdf")


@pytest.mark.s3
def test_beyond_the_public_prefix_another_sites_files_are_left_alone(contract, jpeg, monkeypatch):
    name, _ = contract()
    root = storages["default"].root()
    monkeypatch.setattr(storages["default"], "prefix", "site")
    root.save(name, ContentFile(b"another site's, with the same name"))
    root.save("private_thumbnails/seal.jpg", ContentFile(b"another site's"))
    assert audit()[1]["findings"] == []
    root.delete(name)
    for key in (name, "other/copy.jpg"):
        root.save(key, ContentFile(jpeg))
    status, result = audit("--fix")
    assert status == 1 and {finding["key"]: finding["fixed"] for finding in result["findings"]} == {
        name: False,
        "other/copy.jpg": False,
    }
    assert all(root.exists(key) for key in ("other/copy.jpg", "private_thumbnails/seal.jpg", name))


@pytest.mark.s3
def test_one_bucket_by_two_names_of_the_server(contract, jpeg, read, monkeypatch):
    """What lies in the public bucket is the private file itself."""
    public, private = storages["default"], storages["private"]
    monkeypatch.setattr(private, "bucket_name", public.bucket_name)
    monkeypatch.setattr(private, "prefix", "hidden")
    monkeypatch.setattr(private, "endpoint_url", private.endpoint_url.replace("127.0.0.1", "localhost"))
    name = private.save("docs/contract.jpg", ContentFile(jpeg))
    for _ in range(2):
        audit("--fix")
        assert read(private, name) == jpeg
    # where the audit could not tell, since it writes nothing
    monkeypatch.setattr(sharing, "share_bucket", lambda public, private, may_write: may_write)
    status, result = audit("--fix")
    assert read(private, name) == jpeg and status == 1
    assert any("two ways" in finding["note"] for finding in result["findings"])


@pytest.mark.s3
def test_a_key_that_is_no_name_is_told_and_nothing_else_is_touched(contract, jpeg):
    name, _ = contract()
    public = storages["default"]
    public.save("contracts/other.jpg", ContentFile(b"open"))
    key = "private_thumbnails/a\x7fb.jpg"
    public.client.put_object(Bucket=public.bucket_name, Key=key, Body=b"small")
    try:
        status, result = audit("--fix")
    finally:
        public.client.delete_object(Bucket=public.bucket_name, Key=key)
    assert status == 1 and keys(result) == [key] and "by hand" in result["findings"][0]["note"]
    assert public.exists("contracts/other.jpg")


@pytest.mark.s3
def test_a_service_that_does_not_answer_is_no_proof(contract, monkeypatch):
    contract()
    monkeypatch.setattr(anonymous.Anonymous, "status", lambda self, url: "MaxRetryError")
    status, result = audit("--fix")
    assert status == 1 and {finding["kind"] for finding in result["findings"]} == {"unknown"}


@pytest.mark.s3
def test_an_endpoint_that_is_not_reached_from_here_is_told(contract, monkeypatch, request):
    """Such as that for browsers, in a container."""
    contract()
    monkeypatch.setattr(storages["private"], "public_endpoint", "http://127.0.0.1:9")
    status, result = audit()
    assert status == 0 and any("http://127.0.0.1:9 does not answer" in warning for warning in result["warnings"])
    request.getfixturevalue("opened")
    assert audit()[0] == 1 and audit("--fix")[0] == 0


def test_the_lines_name_what_was_found(contract):
    contract()
    copy_to_public(private_keys())
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("media", "audit", stdout=out)
    lines = [line for line in out.getvalue().splitlines() if not line.startswith("Everyone can list")]  # moto lets
    assert len(lines) == 4 and "contract.jpg" in lines[0] and "2 findings left" in lines[2] and "--fix" in lines[3]


def test_a_picture_that_has_the_name_of_a_private_file_is_left_alone(jpeg):
    private = storages["private"].save("pictures/both.jpg", ContentFile(jpeg))
    picture = Picture.objects.create(title="Both", image=ContentFile(jpeg, "both.jpg"))
    assert picture.image.name == private
    thumbnail = picture.image.get_thumbnail({"size": (64, 64)})
    assert audit("--fix")[1]["findings"] == []
    assert storages["default"].exists(picture.image.name) and thumbnail.storage.exists(thumbnail.name)


@pytest.mark.usefixtures("no_upload_is_on_its_way")
def test_a_document_that_lies_only_in_the_public_storage_is_moved(read):
    document = Document.objects.create(title="Restored", file=ContentFile(b"old", "restored.pdf"))
    storages["private"].delete(document.file.name)
    assert storages["default"].save(document.file.name, ContentFile(b"restored")) == document.file.name
    status, result = audit()
    assert status == 1 and keys(result, "file") == [document.file.name]
    assert audit("--fix")[0] == 0
    assert not storages["default"].exists(document.file.name)
    assert read(storages["private"], document.file.name) == b"restored"
