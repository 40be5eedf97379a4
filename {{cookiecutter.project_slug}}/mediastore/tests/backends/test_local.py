"""`file://`: its DSNs, names on Windows, and files that are there already."""

import pytest
from django.core.exceptions import ImproperlyConfigured, SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages

import mediastore
from mediastore.backends.located import located

pytestmark = pytest.mark.usefixtures("local_storages")


@pytest.mark.parametrize(
    ("dsn", "says"),
    [
        ("file://media/files", "three slashes"),
        ("file:///", "the path of a folder"),
        ("file://K:S@/media", "no credentials"),
    ],
)
def test_a_dsn_of_the_disk_that_cannot_be_meant_is_refused(dsn, says):
    with pytest.raises(ImproperlyConfigured, match=says):
        mediastore.configure({"DEFAULT_STORAGE_DSN": dsn}, base_dir="/app")


@pytest.mark.parametrize("alias", ["default", "private"])
def test_a_name_that_is_taken_becomes_another_one(alias, read):
    storage = storages[alias]
    names = {storage.save("taken/a.txt", ContentFile(content)): content for content in (b"first", b"second")}
    assert len(names) == 2 and all(read(storage, name) == content for name, content in names.items())


def test_a_thumbnail_replaces_the_one_before_it(read):
    storage = storages["easy_thumbnails"]
    names = [storage.save("thumbs/a.jpg", ContentFile(content)) for content in (b"first", b"second")]
    assert names == ["thumbs/a.jpg"] * 2 and read(storage, "thumbs/a.jpg") == b"second"


@pytest.mark.parametrize("name", ["folder./a.txt", "CON", "a.txt::$DATA"])
def test_a_name_that_windows_reads_as_another_is_not_opened_there(name, monkeypatch):
    storage = storages["private"]
    monkeypatch.setattr(storage, "windows", True)
    with pytest.raises(SuspiciousFileOperation, match="Windows"):
        storage.open(name)


def test_the_audit_sees_all_files_below_a_folder():
    storage = located(storages["private"])
    assert list(storage.walk()) == []
    for name in ("a.txt", "b/c.txt", "b/d/e.txt"):
        storage.save(name, ContentFile(name.encode()))
    assert {found.name: found.size for found in storage.walk()} == {"a.txt": 5, "b/c.txt": 7, "b/d/e.txt": 9}
    assert storage.look("b/c.txt").size == 7 and storage.look("b/x.txt") is None
    assert storage.where.endswith("private")
