"""filer's files on storages of other kinds: a random name for each file, another package's, none for private files."""

import io

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import storages
from django.core.management import call_command
from filer.models import Image

import mediastore
from mediastore.testing.audits import audit
from mediastore.tests.filer.helpers import SIZE, VISIBILITIES, flip, is_readable

pytestmark = pytest.mark.django_db(transaction=True)


@VISIBILITIES
@pytest.mark.s3
def test_a_file_is_flipped_though_each_copy_gets_a_random_name(
    make, held, read, jpeg, monkeypatch, public, nothing_left
):
    """As the parameter `unique=always` of a DSN has it."""
    for alias in ("default", "private"):
        monkeypatch.setattr(storages[alias], "unique", True)
    image = make(is_public=public)
    for _ in range(2):
        flip(image)
        assert is_readable(image, read, jpeg)
    assert sum(len(held()[alias]) for alias in ("default", "private")) == 1


@pytest.fixture
def foreign_storages(settings):
    """Public files and their thumbnails in a storage that has no method or attribute beside those of Django's API."""
    foreign = {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    settings.STORAGES = settings.STORAGES | {"default": foreign, "easy_thumbnails": foreign}


def test_a_picture_in_a_storage_of_another_package_has_a_thumbnail(foreign_storages, make, read, jpeg):
    image = make(is_public=True)
    name = image.file.get_thumbnail(SIZE).name
    with image.file.open() as file:
        assert file.read() == jpeg
    assert read(storages["easy_thumbnails"], name)


def test_a_thumbnail_that_is_made_again_is_stored_once(foreign_storages, make, everything):
    """This storage would give the second one another name: it replaces no file."""
    image = make(is_public=True)
    names = set()
    for _ in range(2):
        thumbnail = image.file.generate_thumbnail(SIZE)
        image.file.save_thumbnail(thumbnail)
        names.add(thumbnail.name)
    assert everything("easy_thumbnails") == list(names)


@pytest.fixture
def no_private_storage(settings, monkeypatch):
    """A site whose public storage can have no private files beside it, and that has set no PRIVATE_STORAGE_DSN."""
    monkeypatch.setitem(mediastore.SCHEMES, "ram", "django.core.files.storage.InMemoryStorage")
    media = mediastore.configure({"DEFAULT_STORAGE_DSN": "ram://"}, base_dir="")
    settings.STORAGES = settings.STORAGES | media["STORAGES"]


@pytest.mark.parametrize("command", [("media", "repair"), ("filer_check", "--orphans")])
def test_without_a_storage_of_private_files_the_public_ones_are_looked_at(no_private_storage, make, command):
    make(is_public=True)
    out = io.StringIO()
    call_command(*command, stdout=out)
    assert out.getvalue() in ("", "Nothing is left to do.\n")


def test_a_file_that_should_be_private_and_cannot_be_is_told(no_private_storage, make, read, jpeg):
    image = make(is_public=True)
    Image.objects.update(is_public=False)
    for options in ((), ("--fix",)):
        status, result = audit(*options)
        (finding,) = result["findings"]
        assert status == 1 and finding["kind"] == "unsettled" and finding["key"] == image.file.name
    assert "PRIVATE_STORAGE_DSN" in finding["note"] and read(storages["default"], image.file.name) == jpeg
    with pytest.raises(ImproperlyConfigured, match="PRIVATE_STORAGE_DSN"):
        storages["private"].open("a.txt")
