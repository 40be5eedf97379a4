"""`mediastore.names`: one rule for names, on every storage."""

import pytest
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from mediastore import names


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
