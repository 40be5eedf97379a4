"""`mediastore.checks`: each check finds its fault, and a project has no fault when it is rendered."""

import pytest
from django.core.checks import run_checks
from django.core.files.storage import FileSystemStorage, storages
from django.db import models
from django.test.utils import isolate_apps

import mediastore
from mediastore import checks
from mediastore.backends.located import located


@pytest.fixture
def configured(settings):
    """`configured(public, private=None)`: the site has storages with these DSNs until the test ends."""

    def configured(public, private=None):
        dsns = {"DEFAULT_STORAGE_DSN": public} | ({"PRIVATE_STORAGE_DSN": private} if private else {})
        settings.STORAGES = settings.STORAGES | mediastore.configure(dsns, base_dir="")["STORAGES"]

    return configured


def ids(messages):
    return [message.id for message in messages]


def test_the_project_has_no_fault():
    assert [message for message in run_checks() if message.level >= 30] == []


@pytest.mark.parametrize("name", ["DEFAULT_FILE_STORAGE", "STATICFILES_STORAGE", "THUMBNAIL_DEFAULT_STORAGE"])
def test_a_dead_setting_is_found(settings, name):
    setattr(settings, name, "storages.backends.s3.S3Storage")
    found = checks.dead_settings(None)
    assert ids(found) == ["mediastore.E001"] and name in found[0].msg


@pytest.mark.s3
@isolate_apps("mediastore")
def test_a_field_that_hard_codes_the_disk_is_found(monkeypatch):
    class Old(models.Model):
        file = models.FileField(storage=FileSystemStorage())

        class Meta:
            app_label = "mediastore"

    monkeypatch.setattr(checks.apps, "get_models", lambda: [Old])
    found = checks.hard_coded_disk(None)
    assert ids(found) == ["mediastore.E002"] and "Old.file" in found[0].msg


def test_thumbnails_on_another_storage_are_found(settings):
    elsewhere = {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": "elsewhere"},
    }
    settings.STORAGES = settings.STORAGES | {"easy_thumbnails": elsewhere}
    found = checks.thumbnails_elsewhere(None)
    assert ids(found) == ["mediastore.E003"] and repr(located(storages["default"]).where) in found[0].msg


def test_thumbnails_in_memory_are_not_found(configured):
    configured("memory://")
    assert checks.thumbnails_elsewhere(None) == []


def test_private_files_in_the_public_bucket_are_found(configured):
    configured("s3+http://K:S@media.127.0.0.1:9000/site/")
    (found,) = checks.private_in_public_bucket(None)
    assert found.id == "mediastore.W001" and "'media'" in found.msg and "below media/private/site/." in found.hint


def test_private_files_without_a_place_are_found(configured, monkeypatch):
    monkeypatch.setitem(mediastore.SCHEMES, "ram", "django.core.files.storage.InMemoryStorage")
    configured("ram://")
    (found,) = checks.private_nowhere(None)
    assert found.id == "mediastore.W003" and "ram://" in found.msg
    configured("memory://")
    assert checks.private_nowhere(None) == []


@pytest.mark.parametrize(
    ("private", "found"),
    [
        ("s3+http://K:S@media.127.0.0.1:9000/", []),
        ("s3://K:S@media.s3.eu-central-1.amazonaws.com/hidden/", ["mediastore.W001"]),
        ("memory://", []),
    ],
)
def test_buckets_of_one_name_are_one_on_the_same_service_only(configured, private, found):
    configured("s3://K:S@media.s3.amazonaws.com/", private)
    assert ids(checks.private_in_public_bucket(None)) == found
    assert ids(checks.thumbnails_elsewhere(None)) == []


@pytest.mark.disk
def test_media_on_the_disk_is_found_for_deployment():
    assert ids(checks.disk_in_production(None)) == ["mediastore.W002"] * 2
