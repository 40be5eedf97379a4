"""`mediastore.names`: one rule for names, on every storage."""

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from mediastore import names, windows_names
from mediastore.backends.local import PrivateLocalStorage


@pytest.mark.parametrize("name", ["", "/etc/passwd", "../a", "a/../b", "a\x00b", "a\nb", "a/", "..", "a\\..\\b"])
def test_a_name_that_leaves_its_folder_is_refused_by_every_storage(name):
    with pytest.raises(SuspiciousFileOperation):
        names.clean(name)
    for alias in ("default", "private"):
        with pytest.raises(SuspiciousFileOperation):
            storages[alias].save(name or "/", ContentFile(b"x"))


@pytest.mark.parametrize("name", ["ü/naïve.txt", "u\u0308.txt", "🐈.txt", "a b.txt", "100%2F.txt", "a+b&c=d#e?.txt"])
def test_an_unusual_name_is_kept_and_delivers_its_bytes(name, public_get):
    storage = storages["default"]
    saved = storage.save(f"unusual/{name}", ContentFile(name.encode()))
    assert saved == f"unusual/{name}"
    with storage.open(saved) as file:
        assert file.read() == name.encode()
    status, _, body = public_get(storage.url(saved))
    assert (status, body) == (200, name.encode())


def test_a_long_name_is_shortened_and_keeps_its_extension():
    saved = storages["default"].save("long/" + "ü" * 300 + ".txt", ContentFile(b"x"))
    assert saved.endswith("ü.txt") and len(saved.removeprefix("long/").encode()) <= 255


def test_a_short_column_shortens_the_name_of_a_second_file_too():
    storage = storages["default"]
    saved = {storage.save("column/abcdefghijklmnop.txt", ContentFile(b"x"), max_length=24) for _ in range(3)}
    assert len(saved) == 3 and all(len(name) <= 24 for name in saved)


ALIASES = [
    *(
        "a.",
        "a ",
        "a. .",
        "folder./a.jpg",
        "folder /a.jpg",
        "...",
        "a.jpg::$DATA",
        "folder::$INDEX_ALLOCATION/a",
        "a:b",
    ),
    *(
        "CON",
        "con.txt",
        "folder/nul",
        "aux .txt",
        "Com1.tar.gz",
        "lpt\u00b9",
        "conin$",
        "PRIVAT~1/a.jpg",
        "PR3A2F~1.JPG",
    ),
]


@pytest.mark.parametrize("name", ALIASES)
def test_a_name_under_which_windows_opens_something_else_is_known(name):
    assert windows_names.is_alias(name)
    assert not windows_names.is_alias(windows_names.storable(name))


@pytest.mark.parametrize(
    "name", ["report .pdf", ".hidden", "a.b/c d.txt", "console.txt", "com10", "backup~", "nullable", ""]
)
def test_a_name_that_windows_keeps_is_left_alone(name):
    assert not windows_names.is_alias(name) and windows_names.stripped(name) == name


@pytest.mark.parametrize(
    "folder",
    [
        *("files_private", "Files_PRIVATE", "files_private.", "files_private . ", "files_private::$INDEX_ALLOCATION"),
        *(
            "\ufb01les_private",
            "files_pr\u0131vate",
            "f\u200ciles_private",
            "\uff46iles_private",
            "files_private\u0301",
        ),
        *("f\u0130les_private", "\u2131iles_private", "files\ufe4dprivate"),
    ],
)
def test_no_spelling_of_a_folder_slips_past_a_prefix_check(folder):
    assert windows_names.is_below(f"{folder}/a.jpg", "files_private")


@pytest.mark.parametrize(
    "name", ["files_private", "files_private2/a", "a/files_private/b", "files.private/a", "files/a"]
)
def test_another_folder_is_not_taken_for_a_private_one(name):
    assert not windows_names.is_below(name, "files_private")


@pytest.mark.parametrize("alias", ["default", "private"])
def test_an_upload_whose_name_ends_in_dots_or_spaces_is_stored_without_them(alias, read):
    storage = storages[alias]
    for name, wanted in (("report.", "report"), ("folder. /report .pdf", "folder/report .pdf"), ("...", "_")):
        saved = storage.save(f"ends/{name}", ContentFile(name.encode()))
        assert saved == f"ends/{wanted}" and read(storage, saved) == name.encode()


def test_a_name_that_is_shortened_does_not_end_in_a_dot():
    assert names.fit("abc.  defghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz", 5) == "abc"


@pytest.mark.s3
def test_an_object_whose_name_ends_in_a_dot_stays_readable(read):
    """Another tool may have stored the object, before the site moved to this project."""
    storage = storages["default"]
    storage.put("old./report. ", ContentFile(b"old"), replace=True)
    assert read(storage, "old./report. ") == b"old" and storage.exists("old./report. ")


@pytest.mark.parametrize("name", [name for name in ALIASES if name != "..."])
def test_windows_is_given_no_name_of_another_file(name, tmp_path, monkeypatch):
    monkeypatch.setattr(PrivateLocalStorage, "windows", True)
    storage = PrivateLocalStorage(location=tmp_path, base_url="/private/", alias="private")
    for use in (storage.open, storage.exists, storage.delete):
        with pytest.raises(SuspiciousFileOperation):
            use(name)
    saved = storage.save(name, ContentFile(b"kept"))
    with storage.open(saved) as file:
        assert file.read() == b"kept"
    assert any(storage.listdir(""))
