"""filer's files follow their rows when a transaction is committed: flips, replacements and deletions."""

import pickle
import secrets
import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection, transaction
from django.urls import reverse
from filer.models import File, Folder, Image

from mediastore.filer import changes

pytestmark = pytest.mark.django_db(transaction=True)
SIZE = {"size": (120, 120), "crop": True}
VISIBILITIES = pytest.mark.parametrize("public", [True, False], ids=["public", "private"])


class MishapError(Exception):
    """What makes a transaction fail."""


@pytest.fixture
def make(jpeg, admin_user):
    """`make(name, **fields)`: a filer image that is saved, as another request would read it."""

    def make(name="cat.jpg", **fields):
        image = Image.objects.create(original_filename=name, file=ContentFile(jpeg, name), owner=admin_user, **fields)
        return Image.objects.get(pk=image.pk)

    return make


@pytest.fixture
def held(everything):
    """`held()`: what the storages hold since this test began, by alias."""
    aliases = ("default", "private")
    before = {alias: set(everything(alias)) for alias in aliases}
    return lambda: {alias: [name for name in everything(alias) if name not in before[alias]] for alias in aliases}


@pytest.fixture
def nothing_left(held):
    """The test leaves no file behind once its rows are deleted."""
    yield
    File.objects.all().delete()
    assert held() == {"default": [], "private": []}


def flip(image, **options):
    image.is_public = not image.is_public
    image.save(**options)


def is_readable(image, read, jpeg):
    image = Image.objects.get(pk=image.pk)
    return read(storages["default" if image.is_public else "private"], image.file.name) == jpeg


def rolled_back(act):
    with pytest.raises(MishapError), transaction.atomic():
        act()
        raise MishapError


@VISIBILITIES
def test_trap_15_a_flip_that_is_rolled_back_leaves_row_and_object_as_they_were(make, held, read, jpeg, public):
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


@VISIBILITIES
@pytest.mark.parametrize("by", ["instance", "queryset", "folder"])
def test_trap_15_a_deletion_that_is_rolled_back_loses_nothing(make, held, read, jpeg, public, by):
    image = make(is_public=public, folder=Folder.objects.create(name="Cats"))
    image.file.get_thumbnail(SIZE)
    before = held()
    delete = {"instance": image, "queryset": Image.objects.filter(pk=image.pk), "folder": image.folder}[by].delete
    rolled_back(delete)
    assert held() == before
    assert is_readable(Image.objects.get(), read, jpeg)


@VISIBILITIES
@pytest.mark.parametrize("by", ["instance", "queryset", "all", "folder"])
def test_trap_20_what_is_deleted_leaves_no_object_behind(make, held, public, by):
    before = held()
    image = make(is_public=public, folder=Folder.objects.create(name="Cats"))
    image.file.get_thumbnail(SIZE)
    targets = {"instance": image, "queryset": Image.objects.filter(pk=image.pk), "all": File.objects.all()}
    targets.get(by, image.folder).delete()
    assert held() == before


@VISIBILITIES
def test_trap_20_a_replaced_file_is_deleted_with_its_thumbnails(make, held, admin_client, other_jpeg, public, read):
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
        assert held() == before
    assert is_readable(image, read, jpeg)
    assert held()["private"] == []
    thumbnails = [Image.objects.get(pk=image.pk).file.get_thumbnail(size).name for size in (SIZE, {"size": (30, 30)})]
    assert all(storages["easy_thumbnails"].exists(name) for name in thumbnails)


def test_thumbnails_in_the_transaction_and_after_it_by_the_same_instance(make, nothing_left):
    image = make(is_public=False)
    with transaction.atomic():
        flip(image)
        image.file.get_thumbnail(SIZE)
    thumbnail = image.file.get_thumbnail(SIZE)
    assert thumbnail.storage.exists(thumbnail.name)


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
@pytest.mark.parametrize("fields", [["is_public"], ["file"], ["name"]])
def test_update_fields_do_not_part_the_row_from_its_file(make, read, jpeg, public, fields, nothing_left):
    image = make(is_public=public)
    flip(image, update_fields=fields)
    assert (Image.objects.get(pk=image.pk).is_public == public) == (fields == ["name"])
    assert is_readable(image, read, jpeg)
    image.save()
    assert Image.objects.get(pk=image.pk).is_public != public
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
def test_two_who_flip_at_once(make, read, jpeg, public, nothing_left):
    image = make(is_public=public)
    stale = Image.objects.get(pk=image.pk)
    flip(image)
    flip(stale)
    assert Image.objects.get(pk=image.pk).is_public != public
    assert is_readable(image, read, jpeg)


UPLOAD_TO = {
    "filer's names": None,
    "plain names": lambda instance, name: f"plain/{name}",
    "plain names in filer's folders": lambda instance, name: (
        f"filer_{'public' if instance.is_public else 'private'}/{name}"
    ),
    "names of one's own": lambda instance, name: f"{secrets.token_hex(8)}/{name}",
}


@pytest.fixture(params=UPLOAD_TO)
def names(request, monkeypatch):
    """filer's own names, and those that a site may give its files."""
    if upload_to := UPLOAD_TO[request.param]:
        for visibility in ("PUBLIC", "PRIVATE"):
            monkeypatch.setattr(f"filer.settings.FILER_{visibility}MEDIA_UPLOAD_TO", upload_to)


@pytest.mark.usefixtures("names")
def test_two_processes_that_make_a_file_public_at_once(make, read, jpeg, monkeypatch):
    """Both read the row before the other writes it, and the first does the rest when the second has written."""
    image = make(is_public=False)
    row, both = changes.stored_row(image.pk), [image, Image.objects.get(pk=image.pk)]
    stored_row = changes.stored_row
    monkeypatch.setattr(changes, "stored_row", lambda pk, using=None: row)
    left = []
    for instance in both:
        with transaction.atomic():
            flip(instance)
            left += connection.run_on_commit
            connection.run_on_commit = []
        monkeypatch.setattr(changes, "_thread", threading.local())  # another process does not see it
    monkeypatch.setattr(changes, "stored_row", stored_row)
    for _, act, _ in left:
        act()
    assert Image.objects.get().is_public and is_readable(image, read, jpeg)


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
def test_where_the_storage_fails_the_row_is_as_it_was_and_the_other_rows_change(
    make, read, jpeg, monkeypatch, caplog, public
):
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
        assert "media audit" in caplog.text and "no room" in caplog.text
    assert [Image.objects.get(pk=image.pk).is_public for image in images] == [public, not public]
    assert all(is_readable(image, read, jpeg) for image in images)


def test_a_failure_without_a_transaction_is_the_callers(make, read, jpeg, monkeypatch):
    image = make(is_public=False)
    monkeypatch.setattr(type(storages["default"]), "save", lambda *args, **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        flip(image)
    assert not Image.objects.get(pk=image.pk).is_public and is_readable(image, read, jpeg)


def test_a_file_of_two_rows_stays_until_the_last_is_gone(make, read, jpeg):
    image = make()
    twin = Image.objects.create(original_filename="twin.jpg", file=image.file.name, owner=image.owner)
    image.delete()
    assert is_readable(twin, read, jpeg)
    name = twin.file.name
    twin.delete()
    assert not storages["default"].exists(name)


def test_a_thumbnail_of_a_request_that_began_before_the_flip_does_not_stay_public(make, held):
    before = held()
    image = make()
    stale = Image.objects.get(pk=image.pk)
    made = [stale.file.generate_thumbnail(SIZE), stale.easy_thumbnails_thumbnailer.generate_thumbnail({"size": (9, 9)})]
    flip(image)
    stale.file.save_thumbnail(made[0])
    stale.easy_thumbnails_thumbnailer.save_thumbnail(made[1])
    assert held()["default"] == before["default"]


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


@pytest.mark.usefixtures("names")
def test_two_rows_of_one_file_become_public_at_once(make, read, jpeg, nothing_left):
    image = make(is_public=False)
    twin = Image.objects.create(original_filename="twin.jpg", file=image.file.name, is_public=False, owner=image.owner)
    with transaction.atomic():
        flip(image)
        flip(twin)
    assert is_readable(image, read, jpeg) and is_readable(twin, read, jpeg)
    assert all(File.objects.values_list("is_public", flat=True))


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


def test_two_processes_that_publish_across_each_other(make, read, jpeg, monkeypatch, nothing_left):
    """One has moved and not saved yet when the other does all of it."""
    image = make(is_public=False)
    other = Image.objects.get(pk=image.pk)
    arrive = changes.arrive

    def meanwhile(instance, *arguments):
        monkeypatch.setattr(changes, "arrive", arrive)
        name = arrive(instance, *arguments)
        flip(other)
        return name

    monkeypatch.setattr(changes, "arrive", meanwhile)
    flip(image)
    assert Image.objects.get(pk=image.pk).is_public and is_readable(image, read, jpeg)


def test_a_pending_publication_is_not_pickled(make, read, jpeg):
    image = make(is_public=False)
    with transaction.atomic():
        flip(image)
        cached = pickle.dumps(image)
    copy = pickle.loads(cached)
    assert read(copy.file.storage, copy.file.name) == jpeg
    with copy.file.open() as file:
        assert file.read() == jpeg


def test_one_thumbnail_that_cannot_be_deleted_does_not_keep_the_others(make, held, monkeypatch, caplog):
    image = make()
    names = [image.file.get_thumbnail({"size": (side, side)}).name for side in (20, 30, 40)]
    storage = type(storages["easy_thumbnails"])
    delete = storage.delete
    monkeypatch.setattr(storage, "delete", lambda self, name: 1 / 0 if name == names[0] else delete(self, name))
    with transaction.atomic():
        flip(image)
    assert [name for name in held()["default"] if "thumbnails" in name] == names[:1]
    assert "media audit" in caplog.text


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


def test_what_replaces_a_secret_before_it_is_published_is_published(make, read, held, names, nothing_left):
    image = make("secret.jpg", is_public=False)
    with transaction.atomic():
        flip(image)
        image.file = ContentFile(b"redacted", "secret.jpg")
        image.save()
    row = Image.objects.get(pk=image.pk)
    assert row.is_public and read(row.file.storage, row.file.name) == b"redacted"
    assert len(held()["default"]) == 1 and not held()["private"]


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


@VISIBILITIES
def test_a_deletion_of_the_file_that_was_rolled_back_and_a_flip_by_update_fields(make, read, jpeg, public):
    image = make(is_public=public)
    rolled_back(lambda: image.file.delete(save=False))
    flip(image, update_fields=["is_public"])
    assert Image.objects.get(pk=image.pk).is_public != public and is_readable(image, read, jpeg)


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
