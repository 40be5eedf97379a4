"""`manage.py media audit`: it finds what everyone can read, and mends it without losing anything."""

import io
import json
import time

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from easy_thumbnails.files import get_thumbnailer

from mediastore.operations import audit_fix, policy, setup, stored

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def empty():
    """Storages with nothing in them, so that a finding is this test's."""
    for alias in ("default", "private"):
        root = stored.whole(storages[alias])
        for found in list(stored.walk(root)):
            root.delete(found.name)


def audit(*options):
    """Exit status and result."""
    out = io.StringIO()
    try:
        call_command("media", "audit", "--json", *options, stdout=out)
        status = 0
    except SystemExit as error:
        status = error.code
    return status, json.loads(out.getvalue())


def keys(result, kind=None):
    return sorted(finding["key"] for finding in result["findings"] if kind in (None, finding["kind"]))


@pytest.fixture
def contract(jpeg):
    """`contract(name)`: a private file with a thumbnail, as a field stores it."""

    def contract(name="contracts/contract.jpg"):
        name = storages["private"].save(name, ContentFile(jpeg))
        return name, get_thumbnailer(storages["private"], name).get_thumbnail({"size": (64, 64)}).name

    return contract


def copy_to_public(names):
    """What a restore does: the private bucket's objects under their keys in the public bucket."""
    root, source = stored.whole(storages["default"]), stored.whole(storages["private"])
    for name in names:
        with source.open(name) as file:
            assert root.save(name, file) == name


def private_keys():
    return sorted(found.name for found in stored.walk(stored.whole(storages["private"])))


def test_where_all_is_well_it_says_so(contract, on_s3):
    contract()
    storages["default"].save("pictures/cat.jpg", ContentFile(b"a picture"))
    status, result = audit()
    assert (status, result["clean"], result["findings"]) == (0, True, [])
    assert (result["private"], result["public"]) == (2, 1)
    assert result["requests"] == (3 if on_s3 else 0)  # both files, and the listing


def test_trap_12_a_restore_into_the_public_bucket_is_found_and_mended(contract, jpeg, read):
    name, _ = contract()
    everything = private_keys()
    copy_to_public(everything)
    status, result = audit()
    assert status == 1 and keys(result) == everything
    assert not any(finding["fixed"] for finding in result["findings"])
    status, result = audit("--fix")
    assert status == 0 and keys(result) == everything and result["clean"]
    assert audit() == (0, {**audit()[1], "findings": []})
    assert private_keys() == everything and read(storages["private"], name) == jpeg
    assert not list(stored.walk(storages["default"]))


def test_a_private_file_that_lies_only_in_the_public_bucket_is_moved(contract, read):
    contract()
    storages["default"].save("contracts/contract.jpg", ContentFile(b"another version"))
    status, result = audit("--fix")
    assert status == 0 and len(result["findings"]) == 1
    moved = result["findings"][0]["note"].rpartition(" ")[2]
    assert moved != "contracts/contract.jpg", "it would have replaced the private one"
    assert read(storages["private"], moved) == b"another version"
    assert not list(stored.walk(storages["default"]))


@pytest.mark.s3
def test_a_copy_under_another_name_is_found_by_its_bytes(contract, jpeg, monkeypatch):
    monkeypatch.setattr(audit_fix, "SETTLED", 3)
    name, _ = contract()
    storages["default"].save("backup/2026/contract.old", ContentFile(jpeg))
    status, result = audit()
    assert status == 1 and keys(result) == ["backup/2026/contract.old"] and name in result["findings"][0]["why"]
    began = time.monotonic()
    assert audit("--fix")[0] == 0
    assert time.monotonic() - began > 1, "the row of an upload may be on its way"
    assert audit()[0] == 0


def test_thumbnails_of_a_private_file_are_found_in_the_public_storage(contract, jpeg):
    contract()
    source = "contracts/contract.jpg"
    made = [f"thumbnails/{source}.64x64_q85.jpg", f"{source}__9x9_q85_crop.png"]
    for name in made:
        storages["default"].save(name, ContentFile(b"small"))
    status, result = audit()
    assert status == 1 and keys(result, "thumbnail") == sorted(made)
    assert audit("--fix")[0] == 0 and audit()[0] == 0


def test_what_only_looks_like_a_thumbnail_is_left_alone():
    storages["private"].save("docs/report", ContentFile(b"secret"))
    for name in ("docs/report.pdf", "docs/report.10x15.pdf", "docs/report_10x15.jpg"):
        storages["default"].save(name, ContentFile(b"open"))
    assert audit("--fix")[1]["findings"] == []


@pytest.fixture
def opened(server):
    """The private bucket opened to everyone: by a policy, or where there are ACLs by those of its objects."""
    private = storages["private"]
    if not server.is_real:
        for key in private_keys():
            private.client.put_object_acl(Bucket=private.bucket_name, Key=key, ACL="public-read")
        return
    statement = policy._statement(private.bucket_name, "", None) | {"Sid": "Theirs"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    private.client.put_bucket_policy(Bucket=private.bucket_name, Policy=text)


@pytest.mark.s3
def test_trap_12_a_bucket_that_was_opened_is_found_and_closed(contract, request):
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
    stored.whole(public).save(name, ContentFile(jpeg))
    status, result = audit()
    assert status == 1 and keys(result) == [name]
    assert audit("--fix")[0] == 0 and private.exists(name) and public.exists("docs/open.pdf")


@pytest.mark.s3
def test_beyond_the_public_prefix_another_sites_files_are_left_alone(contract, jpeg, monkeypatch):
    name, _ = contract()
    root = stored.whole(storages["default"])
    monkeypatch.setattr(storages["default"], "prefix", "site")
    root.save(name, ContentFile(b"another site's, with the same name"))
    root.save("private_thumbnails/seal.jpg", ContentFile(b"another site's"))
    assert audit()[1]["findings"] == []
    root.delete(name)
    for key in (name, "theirs/copy.jpg"):
        root.save(key, ContentFile(jpeg))
    status, result = audit("--fix")
    assert status == 1 and {finding["key"]: finding["fixed"] for finding in result["findings"]} == {
        name: True,
        "theirs/copy.jpg": False,
    }
    assert root.exists("theirs/copy.jpg") and root.exists("private_thumbnails/seal.jpg") and not root.exists(name)


@pytest.mark.s3
def test_a_service_that_does_not_answer_is_no_proof(contract, monkeypatch):
    contract()
    monkeypatch.setattr(storages["private"], "public_endpoint", "http://127.0.0.1:9")
    status, result = audit("--fix")
    assert status == 1 and {finding["kind"] for finding in result["findings"]} == {"unknown"}


def test_the_lines_name_what_was_found(contract):
    contract()
    copy_to_public(private_keys())
    out = io.StringIO()
    with pytest.raises(SystemExit):
        call_command("media", "audit", stdout=out)
    lines = [line for line in out.getvalue().splitlines() if not line.startswith("Everyone can list")]  # moto lets
    assert len(lines) == 4 and "contract.jpg" in lines[0] and "2 findings left" in lines[2] and "--fix" in lines[3]
