"""All storages, on the disk or on S3: what they keep, which names they change, what a pickle contains."""

import io
import pickle
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.base import ContentFile, File
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from mediastore.backends import s3_upload

ALIASES = ("default", "private")


@pytest.mark.parametrize("alias", [*ALIASES, "easy_thumbnails", "private_thumbnails"])
def test_what_is_saved_is_read_listed_and_deleted(alias):
    storage = storages[alias]
    name = storage.save("round/trip.txt", ContentFile(b"0123456789"))
    assert name == "round/trip.txt"
    with storage.open(name) as file:
        assert file.size == 10
        assert file.read(3) == b"012"
        assert file.seek(-2, io.SEEK_END) == 8 and file.read() == b"89"
        file.open()
        assert list(file.chunks(5)) == [b"01234", b"56789"]
    assert storage.exists(name) and storage.size(name) == 10
    assert storage.get_modified_time(name).tzinfo
    assert storage.listdir("round") == ([], ["trip.txt"])
    assert "round" in storage.listdir("")[0]
    storage.delete(name)
    storage.delete(name)
    assert not storage.exists(name)
    with pytest.raises(FileNotFoundError):
        storage.open(name)


@pytest.mark.parametrize("alias", ALIASES)
def test_a_second_upload_of_a_name_does_not_destroy_the_first(alias, read):
    storage = storages[alias]
    names = [storage.save("twice/logo.png", ContentFile(content)) for content in (b"first", b"second")]
    assert names[0] == "twice/logo.png" and names[1] != names[0]
    assert [read(storage, name) for name in names] == [b"first", b"second"]


def test_twenty_writers_of_one_name_at_once_lose_nothing(read):
    storage = storages["default"]
    contents = [f"writer {number}".encode() for number in range(20)]
    with ThreadPoolExecutor(20) as pool:
        names = list(pool.map(lambda content: storage.save("race/a.txt", ContentFile(content)), contents))
    assert len(set(names)) == 20
    assert [read(storage, name) for name in names] == contents


@pytest.mark.parametrize("alias", ["easy_thumbnails", "private_thumbnails"])
def test_a_thumbnail_replaces_the_one_of_the_same_name(alias, read):
    storage = storages[alias]
    assert storage.save("thumbs/a.jpg", ContentFile(b"old and longer")) == "thumbs/a.jpg"
    assert storage.save("thumbs/a.jpg", ContentFile(b"new")) == "thumbs/a.jpg"
    assert read(storage, "thumbs/a.jpg") == b"new"


def test_a_stream_that_cannot_seek_survives_a_taken_name(read):
    class Stream(io.RawIOBase):
        def __init__(self):
            self.left = [b"one ", b"two"]

        def readable(self):
            return True

        def read(self, size=-1):
            return self.left.pop(0) if self.left else b""

    storage = storages["default"]
    storage.save("stream/a.txt", ContentFile(b"first"))
    name = storage.save("stream/a.txt", File(Stream(), "a.txt"))
    assert read(storage, name) == b"one two"


def test_text_is_written_as_utf_8(read):
    storage = storages["default"]
    name = storage.save("text/a.txt", ContentFile("grün"))
    assert read(storage, name) == "grün".encode()
    with storage.open("text/b.txt", "w") as file:
        file.write("blau")
    with storage.open("text/b.txt", "r") as file:
        assert file.read() == "blau"


@pytest.mark.s3
def test_a_file_in_parts_is_stored_whole_and_does_not_overwrite(monkeypatch, read):
    monkeypatch.setattr(s3_upload, "SINGLE", 1024)
    monkeypatch.setattr(s3_upload, "PART", 5 * 1024 * 1024)
    storage = storages["default"]
    content = bytes(range(256)) * 48 * 1024  # 12 MiB: three parts
    names = [storage.save("parts/a.bin", ContentFile(content + end)) for end in (b"1", b"2")]
    assert names[0] != names[1]
    assert [read(storage, name) for name in names] == [content + b"1", content + b"2"]
    assert not storage.client.list_multipart_uploads(Bucket=storage.bucket_name).get("Uploads")


@pytest.mark.s3
def test_all_storages_of_an_endpoint_share_one_client():
    assert len({id(storages[alias].client) for alias in ("default", "private", "easy_thumbnails")}) == 1


def test_the_clients_content_type_is_not_believed(public_get):
    upload = SimpleUploadedFile("cat.jpg", b"<script>alert(1)</script>", content_type="text/html")
    storage = storages["default"]
    status, headers, _ = public_get(storage.url(storage.save("xss/cat.jpg", upload)))
    assert (status, headers["Content-Type"]) == (200, "image/jpeg")


def test_browsers_download_what_they_would_run(public_get):
    storage = storages["default"]
    for name, type_ in (("xss/page.html", "text/html"), ("xss/drawing.svg", "image/svg+xml")):
        status, headers, _ = public_get(storage.url(storage.save(name, ContentFile(b"<svg onload='alert(1)'/>"))))
        assert (status, headers["Content-Type"], headers["Content-Disposition"]) == (200, type_, "attachment")


def test_a_compressed_table_stays_compressed(public_get):
    storage = storages["default"]
    status, headers, body = public_get(storage.url(storage.save("gz/table.csv.gz", ContentFile(b"\x1f\x8bx"))))
    assert (status, headers["Content-Type"], headers.get("Content-Encoding")) == (200, "application/gzip", None)
    assert body == b"\x1f\x8bx"


@pytest.mark.parametrize("alias", [*ALIASES, "easy_thumbnails", "private_thumbnails"])
def test_a_pickled_storage_contains_no_secret_and_is_the_same_storage_again(alias):
    data = pickle.dumps(storages[alias])
    assert alias.encode() in data and len(data) < 100
    assert pickle.loads(data) is storages[alias]


@pytest.mark.real_s3
def test_an_unsigned_request_to_a_private_object_is_refused(fetch):
    storage = storages["private"]
    name = storage.save("secret/a.txt", ContentFile(b"secret"))
    assert [fetch(url)[0] for url in set(storage.anonymous_urls(storage.key(name)))] == [403]
    assert fetch(f"{storage.endpoint_url}/{storage.bucket_name}/")[0] == 403
    assert fetch(f"{storage.endpoint_url}/{storages['default'].bucket_name}/")[0] == 403, "nobody may list"


@pytest.mark.s3
def test_the_error_about_a_missing_bucket_says_what_to_type():
    other = storages["default"].root()
    other.bucket_name = "test-not-there-at-all"
    with pytest.raises(FileNotFoundError, match="media setup"):
        other.save("a.txt", ContentFile(b"x"))


@pytest.mark.parametrize("alias", ["default", "private"])
def test_a_file_without_a_name_of_its_own_is_stored(alias, read):
    """Such a Django file is false, as an empty list is."""
    name = storages[alias].save("nameless/a.txt", File(io.BytesIO(b"abc")))
    assert read(storages[alias], name) == b"abc"
