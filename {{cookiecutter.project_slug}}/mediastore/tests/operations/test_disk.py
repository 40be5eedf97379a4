"""The collections on the disk answer as a set and as a list would."""

from datetime import UTC, datetime

from mediastore.backends.located import Stored
from mediastore.operations import disk
from mediastore.operations.disk import Names, StoredFiles

ODD = ["a", "A", "ä", "a\0b", "a'; --", "\udcff.jpg", "snow \N{SNOWMAN}", "a" * 5000]


def stored(name, size=1, etag='"1"', modified=None):
    return Stored(name, size, modified or datetime(2026, 1, 2, 3, 4, 5, 6, tzinfo=UTC), etag)


def test_a_name_is_found_as_it_was_written_and_no_other():
    names = Names([*ODD, *ODD])
    assert all(name in names for name in ODD) and names.has_any(["other", ODD[5]])
    assert not names.has_any(["b", "", "Ä", "\udcfe.jpg"]) and "a" not in Names()


def test_files_come_back_as_they_were_in_their_order():
    files = [stored(name, size) for size, name in enumerate(ODD)]
    files.append(stored("naive", modified=datetime(2026, 1, 2)))
    kept = StoredFiles(files[:-1])
    kept.add(files[-1])
    assert list(kept) == files and len(kept) == len(files)
    assert all(kept.content(found.name) == (found.size, found.etag) for found in files)
    assert kept.content("other") is None and "other" not in kept and ODD[5] in kept


def test_a_file_is_found_by_its_bytes():
    kept = StoredFiles([stored("a", 3, '"x"'), stored("empty", 0, '"y"'), stored("disk", 3, None)])
    assert kept.with_content(3, '"x"') == "a"
    for size, etag in ((4, '"x"'), (3, '"z"'), (0, '"y"'), (3, None)):
        assert kept.with_content(size, etag) is None, "an empty file, or one without an ETag, is no copy of another"


def test_what_does_not_fit_into_memory_is_found_too(monkeypatch):
    monkeypatch.setattr(disk, "CACHE", 1)
    files = [stored(f"pictures/{number:06}.jpg", number, f'"{number}"') for number in range(20_000)]
    kept, names = StoredFiles(files), Names(found.name for found in files)
    assert list(kept) == files
    assert all(kept.with_content(found.size, found.etag) == found.name for found in files[1:])
    assert all(found.name in names for found in files)
