"""What a name says, without the database and without a storage."""

import pytest

from mediastore import folders


@pytest.mark.parametrize(
    ("name", "sources"),
    [
        ("pictures/cat.jpg", set()),
        ("pictures/cat.jpg.64x64_q85_crop.jpg", {"pictures/cat.jpg"}),
        ("pictures/cat.jpg.64x64_q85.jpg.9x9_q85.webp", {"pictures/cat.jpg", "pictures/cat.jpg.64x64_q85.jpg"}),
        ("pictures/cat.jpg__64x64_q85_crop.JPG", {"pictures/cat.jpg"}),
        ("docs/report.10x15.pdf", set()),
        ("docs/report_10x15.jpg", set()),
        ("pictures/cat.jpg.64x64_q85/readme.jpg", set()),
    ],
)
def test_what_a_name_may_be_a_thumbnail_of(name, sources):
    assert folders.sources(name) == sources


def test_a_folder_of_thumbnails_is_not_part_of_their_sources_names(settings):
    settings.THUMBNAIL_BASEDIR = "small"
    assert folders.sources("small/cat.jpg.64x64_q85.jpg") == {"cat.jpg", "small/cat.jpg"}
    assert folders.is_any_thumbnail("small/cat.jpg.64x64_q85.jpg") and not folders.is_any_thumbnail("smaller/cat.jpg")


def test_without_an_extension_no_folder_is_special():
    for ask in (folders.is_private, folders.is_public, folders.is_thumbnail):
        assert not ask("pictures/cat.jpg")
    assert list(folders.when_private("pictures/cat.jpg")) == []
