"""DSNs mean what they mean to django-storage-url 0.12.1, so that a Divio project moves over without touching a file.

Where they do not, the difference is named here, and why.
"""

import itertools
import sys

import furl
import pytest
from conftest import TEMPLATE
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

sys.path.insert(0, str(TEMPLATE))
if not settings.configured:
    settings.configure(MEDIA_ROOT="")

from django_storage_url.backends.file import FileSystemStorage as OldFile  # noqa: E402
from django_storage_url.backends.s3 import S3Storage as OldS3  # noqa: E402

import mediastore  # noqa: E402
from mediastore.backends.s3 import PublicS3Storage  # noqa: E402
from mediastore.dsn import parse  # noqa: E402
from mediastore.schemes import storage_settings  # noqa: E402

HOSTS = """
    bkt.s3.amazonaws.com  bkt.s3.eu-west-1.amazonaws.com  bkt.s3-eu-west-1.amazonaws.com
    my.dotted.bkt.s3.eu-central-1.amazonaws.com  bkt.s3.dualstack.eu-west-1.amazonaws.com
    bkt.s3-fips.us-east-1.amazonaws.com  bkt.s3-fips.dualstack.us-east-1.amazonaws.com
    bkt.s3-accesspoint.eu-west-1.amazonaws.com  bkt.s3-accesspoint-fips.us-east-1.amazonaws.com
    bkt.s3-accesspoint.dualstack.eu-west-1.amazonaws.com  bkt.s3-accesspoint-fips.dualstack.us-east-1.amazonaws.com
    bkt.s3.cn-north-1.amazonaws.com.cn  bkt.s3-control.eu-west-1.amazonaws.com  bkt.s3-external-1.amazonaws.com
    bkt.s3.af-south-1.amazonaws.com  bkt.s3.il-central-1.amazonaws.com  name.divio-media.org.s3.amazonaws.com
    s3-media.s3.eu-west-1.amazonaws.com  BKT.S3.EU-West-1.Amazonaws.com
    bkt.sos-ch-dk-2.exo.io  bkt.sos-de-fra-1.exo.io  my.bkt.sos-ch-dk-2.exo.io  bkt.fra1.digitaloceanspaces.com
    bkt.storage.googleapis.com  my.bkt.storage.googleapis.com  bkt.s3.us-west-000.backblazeb2.com
    bkt.s3.fr-par.scw.cloud  bkt.minio.example.com  bkt.a.minio.example.com  s3-b.fra1.digitaloceanspaces.com
    media.account.eu.r2.example.com
""".split()
QUERIES = """
    acl=private  acl=bucket-owner-full-control  domain=cdn.example.com  url=https%3A%2F%2Fcdn.example.com%2F
    url=http%3A%2F%2Fcdn.example.com%3A8080  auth=s3v4  auth=s3  qs_auth=true  qs_auth=false  qs_auth=1
    region_name=eu-north-1  addressing_style=virtual  addressing_style=path  addressing_style=auto
    domain=cdn.example.com&qs_auth=true  acl=private&qs_auth=true&auth=s3v4
""".split()
BY_QUERY = ("bkt.s3.eu-west-1.amazonaws.com", "my.dotted.bkt.s3.amazonaws.com", "bkt.sos-ch-dk-2.exo.io")
S3_DSNS = [
    *(f"s3://KEY:S%2Fe%2Bc@{host}/prefix/" for host in HOSTS),
    *(f"s3://KEY:S%2Fe%2Bc@{host}/?{query}" for host, query in itertools.product(BY_QUERY, QUERIES)),
    *(f"s3://KEY:S%2Fe%2Bc@bkt.s3.eu-west-1.amazonaws.com{path}" for path in ("", "/", "/a", "/a/b/", "/a-b_c.d/")),
    "s3://bkt.s3.eu-west-1.amazonaws.com/",
]
NAME = "dir/ü a~b(1)'!*+&=@:,;$.jpg"


def old(dsn):
    storage = OldS3(furl.furl(dsn))
    url, _, query = storage.url(NAME).partition("?")
    return {
        "bucket": storage.bucket_name,
        "key": storage._normalize_name("x"),
        "region": storage.region_name,
        "endpoint": storage.endpoint_url.rstrip("/"),
        "addressing": storage.addressing_style,
        "acl": storage.object_parameters["ACL"],
        "credentials": (storage.access_key, storage.secret_key),
        "url": url,
        "signed": bool(query),
    }


def ours(dsn):
    entry = storage_settings(parse(dsn, "DEFAULT_STORAGE_DSN"), "default")
    storage = PublicS3Storage(**entry["OPTIONS"])
    url, _, query = storage.url(NAME).partition("?")
    return {
        "bucket": storage.bucket_name,
        "key": storage.key("x"),
        "region": storage.region_name,
        "endpoint": storage.endpoint_url,
        "addressing": storage.addressing_style,
        "acl": storage.default_acl,
        "credentials": (storage.credentials.access_key or "", storage.credentials.secret_key or ""),
        "url": url,
        "signed": bool(query),
    }


@pytest.fixture(autouse=True)
def credentials(monkeypatch):
    """Those of the environment, where a DSN has none."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "K")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "S")


def test_enough_dsns_are_compared():
    assert len(S3_DSNS) == len(set(S3_DSNS)) >= 60


@pytest.mark.parametrize("dsn", S3_DSNS)
def test_an_s3_dsn_means_the_same(dsn):
    assert ours(dsn) == old(dsn)


@pytest.mark.parametrize("path", ["/data/media/", "/data/media", "/data/my%20media/", "/data/m%C3%A9dia/"])
@pytest.mark.parametrize("url", ["?url=%2Fmedia%2F", "?url=https%3A%2F%2Fcdn.example.com%2Fm%2F"])
def test_a_file_dsn_means_the_same(path, url):
    dsn = f"file://{path}{url}"
    storage = OldFile(furl.furl(dsn))
    options = storage_settings(parse(dsn, "DEFAULT_STORAGE_DSN"), "default")["OPTIONS"]
    # a fault: the original leaves the path percent-encoded
    assert options["location"] == storage.location.replace("%20", " ").replace("%C3%A9", "é")
    assert options["base_url"] == storage.base_url


@pytest.mark.parametrize(
    ("dsn", "differences", "why"),
    [
        (
            "s3://K:S@bkt.s3.eu-west-1.amazonaws.com/pre%20fix/",
            {"key": "pre fix/x"},
            "the original leaves the prefix percent-encoded, in the key too",
        ),
        (
            "s3://K:S@bkt.s3.eu-west-1.amazonaws.com/?url=https%3A%2F%2Fcdn.example.com%2Fpath%2F",
            {"url": "https://cdn.example.com/path/dir/"},
            "the original loses the path of url=",
        ),
        (
            "s3://K:S@media.account.r2.cloudflarestorage.com/",
            {"bucket": "media", "endpoint": "https://account.r2.cloudflarestorage.com"},
            "the original cuts a host of five parts before the last three",
        ),
    ],
)
def test_a_fault_of_the_original_is_not_taken_over(dsn, differences, why):
    mine, theirs = ours(dsn), old(dsn)
    for part, value in differences.items():
        assert mine[part].startswith(value) and mine[part] != theirs[part], why
    same = set(mine) - set(differences) - {"url", "addressing"}
    assert {part: mine[part] for part in same} == {part: theirs[part] for part in same}


@pytest.mark.parametrize("query", ["", "?url=https%3A%2F%2Fcdn.example.com%2F", "?domain=cdn.example.com"])
@pytest.mark.parametrize("key", ["QUJDRA==", "QUJDRA", "/w8=", "c2lnPWFiYyZzdj0yMDI1"])  # ASCII, unpadded, binary, SAS
def test_an_azure_dsn_means_the_same(query, key):
    from django_storage_url.backends.az import AzureStorage as OldAzure

    from mediastore.backends.azure import PublicAzureStorage

    dsn = f"az://account:{key.replace('/', '%2F').replace('=', '%3D')}@blob.core.windows.net/container{query}"
    theirs = OldAzure(furl.furl(dsn))
    mine = PublicAzureStorage(**storage_settings(parse(dsn, "DEFAULT_STORAGE_DSN"), "default")["OPTIONS"])
    for part in ("account_name", "account_key", "sas_token", "azure_container"):
        assert getattr(mine, part) == getattr(theirs, part)
    assert mine.url("a b/c.jpg") == theirs.url("a b/c.jpg")


@pytest.mark.parametrize(
    ("public", "private"),
    [
        ("az://a:QUJD@blob.core.windows.net/c", "az://a:QUJD@blob.core.windows.net/c/private"),
        ("gs://bucket/", "gs://bucket/private"),
    ],
)
def test_a_container_that_is_public_as_a_whole_takes_no_private_files(public, private):
    environ = {"DEFAULT_STORAGE_DSN": public, "PRIVATE_STORAGE_DSN": private}
    with pytest.raises(ImproperlyConfigured, match="PRIVATE_STORAGE_DSN: private files would lie with the public ones"):
        mediastore.configure(environ, base_dir="/app")
    other = mediastore.configure(
        environ | {"PRIVATE_STORAGE_DSN": private.replace("bucket", "b2").replace("/c/", "/d/")}, base_dir="/app"
    )
    assert other["STORAGES"]["private_thumbnails"]["OPTIONS"]["prefix"] == "private/private_thumbnails"
