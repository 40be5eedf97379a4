"""`manage.py media audit`: what policies, versions and former places of private files let everyone do."""

import http.server
import json
import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from mediastore import rows
from mediastore.operations import anonymous, grace, setup
from mediastore.testing.audits import audit, keys

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_storages"),
    pytest.mark.real_s3,
]
SECRET = b"secret"


@pytest.fixture(autouse=True)
def no_upload_is_on_its_way(monkeypatch):
    monkeypatch.setattr(grace, "SECONDS", 0)


@pytest.fixture
def site(become, bucket):
    """A site with two buckets of its own, set up, with a private file."""
    public, private = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run())
    private.save("contracts/a.pdf", ContentFile(SECRET))
    return public, private


def allow(storage, **statement):
    """What somebody else has put into the policy of a bucket."""
    entry = {"Sid": "Theirs", "Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}
    entry["Resource"] = [f"arn:aws:s3:::{storage.bucket_name}/*"]
    text = json.dumps({"Version": "2012-10-17", "Statement": [entry | statement]})
    storage.client.put_bucket_policy(Bucket=storage.bucket_name, Policy=text)


@pytest.mark.parametrize(
    ("statement", "says"),
    [
        ({"Condition": {"StringLike": {"aws:Referer": ["https://example.com/*"]}}}, "read files"),
        ({"Condition": {"StringEquals": {"aws:UserAgent": ["Magic"]}}}, "read files"),
        ({"Action": ["s3:ListBucket"], "Resource": ["arn:aws:s3:::BUCKET"]}, "list names"),
        ({"Action": ["s3:PutObject"]}, "write files"),
        ({"Action": ["s3:DeleteObject"]}, "delete files"),
        ({"Resource": ["arn:aws:s3:::BUCKET/*/*.odt"]}, "read files"),
    ],
    ids=["referer", "user agent", "list", "write", "delete", "a pattern that no file has now"],
)
def test_what_a_policy_lets_everyone_do_with_the_private_bucket_is_found_and_ended(site, statement, says):
    _, private = site
    text = json.dumps(statement).replace("BUCKET", private.bucket_name)
    allow(private, **json.loads(text))
    status, result = audit()
    assert status == 1 and any(f"Theirs lets everyone {says}" in finding["why"] for finding in result["findings"])
    assert audit("--fix")[0] == 0 and audit()[1]["findings"] == []


def test_the_policy_is_closed_once_for_many_files_that_are_mended_at_once(site):
    _, private = site
    for number in range(50):
        private.save(f"contracts/{number}.pdf", ContentFile(SECRET))
    allow(private)
    sent = []

    def count(request, **kwargs):
        if request.url.endswith("?policy") and request.method != "GET":
            sent.append(request.method)

    private.client.meta.events.register("before-send.s3", count)
    try:
        status, result = audit("--fix")
    finally:
        private.client.meta.events.unregister("before-send.s3", count)
    assert status == 0 and len(keys(result, "readable")) == 51
    assert len(sent) == 1


def test_a_statement_for_some_networks_is_told_and_left_to_a_person(site):
    _, private = site
    allow(private, Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})
    for options in ((), ("--fix",)):
        status, result = audit(*options)
        assert status == 1 and "from some networks" in result["findings"][0]["why"]
    assert "delete that" in result["findings"][0]["note"]


def test_private_files_from_before_their_bucket_was_set_are_moved(become, bucket, read, monkeypatch):
    public, before = become(bucket("site/"))
    list(setup.run())
    name = before.save("contracts/a.pdf", ContentFile(SECRET))
    before.save("contracts/unnamed.pdf", ContentFile(b"no row names it"))
    monkeypatch.setattr(rows, "names", lambda private: {name} if private else set())
    public, private = become(bucket("site/"), bucket().replace("@", "@own-"))
    list(setup.run())
    status, result = audit()
    assert status == 1 and keys(result, "file") == [
        "private/site/contracts/a.pdf",
        "private/site/contracts/unnamed.pdf",
    ]
    assert audit("--fix")[0] == 0 and audit()[1]["findings"] == []
    assert read(private, name) == SECRET and read(private, "contracts/unnamed.pdf") == b"no row names it"
    assert not list(before.walk())


def test_what_no_row_names_below_private_is_left_to_the_other_sites_of_the_bucket(become, bucket, read, monkeypatch):
    _, before = become(bucket())
    list(setup.run())
    for name in ("contracts/a.pdf", "contracts/unnamed.pdf", "plain.pdf"):
        before.save(name, ContentFile(SECRET))
    monkeypatch.setattr(rows, "names", lambda private: {"contracts/a.pdf"} if private else set())
    _, private = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run())
    status, result = audit("--fix")
    assert status == 0 and keys(result) == ["private/contracts/a.pdf", "private/plain.pdf"]
    assert any("1 files lie in folders of private files" in warning for warning in result["warnings"])
    assert [found.name for found in before.walk()] == ["contracts/unnamed.pdf"]


def test_a_folder_that_private_files_have_left_stays_closed(become, bucket, read, fetch):
    """The policy is where it is written down. What is in it may be another site's."""
    public, before = become(bucket(), bucket() + "hidden/")
    list(setup.run())
    name = before.save("contracts/a.pdf", ContentFile(SECRET))
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run())
    assert fetch(f"{public.base_url}hidden/{name}")[0] == 403
    status, result = audit("--fix")
    assert status == 0 and any("1 files lie in folders of private files" in warning for warning in result["warnings"])
    assert read(before, name) == SECRET


def test_the_private_files_of_a_copy_of_the_site_in_the_same_bucket_are_left_alone(become, bucket, read, monkeypatch):
    """Staging, with the same rows and the same bytes."""
    _, copy = become(bucket("staging/"))
    list(setup.run())
    copy.save("contracts/a.pdf", ContentFile(SECRET))
    monkeypatch.setattr(rows, "names", lambda private: {"contracts/a.pdf"} if private else set())
    _, private = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run(force=True))
    private.save("contracts/a.pdf", ContentFile(SECRET))
    assert audit("--fix")[0] == 0 and read(copy, "contracts/a.pdf") == SECRET


def test_a_copy_of_a_private_file_that_was_left_in_its_former_place_is_deleted(become, bucket, read):
    """The hint of the check was followed: copied first, then switched. The bytes and the name are the same."""
    _, before = become(bucket())
    list(setup.run())
    before.save("contracts/a.pdf", ContentFile(SECRET))
    _, private = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run())
    private.save("contracts/a.pdf", ContentFile(SECRET))
    status, result = audit("--fix")
    assert status == 0 and result["findings"][0]["note"].startswith("deleted")
    assert not before.exists("contracts/a.pdf") and read(private, "contracts/a.pdf") == SECRET


def test_another_sites_private_files_that_our_policy_opens_are_found_and_closed(site, fetch):
    public, _ = site
    public.client.put_object(Bucket=public.bucket_name, Key="private/other/a.pdf", Body=b"another site's")
    assert audit()[0] == 0
    allow(public, Sid="MediaPublicRead")  # an earlier version, or a hand, opened the whole bucket
    status, result = audit()
    assert status == 1 and keys(result, "readable") == ["private/other/a.pdf"]
    assert audit("--fix")[0] == 0
    assert fetch(f"{public.base_url}private/other/a.pdf")[0] == 403


@pytest.mark.parametrize("status", ["Enabled", "Suspended"])
def test_an_earlier_version_of_what_was_made_private_is_found_and_deleted(site, fetch, read, status):
    """The public object is from before the bucket was versioned, and went by other means than ours."""
    public, private = site
    public.save("twice.pdf", ContentFile(SECRET + b" of a file"))
    for state in {"Enabled", status}:
        public.client.put_bucket_versioning(Bucket=public.bucket_name, VersioningConfiguration={"Status": state})
        if state == "Enabled":
            public.client.delete_object(Bucket=public.bucket_name, Key="twice.pdf")
    private.save("twice.pdf", ContentFile(SECRET + b" of a file"))
    url = f"{public.url('twice.pdf')}?versionId=null"
    assert fetch(url)[2] == SECRET + b" of a file"
    result_status, result = audit()
    assert result_status == 1 and keys(result, "version") == ["twice.pdf"]
    assert audit("--fix")[0] == 0 and audit()[1]["findings"] == []
    assert fetch(url)[0] == 404 and read(private, "twice.pdf") == SECRET + b" of a file"


def test_what_leaves_the_public_storage_leaves_no_version_behind(site, fetch):
    public, _ = site
    for name in ("before.pdf", "before.pdf.old"):
        public.save(name, ContentFile(SECRET))
    public.client.put_bucket_versioning(Bucket=public.bucket_name, VersioningConfiguration={"Status": "Enabled"})
    public.save("after.pdf", ContentFile(SECRET))
    for name in ("before.pdf", "after.pdf"):
        public.delete(name)
    left = public.client.list_object_versions(Bucket=public.bucket_name)
    assert [entry["Key"] for entry in left["Versions"]] == ["before.pdf.old"] and not left.get("DeleteMarkers")
    assert fetch(f"{public.url('before.pdf')}?versionId=null")[0] == 404


def test_versions_of_deleted_public_files_are_a_warning(site):
    public, _ = site
    public.client.put_bucket_versioning(Bucket=public.bucket_name, VersioningConfiguration={"Status": "Enabled"})
    public.save("cat.jpg", ContentFile(b"open"))
    public.client.delete_object(Bucket=public.bucket_name, Key="cat.jpg")
    status, result = audit()
    assert status == 0 and any("1 earlier versions" in warning for warning in result["warnings"])


@pytest.mark.parametrize("folder", ["private_thumbnails", "thumbnails"])
def test_an_original_in_a_folder_of_thumbnails_is_never_deleted(site, read, folder):
    """Neither what has another name than thumbnails have, nor what has one, when there is nothing to make it of."""
    public, private = site
    private.save(f"{folder}/a.jpg", ContentFile(b"same name"))
    names = [f"{folder}/a.jpg", f"{folder}/gone.jpg.64x64_q85.jpg"]
    root = public.root()
    for name in names:
        root.save(name, ContentFile(b"the only one"))
    audit("--fix")
    kept = [read(storage, found.name) for storage in (root, private.root()) for found in storage.walk()]
    assert kept.count(b"the only one") == 2


def test_a_key_that_climbs_is_asked_for_as_it_is():
    """A client that takes `..` out of a path asks for another object, whose 403 says nothing of this one."""
    asked = []

    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            asked.append(self.path)
            self.send_response(200 if ".." in self.path else 403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *arguments):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        private = storages["private"]
        url = anonymous.urls(private, "contracts/../a.pdf", storages["default"])[0]
        url = url.replace(anonymous.origin(url), f"http://127.0.0.1:{server.server_port}")
        assert anonymous.is_readable(anonymous.Anonymous().status(url))
        server.shutdown()
    assert asked == [f"/{private.bucket_name}/contracts/../a.pdf"]


@pytest.fixture
def behind_a_cdn(become, bucket):
    """A site whose public files have a domain that does not answer here."""
    query = "?url=http%3A%2F%2F127.0.0.1%3A9%2F"
    public, private = become(bucket("site/", query), bucket().replace("@", "@own-"))
    list(setup.run())
    private.save("contracts/a.pdf", ContentFile(SECRET))
    allow(public)
    return public


@pytest.mark.parametrize("key", ["private/other/a.pdf", "contracts/a.pdf"], ids=["spared", "a copy beyond the prefix"])
def test_what_a_cdn_does_not_answer_the_bucket_itself_may(behind_a_cdn, key):
    public = behind_a_cdn
    public.client.put_object(Bucket=public.bucket_name, Key=key, Body=SECRET)
    status, result = audit()
    assert status == 1 and keys(result) == [key]


def versioned(public, *states):
    for state in states:
        public.client.put_bucket_versioning(Bucket=public.bucket_name, VersioningConfiguration={"Status": state})


def test_an_earlier_version_that_is_named_like_a_thumbnail_and_is_none_is_kept(site, read, monkeypatch):
    public, private = site
    name = "contracts/scan.jpg.300x300_mine.jpg"
    monkeypatch.setattr(rows, "names", lambda private: {name, "contracts/scan.jpg"} if private else set())
    public.save(name, ContentFile(b"the only copy"))
    versioned(public, "Enabled")
    public.client.delete_object(Bucket=public.bucket_name, Key=name)
    for kept in (name, "contracts/scan.jpg"):
        private.save(kept, ContentFile(b"another file"))
    audit("--fix")
    assert b"the only copy" in [read(private, found.name) for found in private.walk()]


def test_of_two_versions_the_current_one_gets_the_rows_name(site, read, monkeypatch):
    public, private = site
    monkeypatch.setattr(rows, "names", lambda private: {"x.pdf"} if private else set())
    public.save("x.pdf", ContentFile(b"old"))
    versioned(public, "Enabled")
    public.client.put_object(Bucket=public.bucket_name, Key="x.pdf", Body=b"current")
    audit("--fix")
    assert read(private, "x.pdf") == b"current"


def test_a_key_that_may_not_ask_for_versions_does_not_hide_them(site, monkeypatch):
    public, private = site
    public.save("twice.pdf", ContentFile(SECRET + b" of a file"))
    versioned(public, "Enabled")
    public.client.delete_object(Bucket=public.bucket_name, Key="twice.pdf")
    private.save("twice.pdf", ContentFile(SECRET + b" of a file"))
    refusal = {"Error": {"Code": "AccessDenied"}, "ResponseMetadata": {"HTTPStatusCode": 403}}

    def refuse(*arguments, **options):
        raise public.client.exceptions.ClientError(refusal, "GetBucketVersioning")

    monkeypatch.setattr(type(public.client), "get_bucket_versioning", refuse)
    assert keys(audit()[1], "version") == ["twice.pdf"]


def test_a_new_file_of_a_name_that_is_deleted_at_this_moment_is_kept(site, read, monkeypatch):
    public, _ = site
    public.save("cat.jpg", ContentFile(b"old"))
    versioned(public, "Enabled")
    paginator = type(public.client).get_paginator

    def meanwhile(client, operation):
        if operation == "list_object_versions":
            public.save("cat.jpg", ContentFile(b"new"))
        return paginator(client, operation)

    monkeypatch.setattr(type(public.client), "get_paginator", meanwhile)
    public.delete("cat.jpg")
    monkeypatch.undo()
    assert public.client.get_object(Bucket=public.bucket_name, Key="cat.jpg")["Body"].read() == b"new"
    left = public.client.list_object_versions(Bucket=public.bucket_name)
    assert len(left["Versions"]) == 1
