"""Fixtures for the tests of filer's files."""

import pytest

from mediastore.tests.filer.helpers import UPLOAD_TO


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
    """Runs the test with filer's own names, and with each kind of names that a site may give its files."""
    if upload_to := UPLOAD_TO[request.param]:
        for visibility in ("PUBLIC", "PRIVATE"):
            monkeypatch.setattr(f"filer.settings.FILER_{visibility}MEDIA_UPLOAD_TO", upload_to)
