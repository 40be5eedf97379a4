"""Thumbnails of filer's files follow their file."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.db import transaction
from django.urls import reverse
from easy_thumbnails.models import Source, Thumbnail
from filer.models import Image

from mediastore.pictures import RefusedPictureError
from mediastore.tests.filer.helpers import SIZE, VISIBILITIES, flip

pytestmark = pytest.mark.django_db(transaction=True)


def test_thumbnails_in_the_transaction_and_after_it_by_the_same_instance(make, nothing_left):
    image = make(is_public=False)
    with transaction.atomic():
        flip(image)
        image.file.get_thumbnail(SIZE)
    thumbnail = image.file.get_thumbnail(SIZE)
    assert thumbnail.storage.exists(thumbnail.name)


def test_a_thumbnail_of_a_request_that_began_before_the_flip_does_not_stay_public(make, held):
    before = held()
    image = make()
    stale = Image.objects.get(pk=image.pk)
    made = [stale.file.generate_thumbnail(SIZE), stale.easy_thumbnails_thumbnailer.generate_thumbnail({"size": (9, 9)})]
    flip(image)
    stale.file.save_thumbnail(made[0])
    stale.easy_thumbnails_thumbnailer.save_thumbnail(made[1])
    assert held()["default"] == before["default"]


def test_one_thumbnail_that_cannot_be_deleted_does_not_keep_the_others(make, held, monkeypatch, caplog):
    image = make()
    names = [image.file.get_thumbnail({"size": (side, side)}).name for side in (20, 30, 40)]
    storage = type(storages["easy_thumbnails"])
    delete = storage.delete
    monkeypatch.setattr(storage, "delete", lambda self, name: 1 / 0 if name == names[0] else delete(self, name))
    with transaction.atomic():
        flip(image)
    assert [name for name in held()["default"] if "thumbnails" in name] == names[:1]
    assert "media repair" in caplog.text


@pytest.fixture
def during(monkeypatch):
    """`during(storage, act)`: `act` is done once, after a thumbnail is stored and before it is recorded."""

    def during(storage, act):
        save = type(storage).save

        def saving(self, name, content, **kwargs):
            monkeypatch.setattr(type(storage), "save", save)
            stored = save(self, name, content, **kwargs)
            act()
            return stored

        monkeypatch.setattr(type(storage), "save", saving)

    return during


def test_a_thumbnail_whose_picture_is_made_private_before_it_is_recorded_is_deleted(make, held, during):
    image = make()
    image.file.get_thumbnail({"size": (9, 9)})
    during(storages["easy_thumbnails"], lambda: flip(Image.objects.get(pk=image.pk)))
    with pytest.raises(FileNotFoundError, match="meanwhile"):
        image.file.get_thumbnail(SIZE)
    assert held()["default"] == []


def test_a_thumbnail_whose_picture_is_made_private_in_the_same_transaction_is_deleted(make, held, during):
    image = make()
    during(storages["easy_thumbnails"], lambda: flip(Image.objects.get(pk=image.pk)))
    with transaction.atomic():
        image.file.get_thumbnail(SIZE)
    assert held()["default"] == []


def test_a_thumbnail_that_is_stored_again_while_its_picture_is_made_private_does_not_stay_public(
    make, held, monkeypatch, settings
):
    """Between reading the record and updating it, easy-thumbnails holds no lock."""
    settings.THUMBNAIL_CACHE_DIMENSIONS = False
    image = make()
    thumbnail = image.file.get_thumbnail(SIZE)
    again = image.file.generate_thumbnail(SIZE)
    kind = type(Thumbnail.objects)
    filtered = kind.filter

    def updating(self, **which):
        monkeypatch.setattr(kind, "filter", filtered)
        flip(Image.objects.get(pk=image.pk))
        return filtered(self, **which)

    monkeypatch.setattr(kind, "filter", updating)
    image.file.save_thumbnail(again)
    assert again.name == thumbnail.name and held()["default"] == []


@pytest.mark.parametrize("act", ["flip", "delete"])
def test_filers_icon_of_a_picture_that_goes_meanwhile_is_no_error_500(make, held, during, admin_client, act):
    image = make()
    image.easy_thumbnails_thumbnailer.get_thumbnail({"size": (9, 9)})
    acts = {"flip": flip, "delete": lambda image: image.delete()}
    during(storages["easy_thumbnails"], lambda: acts[act](Image.objects.get(pk=image.pk)))
    response = admin_client.get(reverse("admin:filer_image_fileicon", args=[image.pk, 80]))
    assert response.status_code == 302
    assert held()["default"] == []


def test_a_thumbnail_of_filers_thumbnailer_that_cannot_be_recorded_is_deleted(make, held):
    image = make()
    thumbnailer = image.easy_thumbnails_thumbnailer
    thumbnail = thumbnailer.generate_thumbnail(SIZE)
    thumbnailer.get_source_cache(create=True)
    flip(Image.objects.get(pk=image.pk))
    with pytest.raises(FileNotFoundError, match="meanwhile"):
        thumbnailer.save_thumbnail(thumbnail)
    assert held()["default"] == []


def test_a_thumbnail_that_cannot_be_recorded_is_deleted(make, held, monkeypatch):
    image = make()
    before = held()
    monkeypatch.setattr(Thumbnail.objects, "get_file", lambda **kwargs: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        image.file.get_thumbnail(SIZE)
    assert held() == before


@VISIBILITIES
def test_an_upload_that_is_not_stored_has_no_thumbnail_that_would_stay(make, jpeg, held, public):
    image = make(is_public=public)
    before = held()
    image.file = ContentFile(jpeg, "new.jpg")
    with pytest.raises(RefusedPictureError, match="Save it"):
        image.file.get_thumbnail(SIZE)
    assert held() == before


def test_thumbnails_leave_no_record_of_what_is_gone(make):
    image = make()
    image.file.get_thumbnail(SIZE)
    assert Source.objects.filter(name=image.file.name).exists()
    image.delete()
    assert not Source.objects.filter(name=image.file.name).exists() and not Thumbnail.objects.exists()


@pytest.mark.s3
def test_a_thumbnail_that_another_request_has_recorded_survives_one_that_fails(make, monkeypatch):
    """On the disk easy-thumbnails deletes it before it saves the next, and makes it again when it is asked for."""
    image = make()
    made = image.file.get_thumbnail(SIZE)
    again = image.file.generate_thumbnail(SIZE)

    def refuse(self, name, content, max_length=None):
        raise OSError("S3 is busy")

    with monkeypatch.context() as patched:
        patched.setattr(type(storages["easy_thumbnails"]), "save", refuse)
        with pytest.raises(OSError, match="busy"):
            image.file.save_thumbnail(again)
    assert storages["easy_thumbnails"].exists(made.name)
