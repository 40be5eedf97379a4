"""How many requests to S3 an operation needs: as few as S3 allows."""

import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from easy_thumbnails.files import get_thumbnailer

pytestmark = [pytest.mark.s3, pytest.mark.django_db]
SIZE = {"size": (100, 100), "crop": True}


def test_save_under_a_new_name(s3_requests):
    assert s3_requests(lambda: storages["default"].save("budget/new.txt", ContentFile(b"x"))) == ["PUT"]


def test_save_under_a_taken_name(s3_requests):
    storages["default"].save("budget/taken.txt", ContentFile(b"x"))
    assert s3_requests(lambda: storages["default"].save("budget/taken.txt", ContentFile(b"x"))) == ["PUT", "PUT"]


def test_open_and_read(s3_requests):
    storage = storages["default"]
    name = storage.save("budget/read.txt", ContentFile(b"x" * 100_000))

    def read():
        with storage.open(name) as file:
            assert file.size == len(file.read()) == 100_000

    assert s3_requests(read) == ["GET"]


def test_urls(s3_requests):
    public, private = storages["default"], storages["private"]
    assert s3_requests(lambda: (public.url("a.jpg"), private.url("a.jpg"), private.signed_url("a.jpg"))) == []


def test_thumbnail_on_a_page(s3_requests, jpeg):
    name = storages["default"].save("budget/page.jpg", ContentFile(jpeg))
    get_thumbnailer(name).get_thumbnail(SIZE)
    shown = []

    def page():  # what a template with the tag `thumbnail`, a width and a height does
        thumbnail = get_thumbnailer(name).get_thumbnail(SIZE)
        shown.extend((thumbnail.url, thumbnail.width, thumbnail.height))

    assert s3_requests(page) == []
    assert shown[1:] == [100, 100]


def test_a_signed_url_in_a_new_thread_makes_no_client():
    storage = storages["private"]
    storage.signed_url("a.jpg")
    clients = []
    thread = threading.Thread(target=lambda: clients.append(storage.client))
    thread.start()
    thread.join()
    assert clients == [storage.client]
