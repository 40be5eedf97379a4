"""`manage.py media audit`: thumbnails of private files, and what only has the name of one."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from mediastore.testing.audits import audit, keys

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_storages")]


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


def test_what_has_the_name_of_a_thumbnail_may_be_somebodys_only_copy(read):
    storages["private"].save("plans/house", ContentFile(b"secret"))
    storages["default"].save("plans/house.10x15_north.jpg", ContentFile(b"the only one"))
    status, result = audit("--fix")
    assert status == 0 and "moved" in result["findings"][0]["note"]
    assert read(storages["private"], "plans/house.10x15_north.jpg") == b"the only one"


@pytest.mark.real_s3
@pytest.mark.usefixtures("no_upload_is_on_its_way")
@pytest.mark.parametrize("folder", ["private_thumbnails", "thumbnails"])
def test_an_original_in_a_folder_of_thumbnails_is_never_deleted(site, read, folder):
    """Neither what has another name than thumbnails have, nor what has one, when there is nothing to make it of."""
    public, private = site
    private.save(f"{folder}/a.jpg", ContentFile(b"same name"))
    names = [f"{folder}/a.jpg", f"{folder}/gone.jpg.64x64_q85.jpg"]
    root = public.root()
    for name in names:
        root.save(name, ContentFile(b"the only one"))
    audit("--fix")
    kept = [read(storage, found.name) for storage in (root, private.root()) for found in storage.walk()]
    assert kept.count(b"the only one") == 2
