"""`mediastore.backends.located`: every storage tells its bucket, its keys and its files."""

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import InMemoryStorage, storages
from django.utils.module_loading import import_string

import mediastore
from mediastore.backends.located import located
from mediastore.s3_location import service_of
from mediastore.testing.audits import audit

PREFIXED = "s3+http://K:S@media.127.0.0.1:9000/site/"


def made(alias="default", **dsns):
    entry = mediastore.configure(dsns, base_dir="")["STORAGES"][alias]
    return import_string(entry["BACKEND"])(**entry["OPTIONS"])


def test_a_key_is_the_prefix_and_a_name():
    storage = made(DEFAULT_STORAGE_DSN=PREFIXED)
    assert (storage.key_prefix, storage.key("a/b.jpg"), storage.name_of("site/a/b.jpg")) == (
        "site/",
        "site/a/b.jpg",
        "a/b.jpg",
    )
    assert storage.name_of("a/b.jpg") is storage.name_of("sites/b.jpg") is None
    assert storage.key("a//../b") == "site/a//../b", "the keys of other tools are kept as they are"


def test_the_names_of_the_root_are_keys_and_the_root_is_no_registered_storage():
    storage = made(DEFAULT_STORAGE_DSN=PREFIXED)
    root = storage.root()
    assert root.key("site/a.jpg") == root.name_of("site/a.jpg") == "site/a.jpg"
    assert (root.alias, storage.alias, storage.prefix) == (None, "default", "site") and root.same_bucket(storage)


def test_files_of_a_storage_are_listed_and_looked_up(empty_storages):
    for alias in ("default", "private"):
        storage = storages[alias]
        names = {storage.save(name, ContentFile(b"four")) for name in ("located/a.txt", "located/deep/er/b.txt")}
        assert {found.name for found in storage.walk()} == {found.name for found in storage.walk_bucket()} == names
        found = storage.look("located/a.txt")
        assert found.size == 4 and found.modified and storage.look("located/none.txt") is None
        assert storage.where and storage.same_bucket(storage)
    assert not storages["default"].same_bucket(storages["private"])


def test_a_file_that_is_deleted_while_files_are_listed_is_left_out(local_storages):
    storage = storages["default"]
    names = {storage.save(f"located/{name}.txt", ContentFile(b"four")) for name in "abc"}
    walked = storage.walk()
    first = next(walked).name
    gone, kept = names - {first}
    storage.delete(gone)
    assert [found.name for found in walked] == [kept]


@pytest.mark.parametrize("alias", ["default", "private"])
def test_memory_is_shared_with_no_other_storage(alias):
    storage, other = (made(alias, DEFAULT_STORAGE_DSN="memory://") for _ in range(2))
    storage.save("a/b.txt", ContentFile(b"four"))
    assert [found.name for found in storage.walk()] == ["a/b.txt"] and storage.look("a/b.txt").size == 4
    assert (storage.key("a/b.txt"), storage.name_of("a/b.txt")) == ("a/b.txt", "a/b.txt")
    assert storage.root().look("a/b.txt") and not storage.same_bucket(other)


def test_a_storage_that_is_missing_lies_in_no_bucket(monkeypatch):
    monkeypatch.setitem(mediastore.SCHEMES, "ram", "django.core.files.storage.InMemoryStorage")
    storage = made("private", DEFAULT_STORAGE_DSN="ram://")
    assert storage.lies_in is None and storage.where == "MissingStorage"
    assert not storage.same_bucket(storage) and not made(DEFAULT_STORAGE_DSN=PREFIXED).same_bucket(storage)


@pytest.mark.parametrize(
    ("dsn", "urls", "listing"),
    [
        (PREFIXED, ["http://127.0.0.1:9000/media/a%20b"], "http://127.0.0.1:9000/media/?list-type=2&max-keys=1"),
        (
            f"{PREFIXED}?public_endpoint=https%3A%2F%2Fs3.example.com&domain=cdn.example.com",
            [
                "http://127.0.0.1:9000/media/a%20b",
                "https://s3.example.com/media/a%20b",
                "https://cdn.example.com/a%20b",
            ],
            "http://127.0.0.1:9000/media/?list-type=2&max-keys=1",
        ),
        (
            "s3://K:S@media.s3.eu-central-1.amazonaws.com/",
            [
                "https://media.s3.eu-central-1.amazonaws.com/a%20b",
                "https://s3.eu-central-1.amazonaws.com/media/a%20b",
            ],
            "https://media.s3.eu-central-1.amazonaws.com/?list-type=2&max-keys=1",
        ),
        ("file:///data/media/", [], None),
        ("memory://", [], None),
    ],
)
def test_urls_for_requests_without_a_signature(dsn, urls, listing):
    storage = made(DEFAULT_STORAGE_DSN=dsn)
    assert storage.anonymous_urls("a b", storage) == urls
    assert storage.anonymous_listing_url() == listing


def test_the_urls_of_another_packages_bucket_are_unknown():
    """An attribute `bucket_name` does not say which service has the bucket."""
    foreign = InMemoryStorage()
    foreign.bucket_name = "media"
    assert located(foreign).anonymous_urls("a b") == [] and located(foreign).anonymous_listing_url() is None


def test_two_folders_are_one_if_a_link_leads_to_the_other(tmp_path):
    (tmp_path / "media").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "media")
    one, two, other = (made(DEFAULT_STORAGE_DSN=f"file://{tmp_path}/{name}") for name in ("media", "link", "other"))
    assert one.same_bucket(two) and not one.same_bucket(other) and one.where == str(tmp_path / "media")


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("https://s3.amazonaws.com", "https://s3.eu-central-1.amazonaws.com", True),
        ("https://s3.dualstack.eu-west-1.amazonaws.com", "http://s3-eu-west-1.amazonaws.com", True),
        ("https://s3.amazonaws.com", "https://s3.cn-north-1.amazonaws.com.cn", False),
        ("https://s3.amazonaws.com", "https://s3.us-gov-west-1.amazonaws.com", False),
        ("https://s3.amazonaws.com", "http://127.0.0.1:9000", False),
        ("https://s3.amazonaws.com", "https://s3.amazonaws.com.example.org", False),
        ("https://minio.example.com", "https://minio.example.com:443", True),
        ("http://minio.example.com:80", "https://minio.example.com", True),
        ("http://minio.example.com:9000", "http://minio.example.com:9001", False),
    ],
)
def test_services_are_told_apart_by_their_endpoints(one, other, same):
    assert (service_of(one) == service_of(other)) is same


@pytest.mark.django_db
def test_a_storage_of_another_package_is_audited_too(settings, empty_storages):
    """As `register_scheme` allows: such a storage has no method beside those of Django's storage API."""
    settings.STORAGES = settings.STORAGES | {"default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}}
    foreign = storages["default"]
    foreign.save("open/a.txt", ContentFile(b"open"))
    secret = foreign.save("private_thumbnails/seal.jpg", ContentFile(b"secret"))
    assert [found.name for found in located(foreign).walk()] == ["open/a.txt", secret]
    assert located(foreign).where == "InMemoryStorage" and located(foreign).look(secret).size == 6
    status, result = audit()
    assert (status, [finding["key"] for finding in result["findings"]]) == (1, [secret])
    assert audit("--fix")[0] == 0 and not foreign.exists(secret) and foreign.exists("open/a.txt")
    assert storages["private"].exists(secret)
