"""What a row of filer's no longer names is deleted on commit: replacements, deletions, copies, resized pictures."""

from secrets import token_hex

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import reverse
from filer.models import File, Folder, Image

from mediastore.filer.locations import Location, prefixed
from mediastore.tests.filer.helpers import SIZE, VISIBILITIES, flip, is_readable, rolled_back

pytestmark = pytest.mark.django_db(transaction=True)


@VISIBILITIES
@pytest.mark.parametrize("by", ["instance", "queryset", "folder"])
def test_a_deletion_that_is_rolled_back_loses_nothing(make, held, read, jpeg, public, by):
    image = make(is_public=public, folder=Folder.objects.create(name="Cats"))
    image.file.get_thumbnail(SIZE)
    before = held()
    delete = {"instance": image, "queryset": Image.objects.filter(pk=image.pk), "folder": image.folder}[by].delete
    rolled_back(delete)
    assert held() == before
    assert is_readable(Image.objects.get(), read, jpeg)


@VISIBILITIES
@pytest.mark.parametrize("by", ["instance", "queryset", "all", "folder"])
def test_what_is_deleted_leaves_no_object_behind(make, held, public, by):
    before = held()
    image = make(is_public=public, folder=Folder.objects.create(name="Cats"))
    image.file.get_thumbnail(SIZE)
    targets = {"instance": image, "queryset": Image.objects.filter(pk=image.pk), "all": File.objects.all()}
    targets.get(by, image.folder).delete()
    assert held() == before


@VISIBILITIES
def test_a_replaced_file_is_deleted_with_its_thumbnails(make, held, admin_client, other_jpeg, public, read):
    image = make("old.jpg", is_public=public)
    image.file.get_thumbnail(SIZE)
    data = {"name": "", "description": "", "owner": str(image.owner_id), "subject_location": ""}
    data |= {"file": SimpleUploadedFile("new.jpg", other_jpeg)} | ({"is_public": "on"} if public else {})
    response = admin_client.post(reverse("admin:filer_image_change", args=[image.pk]), data)
    assert response.status_code == 302, response.content.decode()
    assert not [name for names in held().values() for name in names if "old.jpg" in name]
    assert read(storages["default" if public else "private"], Image.objects.get().file.name) == other_jpeg


@VISIBILITIES
def test_a_replacement_that_is_rolled_back_keeps_the_old_file(make, read, jpeg, public):
    image = make(is_public=public)

    def replace():
        image.file = ContentFile(b"another", "another.jpg")
        image.save()

    rolled_back(replace)
    assert is_readable(image, read, jpeg)


def test_a_file_of_two_rows_stays_until_the_last_is_gone(make, read, jpeg):
    image = make()
    second = Image.objects.create(original_filename="second.jpg", file=image.file.name, owner=image.owner)
    image.delete()
    assert is_readable(second, read, jpeg)
    name = second.file.name
    second.delete()
    assert not storages["default"].exists(name)


@VISIBILITIES
def test_deleting_the_file_of_a_row(make, public):
    image = make(is_public=public)
    name, storage = image.file.name, image.file.storage
    with transaction.atomic():
        image.file.delete()
        assert storage.exists(name)
    assert not storage.exists(name) and not Image.objects.get(pk=image.pk).file
    image = make(is_public=public)
    name = image.file.name
    image.file.delete(save=False)
    assert storage.exists(name), "the row still names it"
    image.save()
    assert not storage.exists(name)


def act(admin_client, action, image, **data):
    data = {"action": action, "_selected_action": [f"file-{image.pk}"], "index": "0", "post": "yes"} | data
    response = admin_client.post(reverse("admin:filer-directory_listing", args=[image.folder_id]), data)
    assert response.status_code in (200, 302), response.content.decode()


@VISIBILITIES
def test_copied_moved_and_resized_in_the_admin(make, admin_client, held, read, jpeg, public, nothing_left):
    folder, target = (Folder.objects.create(name=name) for name in ("From", "To"))
    image = make("work.jpg", is_public=public, folder=folder)
    act(admin_client, "copy_files_and_folders", image, suffix="copy", destination=target.pk)
    copy = Image.objects.exclude(pk=image.pk).get()
    assert copy.folder == target and copy.is_public == public and copy.file.name != image.file.name
    assert is_readable(copy, read, jpeg) and is_readable(image, read, jpeg)
    image.file.get_thumbnail(SIZE)
    name = image.file.name
    size = {"width": "400", "height": "300", "crop": "", "upscale": ""}
    act(admin_client, "resize_images", image, **size)
    image = Image.objects.get(pk=image.pk)
    assert image.file.name != name, "what a browser keeps for ever under its name is another picture"
    assert (image.width, image.height) == (400, 300)
    with image.file.open() as file:
        assert len(file.read()) == image.size != len(jpeg)
    act(admin_client, "move_files_and_folders", image, destination=target.pk)
    image = Image.objects.get(pk=image.pk)
    assert image.folder == target and image.is_public == public
    image.file.get_thumbnail(SIZE)
    assert not storages["default" if public else "private"].exists(name)
    assert not held()["private" if public else "default"]


def test_a_resize_that_is_rolled_back_keeps_the_picture(make, admin_client, monkeypatch, read, jpeg):
    image = make("work.jpg", folder=Folder.objects.create(name="From"))
    monkeypatch.setattr(Image, "save", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        act(admin_client, "resize_images", image, width="400", height="300", crop="", upscale="")
    assert is_readable(image, read, jpeg)


@VISIBILITIES
@pytest.mark.parametrize("when", ["before", "after", "between"])
def test_a_replacement_that_is_saved_and_flipped_is_what_moves(make, read, public, held, when, nothing_left):
    """A secret is replaced by its redacted version, which is made public."""
    image = make("secret.jpg", is_public=public)
    if when == "before":
        image.is_public = not public
    image.file.save("redacted.jpg", ContentFile(b"redacted"), save=when != "between")
    if when != "before":
        flip(image)
    row = Image.objects.get(pk=image.pk)
    assert row.is_public != public
    assert read(row.file.storage, row.file.name) == b"redacted"
    assert not [name for names in held().values() for name in names if "secret.jpg" in name]


def test_an_upload_that_replaces_one_of_the_same_transaction(read, nothing_left):
    with transaction.atomic():
        image = Image.objects.create(original_filename="a.jpg", file=ContentFile(b"first", "a.jpg"))
        image.file = ContentFile(b"second", "b.jpg")
        image.save()
    row = Image.objects.get(pk=image.pk)
    assert read(row.file.storage, row.file.name) == b"second"


def test_an_upload_for_a_row_whose_file_was_not_loaded(make, read, nothing_left):
    image = Image.objects.only("name").get(pk=make().pk)
    image.file = ContentFile(b"second", "b.jpg")
    image.save()
    row = Image.objects.get(pk=image.pk)
    assert read(row.file.storage, row.file.name) == b"second"


def test_published_and_replaced_in_one_transaction(make, read, held, nothing_left):
    image = make("secret.jpg", is_public=False)
    with transaction.atomic():
        flip(image)
        image.file = ContentFile(b"second", "b.jpg")
        image.save()
    row = Image.objects.get(pk=image.pk)
    assert read(storages["default"], row.file.name) == b"second"
    assert not held()["private"]


def test_what_replaces_a_secret_before_it_is_published_is_published(make, read, held, names, nothing_left):
    image = make("secret.jpg", is_public=False)
    with transaction.atomic():
        flip(image)
        image.file = ContentFile(b"redacted", "secret.jpg")
        image.save()
    row = Image.objects.get(pk=image.pk)
    assert row.is_public and read(row.file.storage, row.file.name) == b"redacted"
    assert len(held()["default"]) == 1 and not held()["private"]


def test_what_a_rollback_has_left_public_goes_when_its_row_is_made_private(make, read, held):
    image = make()

    def replace():
        image.file = ContentFile(b"two", "two.jpg")
        image.save()

    rolled_back(replace)
    rolled_back(lambda: flip(image))
    image.save()
    row = Image.objects.get(pk=image.pk)
    assert not row.is_public and read(row.file.storage, row.file.name) == b"two"
    assert not held()["default"]


@VISIBILITIES
@pytest.mark.parametrize("how", ["deleted", "replaced"])
def test_an_unsettled_row_that_goes_takes_no_upload_with_it_that_has_its_name_in_the_other_storage(
    make, read, public, how
):
    """Without a UUID in the name, the file there may be an upload whose row is not committed yet."""
    image = make()
    here = Location(not public, prefixed(f"plain/{token_hex(8)}.jpg", not public))
    assert here.storage.save(here.name, ContentFile(b"mine")) == here.name
    File.objects.filter(pk=image.pk).update(file=here.name, is_public=public)
    others = here.on(public)
    assert others.storage.save(others.name, ContentFile(b"another's")) == others.name
    image = Image.objects.get(pk=image.pk)
    if how == "deleted":
        image.delete()
    else:
        image.file = ContentFile(b"new", "new.jpg")
        image.save()
    assert read(others.storage, others.name) == b"another's"
    assert not here.storage.exists(here.name)
    others.storage.delete(others.name)
