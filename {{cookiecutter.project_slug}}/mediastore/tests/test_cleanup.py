"""A file that no row names any more is deleted on commit, with its thumbnails. A file that a row names stays."""

import logging
import os
import threading
import time

import pytest
from django.contrib.sessions.models import Session
from django.core import serializers
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import IntegrityError, OperationalError, connection, connections, models, transaction
from django.test.utils import CaptureQueriesContext, isolate_apps
from easy_thumbnails.exceptions import InvalidImageFormatError
from easy_thumbnails.files import get_thumbnailer
from easy_thumbnails.models import Source, Thumbnail

from mediastore import thumbnail_records
from mediastore.fields import PictureField
from mediastore.pictures import RefusedPictureError
from mediastore.tests.models import Badge, Cover, Document, Picture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_storages")]
SIZE = {"size": (64, 64)}


@pytest.fixture
def held(everything):
    """`held()`: the names of all files in both storages, thumbnails included."""
    return lambda: {alias: set(everything(alias)) for alias in ("default", "private")}


@pytest.fixture
def picture(jpeg):
    picture = Picture.objects.create(title="Old", image=ContentFile(jpeg, "followed.jpg"))
    picture.image.get_thumbnail(SIZE)
    return picture


WAYS = {
    "instance": lambda picture: picture.delete(),
    "queryset": lambda picture: Picture.objects.filter(pk=picture.pk).delete(),
    "out of date": lambda picture: Picture(pk=picture.pk).delete(),
    "field": lambda picture: picture.image.delete(),
    "emptied": lambda picture: (setattr(picture, "image", ""), picture.save()),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_deleted_picture_leaves_nothing_behind(way, held, jpeg):
    before = held()
    picture = Picture.objects.create(title="Old", image=ContentFile(jpeg, "followed.jpg"))
    picture.image.get_thumbnail(SIZE)
    assert len(held()["default"] - before["default"]) == 2
    WAYS[way](picture)
    assert held() == before
    assert not Source.objects.exists() and not Thumbnail.objects.exists()


def test_a_deleted_document_leaves_nothing_behind(held, jpeg):
    before = held()
    document = Document.objects.create(title="Old", file=ContentFile(jpeg, "followed.jpg"))
    get_thumbnailer(document.file).get_thumbnail(SIZE)
    assert len(held()["private"] - before["private"]) == 2
    document.delete()
    assert held() == before


@pytest.mark.parametrize("by", ["delete", "delete_selected", "replace", "clear"])
def test_what_the_admin_deletes_or_replaces_is_gone(by, picture, admin_client, other_jpeg, everything, monkeypatch):
    change = f"/admin/tests/picture/{picture.pk}/"
    data = {"title": "New"}
    if by == "delete":
        response = admin_client.post(f"{change}delete/", {"post": "yes"})
    elif by == "delete_selected":
        data = {"action": "delete_selected", "_selected_action": picture.pk, "post": "yes"}
        response = admin_client.post("/admin/tests/picture/", data)
    elif by == "replace":
        response = admin_client.post(f"{change}change/", data | {"image": SimpleUploadedFile("new.jpg", other_jpeg)})
    else:
        monkeypatch.setattr(Picture._meta.get_field("image"), "blank", True)
        response = admin_client.post(f"{change}change/", data | {"image-clear": "on"})
    assert response.status_code == 302, response.content.decode()
    assert not [name for name in everything("default") if "followed" in name]
    assert len([name for name in everything("default") if name.startswith("pictures/new")]) == (by == "replace")


@pytest.mark.parametrize("way", [*WAYS, "replaced"])
def test_a_rollback_loses_nothing(way, picture, held, other_jpeg):
    before = held()
    name = picture.image.name
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        if way == "replaced":
            picture.image = ContentFile(other_jpeg, "new.jpg")
            picture.save()
        else:
            WAYS[way](picture)
        assert before["default"] <= held()["default"]
        raise ZeroDivisionError
    assert before["default"] <= held()["default"]
    picture = Picture.objects.get()
    assert picture.image.name == name and picture.image.get_existing_thumbnail(SIZE)


def test_a_file_that_another_row_names_stays_until_the_last_is_gone(picture, held):
    before = held()
    other = Picture.objects.create(title="Copy", image=picture.image.name)
    picture.delete()
    assert held() == before
    other.delete()
    assert not [name for name in held()["default"] if "followed" in name]


def test_a_row_that_is_saved_without_its_file_keeps_it(picture, held):
    before = held()
    picture.image = "elsewhere.jpg"
    picture.save(update_fields=["title"])
    Picture.objects.only("title").get().save()
    Picture.objects.defer("image").get().save()
    assert held() == before
    with CaptureQueriesContext(connection) as queries:
        picture.save(update_fields=["title"])
    assert not [query for query in queries if query["sql"].startswith("SELECT")]


def test_what_loaddata_writes_deletes_nothing(picture, held):
    before = held()
    rows = serializers.serialize("json", [picture]).replace("followed", "restored")
    for row in serializers.deserialize("json", rows):
        row.save()
    assert "restored" in Picture.objects.get().image.name
    assert held() == before


def test_a_row_that_is_deleted_by_its_proxy_leaves_nothing_behind(picture, everything):
    Cover.objects.get().delete()
    assert not [name for name in everything("default") if "followed" in name]


def test_a_storage_that_fails_on_commit_is_one_line_in_the_log(picture, monkeypatch, caplog, client):
    def refuse(self, name):
        raise PermissionError("S3 refused")

    monkeypatch.setattr(type(storages["default"]), "delete", refuse)
    with caplog.at_level(logging.ERROR):
        picture.delete()
    (record,) = [record for record in caplog.records if record.name == "mediastore.cleanup"]
    assert record.getMessage().count("\n") == 0 and record.exc_info is None
    assert "followed" in record.getMessage() and "S3 refused" in record.getMessage()


def test_replacing_a_picture_twice_at_once_leaves_one_file(picture, jpeg, everything):
    """Two transactions that both saw the first file; the later one waits for the row."""
    both_read = threading.Barrier(2)

    def replace(number):
        try:
            mine = Picture.objects.get(pk=picture.pk)
            both_read.wait(10)
            while True:
                try:
                    with transaction.atomic():
                        mine.image = ContentFile(jpeg, f"followed-{number}.jpg")
                        mine.save()
                    break
                except OperationalError:  # SQLite in memory does not wait
                    storages["default"].delete(
                        mine.image.name
                    )  # a rollback leaves the new file, which is another test's matter
                    time.sleep(0.01)
        finally:
            connection.close()

    threads = [threading.Thread(target=replace, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    names = [name for name in everything("default") if "followed" in name]
    assert names == [Picture.objects.get().image.name]


def test_a_thumbnail_of_a_picture_that_is_deleted_meanwhile_is_deleted(picture, held, monkeypatch):
    """Another request deletes the picture after the thumbnail is stored, and before it is recorded."""
    storage = storages["easy_thumbnails"]
    save = type(storage).save

    def saved_late(self, *args, **kwargs):
        name = save(self, *args, **kwargs)
        Picture.objects.filter(pk=picture.pk).delete()
        return name

    picture = Picture.objects.get()
    assert picture.image.get_source_cache()  # read the record of the picture before it is deleted
    monkeypatch.setattr(type(storage), "save", saved_late)
    with pytest.raises(RefusedPictureError, match="deleted meanwhile"):
        picture.image.get_thumbnail({"size": (32, 32)})
    assert not [name for name in held()["default"] if "followed" in name]
    assert not Source.objects.exists()


def test_a_thumbnail_of_a_picture_that_is_gone_already_is_deleted(picture, held):
    late = Picture.objects.get()
    assert late.image.open().read()  # so that it can be read when it is gone
    Picture.objects.filter(pk=picture.pk).delete()
    late.image.get_thumbnail({"size": (32, 32)})
    assert not [name for name in held()["default"] if "followed" in name]
    assert not Source.objects.exists() and not Thumbnail.objects.exists()


def test_a_thumbnail_that_is_made_before_its_row_is_saved_stays(jpeg):
    picture = Picture(pk=4711, title="Early")
    picture.image.save("followed.jpg", ContentFile(jpeg), save=False)
    thumbnail = picture.image.get_thumbnail(SIZE)
    assert thumbnail.storage.exists(thumbnail.name)


def test_a_thumbnail_that_the_database_does_not_take_is_deleted(picture, held, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise OperationalError("the database is gone")

    before = held()
    monkeypatch.setattr(type(picture.image), "get_thumbnail_cache", refuse)
    with pytest.raises(OperationalError):
        picture.image.save_thumbnail(picture.image.generate_thumbnail({"size": (32, 32)}))
    assert held() == before


def test_a_thumbnail_that_another_request_has_recorded_stays(picture, monkeypatch):
    def refuse(self, *args, **kwargs):
        raise IntegrityError("another request was faster")

    stored = picture.image.get_existing_thumbnail(SIZE)
    monkeypatch.setattr(type(picture.image), "get_thumbnail_cache", refuse)
    with pytest.raises(RefusedPictureError):
        picture.image.save_thumbnail(picture.image.generate_thumbnail(SIZE))
    assert stored.storage.exists(stored.name)


def test_thumbnails_and_deletions_at_once_leave_nothing_behind(jpeg, held):
    """A request makes a thumbnail while another deletes the picture. With THOROUGH=1 in the environment 200 times."""
    before = held()

    def attempt(act):
        try:
            together.wait(10)
            for _ in range(100):
                try:
                    act()
                    return
                except OperationalError:  # SQLite in memory does not wait
                    time.sleep(0.01)
        except InvalidImageFormatError:
            pass  # the picture was gone
        finally:
            connection.close()

    for _ in range(200 if os.environ.get("THOROUGH") else 10):
        made = Picture.objects.create(title="Short", image=ContentFile(jpeg, "followed.jpg"))
        one, other = Picture.objects.get(pk=made.pk), Picture.objects.get(pk=made.pk)
        together = threading.Barrier(2)
        acts = (lambda one=one: one.image.get_thumbnail(SIZE), other.delete)
        threads = [threading.Thread(target=attempt, args=(act,)) for act in acts]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert not Picture.objects.exists()
    assert held() == before
    assert not Thumbnail.objects.exists()


@isolate_apps("mediastore.tests")
def test_a_model_without_the_decorator_deletes_a_file_at_once_and_only_if_asked(jpeg, everything):
    class Page(models.Model):
        image = PictureField(upload_to="pages/")

        class Meta:
            app_label = "tests"

    page = Page()
    page.image.save("page.jpg", ContentFile(jpeg), save=False)
    assert [name for name in everything("default") if name.startswith("pages/")] == [page.image.name]
    page.image.delete(save=False)
    assert not [name for name in everything("default") if name.startswith("pages/")] and not page.image


def test_a_field_without_a_file_can_be_emptied(picture, everything):
    Picture.objects.update(image="")
    empty = Picture.objects.get()
    before = everything("default")
    empty.image.delete()
    assert everything("default") == before


def test_a_file_that_is_open_is_closed_when_it_is_deleted(picture, everything):
    """Windows deletes no open file."""
    opened = Picture.objects.get()
    file = opened.image.open().file
    opened.image.delete()
    assert file.closed and not Picture.objects.get().image
    assert not [name for name in everything("default") if "followed" in name]


def test_rows_of_other_models_are_deleted_without_being_fetched():
    """Listeners for every model would make Django fetch what it deletes."""
    with CaptureQueriesContext(connection) as queries:
        Session.objects.all().delete()
    assert not [query for query in queries if query["sql"].startswith("SELECT")]


def test_a_fields_default_file_is_kept(jpeg):
    name = storages["default"].save("badges/default.jpg", ContentFile(jpeg))
    badge = Badge.objects.create()
    assert badge.image.name == name
    badge.image = ContentFile(jpeg, "own.jpg")
    badge.save()
    own = badge.image.name
    badge.delete()
    assert storages["default"].exists(name) and not storages["default"].exists(own)


def test_a_thumbnail_that_the_storage_does_not_delete_stays_on_record(picture, held, monkeypatch):
    """Its record stays, so that a later run can delete it. The other thumbnails are deleted all the same."""
    picture.image.get_thumbnail({"size": (32, 32)})
    storage = storages["easy_thumbnails"]
    delete = type(storage).delete

    def refuse(self, name):
        if "64x64" in name:
            raise OSError("S3 is busy")
        return delete(self, name)

    with monkeypatch.context() as patched:
        patched.setattr(type(storage), "delete", refuse)
        with pytest.raises(OSError, match="busy"):
            thumbnail_records.clear(storages["default"], picture.image.name)
    assert [name for name in held()["default"] if "32x32" in name] == []
    assert Thumbnail.objects.filter(name__contains="64x64").exists()
    thumbnail_records.clear(storages["default"], picture.image.name)
    assert not Thumbnail.objects.exists()
    assert [name for name in held()["default"] if "64x64" in name] == []


@pytest.fixture(scope="module")
def archive(django_db_setup, django_db_blocker, tmp_path_factory):
    """The alias of a second database, which no router names."""
    entry = {"ENGINE": "django.db.backends.sqlite3", "NAME": tmp_path_factory.mktemp("archive") / "archive.sqlite3"}
    connections.settings["archive"] = connections.configure_settings({"default": {}, "archive": entry})["archive"]
    with django_db_blocker.unblock():
        call_command("migrate", database="archive", run_syncdb=True, verbosity=0)
    yield "archive"
    connections["archive"].close()
    del connections["archive"], connections.settings["archive"]


@pytest.mark.django_db(transaction=True, databases=["default", "archive"])
@pytest.mark.parametrize("other", ["archive", "default"])
def test_a_file_that_a_row_of_a_second_database_names_stays(archive, other, held, jpeg):
    before = held()
    first = Picture.objects.using(archive).create(title="Kept", image=ContentFile(jpeg, "followed.jpg"))
    second = Picture.objects.using(other).create(title="Kept too", image=first.image.name)
    first.delete()
    assert storages["default"].exists(second.image.name)
    second.delete()
    assert held() == before
