"""`manage.py media audit`: private files in a folder that an earlier configuration had for them."""

import pytest
from django.core.files.base import ContentFile

from mediastore import rows
from mediastore.operations import setup
from mediastore.testing.audits import audit, keys

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_storages", "no_upload_is_on_its_way"),
    pytest.mark.real_s3,
]
SECRET = b"secret"


def test_private_files_from_before_their_bucket_was_set_are_moved(become, bucket, read, monkeypatch):
    public, before = become(bucket("site/"))
    list(setup.run())
    name = before.save("contracts/a.pdf", ContentFile(SECRET))
    before.save("contracts/unnamed.pdf", ContentFile(b"no row names it"))
    monkeypatch.setattr(rows, "names", lambda private: {name} if private else set())
    public, private = become(bucket("site/"), bucket().replace("@", "@own-"))
    list(setup.run())
    status, result = audit()
    assert status == 1 and keys(result, "file") == [
        "private/site/contracts/a.pdf",
        "private/site/contracts/unnamed.pdf",
    ]
    assert audit("--fix")[0] == 0 and audit()[1]["findings"] == []
    assert read(private, name) == SECRET and read(private, "contracts/unnamed.pdf") == b"no row names it"
    assert not list(before.walk())


def test_what_no_row_names_below_private_is_left_to_the_other_sites_of_the_bucket(become, bucket, read, monkeypatch):
    _, before = become(bucket())
    list(setup.run())
    for name in ("contracts/a.pdf", "contracts/unnamed.pdf", "plain.pdf"):
        before.save(name, ContentFile(SECRET))
    monkeypatch.setattr(rows, "names", lambda private: {"contracts/a.pdf"} if private else set())
    _, private = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run())
    status, result = audit("--fix")
    assert status == 0 and keys(result) == ["private/contracts/a.pdf", "private/plain.pdf"]
    assert any("1 files lie in folders of private files" in warning for warning in result["warnings"])
    assert [found.name for found in before.walk()] == ["contracts/unnamed.pdf"]


def test_a_folder_that_private_files_have_left_stays_closed(become, bucket, read, fetch):
    """The policy is where it is written down. What is in it may be another site's."""
    public, before = become(bucket(), bucket() + "hidden/")
    list(setup.run())
    name = before.save("contracts/a.pdf", ContentFile(SECRET))
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run())
    assert fetch(f"{public.base_url}hidden/{name}")[0] == 403
    status, result = audit("--fix")
    assert status == 0 and any("1 files lie in folders of private files" in warning for warning in result["warnings"])
    assert read(before, name) == SECRET


def test_the_private_files_of_a_copy_of_the_site_in_the_same_bucket_are_left_alone(become, bucket, read, monkeypatch):
    """Staging, with the same rows and the same bytes."""
    _, copy = become(bucket("staging/"))
    list(setup.run())
    copy.save("contracts/a.pdf", ContentFile(SECRET))
    monkeypatch.setattr(rows, "names", lambda private: {"contracts/a.pdf"} if private else set())
    _, private = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run(force=True))
    private.save("contracts/a.pdf", ContentFile(SECRET))
    assert audit("--fix")[0] == 0 and read(copy, "contracts/a.pdf") == SECRET


def test_a_copy_of_a_private_file_that_was_left_in_its_former_place_is_deleted(become, bucket, read):
    """The hint of the check was followed: copied first, then switched. The bytes and the name are the same."""
    _, before = become(bucket())
    list(setup.run())
    before.save("contracts/a.pdf", ContentFile(SECRET))
    _, private = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run())
    private.save("contracts/a.pdf", ContentFile(SECRET))
    status, result = audit("--fix")
    assert status == 0 and result["findings"][0]["note"].startswith("deleted")
    assert not before.exists("contracts/a.pdf") and read(private, "contracts/a.pdf") == SECRET
