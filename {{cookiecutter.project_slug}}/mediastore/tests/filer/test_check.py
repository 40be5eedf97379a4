"""`manage.py filer_check`: files without a row, rows without a file, pictures without dimensions, on the disk and on S3."""

import io
import time
from contextlib import ExitStack

import environ
import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import OperationalError, connections
from easy_thumbnails.files import get_thumbnailer
from easy_thumbnails.models import Source
from filer.models import File, Folder, Image

from mediastore.filer import orphans
from mediastore.filer.locations import PREFIXES, Location
from mediastore.operations import grace, setup
from mediastore.testing import bombs, postgresql
from mediastore.tests.filer.helpers import SIZE, VISIBILITIES, flip
from mediastore.tests.models import Document, Picture

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_storages")]
ALIASES = {True: "default", False: "private"}


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(grace, "SECONDS", 0)


def check(*options, **kwargs):
    """The lines that it writes."""
    out = io.StringIO()
    call_command("filer_check", *options, interactive=False, stdout=out, **kwargs)
    return sorted(out.getvalue().splitlines())


def orphan(public, name="0a/1b/lost.txt", content=b"lost"):
    """A file in filer's folder that no row names; its name."""
    return storages[ALIASES[public]].save(PREFIXES[public] + name, ContentFile(content))


def test_orphans_are_listed_and_deleted_in_both_storages(make, held):
    images = [make(is_public=public) for public in (True, False)]
    for image in images:
        image.file.get_thumbnail(SIZE)
    before = held()
    for public in (True, False):
        orphan(public)
    everything = held()
    assert check("--orphans") == ["private/0a/1b/lost.txt", "public/0a/1b/lost.txt"]
    assert check("--orphans", verbosity=3)[0] == "Found orphaned file 'private/0a/1b/lost.txt'"
    assert held() == everything
    assert check("--delete-orphans") == ["private/0a/1b/lost.txt", "public/0a/1b/lost.txt"]
    assert held() == before
    assert check("--orphans") == check("--delete-orphans") == []


@VISIBILITIES
def test_an_orphan_goes_with_its_thumbnails(held, jpeg, public):
    name = orphan(public, "0a/1b/lost.jpg", jpeg)
    get_thumbnailer(storages[ALIASES[public]], name).get_thumbnail(SIZE)
    check("--delete-orphans")
    assert held() == {"default": [], "private": []} and not Source.objects.exists()


def test_nothing_is_deleted_unless_it_is_confirmed(monkeypatch, held):
    orphan(True)
    before = held()
    monkeypatch.setattr("builtins.input", lambda question: "no")
    out = io.StringIO()
    call_command("filer_check", "--delete-orphans", stdout=out)
    assert "Aborted" in out.getvalue() and held() == before


@VISIBILITIES
def test_an_upload_whose_row_is_about_to_be_committed_is_no_orphan(monkeypatch, held, public):
    monkeypatch.undo()  # the grace time
    orphan(public)
    before = held()
    assert check("--orphans") == check("--delete-orphans") == []
    assert held() == before


@VISIBILITIES
def test_what_was_stored_since_the_oldest_open_transaction_began_is_no_orphan(monkeypatch, held, public):
    orphan(public)
    before = held()
    monkeypatch.setattr(orphans, "oldest_transaction", lambda connection: time.time() - 3600)
    assert check("--orphans") == check("--delete-orphans") == []
    assert held() == before


@pytest.fixture
def on_postgresql():
    """`on_postgresql()`: a new connection to a PostgreSQL."""
    from django.db.backends.postgresql.base import DatabaseWrapper

    with ExitStack() as stack:
        url = postgresql.given() or stack.enter_context(postgresql.running()) + "postgres"
        settings = {**connections["default"].settings_dict, "OPTIONS": {}, **environ.Env.db_url_config(url)}

        def connect():
            connection = DatabaseWrapper(settings)
            stack.callback(connection.close)
            return connection

        yield connect


@pytest.mark.postgresql
def test_postgresql_tells_when_the_oldest_open_transaction_began(on_postgresql):
    first, second, asking = (on_postgresql() for _ in range(3))
    began = time.time()
    for connection in (first, second):
        connection.set_autocommit(False)
        connection.cursor().execute("SELECT 1")
        time.sleep(0.5)
    assert orphans.oldest_transaction(asking) == pytest.approx(began, abs=0.4)
    first.rollback()
    assert orphans.oldest_transaction(asking) == pytest.approx(began + 0.5, abs=0.4)
    second.rollback()
    assert orphans.oldest_transaction(asking) == pytest.approx(time.time(), abs=0.4)


def named_by_another_model(name, public):
    """The rows, one, of a model that is none of filer's, whose field names the file."""
    fields = {"image": name} if public else {"file": name}
    row = (Picture if public else Document).objects.create(title="Not filer's", **fields)
    return type(row).objects.filter(pk=row.pk)


@VISIBILITIES
def test_what_a_row_of_another_model_names_is_no_orphan(held, public):
    rows = named_by_another_model(orphan(public), public)
    before = held()
    assert check("--orphans") == check("--delete-orphans") == []
    assert held() == before
    rows.update(**{"image" if public else "file": ""})
    assert len(check("--delete-orphans")) == 1


@VISIBILITIES
@pytest.mark.parametrize("model", ["filer's", "another"])
def test_what_gets_a_row_after_it_was_listed_is_not_deleted(held, model, public):
    name = orphan(public)
    (location,) = orphans.orphans(public)
    if model == "another":
        named_by_another_model(name, public)
    else:
        File.objects.create(original_filename="late.txt", file=name, is_public=public)
    before = held()
    assert orphans.delete(location) is False and held() == before


@VISIBILITIES
def test_a_file_that_is_on_its_way_is_no_orphan(make, read, jpeg, public):
    """The row names the location in the other storage, and only this storage has the file: an older database was restored."""
    image = make(is_public=public)
    here = Location.of(image.file.name, public)
    there = here.on(not public)
    File.objects.filter(pk=image.pk).update(file=there.name)
    assert check("--orphans") == check("--delete-orphans") == []
    assert read(here.storage, here.name) == jpeg


@VISIBILITIES
def test_what_a_file_has_left_behind_is_an_orphan(make, held, jpeg, public):
    image = make(is_public=public)
    flip(image)
    before = held()
    left = Location.of(image.file.name, not public).on(public)
    left.storage.save(left.name, ContentFile(jpeg))
    assert check("--delete-orphans") == [f"{'public' if public else 'private'}/{left.rest}"]
    assert held() == before


@VISIBILITIES
def test_a_thumbnail_of_a_living_file_is_no_orphan(make, held, public):
    """Older settings of filer keep private thumbnails beside the files."""
    image = make(is_public=public)
    storages[ALIASES[public]].save(f"{image.file.name}__64x64_q85.jpg", ContentFile(b"small"))
    before = held()
    assert check("--orphans") == check("--delete-orphans") == []
    assert held() == before


@pytest.mark.s3
def test_files_of_another_site_are_not_touched(become, bucket):
    become(bucket("other/"))
    list(setup.run())
    names = [orphan(True), orphan(False)]
    become(bucket("ours/"))
    orphan(True)
    assert check("--delete-orphans") == ["public/0a/1b/lost.txt"]
    public, private = become(bucket("other/"))
    assert public.exists(names[0]) and private.exists(names[1])


def test_public_and_private_files_in_one_bucket(request, on_s3):
    if on_s3:
        request.getfixturevalue("one_bucket")
        list(setup.run())
    for public in (True, False):
        orphan(public)
    assert check("--delete-orphans") == ["private/0a/1b/lost.txt", "public/0a/1b/lost.txt"]


@pytest.mark.parametrize("error", [PermissionError("S3 refused"), OperationalError("database is locked")], ids=str)
def test_a_storage_or_a_database_that_fails_is_told_in_one_line(monkeypatch, error):
    orphan(True)

    def refuse(self, name):
        raise error

    monkeypatch.setattr(type(storages["default"]), "delete", refuse)
    with pytest.raises(CommandError, match=str(error)):
        check("--delete-orphans")


@VISIBILITIES
def test_missing_files_are_listed_and_their_rows_deleted(make, public):
    there, missing = make(is_public=public), make("dog.jpg", is_public=public, folder=Folder.objects.create(name="f"))
    File.objects.create(original_filename="never had a file")
    missing.file.storage.delete(missing.file.name)
    assert check("--missing") == ["/f/dog.jpg"]
    assert check("--missing", verbosity=3) == ["File reference '/f/dog.jpg' is missing in storage."]
    assert File.objects.count() == 3
    assert check("--delete-missing") == ["/f/dog.jpg"]
    assert Image.objects.get() == there and File.objects.count() == 2


@VISIBILITIES
def test_the_row_of_a_file_that_moves_while_it_is_looked_for_is_not_deleted(make, monkeypatch, public):
    image = make(is_public=public)
    storage = type(storages[ALIASES[public]])
    exists = storage.exists

    def moved_first(self, name):
        monkeypatch.setattr(storage, "exists", exists)
        flip(Image.objects.get(pk=image.pk))
        return exists(self, name)

    monkeypatch.setattr(storage, "exists", moved_first)
    assert check("--delete-missing") == []
    assert Image.objects.get().is_public != public


@VISIBILITIES
def test_dimensions_are_set(make, public):
    image, svg = make(is_public=public), make("b.jpg", is_public=public)
    drawing = b'<svg xmlns="http://www.w3.org/2000/svg" width="100" height="50"/>'
    svg.file = ContentFile(drawing, "drawing.svg")
    svg.save()
    Image.objects.update(_width=None, _height=0)
    Image.objects.filter(pk=image.pk).update(_width=0)
    assert check("--image-dimensions") == ["Setting dimensions for 2 images"]
    assert sorted(Image.objects.values_list("_width", "_height")) == [(100, 50), (800, 600)]


def test_dimensions_of_what_is_no_picture_stay_unknown(make):
    image = make()
    for content in (b"no picture", bombs.png(20_000, 20_000)):
        image.file = ContentFile(content, "no.png")
        image.save()
        Image.objects.update(_width=None)
        assert check("--image-dimensions") == ["Setting dimensions for 1 images"]
        assert Image.objects.get()._width is None
