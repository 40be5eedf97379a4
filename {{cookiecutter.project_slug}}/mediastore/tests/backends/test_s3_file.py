"""`mediastore.backends.s3_file`: what is fetched of an object, connections that break, and writing."""

import random

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from mediastore.backends import s3_file

pytestmark = pytest.mark.s3
MIB = 1024 * 1024


class Body:
    """The body of an answer. It counts the bytes that are read, and ends after `most` of them."""

    def __init__(self, body, most):
        self.body, self.left, self.fetched = body, most, 0

    def read(self, length):
        data = self.body.read(min(length, self.left))
        self.left -= len(data)
        self.fetched += len(data)
        return data

    def close(self):
        self.body.close()


@pytest.fixture
def bodies(monkeypatch):
    """`bodies(most)`: from now on each connection ends after `most` bytes. Gives the list of the bodies."""
    storage = storages["default"]
    get_object = storage.get_object

    def bodies(most):
        made = []

        def get(name, start=0):
            response = get_object(name, start)
            made.append(Body(response["Body"], most))
            return response | {"Body": made[-1]}

        monkeypatch.setattr(storage, "get_object", get)
        return made

    return bodies


def test_reading_the_beginning_of_an_object_does_not_fetch_all_of_it(bodies):
    storage = storages["default"]
    name = storage.save("large/a.bin", ContentFile(b"x" * 20 * MIB))
    made = bodies(most=20 * MIB)
    with storage.open(name) as file:
        assert file.read(10) == b"x" * 10
    assert [body.fetched < MIB for body in made] == [True]


def test_a_read_goes_on_where_the_connection_broke(bodies):
    storage = storages["default"]
    content = random.Random(1).randbytes(3_000_000)
    name = storage.save("broken/a.bin", ContentFile(content))
    made = bodies(most=1_000_000)
    with storage.open(name) as file:
        assert file.read() == content
    assert [body.fetched for body in made] == [1_000_000] * 3


def test_an_object_whose_connection_breaks_too_often_is_an_error(bodies):
    storage = storages["default"]
    name = storage.save("broken/b.bin", ContentFile(b"x" * 1000))
    made = bodies(most=100)
    with storage.open(name) as file, pytest.raises(OSError, match="ended after 400 of 1000 bytes"):
        file.read()
    assert len(made) == 1 + s3_file.RESUMES


def test_nothing_is_uploaded_if_writing_fails(read):
    storage = storages["default"]
    name = storage.save("write/a.txt", ContentFile(b"kept"))
    with pytest.raises(ZeroDivisionError), storage.open(name, "wb") as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert read(storage, name) == b"kept"


def test_an_open_file_does_not_change_its_mode():
    storage = storages["default"]
    with storage.open(storage.save("mode/a.txt", ContentFile(b"kept"))) as file:
        assert file.open("rb").read() == b"kept"
        with pytest.raises(ValueError, match="is open with the mode 'rb'"):
            file.open("wb")
    with pytest.raises(ValueError, match="use r, rb, w or wb"):
        storage.open(file.name, "ab")
