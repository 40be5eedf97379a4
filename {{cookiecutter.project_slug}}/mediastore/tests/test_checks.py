"""The system checks: each finds its fault, and a project as it is made has none."""

import pytest
from django.core.checks import run_checks
from django.core.files.storage import FileSystemStorage, storages
from django.db import models
from django.test.utils import isolate_apps
from django.utils.module_loading import import_string

import mediastore
from mediastore import checks


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


def test_thumbnails_on_another_storage_are_found(monkeypatch):
    monkeypatch.setitem(storages._storages, "easy_thumbnails", FileSystemStorage(location="elsewhere"))
    assert ids(checks.thumbnails_elsewhere(None)) == ["mediastore.E003"]


@pytest.mark.s3
def test_private_files_in_the_public_bucket_are_found(monkeypatch):
    monkeypatch.setattr(storages["private"], "bucket_name", storages["default"].bucket_name)
    assert ids(checks.private_in_public_bucket(None)) == ["mediastore.W001"]


@pytest.mark.parametrize(
    ("private", "found"),
    [
        ("s3+http://K:S@media.127.0.0.1:9000/", []),
        ("s3://K:S@media.s3.eu-central-1.amazonaws.com/hidden/", ["mediastore.W001"]),
        ("memory://", []),
    ],
)
def test_private_files_on_another_service_are_not_in_the_public_bucket(monkeypatch, private, found):
    dsns = {"DEFAULT_STORAGE_DSN": "s3://K:S@media.s3.amazonaws.com/", "PRIVATE_STORAGE_DSN": private}
    for alias, entry in mediastore.configure(dsns, base_dir="")["STORAGES"].items():
        monkeypatch.setitem(storages._storages, alias, import_string(entry["BACKEND"])(**entry["OPTIONS"]))
    assert ids(checks.private_in_public_bucket(None)) == found
    assert ids(checks.thumbnails_elsewhere(None)) == []


@pytest.mark.disk
def test_media_on_the_disk_is_found_for_deployment():
    assert ids(checks.disk_in_production(None)) == ["mediastore.W002"] * 2
