"""`manage.py media audit` and filer's files."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from filer.models import File, Image

from mediastore.operations import audit_fix, stored
from tests.test_audit import audit, copy_to_public, empty, keys, private_keys  # noqa: F401  (a fixture)

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = {"size": (120, 120), "crop": True}


@pytest.fixture
def images(jpeg):
    """A public and a private picture, with a thumbnail each."""
    made = []
    for public in (True, False):
        content = ContentFile(jpeg, "cat.jpg")
        made.append(Image.objects.create(original_filename="cat.jpg", file=content, is_public=public))
        made[-1].file.get_thumbnail(SIZE)
    return made


def test_the_same_picture_may_be_public_and_private(images):
    assert audit() == (0, {**audit()[1], "findings": []})


def test_trap_12_a_restore_of_filers_private_files_is_found_and_mended(images, read, jpeg):
    public = sorted(found.name for found in stored.walk(storages["default"]))
    copy_to_public(private_keys())
    status, result = audit()
    assert status == 1 and keys(result) == private_keys() and len(private_keys()) == 2
    assert audit("--fix")[0] == 0 and audit()[1]["findings"] == []
    assert sorted(found.name for found in stored.walk(storages["default"])) == public
    assert read(storages["private"], images[1].file.name) == jpeg


def test_a_row_that_was_made_private_without_its_file(images, read, jpeg):
    """`queryset.update` sends no signal, and a restored database may be older than the files."""
    File.objects.non_polymorphic().filter(pk=images[0].pk).update(is_public=False)
    name = images[0].file.name
    status, result = audit()
    assert status == 1 and keys(result, "file") == [name] and len(keys(result, "thumbnail")) == 1
    assert audit("--fix")[0] == 0 and audit()[0] == 0
    assert read(storages["private"], name) == jpeg
    assert not list(stored.walk(storages["default"]))


def test_trap_8_what_filer_itself_would_leave_is_found(images, monkeypatch):
    """A public thumbnail of a file that is private now, under another name."""
    monkeypatch.setattr(audit_fix, "SETTLED", 0)
    left = "filer_public_thumbnails/filer_public/ab/cd/cat.jpg__120x120_q85_crop_subsampling-2.jpg"
    storages["default"].save(left, ContentFile(b"small"))
    status, result = audit()
    assert status == 1 and keys(result) == [left]
    assert audit("--fix")[0] == 0 and audit()[0] == 0


@pytest.mark.s3
def test_a_picture_that_becomes_public_meanwhile_is_left_alone(images, monkeypatch, jpeg):
    """Between the search, which finds it by its bytes, and the fix."""
    copy = storages["default"].save("backup/cat.jpg", ContentFile(jpeg))
    monkeypatch.setattr(audit_fix.time, "sleep", lambda seconds: Image.objects.create(file=copy))
    status, result = audit("--fix")
    assert storages["default"].exists(copy) and keys(result) == [copy]
    assert status == 0 and result["findings"][0]["note"] == "left: a row calls it public now"
