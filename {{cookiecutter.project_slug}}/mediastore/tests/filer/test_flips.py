"""filer's files follow `is_public`: at once into the private storage, on commit into the public one."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from filer.models import File, Image
from PIL import Image as PILImage

from mediastore.filer.settling import settle
from mediastore.tests.filer.helpers import SIZE, VISIBILITIES, flip, is_readable, rolled_back

pytestmark = pytest.mark.django_db(transaction=True)


@VISIBILITIES
def test_a_flip_that_is_rolled_back_leaves_row_and_object_as_they_were(make, held, read, jpeg, public):
    image = make(is_public=public)
    image.file.get_thumbnail(SIZE)
    before, name = held(), image.file.name
    rolled_back(lambda: flip(image))
    row = Image.objects.get(pk=image.pk)
    assert (row.is_public, row.file.name) == (public, name)
    assert read(row.file.storage, name) == jpeg
    after = held()
    assert after["default"] == before["default"], "nothing private became public, and no thumbnail is lost"
    assert set(after["private"]) >= set(before["private"])


def test_a_file_that_becomes_public_is_so_on_commit_and_readable_all_the_time(make, held, read, jpeg, nothing_left):
    image = make(is_public=False)
    before = held()
    with transaction.atomic():
        flip(image)
        for row in (image, Image.objects.get(pk=image.pk)):
            with row.file.open() as file:
                assert file.read() == jpeg
            assert row.file.size == len(jpeg)
            row.file.get_thumbnail(SIZE)
            row.easy_thumbnails_thumbnailer.get_thumbnail({"size": (30, 30)})
        assert held()["default"] == before["default"]
    assert is_readable(image, read, jpeg)
    assert held()["private"] == []
    thumbnails = [Image.objects.get(pk=image.pk).file.get_thumbnail(size).name for size in (SIZE, {"size": (30, 30)})]
    assert all(storages["easy_thumbnails"].exists(name) for name in thumbnails)


@VISIBILITIES
def test_there_and_back_in_one_transaction(make, held, read, jpeg, public, nothing_left):
    image = make(is_public=public)
    with transaction.atomic():
        flip(image)
        flip(Image.objects.get(pk=image.pk))
    assert Image.objects.get(pk=image.pk).is_public == public
    assert is_readable(image, read, jpeg)
    assert not [name for name in held()["private" if public else "default"] if "cat.jpg" in name]


@VISIBILITIES
@pytest.mark.parametrize("fields", [["is_public"], ["file"], ["name"]])
def test_update_fields_do_not_part_the_row_from_its_file(make, read, jpeg, public, fields, nothing_left):
    image = make(is_public=public)
    flip(image, update_fields=fields)
    assert (Image.objects.get(pk=image.pk).is_public == public) == (fields != ["is_public"])
    assert is_readable(image, read, jpeg)
    image.save()
    assert Image.objects.get(pk=image.pk).is_public != public
    assert is_readable(image, read, jpeg)


@VISIBILITIES
def test_two_who_flip_at_once(make, read, jpeg, public, nothing_left):
    image = make(is_public=public)
    stale = Image.objects.get(pk=image.pk)
    flip(image)
    flip(stale)
    assert Image.objects.get(pk=image.pk).is_public != public
    assert is_readable(image, read, jpeg)


@VISIBILITIES
def test_where_the_storage_fails_the_file_is_where_it_was_and_the_other_rows_change(
    make, read, jpeg, monkeypatch, caplog, public
):
    """A file that cannot be made private is the caller's error. One that cannot be published can be published later."""
    images = [make(name, is_public=public) for name in ("bad.jpg", "good.jpg")]
    target = type(storages["private" if public else "default"])
    save = target.save

    def failing(self, name, content, **kwargs):
        if "bad.jpg" in name:
            raise OSError("no room")
        return save(self, name, content, **kwargs)

    monkeypatch.setattr(target, "save", failing)
    if public:
        with pytest.raises(OSError):
            flip(images[0])
        flip(images[1])
    else:
        with transaction.atomic():
            for image in images:
                flip(image)
        assert "media repair" in caplog.text and "no room" in caplog.text
    bad, good = (Image.objects.get(pk=image.pk) for image in images)
    assert (bad.is_public, good.is_public) == (True, not public)
    assert bad.file.location.is_public == public and good.file.location.is_public != public
    for image in (bad, good):
        with image.file.open() as file:
            assert file.read() == jpeg
    monkeypatch.undo()
    settle(bad.pk)
    assert is_readable(bad, read, jpeg)


@pytest.mark.usefixtures("names")
def test_two_rows_of_one_file_become_public_at_once(make, read, jpeg, nothing_left):
    image = make(is_public=False)
    second = Image.objects.create(
        original_filename="second.jpg", file=image.file.name, is_public=False, owner=image.owner
    )
    with transaction.atomic():
        flip(image)
        flip(second)
    assert is_readable(image, read, jpeg) and is_readable(second, read, jpeg)
    assert all(File.objects.values_list("is_public", flat=True))


def test_a_name_that_is_assigned_and_published(make, read, jpeg):
    image, other = make("a.jpg", is_public=False), make("b.jpg", is_public=False)
    image.file = other.file.name
    flip(image)
    row = Image.objects.get(pk=image.pk)
    assert row.is_public and "b.jpg" in row.file.name and is_readable(row, read, jpeg)
    assert is_readable(other, read, jpeg)


@VISIBILITIES
def test_a_new_row_that_is_flipped_after_its_file_was_saved(read, jpeg, public, held, nothing_left):
    image = Image(original_filename="late.jpg", is_public=public)
    image.file.save("late.jpg", ContentFile(jpeg), save=False)
    flip(image)
    assert is_readable(image, read, jpeg)
    assert not held()["default" if public else "private"]


@VISIBILITIES
def test_a_copy_that_is_flipped(make, read, jpeg, public, nothing_left):
    image = make(is_public=public)
    copy = Image.objects.get(pk=image.pk)
    copy.pk = copy.id = None
    flip(copy)
    assert copy.pk != image.pk and is_readable(copy, read, jpeg) and is_readable(image, read, jpeg)


@pytest.mark.usefixtures("names")
def test_two_files_of_one_name_become_public_in_one_transaction(read, held, nothing_left):
    images = [
        Image.objects.create(original_filename="cat.jpg", file=ContentFile(body, "cat.jpg"), is_public=False)
        for body in (b"one", b"two")
    ]
    with transaction.atomic():
        for image in images:
            flip(image)
    found = [Image.objects.get(pk=image.pk) for image in images]
    assert [row.is_public for row in found] == [True, True] and not held()["private"]
    assert [read(storages["default"], row.file.name) for row in found] == [b"one", b"two"]


@pytest.mark.usefixtures("names")
def test_an_upload_that_is_published_before_it_is_saved_is_not_another_file_of_its_name(read):
    others = Image.objects.create(original_filename="cat.jpg", file=ContentFile(b"another's", "cat.jpg"))
    image = Image(original_filename="cat.jpg", is_public=False)
    image.file.save("cat.jpg", ContentFile(b"mine"), save=False)
    flip(image)
    for row, body in ((image, b"mine"), (others, b"another's")):
        assert read(storages["default"], Image.objects.get(pk=row.pk).file.name) == body


@pytest.mark.usefixtures("names")
@VISIBILITIES
def test_files_of_one_name_and_one_size_are_two(make, read, public, nothing_left):
    kept, moved = (
        Image.objects.create(original_filename="a.jpg", file=ContentFile(body, "a.jpg"), is_public=visible)
        for body, visible in ((b"one", not public), (b"two", public))
    )
    flip(Image.objects.get(pk=moved.pk))
    for image, body in ((kept, b"one"), (moved, b"two")):
        row = Image.objects.get(pk=image.pk)
        assert row.is_public != public and read(row.file.storage, row.file.name) == body


def test_a_row_that_is_copied_before_its_file_is_published(make, read, jpeg, nothing_left):
    image = make(is_public=False)
    with transaction.atomic():
        flip(image)
        copy = Image.objects.get(pk=image.pk)
        copy.pk = copy.id = None
        copy.save()
        image.delete()
    assert is_readable(copy, read, jpeg)


@VISIBILITIES
def test_a_move_to_a_name_that_is_taken_loses_nothing(make, read, jpeg, public):
    """It is not the same file: the names are equal and the bytes are not."""
    image = make(is_public=public)
    there = image.file.location.on(not public)
    there.storage.save(there.name, ContentFile(b"another's"))
    flip(image)
    row = Image.objects.get(pk=image.pk)
    assert row.file.name != there.name and is_readable(row, read, jpeg)
    assert read(there.storage, there.name) == b"another's"
    there.storage.delete(there.name)


@VISIBILITIES
def test_a_move_that_was_interrupted_is_repeated_without_a_second_copy(make, held, read, jpeg, public):
    image = make(is_public=public)
    image.file.location.copy(image.file.location.on(not public))
    flip(image)
    assert is_readable(image, read, jpeg)
    assert held() == {"default": [], "private": []} | {"private" if public else "default": [image.file.name]}


def test_date_taken_is_the_pictures(jpeg):
    """It is read from the upload, not from what the storage has under the visitor's file name."""
    stream = io.BytesIO(jpeg)
    picture = PILImage.open(stream)
    exif = picture.getexif()
    exif.get_ifd(0x8769)[0x9003] = "2001:02:03 04:05:06"
    out = io.BytesIO()
    picture.save(out, "JPEG", exif=exif)
    decoy = storages["default"].save("taken.jpg", ContentFile(jpeg))
    image = Image.objects.create(original_filename="taken.jpg", file=ContentFile(out.getvalue(), "taken.jpg"))
    assert image.date_taken.strftime("%Y-%m-%d %H:%M:%S") == "2001-02-03 04:05:06"
    storages["default"].delete(decoy)
