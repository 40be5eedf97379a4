"""`mediastore.s3_location`: bucket, endpoint, region, prefix and public URL of S3 DSNs."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from mediastore.dsn import parse
from mediastore.s3_location import S3Location


def read(text):
    return S3Location.from_dsn(parse(text, "DEFAULT_STORAGE_DSN"))


@pytest.mark.parametrize(
    ("text", "bucket", "endpoint", "region", "base_url"),
    [
        ("s3://b.s3.amazonaws.com/", "b", "https://s3.amazonaws.com", None, "https://s3.amazonaws.com/b/"),
        (
            "s3://name.divio-media.org.s3.amazonaws.com/?auth=s3v4&domain=name.divio-media.org",
            "name.divio-media.org",
            "https://s3.amazonaws.com",
            None,
            "https://name.divio-media.org/",
        ),
        (
            "s3://b.s3.eu-west-1.amazonaws.com/p/",
            "b",
            "https://s3.eu-west-1.amazonaws.com",
            "eu-west-1",
            "https://s3.eu-west-1.amazonaws.com/b/",
        ),
        (
            "s3://b.s3-eu-west-1.amazonaws.com/",
            "b",
            "https://s3-eu-west-1.amazonaws.com",
            "eu-west-1",
            "https://s3-eu-west-1.amazonaws.com/b/",
        ),
        (
            "s3://b.sos-ch-dk-2.exo.io/?auth=s3",
            "b",
            "https://sos-ch-dk-2.exo.io",
            "ch-dk-2",
            "https://sos-ch-dk-2.exo.io/b/",
        ),
        (
            "s3://media.ACCOUNT.r2.cloudflarestorage.com/",
            "media",
            "https://account.r2.cloudflarestorage.com",
            None,
            "https://account.r2.cloudflarestorage.com/media/",
        ),
        ("s3+http://media.storage:9000/", "media", "http://storage:9000", None, "http://storage:9000/media/"),
        ("s3+http://media.127.0.0.1:9000/", "media", "http://127.0.0.1:9000", None, "http://127.0.0.1:9000/media/"),
        ("s3+http://[::1]:9000/?bucket=a.b", "a.b", "http://[::1]:9000", None, "http://[::1]:9000/a.b/"),
        ("s3://storage:9000/?bucket=Media", "Media", "https://storage:9000", None, "https://storage:9000/Media/"),
        (
            "s3+http://media.storage:9000/?public_endpoint=http%3A%2F%2F127.0.0.1%3A9000",
            "media",
            "http://storage:9000",
            None,
            "http://127.0.0.1:9000/media/",
        ),
        (
            "s3+http://media.storage:9000/?url=https%3A%2F%2Fcdn.example.com%2Fa%2F",
            "media",
            "http://storage:9000",
            None,
            "https://cdn.example.com/a/",
        ),
    ],
)
def test_a_dsn_names_bucket_endpoint_region_and_url(text, bucket, endpoint, region, base_url):
    location = read(text)
    assert (location.bucket, location.endpoint, location.region, location.base_url) == (
        bucket,
        endpoint,
        region,
        base_url,
    )


@pytest.mark.parametrize(
    "text",
    [
        "s3://K:S@s3.eu-west-1.amazonaws.com/",
        "s3://K:S@s3-eu-west-1.amazonaws.com/",
        "s3://K:S@sos-ch-dk-2.exo.io/",
        "s3+http://K:S@minio:9000/media",
        "s3+http://K:S@127.0.0.1:9000/media",
        "s3+http://K:S@[::1]:9000/media",
        "s3:///media",
    ],
)
def test_a_forgotten_bucket_is_told(text):
    with pytest.raises(ImproperlyConfigured, match="DEFAULT_STORAGE_DSN: names no bucket.*bucket=BUCKET"):
        read(text)


@pytest.mark.parametrize(
    ("query", "fault"),
    [
        ("acl=publik", "'acl' must be one of none, private"),
        ("expire=0", "'expire' must be a whole number"),
        ("expire=99999999", "'expire' must be a whole number"),
        ("qs_auth=perhaps", "'qs_auth' must be true or false"),
        ("unique=sometimes", "'unique' must be one of always"),
        ("url=cdn.example.com", "'url' must be a URL"),
        ("public_endpoint=/x", "'public_endpoint' must be a URL"),
        ("domain=a%20b", "'domain' must be a host name"),
        ("bucket=a%2Fb", "bucket name"),
        ("addressing_style=x", "'addressing_style' must be one of"),
        ("region_name=a%20b&bucket=b", "'region_name' must be a region"),
        ("public_endpoint=http%3A%2F%2Fstorage_default", "'storage_default' is no host name.*no underscore"),
    ],
)
def test_a_value_out_of_its_range_is_named(query, fault):
    with pytest.raises(ImproperlyConfigured, match=fault):
        read(f"s3+http://K:S@media.storage:9000/?{query}")
