"""What the names of filer's files say."""

import pytest

from mediastore import folders
from mediastore.filer.locations import PREFIXES

SMALL = "filer_public_thumbnails/"


def test_filers_folders_are_known():
    assert folders.is_private("filer_private/a.jpg") and not folders.is_private("filer_private_too/a.jpg")
    assert folders.is_public("filer_public/a.jpg") and not folders.is_public(f"{SMALL}a.jpg")
    assert folders.is_thumbnail(f"{SMALL}a.jpg") and folders.is_any_thumbnail(f"{SMALL}a.jpg")


def test_a_file_that_is_made_private_keeps_the_rest_of_its_name():
    assert list(folders.when_private("filer_public/ab/cat.jpg")) == ["filer_private/ab/cat.jpg"]
    assert list(folders.when_private("pictures/cat.jpg")) == []


def test_registering_twice_is_registering_once():
    folders.register(folders.Folders(PREFIXES[True], PREFIXES[False], SMALL))
    assert len(list(folders.when_private("filer_public/cat.jpg"))) == 1


@pytest.mark.parametrize("size", ["64x64_q85_crop.jpg", "40.5x40_q85.jpg"])
@pytest.mark.parametrize("source", ["filer_public/ab/cat.jpg", "filer_public/ab/two__marks.jpg"])
def test_the_source_is_what_comes_before_the_last_mark(source, size):
    name = f"{SMALL}{source}__{size}"
    assert folders.source(name) == source and source in folders.sources(name)
    assert folders.source(f"{source}__{size}") == source, "private thumbnails have no folder of their own"


def test_a_name_without_a_mark_has_no_source():
    assert folders.source("filer_public/ab/cat.jpg") is None and folders.source(f"{SMALL}__64x64.jpg") is None
