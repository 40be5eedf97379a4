"""`manage.py media audit`: what everyone can do with private files, by a policy or by another URL."""

import http.server
import json
import threading

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from mediastore.operations import anonymous, setup
from mediastore.operations.exposed import ReadableBeside
from mediastore.operations.mending import Mending
from mediastore.testing.audits import audit, keys

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("empty_storages", "no_upload_is_on_its_way"),
    pytest.mark.real_s3,
]
SECRET = b"secret"


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
def test_what_a_policy_lets_everyone_do_with_the_private_bucket_is_found_and_ended(site, statement, says, allow):
    _, private = site
    text = json.dumps(statement).replace("BUCKET", private.bucket_name)
    allow(private, **json.loads(text))
    status, result = audit()
    assert status == 1 and any(f"Foreign lets everyone {says}" in finding["why"] for finding in result["findings"])
    assert audit("--fix")[0] == 0 and audit()[1]["findings"] == []


def test_the_policy_is_closed_once_for_many_files_that_are_mended_at_once(site, allow):
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


def test_a_statement_for_some_networks_is_told_and_left_to_a_person(site, allow):
    _, private = site
    allow(private, Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})
    for options in ((), ("--fix",)):
        status, result = audit(*options)
        assert status == 1 and "from some networks" in result["findings"][0]["why"]
    assert "delete that" in result["findings"][0]["note"]


def test_another_sites_private_files_that_our_policy_opens_are_found_and_closed(site, fetch, allow):
    public, _ = site
    public.client.put_object(Bucket=public.bucket_name, Key="private/other/a.pdf", Body=b"another site's")
    assert audit()[0] == 0
    allow(public, Sid="MediaPublicRead")  # an earlier version, or a hand, opened the whole bucket
    status, result = audit()
    assert status == 1 and keys(result, "readable") == ["private/other/a.pdf"]
    assert audit("--fix")[0] == 0
    assert fetch(f"{public.base_url}private/other/a.pdf")[0] == 403


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
        url = private.anonymous_urls("contracts/../a.pdf", storages["default"])[0]
        url = url.replace(anonymous.origin(url), f"http://127.0.0.1:{server.server_port}")
        assert anonymous.is_readable(anonymous.Anonymous().status(url))
        server.shutdown()
    assert asked == [f"/{private.bucket_name}/contracts/../a.pdf"]


@pytest.fixture
def behind_a_cdn(become, bucket, allow):
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


def test_a_readable_file_beside_public_ones_is_left_to_a_person_where_the_public_storage_is_not_on_s3():
    """Azure and Google open whole containers, so no policy can take the file out."""
    mending = Mending()
    mending.public = storages.create_storage({"BACKEND": "django.core.files.storage.InMemoryStorage"})
    finding = ReadableBeside("media", "private/other/a.pdf", "everyone can read it", "http://127.0.0.1:9/a.pdf")
    finding.fix(mending)
    assert not finding.fixed and "DEFAULT_STORAGE_DSN is public as a whole" in finding.note
