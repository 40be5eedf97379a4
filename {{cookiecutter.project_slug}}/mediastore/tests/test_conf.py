"""`mediastore.configure`: makes STORAGES out of the environment."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import InMemoryStorage
from django.utils.module_loading import import_string

import mediastore
import mediastore.backends.memory
from mediastore.backends.local import disk_path
from mediastore.schemes import SCHEMES

ROOT = Path(__file__).resolve().parents[2]
S3 = "s3+http://KEY:S3CR3T@media.storage:9000/"


def storages(tmp_path, **environ):
    return mediastore.configure(environ, base_dir=tmp_path)["STORAGES"]


def test_without_a_dsn_media_lies_on_the_disk_and_private_files_beside(tmp_path):
    made = storages(tmp_path)
    assert made["default"]["OPTIONS"]["location"] == str(tmp_path / "data" / "media")
    assert made["easy_thumbnails"]["OPTIONS"]["location"] == str(tmp_path / "data" / "media")
    assert made["private"]["OPTIONS"]["location"] == str(tmp_path / "data" / "media-private")


def test_a_path_of_windows_has_no_slash_before_its_drive():
    assert disk_path("/C:/sites/media", windows=True) == "C:/sites/media"
    assert disk_path("/C:/sites/media", windows=False) == "/C:/sites/media"
    assert disk_path("/data/media", windows=True) == "/data/media"


def test_without_a_private_dsn_private_files_lie_under_a_prefix_with_a_private_acl(tmp_path):
    made = storages(tmp_path, DEFAULT_STORAGE_DSN=f"{S3}site/?domain=media.example.com")
    private = made["private"]["OPTIONS"]
    assert (private["bucket_name"], private["prefix"], private["default_acl"]) == ("media", "private/site", "private")
    assert private["base_url"] == "/private/"


def test_divios_granular_variables_are_read_where_there_is_no_dsn(tmp_path):
    granular = {
        "DEFAULT_STORAGE_BUCKET": "my.bucket",
        "DEFAULT_STORAGE_ACCESS_KEY_ID": "KEY",
        "DEFAULT_STORAGE_SECRET_ACCESS_KEY": "S3CR3T/+",
        "DEFAULT_STORAGE_CUSTOM_DOMAIN": "media.example.com",
        "DEFAULT_STORAGE_REGION": "eu-central-1",
    }
    options = storages(tmp_path, **granular)["default"]["OPTIONS"]
    assert options["bucket_name"] == "my.bucket" and options["secret_key"] == "S3CR3T/+"
    assert options["endpoint_url"] == "https://s3.eu-central-1.amazonaws.com"
    assert options["region_name"] == "eu-central-1" and options["base_url"] == "https://media.example.com/"
    assert storages(tmp_path, **granular, DEFAULT_STORAGE_DSN="memory://")["default"]["BACKEND"].endswith(
        "MemoryStorage"
    )
    del granular["DEFAULT_STORAGE_SECRET_ACCESS_KEY"]
    with pytest.raises(ImproperlyConfigured, match="DEFAULT_STORAGE_BUCKET: set both"):
        storages(tmp_path, **granular)


def test_every_role_has_a_class_of_its_own_so_that_easy_thumbnails_tells_them_apart(tmp_path):
    for dsn in (S3, "file:///data/media/", "memory://"):
        made = storages(tmp_path, DEFAULT_STORAGE_DSN=dsn)
        assert len({entry["BACKEND"] for entry in made.values()}) == len(made) == 4


def test_class_paths_are_stable_since_easy_thumbnails_keeps_them_in_the_database(tmp_path):
    made = storages(tmp_path, DEFAULT_STORAGE_DSN=S3)
    assert {alias: entry["BACKEND"] for alias, entry in made.items()} == {
        "default": "mediastore.backends.s3.PublicS3Storage",
        "private": "mediastore.backends.s3.PrivateS3Storage",
        "easy_thumbnails": "mediastore.backends.s3.ThumbnailS3Storage",
        "private_thumbnails": "mediastore.backends.s3.PrivateThumbnailS3Storage",
    }


@pytest.mark.parametrize(
    "parameter", ["domain=cdn.example.com", "url=https%3A%2F%2Fcdn.example.com", "acl=public-read"]
)
def test_a_private_storage_refuses_a_custom_domain_and_a_public_acl(tmp_path, parameter):
    with pytest.raises(ImproperlyConfigured, match="PRIVATE_STORAGE_DSN: a private storage takes no"):
        storages(tmp_path, DEFAULT_STORAGE_DSN=S3, PRIVATE_STORAGE_DSN=f"{S3}?{parameter}")


@pytest.mark.parametrize(
    ("dsn", "fault"),
    [
        ("ftp://KEY:S3CR3T@host/", "unknown scheme 'ftp'"),
        ("s3://KEY:S3CR3T@s3.eu-west-1.amazonaws.com/", "names no bucket"),
        ("s3://KEY:S3CR3T%@b.s3.amazonaws.com/", "bad percent-encoding"),
        (f"{S3}?regon_name=x", "did you mean 'region_name'?"),
        ("file://data/media", "three slashes"),
        ("file:///", "path of a folder"),
    ],
)
def test_a_broken_dsn_stops_check_with_one_line_that_shows_no_secret(dsn, fault):
    environ = {**os.environ, "DEFAULT_STORAGE_DSN": dsn}
    done = subprocess.run(
        [sys.executable, "manage.py", "check"], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60
    )
    output = done.stdout + done.stderr
    assert done.returncode == 1
    assert len(output.strip().splitlines()) == 1
    assert "DEFAULT_STORAGE_DSN" in output and fault in output and "S3CR3T" not in output


@pytest.mark.parametrize(("dsn", "package"), [("az://A:QUJD@blob.core.windows.net/c", "azure"), ("gs://b/", "google")])
def test_a_missing_package_is_named(tmp_path, dsn, package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, f"mediastore.backends.{package}", raising=False)
    with pytest.raises(ImproperlyConfigured, match=rf"DEFAULT_STORAGE_DSN: .*install django-storages\[{package}\]"):
        storages(tmp_path, DEFAULT_STORAGE_DSN=dsn)


def test_a_scheme_can_be_registered(tmp_path, monkeypatch):
    monkeypatch.setitem(SCHEMES, "ram", "")
    mediastore.register_scheme("ram", "django.core.files.storage.InMemoryStorage")
    made = storages(
        tmp_path, DEFAULT_STORAGE_DSN="ram://?base_url=%2Fram%2F", PRIVATE_STORAGE_DSN=f"file://{tmp_path}/private"
    )
    storage = import_string(made["default"]["BACKEND"])(**made["default"]["OPTIONS"])
    assert storage.url("a.txt") == "/ram/a.txt"
    private = storages(tmp_path, DEFAULT_STORAGE_DSN="ram://")["private"]
    storage = import_string(private["BACKEND"])(**private["OPTIONS"])
    for use in (storage.url, storage.open, storage.exists, storage.signed_url):
        with pytest.raises(ImproperlyConfigured, match="PRIVATE_STORAGE_DSN: is not set.*ram://"):
            use("a.txt")
    with pytest.raises(ImproperlyConfigured, match="no class for private files"):
        storages(tmp_path, DEFAULT_STORAGE_DSN="memory://", PRIVATE_STORAGE_DSN="ram://")


@pytest.mark.parametrize(
    ("public", "private"),
    [
        ("file:///data/media", "file:///data/media/"),
        ("file:///data/media", "file:///data/media/private"),
        ("file:///data/media/public", "file:///data/media/x/.."),
        (S3, S3),
        (f"{S3}site/", S3),
        (f"{S3}site/", f"{S3}site"),
        ("s3://K:S@media.s3.amazonaws.com/", "s3://K:S@media.s3.eu-central-1.amazonaws.com/"),
        ("s3://K:S@media.minio.example.com/?bucket=media", "s3://K:S@media.minio.example.com:443/?bucket=media"),
    ],
)
def test_public_and_private_files_do_not_share_a_place(tmp_path, public, private):
    with pytest.raises(ImproperlyConfigured, match="PRIVATE_STORAGE_DSN: private files would lie with the public ones"):
        storages(tmp_path, DEFAULT_STORAGE_DSN=public, PRIVATE_STORAGE_DSN=private)


@pytest.mark.parametrize(
    "private",
    [
        "s3+http://KEY:S3CR3T@media.127.0.0.1:9000/",
        "s3://K:S@media.s3.eu-central-1.amazonaws.com/other/",
        "s3://K:S@media.s3.cn-north-1.amazonaws.com.cn/",
        "s3://K:S@other.s3.eu-central-1.amazonaws.com/",
    ],
)
def test_private_files_may_lie_on_another_service_in_another_bucket_or_below_a_prefix(tmp_path, private):
    """That is: nothing is raised."""
    storages(tmp_path, DEFAULT_STORAGE_DSN="s3://K:S@media.s3.amazonaws.com/", PRIVATE_STORAGE_DSN=private)


class PublicAsAWhole(mediastore.backends.memory.MemoryStorage):
    public_as_a_whole = True


class PrivatePublicAsAWhole(PublicAsAWhole):
    """Private files need a bucket of their own, though there is a class for them."""


class PrivateThumbnailPublicAsAWhole(PrivatePublicAsAWhole):
    """The same for their thumbnails."""


class Silent(InMemoryStorage):
    """It does not say whether private files can lie beside public ones."""


class PrivateSilent(Silent):
    """For private files."""


class WithoutPrivateClass(InMemoryStorage):
    public_as_a_whole = False


def test_a_registered_class_says_that_private_files_cannot_lie_beside_public_ones(tmp_path, monkeypatch):
    monkeypatch.setitem(SCHEMES, "whole", "")
    mediastore.register_scheme("whole", f"{__name__}.PublicAsAWhole")
    made = storages(tmp_path, DEFAULT_STORAGE_DSN="whole://")
    assert made["private"]["BACKEND"] == "mediastore.backends.missing.MissingStorage"
    made = storages(tmp_path, DEFAULT_STORAGE_DSN="whole://", PRIVATE_STORAGE_DSN="whole://")
    assert made["private"]["BACKEND"] == f"{__name__}.PrivatePublicAsAWhole"
    monkeypatch.setattr(PublicAsAWhole, "public_as_a_whole", False)
    assert storages(tmp_path, DEFAULT_STORAGE_DSN="whole://")["private"]["BACKEND"].startswith(__name__)


def test_a_registered_class_that_says_nothing_has_no_private_files_beside_public_ones(tmp_path, monkeypatch):
    monkeypatch.setitem(SCHEMES, "silent", f"{__name__}.Silent")
    made = storages(tmp_path, DEFAULT_STORAGE_DSN="silent://")
    assert made["private"]["BACKEND"] == "mediastore.backends.missing.MissingStorage"


def test_a_registered_class_that_can_have_private_files_and_has_no_class_for_them_is_refused(tmp_path, monkeypatch):
    monkeypatch.setitem(SCHEMES, "half", f"{__name__}.WithoutPrivateClass")
    with pytest.raises(ImproperlyConfigured, match="half:// has no class for private files"):
        storages(tmp_path, DEFAULT_STORAGE_DSN="half://")


@pytest.mark.parametrize("dsn", ["file:///data/media/.", "file:///data/media/x/..", "file:///data/media//"])
def test_the_derived_private_folder_is_beside_the_public_one(tmp_path, dsn):
    assert storages(tmp_path, DEFAULT_STORAGE_DSN=dsn)["private"]["OPTIONS"]["location"] == "/data/media-private"
