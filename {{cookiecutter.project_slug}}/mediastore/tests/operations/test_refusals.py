"""What `media setup` and `media audit` do when S3 refuses a request: a line that names the fault, and no traceback."""

import io
import json
import secrets

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import CommandError, call_command

import mediastore
from mediastore.operations import setup, wrong_bucket
from mediastore.testing import s3_server
from mediastore.testing.audits import audit, keys

pytestmark = [pytest.mark.s3, pytest.mark.django_db]
ORIGINS = ["https://www.example.com"]


@pytest.fixture
def site(become, bucket):
    """A site with two buckets of its own, which are made, and not set up."""
    public, private = become(bucket(), bucket().replace("@", "@own-"))
    for storage in (public, private):
        storage.client.create_bucket(Bucket=storage.bucket_name)
    return public, private


@pytest.fixture(scope="module")
def server_with_acls():
    """An S3 server that has ACLs and CORS, which MinIO has not."""
    with s3_server.moto() as server:
        yield server


@pytest.fixture
def site_with_acls(server_with_acls, become):
    """A site on that server, with two buckets that are set up."""
    public, private = become(*(server_with_acls.dsn(f"acl-{secrets.token_hex(4)}-{end}") for end in ("a", "b")))
    list(setup.run())
    return public, private


def run(**options):
    """The steps of `media setup`, by what they are about: of each storage its bucket, its policy and its CORS."""
    steps = {"bucket": [], "anonymous": [], "CORS": []}
    for step in setup.run(**options):
        kind = next(kind for kind in steps if step.what.startswith((kind, f"no {kind}")))
        steps[kind].append((step.outcome, step.note))
    return steps


def policy(storage):
    return json.loads(storage.client.get_bucket_policy(Bucket=storage.bucket_name)["Policy"])["Statement"]


# Buckets


def test_a_key_that_may_not_see_the_bucket_is_told_what_to_check(site, s3_answers):
    public, _ = site
    s3_answers(public, "HeadBucket", 403, "AccessDenied")
    outcome, note = run()["bucket"][0]
    assert outcome == "cannot" and "403" in note and public.endpoint_url in note


@pytest.mark.parametrize(
    ("status", "code", "outcome"), [(409, "BucketAlreadyOwnedByYou", "done"), (403, "AccessDenied", "cannot")]
)
def test_a_bucket_that_another_instance_makes_at_the_same_time_is_no_fault(site, s3_answers, status, code, outcome):
    public, _ = site
    s3_answers(public, "HeadBucket", 404, "NoSuchBucket")
    s3_answers(public, "CreateBucket", status, code)
    found, note = run()["bucket"][0]
    assert found == outcome and (outcome == "done" or code in note)


def test_a_bucket_that_may_not_be_listed_is_not_closed_unseen(site, s3_answers):
    """Nobody knows then whether the bucket holds somebody's public files."""
    public, private = site
    run(force=True)
    statements = json.loads(json.dumps(policy(public)).replace(public.bucket_name, private.bucket_name))
    text = json.dumps({"Version": "2012-10-17", "Statement": statements})
    private.client.put_bucket_policy(Bucket=private.bucket_name, Policy=text)
    before = policy(private)
    s3_answers(private, "ListObjectsV2", 403, "AccessDenied")
    steps = list(setup.run())
    assert steps[-1].outcome == "cannot" and private.bucket_name in steps[-1].note + steps[-1].what
    assert policy(private) == before


def test_storages_without_buckets_need_no_setup(local_storages):
    steps = list(setup.run())
    assert [(step.what.partition(":")[0], step.outcome) for step in steps] == [("default", "ok"), ("private", "ok")]
    assert "PublicLocalStorage" in steps[0].what


# Policies


def test_a_policy_that_may_not_be_read_is_told_for_both_buckets(site, s3_answers):
    for storage in site:
        s3_answers(storage, "GetBucketPolicy", 403, "AccessDenied")
    assert [(outcome, "AccessDenied" in note) for outcome, note in run()["anonymous"]] == [("cannot", True)] * 2


def test_a_provider_without_policies_opens_nothing_and_leaves_nothing_open(site, s3_answers):
    """Public files have their ACL there; for private files there is nothing to close."""
    for storage in site:
        s3_answers(storage, "GetBucketPolicy", 501, "NotImplemented")
    assert [outcome for outcome, _ in run()["anonymous"]] == ["cannot", "ok"]


@pytest.mark.parametrize(
    ("code", "says"), [("AccessDenied", "Block Public Access"), ("InternalLimit", "InternalLimit")]
)
def test_a_policy_that_may_not_be_written_is_told(site, s3_answers, code, says):
    public, _ = site
    s3_answers(public, "PutBucketPolicy", 403, code)
    outcome, note = run()["anonymous"][0]
    assert outcome == "cannot" and says in note


def test_a_policy_that_somebody_changes_again_and_again_is_left_alone(site, monkeypatch):
    public, _ = site
    written = []

    def meanwhile(*arguments):
        written.append(f"Theirs{len(written)}")
        entry = {"Sid": written[-1], "Effect": "Deny", "Principal": {"AWS": ["*"]}, "Action": ["s3:DeleteObject"]}
        entry["Resource"] = [f"arn:aws:s3:::{public.bucket_name}/kept/*"]
        text = json.dumps({"Version": "2012-10-17", "Statement": [entry]})
        public.client.put_bucket_policy(Bucket=public.bucket_name, Policy=text)

    monkeypatch.setattr(wrong_bucket, "find_unaccounted", meanwhile)
    step = next(step for step in setup.run() if "policy" in step.what or "anonymous" in step.what)
    assert step.outcome == "cannot" and public.bucket_name in step.what
    assert [entry["Sid"] for entry in policy(public)] == [written[-1]]


@pytest.fixture
def without_not_resource(site, s3_answers):
    """A site on a service that does not know NotResource, such as versitygw: the public bucket alone."""
    public, _ = site
    s3_answers(public, "PutBucketPolicy", 400, "MalformedPolicy", when=lambda request: b"NotResource" in request.body)
    return public


@pytest.mark.real_s3
def test_without_notresource_the_folder_of_private_files_is_forbidden(without_not_resource, fetch):
    public = without_not_resource
    assert run()["anonymous"][0][0] == "done"
    assert fetch(public.url(public.save("cat.jpg", ContentFile(b"open"))))[0] == 200
    public.client.put_object(Bucket=public.bucket_name, Key="private/a.pdf", Body=b"secret")
    assert fetch(f"{public.base_url}private/a.pdf")[0] == 403


def test_without_notresource_a_bucket_that_holds_private_files_is_not_opened(without_not_resource, fetch):
    """A statement that forbids the folder would keep the other site, whose files they are, from reading them."""
    public = without_not_resource
    public.client.put_object(Bucket=public.bucket_name, Key="private/a.pdf", Body=b"secret")
    outcome, note = run()["anonymous"][0]
    assert outcome == "cannot" and "private/" in note
    with pytest.raises(public.client.exceptions.ClientError, match="NoSuchBucketPolicy"):
        policy(public)


# CORS


def test_cors_is_set_once(site_with_acls, s3_answers):
    public, _ = site_with_acls
    assert [outcome for outcome, _ in run(origins=ORIGINS, dry_run=True)["CORS"]] == ["would"] * 2
    assert [outcome for outcome, _ in run(origins=ORIGINS)["CORS"]] == ["done"] * 2
    assert [outcome for outcome, _ in run(origins=ORIGINS)["CORS"]] == ["ok"] * 2
    (rule,) = public.client.get_bucket_cors(Bucket=public.bucket_name)["CORSRules"]
    assert rule["AllowedOrigins"] == ORIGINS and "PUT" not in rule["AllowedMethods"]


def test_the_cors_rules_of_others_are_kept(site_with_acls):
    public, _ = site_with_acls
    theirs = {"AllowedOrigins": ["https://theirs.example.com"], "AllowedMethods": ["PUT"]}
    public.client.put_bucket_cors(Bucket=public.bucket_name, CORSConfiguration={"CORSRules": [theirs]})
    run(origins=ORIGINS)
    rules = public.client.get_bucket_cors(Bucket=public.bucket_name)["CORSRules"]
    assert [rule["AllowedOrigins"] for rule in rules] == [theirs["AllowedOrigins"], ORIGINS]


@pytest.mark.parametrize("operation", ["GetBucketCors", "PutBucketCors"])
def test_cors_that_may_not_be_set_is_told(site_with_acls, s3_answers, operation):
    public, _ = site_with_acls
    s3_answers(public, operation, 403, "AccessDenied")
    outcome, note = run(origins=ORIGINS)["CORS"][0]
    assert outcome == "cannot" and "AccessDenied" in note


# The audit


def test_the_audit_closes_what_acls_have_opened(site_with_acls, fetch):
    """A provider's tool for copies can make every object public, and the bucket too."""
    _, private = site_with_acls
    name = private.save("a.pdf", ContentFile(b"secret"))
    private.client.put_bucket_acl(Bucket=private.bucket_name, ACL="public-read")
    private.client.put_object_acl(Bucket=private.bucket_name, Key=name, ACL="public-read")
    url = f"{private.endpoint_url}/{private.bucket_name}/{name}"
    assert fetch(url)[2] == b"secret"
    status, result = audit()
    assert status == 1 and keys(result, "readable") == [name] and keys(result, "acl") == [""]
    assert audit("--fix")[0] == 0
    assert fetch(url)[0] == 403 and audit()[1]["findings"] == []


def test_the_audit_tells_what_it_may_not_close(site_with_acls, s3_answers):
    _, private = site_with_acls
    name = private.save("a.pdf", ContentFile(b"secret"))
    private.client.put_object_acl(Bucket=private.bucket_name, Key=name, ACL="public-read")
    private.client.put_bucket_acl(Bucket=private.bucket_name, ACL="public-read")
    for operation in ("PutObjectAcl", "PutBucketAcl"):
        s3_answers(private, operation, 403, "AccessDenied")
    status, result = audit("--fix")
    assert status == 1 and all("AccessDenied" in finding["note"] for finding in result["findings"])


def test_the_audit_leaves_the_acl_of_a_bucket_with_public_files_alone(server_with_acls, become, fetch):
    public, _ = become(server_with_acls.dsn(f"acl-{secrets.token_hex(4)}-shared"))
    list(setup.run(force=True))
    picture = public.url(public.save("cat.jpg", ContentFile(b"open")))
    public.client.put_bucket_acl(Bucket=public.bucket_name, ACL="public-read")
    status, result = audit("--fix")
    assert status == 1 and fetch(picture)[0] == 200
    (finding,) = (finding for finding in result["findings"] if finding["kind"] == "acl")
    assert not finding["fixed"] and "ACL" in finding["note"]


@pytest.mark.parametrize("operation", ["GetBucketPolicy", "GetBucketAcl"])
def test_the_audit_warns_of_what_it_may_not_read(site, s3_answers, operation):
    _, private = site
    s3_answers(private, operation, 403, "AccessDenied")
    status, result = audit()
    assert status == 0 and any("AccessDenied" in warning for warning in result["warnings"])


def test_an_audit_that_cannot_list_the_files_is_not_called_clean(site, s3_answers):
    _, private = site
    s3_answers(private, "ListObjectsV2", 403, "AccessDenied")
    with pytest.raises(CommandError, match=private.bucket_name):
        call_command("media", "audit", stdout=io.StringIO())


def test_earlier_versions_that_may_not_be_listed_are_a_finding(site, s3_answers):
    """Nobody knows whether everyone can read them."""
    public, _ = site
    public.client.put_bucket_versioning(Bucket=public.bucket_name, VersioningConfiguration={"Status": "Enabled"})
    s3_answers(public, "ListObjectVersions", 403, "AccessDenied")
    status, result = audit("--fix")
    assert status == 1 and [finding["kind"] for finding in result["findings"]] == ["unknown"]


def test_private_files_that_have_no_place_are_neither_audited_nor_stored(become, server, settings):
    """A scheme of the site's own without a class for private files, before PRIVATE_STORAGE_DSN is set."""
    mediastore.register_scheme("ram", "django.core.files.storage.InMemoryStorage")
    try:
        settings.STORAGES = (
            settings.STORAGES | mediastore.configure({"DEFAULT_STORAGE_DSN": "ram://"}, base_dir="")["STORAGES"]
        )
        assert audit() == (0, {"clean": True, "requests": 0, "private": 0, "public": 0, "warnings": [], "findings": []})
        with pytest.raises(ImproperlyConfigured, match="PRIVATE_STORAGE_DSN"):
            storages["private"].save("a.pdf", ContentFile(b"secret"))
    finally:
        del mediastore.SCHEMES["ram"]
