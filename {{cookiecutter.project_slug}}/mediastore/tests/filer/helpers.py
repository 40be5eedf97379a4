"""What the tests of filer's files share. Nothing of Django is imported here before it is set up (`conftest`)."""

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


@pytest.fixture
def make(jpeg, admin_user):
    """`make(name, **fields)`: a filer image that is saved, as another request would read it."""
    from django.core.files.base import ContentFile
    from filer.models import Image

    def make(name="cat.jpg", **fields):
        image = Image.objects.create(original_filename=name, file=ContentFile(jpeg, name), owner=admin_user, **fields)
        return Image.objects.get(pk=image.pk)

    return make


@pytest.fixture
def held():
    """`held()`: what the storages hold since this test began, by alias."""
    from django.core.files.storage import storages

    def names(alias):
        return {found.name for found in storages[alias].walk()}

    before = {alias: names(alias) for alias in ("default", "private")}
    return lambda: {alias: sorted(names(alias) - before[alias]) for alias in before}


@pytest.fixture
def nothing_left(held):
    """The test leaves no file behind once its rows are deleted."""
    from filer.models import File

    yield
    File.objects.all().delete()
    assert held() == {"default": [], "private": []}


@pytest.fixture(params=UPLOAD_TO)
def names(request, monkeypatch):
    """filer's own names, and those that a site may give its files."""
    if upload_to := UPLOAD_TO[request.param]:
        for visibility in ("PUBLIC", "PRIVATE"):
            monkeypatch.setattr(f"filer.settings.FILER_{visibility}MEDIA_UPLOAD_TO", upload_to)


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
