"""Opening a bucket: public files become readable, and nothing else does."""

import io
import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command

from mediastore.operations import bucket_policy, setup, statements
from mediastore.testing.audits import audit
from mediastore.tests.operations.steps import opened, opening, outcomes

pytestmark = [pytest.mark.s3, pytest.mark.django_db]


def test_a_bucket_whose_urls_are_signed_is_not_opened(monkeypatch):
    public = storages["default"]
    monkeypatch.setattr(public, "querystring_auth", True)
    monkeypatch.setattr(public, "bucket_name", storages["private"].bucket_name)
    step = opening()
    assert (step.outcome, step.note.partition(":")[0]) == ("ok", "is not wanted")


def test_another_statement_that_opens_the_bucket_is_told_and_left_alone(one_bucket, allow):
    public, _ = one_bucket
    public.client.create_bucket(Bucket=public.bucket_name)
    allow(public, Sid="Foreign")
    with pytest.raises(SystemExit) as end:
        call_command("media", "setup", stdout=io.StringIO())
    assert end.value.code == 1
    step = opening()
    assert step.outcome == "cannot" and "PRIVATE_STORAGE_DSN" in step.note


@pytest.mark.not_resource
@pytest.mark.real_s3
def test_a_bucket_of_their_own_for_private_files_leaves_those_in_the_public_one_closed(become, bucket, fetch):
    """What the check's hint says, in another order: the DSN is set, and nothing was copied yet."""
    public, private = become(bucket())
    assert opened() == "done"
    name = private.save("contracts/a.pdf", ContentFile(b"secret"))
    key, picture = private.key(name), public.save("open/a.txt", ContentFile(b"open"))
    _, private = become(bucket(), bucket().replace(public.bucket_name, f"{public.bucket_name}-own"))
    for _ in range(2):
        list(setup.run())
        assert fetch(f"{public.base_url}{key}")[0] == 403 and fetch(public.url(picture))[0] == 200


@pytest.mark.not_resource
@pytest.mark.real_s3
def test_a_policy_of_an_earlier_version_is_narrowed(become, bucket, allow, fetch):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    allow(public, Sid=statements.NAME)
    public.client.put_object(Bucket=public.bucket_name, Key="private/a.pdf", Body=b"secret")
    assert fetch(f"{public.base_url}private/a.pdf")[0] == 200
    list(setup.run())
    assert fetch(f"{public.base_url}private/a.pdf")[0] == 403


@pytest.mark.real_s3
def test_a_bucket_with_files_that_nobody_can_read_is_not_opened_unless_forced(become, bucket, fetch):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    public.save("somebodys/plan.pdf", ContentFile(b"secret"))
    assert opened(dry_run=True) == "cannot" and opened() == "cannot"
    assert fetch(public.url("somebodys/plan.pdf"))[0] == 403
    assert opened(force=True) == "done" and opened() == "ok"


@pytest.mark.real_s3
def test_a_site_that_moves_over_with_files_that_everybody_can_read_needs_no_force(become, bucket, allow):
    """Here a condition that every request meets opens them, as ACLs do elsewhere: that can only be asked."""
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    for number in range(3):
        public.save(f"pictures/{number}.jpg", ContentFile(b"open"))
    allow(public, Sid="Foreign", Condition={"StringNotLike": {"aws:Referer": ["https://evil.example/*"]}})
    assert opened(dry_run=True) == "would" and opened() == "done"


@pytest.mark.real_s3
@pytest.mark.parametrize(
    "changed",
    [
        {"Resource": ["arn:aws:s3:::BUCKET/open/*"]},
        pytest.param(
            {"Condition": {"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}}}, marks=pytest.mark.not_resource
        ),
    ],
    ids=["a folder", "a condition"],
)
@pytest.mark.parametrize("by", ["the site", "another site"])
def test_a_statement_of_setup_that_a_person_has_narrowed_is_not_widened(become, bucket, allow, fetch, changed, by):
    own = bucket().replace("@", "@own-")
    public, _ = become(bucket(), own)
    public.client.create_bucket(Bucket=public.bucket_name)
    public.client.put_object(Bucket=public.bucket_name, Key="hr/salary.txt", Body=b"secret")
    allow(public, **({"Sid": statements.NAME} | json.loads(json.dumps(changed).replace("BUCKET", public.bucket_name))))
    become(bucket(), own) if by == "the site" else become(bucket("site/"))
    list(setup.run())
    audit("--fix")
    assert fetch(f"{public.base_url}hr/salary.txt")[0] == 403


@pytest.mark.real_s3
def test_the_audit_opens_no_bucket_that_setup_has_refused(become, bucket, allow, fetch):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    for key in ("hr/salary.txt", "private/old/x.txt"):
        public.client.put_object(Bucket=public.bucket_name, Key=key, Body=b"secret")
    allow(public, Resource=[f"arn:aws:s3:::{public.bucket_name}/private/old/*"])
    assert "cannot" in outcomes().values() and audit("--fix")[0] == 1
    assert fetch(f"{public.base_url}hr/salary.txt")[0] == 403


@pytest.mark.real_s3
@pytest.mark.parametrize("prefix", ["te%3Ft/", "%2A/", "pr%3Fvate/", "$%7Baws:username%7D/"])
def test_a_prefix_that_a_policy_takes_for_a_pattern_opens_nothing(become, bucket, fetch, prefix):
    public, _ = become(bucket(prefix))
    public.client.create_bucket(Bucket=public.bucket_name)
    for key in ("test/a.txt", "private/other/a.txt"):
        public.client.put_object(Bucket=public.bucket_name, Key=key, Body=b"secret")
    assert opened() == "cannot"
    assert [fetch(f"{public.base_url}{key}")[0] for key in ("test/a.txt", "private/other/a.txt")] == [403, 403]


@pytest.mark.real_s3
def test_what_answers_and_is_no_s3_is_one_line(become, bucket, monkeypatch):
    public, _ = become(bucket())
    public.client.create_bucket(Bucket=public.bucket_name)
    monkeypatch.setattr(
        type(public.client), "get_bucket_policy", lambda *arguments, **options: {"Policy": "<html>"}, raising=False
    )
    with pytest.raises(OSError, match="not as S3 does"):
        bucket_policy.read(public)


@pytest.mark.real_s3
@pytest.mark.not_resource
def test_urls_that_are_signed_from_now_on_are_told_from_a_policy_that_opens_the_files(become, bucket):
    become(bucket())
    assert opened() == "done"
    become(bucket("", "?qs_auth=true"))
    assert opened() == "cannot"


@pytest.mark.real_s3
@pytest.mark.not_resource
def test_a_condition_that_a_person_has_added_is_not_dropped(become, bucket, allow):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    allow(public, Sid=statements.NAME, Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})
    assert opened() == "cannot" and opened(force=True) == "cannot"
    assert bucket_policy.read(public)["Statement"][0]["Condition"]
