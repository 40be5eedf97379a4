"""`mediastore.dsn`: reads every part of a DSN, and refuses faults with messages that help and show no secret."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from mediastore.dsn import DSN, build, parse

SECRET = "s3cr3t-t3xt"


def test_every_part_is_read_and_decoded():
    dsn = parse("s3+http://K%2FY:S%2B%25E@Media.Storage:9000/a%20b/?url=http%3A%2F%2Fx&expire=5", "V")
    assert (dsn.scheme, dsn.username, dsn.password) == ("s3+http", "K/Y", "S+%E")
    assert (dsn.host, dsn.port, dsn.path) == ("media.storage", 9000, "/a b/")
    assert dsn.params == {"url": "http://x", "expire": "5"}


@pytest.mark.parametrize(
    "dsn",
    [
        DSN("s3", "bucket.s3.amazonaws.com", None, "/pre fix/", {"acl": "none"}, "K/+%", "S@:/?#ü"),
        DSN("s3+http", "::1", 9000, "/", {"bucket": "a.b"}, "K", "S"),
        DSN("file", "", None, "/data/médiä", {"url": "/m/"}),
        DSN("memory"),
    ],
)
def test_building_and_parsing_are_inverse(dsn):
    assert parse(build(dsn)) == dsn


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("", "is no DSN"),
        ("media.example.com", "is no DSN"),
        (f"'s3://K:{SECRET}@b.s3.amazonaws.com/'", "wrapped in quotes"),
        (f'"s3://K:{SECRET}@b.s3.amazonaws.com/', "wrapped in quotes"),
        (f"s3://K:{SECRET} x@b.s3.amazonaws.com/", "white space"),
        (f"s3://K:{SECRET}/x@b.s3.amazonaws.com/", "unencoded '/'"),
        (f"s3://K:{SECRET}?x@b.s3.amazonaws.com/", "unencoded '/'"),
        (f"s3://K:{SECRET}#x@b.s3.amazonaws.com/", "'#'"),
        (f"s3://K/{SECRET}?x@b.s3.amazonaws.com/", "unencoded '/'"),
        (f"s3://K/x?{SECRET}@b.s3.amazonaws.com/?a=b", "unencoded '/'"),
        (f"s3://K:{SECRET}@x@b.s3.amazonaws.com/", "unencoded '@'"),
        (f"s3://K:{SECRET}:x@b.s3.amazonaws.com/", "unencoded ':'"),
        (f"s3://K:{SECRET}%zz@b.s3.amazonaws.com/", "bad percent-encoding in its secret"),
        (f"s3://K:{SECRET}%ff@b.s3.amazonaws.com/", "not UTF-8"),
        (f"s3://K:{SECRET}%00@b.s3.amazonaws.com/", "control character in its secret"),
        (f"s3://K:{SECRET}@b.s3.amazonaws.com/%2", "bad percent-encoding in its path"),
        (f"s3://K:{SECRET}@b.s3.amazonaws.com/?acl=%", "bad percent-encoding in its parameters"),
        (f"s3://K:{SECRET}@b.s3.amazonaws.com/?acl=none&acl=none", "parameter 'acl' twice"),
        (f"s3://K:{SECRET}@b.s3.amazonaws.com:99999/", "port"),
        (f"s3://K:{SECRET}@b.s3.amazonaws.com:x/", "port"),
        (f"s3://K:{SECRET}@[::1/", "host that cannot be read"),
        (f"s3://K:{SECRET}@b<.s3.amazonaws.com/", "host"),
        ("s3://K@b.s3.amazonaws.com/", "no secret"),
        (f"s3://:{SECRET}@b.s3.amazonaws.com/", "no access key"),
        (f"1s3://K:{SECRET}@b.s3.amazonaws.com/", "scheme"),
    ],
)
def test_a_fault_is_named_with_its_variable_and_without_the_secret(text, fault):
    with pytest.raises(ImproperlyConfigured) as caught:
        parse(text, "DEFAULT_STORAGE_DSN")
    message = str(caught.value)
    assert message.startswith("DEFAULT_STORAGE_DSN: ") and fault in message and "\n" not in message
    assert SECRET not in message and caught.value.__cause__ is None


def test_the_secret_is_not_in_the_representation():
    assert SECRET not in repr(parse(f"s3://K:{SECRET}@b.s3.amazonaws.com/"))
