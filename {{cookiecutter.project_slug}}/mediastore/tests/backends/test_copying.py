"""`mediastore.backends.copying`: a file is copied to another storage, and two files are compared."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from mediastore.backends.copying import copy_across, is_copied

CONTENT = b"x" * 3_000_000  # compared in several parts


@pytest.fixture
def pair(empty_storages):
    """The two storages, with a file in the public one."""
    public, private = storages["default"], storages["private"]
    public.save("copying/a.bin", ContentFile(CONTENT))
    return public, private


def names(storage):
    return {found.name for found in storage.walk()}


def test_a_copy_that_is_repeated_leaves_one_file(pair, read):
    public, private = pair
    for _ in range(2):
        assert copy_across(public, "copying/a.bin", private, "moved/a.bin") == "moved/a.bin"
    assert names(private) == {"moved/a.bin"} and read(private, "moved/a.bin") == CONTENT


@pytest.mark.parametrize("other", [b"short", CONTENT[:-1] + b"y"], ids=["another size", "another last byte"])
def test_a_different_file_under_the_name_is_not_taken_for_the_copy(pair, read, other):
    public, private = pair
    private.save("moved/a.bin", ContentFile(other))
    name = copy_across(public, "copying/a.bin", private, "moved/a.bin", max_length=30)
    assert name != "moved/a.bin" and len(name) <= 30
    assert read(private, name) == CONTENT and read(private, "moved/a.bin") == other
    assert not is_copied(public, public.look("copying/a.bin"), private, "moved/a.bin")


def test_a_name_that_is_too_long_is_shortened(pair, read):
    public, private = pair
    wanted = f"{'d' * 100}/{'a' * 151}.bin"
    name = copy_across(public, "copying/a.bin", private, wanted, max_length=255)
    assert len(wanted) == 256 and len(name) == 255 and names(private) == {name}
    assert read(private, name) == CONTENT


@pytest.mark.s3
@pytest.mark.parametrize("may_list", [True, False])
def test_a_storage_may_give_the_copy_a_random_name(pair, read, monkeypatch, s3_answers, may_list):
    """With `unique=always` no file has the wanted name. S3 says so only to a key that may list files."""
    public, private = pair
    monkeypatch.setattr(private, "unique", True)
    if not may_list:
        s3_answers(private, "GetObject", 403, "AccessDenied", when=lambda request: request.url.endswith("moved/a.bin"))
    name = copy_across(public, "copying/a.bin", private, "moved/a.bin")
    assert name.startswith("moved/a_") and names(private) == {name} and read(private, name) == CONTENT


def test_a_file_counts_as_copied_after_the_copy_and_not_before(pair):
    public, private = pair
    found = public.look("copying/a.bin")
    assert not is_copied(public, found, private, "moved/a.bin")
    copy_across(public, "copying/a.bin", private, "moved/a.bin")
    assert is_copied(public, found, private, "moved/a.bin")


@pytest.mark.s3
def test_equal_etags_save_reading_the_files(pair, s3_requests):
    public, private = pair
    found = public.look("copying/a.bin")
    copy_across(public, "copying/a.bin", private, "moved/a.bin")
    assert s3_requests(lambda: is_copied(public, found, private, "moved/a.bin")) == ["HEAD"]


@pytest.mark.s3
def test_a_copy_costs_a_get_and_a_put(pair, s3_requests):
    public, private = pair
    assert s3_requests(lambda: copy_across(public, "copying/a.bin", private, "moved/b.bin")) == ["GET", "PUT"]
