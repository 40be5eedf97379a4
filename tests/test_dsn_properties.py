"""The parser against whatever Hypothesis thinks of: it reads what it builds, raises one exception, shows no secret."""

import sys

from conftest import TEMPLATE
from django.core.exceptions import ImproperlyConfigured
from hypothesis import example, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(TEMPLATE))

import mediastore  # noqa: E402
from mediastore.dsn import DSN, build, parse  # noqa: E402

PRINTABLE = st.characters(exclude_categories=("Cs", "Cc"), exclude_characters="\x7f")
TEXT = st.text(PRINTABLE, min_size=1, max_size=30)
LABEL = st.from_regex(r"[a-z0-9]([a-z0-9-]{0,10}[a-z0-9])?", fullmatch=True)
HOST = st.one_of(st.lists(LABEL, min_size=1, max_size=5).map(".".join), st.ip_addresses(v=6).map(str))
SECRET = "S3CR3T"


@st.composite
def dsns(draw):
    username, password = draw(st.one_of(st.just((None, None)), st.tuples(TEXT, TEXT)))
    return DSN(
        scheme=draw(st.sampled_from(["s3", "s3+http", "az", "memory"])),
        host=draw(HOST),
        port=draw(st.one_of(st.none(), st.integers(1, 65535))),
        path="/" + draw(st.text(PRINTABLE, max_size=30)),
        params=draw(st.dictionaries(TEXT, st.text(PRINTABLE, max_size=20), max_size=4)),
        username=username,
        password=password,
    )


@settings(max_examples=500, deadline=None)
@given(dsns())
def test_parsing_what_was_built_gives_it_back(dsn):
    assert parse(build(dsn)) == dsn


@settings(max_examples=1500, deadline=None)
@given(
    st.one_of(
        st.text(),
        st.text(alphabet="s3:/@?&=#%[]+.-'\" aé\n0").map("s3://K:x@b.s3.amazonaws.com/".__add__),
        st.text(alphabet="s3:/@?&=#%[]+.-'\" aé\n0").map("s3://".__add__),
        st.tuples(st.sampled_from(["s3", "s3+http", "file", "memory", "ftp"]), st.text()).map("://".join),
    )
)
@example("s3://[")
@example("s3://]/")
@example("s3://K:S@[::1%25eth0]:9000/?bucket=b")
def test_no_text_raises_anything_else(text):
    try:
        mediastore.configure({"DEFAULT_STORAGE_DSN": text}, base_dir="/app")
    except ImproperlyConfigured as error:
        assert str(error).startswith("DEFAULT_STORAGE_DSN: ") and "\n" not in str(error)


@settings(max_examples=1500, deadline=None)
@given(
    before=st.text(alphabet="/+@?#%:& ab", max_size=4),
    after=st.text(alphabet="/+@?#%:&= ab", max_size=6),
    host=st.sampled_from(["b.s3.eu-west-1.amazonaws.com", "s3.eu-west-1.amazonaws.com", "x", "[::1", "b<c.d.e.f"]),
    rest=st.sampled_from(["/", "/?acl=none", "/?acll=none", "/?expire=x", "/%", "/?url=x", "/#"]),
    scheme=st.sampled_from(["s3", "s3+http", "ftp", "file"]),
)
def test_no_message_shows_the_secret(before, after, host, rest, scheme):
    dsn = f"{scheme}://KEY:{before}{SECRET}{after}@{host}{rest}"
    try:
        mediastore.configure({"DEFAULT_STORAGE_DSN": dsn}, base_dir="/app")
    except ImproperlyConfigured as error:
        assert SECRET not in str(error) and SECRET.lower() not in str(error), dsn
