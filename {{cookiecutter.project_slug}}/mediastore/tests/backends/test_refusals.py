"""What the S3 storage does when S3 refuses, and what it refuses itself: no file is lost, no half file is stored."""

import io
import logging
import pickle

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from mediastore.backends import creating

pytestmark = pytest.mark.s3


def test_a_file_that_is_being_written_replaces_nothing_if_an_error_comes_between(read):
    storage = storages["private"]
    name = storage.save("refused/kept.txt", ContentFile(b"before"))
    with pytest.raises(ZeroDivisionError), storage.open(name, "wb") as file:
        file.write(b"half of wh")
        raise ZeroDivisionError
    assert read(storage, name) == b"before"
    with storage.open(name, "w") as file:
        file.write("äfter")
    file.close()  # a second time does no harm
    assert read(storage, name).decode() == "äfter"


def test_a_file_is_opened_anew_for_another_mode():
    storage = storages["private"]
    name = storage.save("refused/mode.txt", ContentFile("zwölf".encode()))
    with storage.open(name, "r") as file:
        assert file.read() == "zwölf"
        with pytest.raises(ValueError, match="open it anew"):
            file.open("rb")
        assert file.open().read() == "zwölf"
    assert file.open().read() == "zwölf"
    file.close()
    with pytest.raises(ValueError, match="rb\\+"):
        storage.open(name, "rb+")


def test_a_position_before_the_beginning_is_an_error():
    storage = storages["private"]
    with storage.open(storage.save("refused/seek.txt", ContentFile(b"0123"))) as file:
        with pytest.raises((ValueError, OSError)):
            file.seek(-5, io.SEEK_END)
        assert file.seek(-2, io.SEEK_END) == 2 and file.read() == b"23"


def test_a_file_is_saved_under_its_own_name_if_none_is_given(read):
    storage = storages["private"]
    name = storage.save(None, ContentFile(b"own", "refused/own.txt"))
    assert name.startswith("refused/own") and read(storage, name) == b"own"
    name = storage.save("refused/plain.bin", io.BytesIO(b"no Django file"))
    assert read(storage, name) == b"no Django file"


def test_a_name_is_not_tried_for_ever(monkeypatch, s3_answers):
    storage = storages["private"]
    s3_answers(storage, "PutObject", 412, "PreconditionFailed")
    monkeypatch.setattr(creating, "ATTEMPTS", 3)
    with pytest.raises(FileExistsError, match=r"refused/taken\.txt"):
        storage.save("refused/taken.txt", ContentFile(b"x"))


def test_a_file_without_a_name_is_not_deleted():
    with pytest.raises(ValueError, match="name"):
        storages["private"].delete("")


def test_versions_that_cannot_be_deleted_are_logged_with_what_to_do(become, bucket, s3_answers, caplog):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    public.client.put_bucket_versioning(Bucket=public.bucket_name, VersioningConfiguration={"Status": "Enabled"})
    name = public.save("made-private.txt", ContentFile(b"x"))
    s3_answers(public, "ListObjectVersions", 403, "AccessDenied")
    with caplog.at_level(logging.ERROR):
        public.delete(name)
    (message,) = (record.getMessage() for record in caplog.records if "made-private.txt" in record.getMessage())
    assert "s3:ListBucketVersions" in message and "AccessDenied" in message
    assert not public.exists(name)


def test_a_key_that_may_list_its_own_prefix_alone_sees_that(become, bucket, s3_answers):
    """The audit then looks below the prefix, and fails only where that may not be listed either."""
    public, _ = become(bucket("site/"), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    public.save("a.txt", ContentFile(b"x"))
    s3_answers(
        public, "ListObjectsV2", 403, "AccessDenied", when=lambda request: "prefix=site" not in request.url.lower()
    )
    assert [found.name for found in public.walk_bucket()] == ["site/a.txt"]
    with pytest.raises(PermissionError):
        list(public.root().walk_bucket())


@pytest.mark.real_s3
@pytest.mark.parametrize("version", ["s3", "s3v4"])
def test_both_kinds_of_signatures_open_a_file(monkeypatch, fetch, version):
    """`auth=s3` is for services that know the older one alone."""
    private = storages["private"]
    monkeypatch.setattr(private, "signature_version", version)
    name = private.save("refused/a b.txt", ContentFile(b"secret"))
    url = private.signed_url(name, filename="c.txt")
    status, headers, body = fetch(url)
    assert (status, body) == (200, b"secret") and "c.txt" in headers["Content-Disposition"]
    assert fetch(private.signed_url(name, method="HEAD"), method="HEAD")[0] == 200
    assert fetch(url.partition("?")[0])[0] == 403 and ("X-Amz-" in url) is (version == "s3v4")


@pytest.mark.real_s3
def test_urls_of_public_files_are_signed_if_the_dsn_says_so(become, bucket, fetch):
    public, _ = become(bucket("", "?qs_auth=true"), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    url = public.url(public.save("a.txt", ContentFile(b"signed")))
    assert fetch(url)[2] == b"signed" and fetch(url.partition("?")[0])[0] == 403


def test_a_storage_is_pickled_by_its_alias_and_never_with_its_secret():
    storage = storages["private"]
    pickled = pickle.dumps(storage)
    assert pickle.loads(pickled) is storage and storage.credentials.secret_key.encode() not in pickled
    path, arguments, _ = storage.deconstruct()
    assert (path, list(arguments)) == ("mediastore.get_storage", ["private"])
    with pytest.raises(ImproperlyConfigured, match="alias"):
        pickle.dumps(storage.root())
