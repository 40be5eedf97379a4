"""Thumbnails of filer's files follow their file."""

import pytest
from django.core.files.storage import storages
from django.db import transaction
from filer.models import Image

from tests.filer_fixtures import SIZE, flip

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
