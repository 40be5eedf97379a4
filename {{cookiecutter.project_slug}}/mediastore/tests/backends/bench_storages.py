"""`make bench`: compares each operation with that of django-storages, in the same run on the same server."""

import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from storages.backends.s3 import S3Storage

pytestmark = pytest.mark.s3
MIB = 1024 * 1024


@pytest.fixture(params=["mediastore", "django-storages"])
def storage(request, server):
    """The project's storage, and that of django-storages on the same bucket, which is told not to overwrite."""
    own = storages["default"]
    if request.param == "mediastore":
        return own
    return S3Storage(
        bucket_name=own.bucket_name,
        endpoint_url=server.address,
        access_key=server.key,
        secret_key=server.secret,
        region_name="us-east-1",
        file_overwrite=False,
    )


@pytest.mark.benchmark(group="save 1 KiB under a new name")
def test_save(storage, benchmark):
    numbers = iter(range(10**9))
    benchmark(lambda: storage.save(f"bench/{id(storage)}/{next(numbers)}.txt", ContentFile(b"x" * 1024)))


@pytest.mark.benchmark(group="save under a taken name")
def test_save_taken(storage, benchmark):
    storage.save("bench/taken.txt", ContentFile(b"x"))
    benchmark(lambda: storage.save("bench/taken.txt", ContentFile(b"x")))


@pytest.mark.benchmark(group="open and read 100 KiB")
def test_read(storage, benchmark):
    name = storage.save("bench/read.bin", ContentFile(b"x" * 102_400))

    def read():
        with storage.open(name) as file:
            return len(file.read())

    assert benchmark(read) == 102_400


@pytest.mark.benchmark(group="read 10 bytes of 64 MiB")
def test_read_beginning(storage, benchmark):
    name = storage.save("bench/large.bin", ContentFile(b"x" * 64 * MIB))

    def read():
        with storage.open(name) as file:
            return file.read(10)

    assert benchmark.pedantic(read, rounds=5) == b"x" * 10


@pytest.mark.benchmark(group="public url")
def test_public_url(storage, benchmark):
    if isinstance(storage, S3Storage):
        storage.querystring_auth = False
    assert benchmark(storage.url, "bench/a b.jpg").endswith("/bench/a%20b.jpg")


@pytest.mark.benchmark(group="signed url in a new thread")
def test_signed_url_in_a_new_thread(storage, benchmark):
    sign = getattr(storage, "signed_url", storage.url)
    sign("bench/a.jpg")

    def in_a_thread():
        thread = threading.Thread(target=sign, args=("bench/a.jpg",))
        thread.start()
        thread.join()

    benchmark.pedantic(in_a_thread, rounds=20)
