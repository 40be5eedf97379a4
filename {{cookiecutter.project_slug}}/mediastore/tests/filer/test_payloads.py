"""`dumpdata` with FILER_DUMP_PAYLOAD and `loaddata`: each file from and to the storage where it belongs."""

import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command
from django.db import transaction
from filer.models import File, Image

from mediastore.tests.filer.helpers import SIZE, VISIBILITIES, MishapError

pytestmark = pytest.mark.django_db(transaction=True)
ALIASES = {True: "default", False: "private"}


@pytest.fixture(autouse=True)
def with_payload(monkeypatch):
    monkeypatch.setattr("filer.settings.FILER_DUMP_PAYLOAD", True)


@pytest.fixture
def dump(tmp_path):
    """`dump()`: a fixture of all of filer's files."""

    def dump():
        fixture = tmp_path / "files.json"
        call_command("dumpdata", "filer", output=str(fixture), verbosity=0)
        return fixture

    return dump


def load(fixture):
    call_command("loaddata", str(fixture), verbosity=0)


def plain(image, name):
    """Give the file of `image` a name that says nothing of where it lies."""
    storage = storages[ALIASES[image.is_public]]
    with storage.open(image.file.name) as file:
        stored = storage.save(name, ContentFile(file.read()))
    storage.delete(image.file.name)
    File.objects.filter(pk=image.pk).update(file=stored)
    return Image.objects.get(pk=image.pk)


@pytest.mark.parametrize("names", ["filer's names", "plain names"])
@VISIBILITIES
def test_a_file_comes_back_to_its_storage(make, read, held, dump, jpeg, public, names):
    image = make(is_public=public)
    if names == "plain names":
        image = plain(image, f"plain/{image.pk}.jpg")
    fields = ("pk", "file", "is_public", "sha1", "_file_size", "_width", "_height", "original_filename")
    row = Image.objects.values(*fields).get()
    fixture = dump()
    image.delete()
    assert held() == {"default": [], "private": []}
    load(fixture)
    assert held() == {"default": [], "private": []} | {ALIASES[public]: [row["file"]]}
    assert read(storages[ALIASES[public]], row["file"]) == jpeg
    assert Image.objects.values(*fields).get() == row
    Image.objects.get().delete()


def test_a_public_and_a_private_file_at_once(make, held, dump):
    images = [make(is_public=True), make(is_public=False)]
    before, fixture = held(), dump()
    for image in images:
        image.delete()
    load(fixture)
    assert held() == before


def test_a_fixture_without_size_and_hash(make, dump):
    image = make(is_public=False)
    size, sha1 = image.size, image.sha1
    fixture = dump()
    rows = json.loads(fixture.read_text())
    for row in rows:
        row["fields"] |= {"sha1": "", "_file_size": None} if row["model"] == "filer.file" else {}
    fixture.write_text(json.dumps(rows))
    image.delete()
    load(fixture)
    assert File.objects.values_list("_file_size", "sha1").get() == (size, sha1)


def test_loading_what_is_there_changes_nothing(make, read, held, dump, jpeg):
    images = [make(is_public=True), make(is_public=False)]
    before, fixture = held(), dump()
    load(fixture)
    assert held() == before
    assert [read(image.file.storage, image.file.name) for image in images] == [jpeg, jpeg]


@VISIBILITIES
def test_another_file_of_its_name_is_replaced_with_its_thumbnails(make, read, held, dump, jpeg, other_jpeg, public):
    image = make(is_public=public)
    fixture, storage = dump(), image.file.storage
    storage.delete(image.file.name)
    assert storage.save(image.file.name, ContentFile(other_jpeg)) == image.file.name
    image.file.get_thumbnail(SIZE)
    load(fixture)
    row = Image.objects.get()
    assert row.is_public == public and read(storage, row.file.name) == jpeg
    assert held() == {"default": [], "private": []} | {ALIASES[public]: [row.file.name]}


def test_a_storage_that_fails_after_a_deletion_leaves_the_row_its_file(make, read, dump, jpeg, other_jpeg, monkeypatch):
    image = make()
    fixture, storage = dump(), image.file.storage
    storage.delete(image.file.name)
    storage.save(image.file.name, ContentFile(other_jpeg))
    kind = type(storages["default"])
    delete = kind.delete

    def refuse(self, name, content, max_length=None):
        raise OSError("The storage is down")

    def deleting(self, name):
        delete(self, name)
        monkeypatch.setattr(kind, "save", refuse)

    monkeypatch.setattr(kind, "delete", deleting)
    load(fixture)
    assert read(storage, Image.objects.get().file.name) == jpeg


def test_a_load_that_fails_has_replaced_nothing(make, read, dump, other_jpeg):
    image = make()
    fixture, storage = dump(), image.file.storage
    storage.delete(image.file.name)
    storage.save(image.file.name, ContentFile(other_jpeg))
    with pytest.raises(MishapError), transaction.atomic():
        load(fixture)
        raise MishapError
    assert read(storage, image.file.name) == other_jpeg


def test_a_missing_file_and_a_row_without_a_file_are_dumped_with_a_warning(make, dump):
    image = make(is_public=False)
    storages["private"].delete(image.file.name)
    File.objects.create(original_filename="none.txt")
    with pytest.warns(UserWarning, match="payload") as warnings:
        rows = json.loads(dump().read_text())
    assert len([warning for warning in warnings if "payload" in str(warning.message)]) == 2
    assert {row["fields"]["file"] for row in rows if row["model"] == "filer.file"} == {image.file.name, ""}


def test_a_public_and_a_private_file_of_one_name_are_not_mistaken_for_each_other(make, dump):
    for public in (True, False):
        plain(make(is_public=public), "plain/twins.jpg")
    with pytest.warns(UserWarning, match="payload"):
        rows = json.loads(dump().read_text())
    assert {row["fields"]["file"] for row in rows if row["model"] == "filer.file"} == {"plain/twins.jpg"}
    File.objects.all().delete()


def test_no_migration_comes_of_it():
    call_command("makemigrations", "--check", "--dry-run", verbosity=0)
