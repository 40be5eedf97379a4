"""What the tests of filer's files share. `conftest` imports this before Django is set up, so functions import models."""

import secrets

import pytest

SIZE = {"size": (120, 120), "crop": True}
VISIBILITIES = pytest.mark.parametrize("public", [True, False], ids=["public", "private"])
UPLOAD_TO = {
    "filer's names": None,
    "plain names": lambda instance, name: f"plain/{name}",
    "plain names in filer's folders": lambda instance, name: (
        f"filer_{'public' if instance.is_public else 'private'}/{name}"
    ),
    "names of one's own": lambda instance, name: f"{secrets.token_hex(8)}/{name}",
}


class MishapError(Exception):
    """What makes a transaction fail."""


def flip(image, **options):
    image.is_public = not image.is_public
    image.save(**options)


def is_readable(image, read, jpeg):
    """Whether the row's file has these bytes, and lies where `is_public` says."""
    from django.core.files.storage import storages
    from filer.models import Image

    image = Image.objects.get(pk=image.pk)
    return read(storages["default" if image.is_public else "private"], image.file.name) == jpeg


def rolled_back(act):
    """Do it in a transaction that fails."""
    from django.db import transaction

    with pytest.raises(MishapError), transaction.atomic():
        act()
        raise MishapError
