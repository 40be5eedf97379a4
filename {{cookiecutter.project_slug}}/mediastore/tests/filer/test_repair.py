"""`manage.py media repair`: what a process that died, a failed request or `queryset.update` has left undone."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction
from filer.models import File, Image

from mediastore.filer import settling
from mediastore.operations import grace
from mediastore.tests.filer.helpers import SIZE, VISIBILITIES, flip, is_readable

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("empty_storages")]
NOTHING = "Nothing is left to do.\n"


@pytest.fixture(autouse=True)
def at_once(monkeypatch):
    monkeypatch.setattr(grace, "SECONDS", 0)


def repair(*options):
    """Exit status and output."""
    out = io.StringIO()
    try:
        call_command("media", "repair", *options, stdout=out)
        return 0, out.getvalue()
    except SystemExit as error:
        return error.code, out.getvalue()


@VISIBILITIES
def test_a_row_that_queryset_update_has_changed_is_readable_and_settled(make, read, jpeg, public, held):
    image = make(is_public=public)
    image.file.get_thumbnail(SIZE)
    before = held()
    File.objects.filter(pk=image.pk).update(is_public=not public)
    row = Image.objects.get(pk=image.pk)
    assert read(row.file.storage, row.file.name) == jpeg
    assert row.url.startswith("/private/") != public
    status, output = repair("--dry-run")
    assert status == 1 and image.file.name in output and held() == before
    assert repair()[0] == 0 and is_readable(image, read, jpeg)
    assert repair() == (0, NOTHING)
    assert held() == {"default": [], "private": []} | {
        "private" if public else "default": [Image.objects.get(pk=image.pk).file.name]
    }


def killed(act):
    """Do it in a process that dies after the commit."""
    with pytest.raises(ZeroDivisionError), transaction.atomic():
        transaction.on_commit(lambda: 1 / 0)
        act()


@VISIBILITIES
def test_a_flip_that_dies_after_the_commit(make, read, jpeg, public, held):
    image = make(is_public=public)
    image.file.get_thumbnail(SIZE)
    killed(lambda: flip(image))
    row = Image.objects.get(pk=image.pk)
    assert row.is_public != public and read(row.file.storage, row.file.name) == jpeg
    assert repair()[0] == 0 and repair() == (0, NOTHING) and is_readable(image, read, jpeg)
    assert held()["default" if public else "private"] == []


@VISIBILITIES
def test_what_no_row_names_is_named_and_kept(make, public, held):
    """An upload whose transaction was rolled back; it may also be one whose row a backup has not."""
    with transaction.atomic():
        make(is_public=public)
        transaction.set_rollback(True)
    before = held()
    status, output = repair()
    assert status == 1 and "no row names it" in output and held() == before


@pytest.mark.parametrize("is_shared", [False, True], ids=["private alone", "public too"])
def test_a_public_upload_that_became_private_in_the_save_that_died_leaves_nothing_public(make, jpeg, held, is_shared):
    image = make(is_public=False)
    left = storages["default"].save(
        "filer_public/0a/1b/5f0c2f3e-0d57-4f0f-9d53-0a1b2c3d4e5f/cat.jpg", ContentFile(jpeg)
    )
    if is_shared:
        make(is_public=True)
    status, output = repair()
    assert (left in held()["default"]) == is_shared
    assert status == is_shared and left in output
    assert held()["private"] == [image.file.name]


def test_an_upload_on_its_way_is_left_alone(make, monkeypatch):
    monkeypatch.setattr(grace, "SECONDS", 60)
    with transaction.atomic():
        make()
        transaction.set_rollback(True)
    assert repair() == (0, NOTHING)


def test_a_storage_that_fails_is_told(make, monkeypatch, read, jpeg):
    image = make(is_public=False)
    File.objects.filter(pk=image.pk).update(is_public=True)

    def failing(*args, **kwargs):
        raise OSError("no room")

    monkeypatch.setattr(type(storages["default"]), "save", failing)
    status, output = repair()
    assert status == 1 and "cannot" in output and "no room" in output
    row = Image.objects.get(pk=image.pk)
    assert read(row.file.storage, row.file.name) == jpeg


def test_missing_hashes_and_sizes_are_filled_in(make):
    """filer reads the file of such a row at each query, and keeps nothing."""
    image = make()
    Image.objects.filter(pk=image.pk).update(sha1="", _file_size=None)
    assert repair()[0] == 0
    assert Image.objects.values_list("sha1", "_file_size").get(pk=image.pk) == (image.sha1, image.size)


def test_a_place_that_another_row_names_is_not_cleared(make, read, jpeg):
    image = make(is_public=False)
    other = Image.objects.create(original_filename="b.jpg", file=image.file.name, owner=image.owner, is_public=False)
    flip(image)
    assert is_readable(image, read, jpeg) and is_readable(other, read, jpeg)


def test_settling_twice_and_what_is_gone(make, read, jpeg):
    image = make(is_public=False)
    File.objects.filter(pk=image.pk).update(is_public=True)
    assert settling.settle(image.pk) == settling.settle(image.pk)
    assert is_readable(image, read, jpeg)
    assert settling.settle(0) is None


def test_a_row_that_was_deleted_meanwhile_is_not_made_anew_without_its_file(make, held):
    from django.db import DatabaseError

    image = make()
    stale = [Image.objects.get(pk=image.pk), Image.objects.get(pk=image.pk)]
    image.delete()
    stale[0].name = "A cat"
    stale[1].file = ContentFile(b"new", "new.jpg")
    for instance in stale:
        with pytest.raises(DatabaseError, match="was deleted"):
            instance.save()
    assert not File.objects.exists() and held() == {"default": [], "private": []}


@pytest.mark.parametrize("how", ["private again", "deleted"])
def test_a_publication_that_died_on_its_way_and_is_taken_back_leaves_nothing_public(make, held, how):
    """The public copy was there, and the row did not name it yet."""
    image = make(is_public=False)
    File.objects.filter(pk=image.pk).update(is_public=True)
    image.file.location.copy(image.file.location.on(True))
    image = Image.objects.get(pk=image.pk)
    if how == "deleted":
        image.delete()
    else:
        flip(image)
        assert not Image.objects.get(pk=image.pk).is_public
    assert held()["default"] == []


def test_a_save_that_failed_does_not_keep_the_next_one_from_writing(make, read):
    """Outside of a transaction it has left word to write no other name."""
    image = make()
    owner, image.owner_id = image.owner_id, 99999
    with pytest.raises(IntegrityError):
        image.save()
    image.owner_id = owner
    image.file.source_storage.save(image.file.name, ContentFile(b"resized"))
    with transaction.atomic():
        image.save()
    row = Image.objects.get(pk=image.pk)
    assert read(row.file.storage, row.file.name) == b"resized"


def test_a_file_that_is_replaced_after_a_flip_has_a_hash_of_its_own(make):
    """`File._move_file` announces a change of the file that does not come, and filer would take the next one for it."""
    image = make()
    before = image.sha1
    flip(image)
    image.file = ContentFile(b"new", "new.jpg")
    image.save()
    assert Image.objects.get(pk=image.pk).sha1 not in ("", before)


def test_what_a_query_gets_of_a_file_is_its_name(make):
    """While it is saved, a file is an expression to Django, and never else."""
    image = make()
    other = make("b.jpg")
    assert Image.objects.get(file=image.file) == image
    assert set(Image.objects.filter(file__in=[image.file, other.file])) == {image, other}
    image.file.write_unless_changed("another")
    assert Image.objects.get(file=image.file) == image
    image.name = "A cat"
    Image.objects.bulk_update([image, other], ["name"])
    Image.objects.filter(pk=other.pk).update(file=image.file.name)
    assert Image.objects.get(pk=other.pk).file == image.file


def test_where_nothing_is_left_to_do_it_says_so():
    assert repair() == (0, NOTHING)


@pytest.mark.s3
def test_a_service_that_does_not_answer_is_one_line(monkeypatch):
    monkeypatch.setattr(storages["default"], "endpoint_url", "http://127.0.0.1:9")
    with pytest.raises(CommandError, match="could not be finished"):
        repair()


@VISIBILITIES
def test_a_database_that_is_older_than_the_files_costs_no_file(make, read, jpeg, public):
    """A dump from before a flip: the row names the location that the file has left."""
    image = make(is_public=public)
    before = image.file.name
    flip(image)
    after = Image.objects.get(pk=image.pk)
    File.objects.filter(pk=image.pk).update(is_public=public, file=before)
    status, output = repair()
    assert status == 1 and "Is the database older" in output
    assert read(after.file.storage, after.file.name) == jpeg
