"""`manage.py media audit` and filer's files."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from filer.models import Image

from mediastore.operations import grace
from mediastore.testing.audits import audit, copy_to_public, keys, private_keys

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_storages")]
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


def test_a_restore_of_filers_private_files_is_found_and_mended(images, read, jpeg):
    public = sorted(found.name for found in storages["default"].walk())
    copy_to_public(private_keys())
    status, result = audit()
    assert status == 1 and keys(result) == private_keys() and len(private_keys()) == 2
    assert audit("--fix")[0] == 0 and audit()[1]["findings"] == []
    assert sorted(found.name for found in storages["default"].walk()) == public
    assert read(storages["private"], images[1].file.name) == jpeg


@pytest.mark.parametrize("public", [True, False])
def test_a_row_that_was_changed_without_its_file_is_found_and_settled(images, read, jpeg, public):
    """`queryset.update` sends no signal, and a restored database may be older than the files."""
    image = Image.objects.get(is_public=public)
    Image.objects.filter(pk=image.pk).update(is_public=not public)
    status, result = audit()
    key = image.file.storage.key(image.file.name)
    assert (status, keys(result), keys(result, "unsettled")) == (1, [key], [key])
    assert audit("--fix")[0] == 0 and audit()[1]["findings"] == []
    row = Image.objects.get(pk=image.pk)
    assert row.file.location.is_public != public and read(row.file.storage, row.file.name) == jpeg
    assert not image.file.storage.exists(image.file.name)


def test_an_upload_whose_transaction_was_rolled_back_is_found(images, jpeg, monkeypatch, read):
    monkeypatch.setattr(grace, "SECONDS", 0)
    with transaction.atomic():
        image = Image.objects.create(original_filename="cat.jpg", file=ContentFile(b"rolled back", "cat.jpg"))
        transaction.set_rollback(True)
    status, result = audit()
    assert status == 1 and keys(result, "stray") == [storages["default"].key(image.file.name)]
    status, result = audit("--fix")
    assert status == 1 and "give it a row" in result["findings"][0]["note"]
    assert read(storages["default"], image.file.name) == b"rolled back", "its row may be in a dump that comes later"


def test_what_filer_itself_would_leave_is_found(images, monkeypatch):
    """A public thumbnail of a file that is private now, under another name."""
    monkeypatch.setattr(grace, "SECONDS", 0)
    left = "filer_public_thumbnails/filer_public/ab/cd/cat.jpg__120x120_q85_crop_subsampling-2.jpg"
    storages["default"].save(left, ContentFile(b"small"))
    status, result = audit()
    assert status == 1 and keys(result) == [left]
    assert audit("--fix")[0] == 0 and audit()[0] == 0


@pytest.mark.parametrize("public", [True, False])
def test_a_move_that_was_interrupted_after_the_commit_is_found_and_finished(images, public, monkeypatch, read, jpeg):
    """By a process that was killed, or by another's failure on commit."""
    monkeypatch.setattr(grace, "SECONDS", 0)
    image = Image.objects.get(is_public=public)
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        transaction.on_commit(lambda: 1 / 0)
        image.is_public = not public
        image.save()
    status, result = audit()
    kinds = {finding["kind"] for finding in result["findings"]}
    assert (status, kinds) == (1, {"file", "thumbnail"} if public else {"unsettled"})
    assert audit("--fix")[0] == 0 and audit()[1]["findings"] == []
    row = Image.objects.get(pk=image.pk)
    assert row.is_public != public
    assert read(row.file.storage, row.file.name) == jpeg
    assert not storages["default" if public else "private"].exists(row.file.name)


def test_thumbnails_of_odd_sizes_are_no_findings(images):
    images[0].file.get_thumbnail({"size": (40.5, 40)})
    assert audit()[0] == 0
