"""An instance of filer's that was read before another change, refreshed, pickled or rolled back follows its row."""

import pickle

import pytest
from django.core.files.base import ContentFile
from django.db import connection, transaction
from filer.models import File, Image

from mediastore.tests.filer.helpers import VISIBILITIES, flip, is_readable, rolled_back

pytestmark = pytest.mark.django_db(transaction=True)


@VISIBILITIES
def test_an_instance_that_was_rolled_back_can_be_saved_again(make, read, jpeg, public):
    image = make(is_public=public)
    rolled_back(lambda: flip(image))
    image.save()
    assert Image.objects.get(pk=image.pk).is_public != public
    assert is_readable(image, read, jpeg)


@VISIBILITIES
def test_an_instance_that_was_rolled_back_can_be_flipped_back(make, read, jpeg, public):
    image = make(is_public=public)
    rolled_back(lambda: flip(image))
    flip(image)
    assert Image.objects.get(pk=image.pk).is_public == public
    assert is_readable(image, read, jpeg)


@VISIBILITIES
def test_a_stale_instance_follows_the_row(make, read, jpeg, public, nothing_left):
    image = make(is_public=public)
    stale = Image.objects.get(pk=image.pk)
    flip(image)
    stale.name = "A cat"
    stale.save()
    row = Image.objects.get(pk=image.pk)
    assert (row.is_public, row.name) == (not public, "A cat")
    assert is_readable(image, read, jpeg)


@VISIBILITIES
def test_a_stale_instance_with_a_new_file_does_not_undo_anothers_flip(make, read, public, held, nothing_left):
    image = make(is_public=public)
    stale = Image.objects.get(pk=image.pk)
    flip(image)
    stale.file = ContentFile(b"new", "new.jpg")
    stale.save()
    row = Image.objects.get(pk=image.pk)
    assert row.is_public != public and read(row.file.storage, row.file.name) == b"new"
    assert not held()["default" if public else "private"]


@VISIBILITIES
def test_an_instance_that_was_refreshed_moves_nothing(make, read, jpeg, public, nothing_left):
    image = make(is_public=public)
    other = Image.objects.get(pk=image.pk)
    flip(image)
    other.refresh_from_db()
    other.save()
    assert Image.objects.get(pk=image.pk).is_public != public
    assert is_readable(image, read, jpeg)


@VISIBILITIES
def test_an_instance_that_was_rolled_back_and_refreshed_can_be_flipped(make, read, jpeg, public, nothing_left):
    image = make(is_public=public)
    rolled_back(lambda: flip(image))
    image.refresh_from_db()
    flip(image)
    assert Image.objects.get(pk=image.pk).is_public != public
    assert is_readable(image, read, jpeg)


@VISIBILITIES
def test_an_instance_that_was_refreshed_after_anothers_flip_can_be_flipped(make, read, jpeg, public, nothing_left):
    image = make(is_public=public)
    other = Image.objects.get(pk=image.pk)
    flip(image)
    other.refresh_from_db()
    flip(other)
    assert Image.objects.get(pk=image.pk).is_public == public
    assert is_readable(image, read, jpeg)


def test_an_unsettled_row_is_pickled(make, read, jpeg):
    image = make(is_public=False)
    with transaction.atomic():
        flip(image)
        cached = pickle.dumps(image)
        copy = pickle.loads(cached)
        assert read(copy.file.storage, copy.file.name) == jpeg
    copy = pickle.loads(cached)
    copy.refresh_from_db()
    with copy.file.open() as file:
        assert file.read() == jpeg


@VISIBILITIES
def test_an_instance_that_was_refreshed_before_another_change_follows(make, read, public, nothing_left):
    image = make(is_public=public)
    other = Image.objects.get(pk=image.pk)
    for body in (b"two", b"three"):
        image.refresh_from_db()
        other.file = ContentFile(body, "cat.jpg")
        other.save()
    image.name = "A cat"
    image.save()
    row = Image.objects.get(pk=image.pk)
    assert row.name == "A cat" and read(row.file.storage, row.file.name) == b"three"


@VISIBILITIES
def test_a_row_that_another_has_given_a_file(read, public):
    image = Image.objects.create(original_filename="cat.jpg", is_public=public)
    other = Image.objects.get(pk=image.pk)
    other.file = ContentFile(b"two", "cat.jpg")
    other.save()
    image.save()
    row = Image.objects.get(pk=image.pk)
    assert read(row.file.storage, row.file.name) == b"two"
    other.file.delete()
    row.save()
    assert not Image.objects.get(pk=image.pk).file


def test_an_instance_saved_after_another_in_one_transaction(read, jpeg, nothing_left):
    with transaction.atomic():
        image = Image.objects.create(original_filename="cat.jpg", file=ContentFile(jpeg, "cat.jpg"))
        other = Image.objects.get(pk=image.pk)
        other.file = ContentFile(b"two", "cat.jpg")
        other.save()
        image.save()
    row = Image.objects.get(pk=image.pk)
    assert read(row.file.storage, row.file.name) == b"two"


def test_a_rolled_back_flip_whose_file_another_has_replaced(make, read, nothing_left):
    image = make(is_public=False)
    rolled_back(lambda: flip(image))
    other = Image.objects.get(pk=image.pk)
    other.file = ContentFile(b"two", "cat.jpg")
    other.save()
    image.name = "A cat"
    image.save()
    row = Image.objects.get(pk=image.pk)
    assert not row.is_public and read(row.file.storage, row.file.name) == b"two"


@VISIBILITIES
def test_a_deletion_of_the_file_that_was_rolled_back_and_a_flip_by_update_fields(make, read, jpeg, public):
    image = make(is_public=public)
    rolled_back(lambda: image.file.delete(save=False))
    flip(image, update_fields=["is_public"])
    assert Image.objects.get(pk=image.pk).is_public != public and is_readable(image, read, jpeg)


@pytest.mark.usefixtures("names")
def test_a_stale_instance_that_stores_a_file_of_the_same_name(make, read):
    image = make("a.jpg")
    other = Image.objects.get(pk=image.pk)
    other.is_public = False
    other.file = ContentFile(b"two", "a.jpg")
    other.save()
    image.file.save("a.jpg", ContentFile(b"three"))
    row = Image.objects.get(pk=image.pk)
    assert read(row.file.storage, row.file.name) == b"three"


@pytest.fixture
def attributes():
    """`attributes(image)`: the names of its attributes whose values have classes of this package."""
    from django.db.models import signals

    def names(image):
        return {name for name, value in vars(image).items() if type(value).__module__.startswith("mediastore.")}

    def before_save(sender, instance, **kwargs):
        names.during = names(instance)

    signals.pre_save.connect(before_save, sender=Image)
    try:
        yield names
    finally:
        signals.pre_save.disconnect(before_save, sender=Image)


def test_an_instance_gets_two_attributes_beside_those_of_filers(make, attributes):
    image = make()
    filers = {"file", "exif"}
    assert attributes(image) - filers == {"_known"}
    flip(image)
    assert attributes.during - filers == {"_known", "_saving"}
    assert attributes(image) - filers == {"_known"}


@VISIBILITIES
def test_a_save_in_autocommit_mode_does_not_undo_a_change_between_its_lock_and_its_update(read, public):
    file = File.objects.create(original_filename="a.txt", file=ContentFile(b"text", "a.txt"), is_public=public)
    file = File.objects.get(pk=file.pk)

    def changed_meanwhile(execute, sql, *args):
        if not changes and sql.startswith('UPDATE "filer_file"') and '"description"' in sql:
            changes.append(sql)
            flip(File.objects.get(pk=file.pk), update_fields=["is_public"])
        return execute(sql, *args)

    changes = []
    with connection.execute_wrapper(changed_meanwhile):
        file.save()
    row = File.objects.get(pk=file.pk)
    assert changes
    assert read(row.file.storage, row.file.name) == b"text"
