"""`manage.py media setup`: what it makes, and that it makes it once."""

import io
import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command

from mediastore.operations import policy, setup

pytestmark = pytest.mark.s3


def outcomes(**options):
    return {step.what: step.outcome for step in setup.run(**options)}


def test_it_makes_buckets_and_lets_public_files_be_read(buckets):
    made = {step.what: step.outcome for step in buckets}
    default, private = storages["default"].bucket_name, storages["private"].bucket_name
    assert made[f"bucket {default}"] == made[f"bucket {private}"] == "done"
    assert made[f"anonymous reading of {default}/*"] == "done"


def test_a_second_run_changes_nothing():
    assert set(outcomes().values()) == {"ok"}


def test_a_dry_run_of_a_new_bucket_changes_nothing(monkeypatch):
    storage = storages["default"]
    monkeypatch.setattr(storage, "bucket_name", f"{storage.bucket_name}-dry")
    assert outcomes(dry_run=True, origins=["https://example.com"])[f"bucket {storage.bucket_name}"] == "would"
    with pytest.raises(FileNotFoundError):
        storage.save("a.txt", ContentFile(b"x"))


def test_it_says_what_the_server_cannot_do():
    notes = [step for step in setup.run(origins=["https://example.com"]) if step.what.startswith("CORS")]
    assert len(notes) == 2
    assert all(step.outcome in ("ok", "done") or "MINIO_API_CORS_ALLOW_ORIGIN" in step.note for step in notes)


def test_the_command_prints_a_line_for_each_step():
    out = io.StringIO()
    call_command("media", "setup", stdout=out)
    assert len(out.getvalue().splitlines()) == 4


@pytest.mark.real_s3
def test_private_files_in_the_public_bucket_stay_closed(fetch, one_bucket):
    public, private = one_bucket
    first = [step for step in setup.run() if step.what.startswith("anonymous")][0]
    assert first.outcome == "done" or "PRIVATE_STORAGE_DSN" in first.note
    name, secret = public.save("open/a.txt", ContentFile(b"open")), private.save("a.txt", ContentFile(b"secret"))
    assert fetch(f"{public.base_url}{private.key(secret)}")[0] == 403
    assert fetch(private.signed_url(secret))[2] == b"secret"
    if first.outcome == "done":
        assert fetch(public.url(name))[2] == b"open"
        assert set(outcomes().values()) == {"ok"}


@pytest.fixture
def allow(request):
    """`allow(storage, **statement)`: a statement in a bucket's policy, as somebody else has put it there."""
    changed = []

    def allow(storage, **statement):
        everyone = {"Effect": "Allow", "Principal": {"AWS": ["*"]}, "Action": ["s3:GetObject"]}
        everyone["Resource"] = [f"arn:aws:s3:::{storage.bucket_name}/*"]
        policy = {"Version": "2012-10-17", "Statement": [everyone | statement]}
        storage.client.put_bucket_policy(Bucket=storage.bucket_name, Policy=json.dumps(policy))
        changed.append(storage)

    yield allow
    for storage in changed:
        storage.client.delete_bucket_policy(Bucket=storage.bucket_name)


def test_what_once_was_the_public_bucket_is_closed_when_it_becomes_the_private_one(allow):
    private = storages["private"]
    allow(private, Sid=policy.NAME)
    assert outcomes(dry_run=True)[f"no anonymous reading of {private.bucket_name}/*"] == "would"
    assert outcomes()[f"no anonymous reading of {private.bucket_name}/*"] == "done"
    assert outcomes()[f"no anonymous reading of {private.bucket_name}/*"] == "ok"


@pytest.mark.parametrize("action", ["s3:GetObject", "s3:Get*", "s3:*"])
def test_a_statement_that_opens_the_private_bucket_is_told(allow, action):
    private = storages["private"]
    allow(private, Sid="Theirs", Action=[action], Resource=[f"arn:aws:s3:::{private.bucket_name}/docs/*"])
    assert outcomes()[f"no anonymous reading of {private.bucket_name}/*"] == "cannot"


def test_a_bucket_whose_urls_are_signed_is_not_opened(monkeypatch):
    public = storages["default"]
    monkeypatch.setattr(public, "querystring_auth", True)
    monkeypatch.setattr(public, "bucket_name", storages["private"].bucket_name)
    step = [step for step in setup.run() if step.what.startswith("anonymous")][0]
    assert (step.outcome, step.note.partition(":")[0]) == ("ok", "is not wanted")


def test_another_statement_that_opens_the_bucket_is_told_and_left_alone(one_bucket, allow):
    public, _ = one_bucket
    public.client.create_bucket(Bucket=public.bucket_name)
    allow(public, Sid="Theirs")
    with pytest.raises(SystemExit):
        call_command("media", "setup", stdout=io.StringIO())
    step = [step for step in setup.run() if step.what.startswith("anonymous")][0]
    assert step.outcome == "cannot" and "PRIVATE_STORAGE_DSN" in step.note


def test_an_endpoint_that_does_not_answer_is_one_line(monkeypatch):
    monkeypatch.setattr(storages["default"], "endpoint_url", "http://127.0.0.1:9")
    steps = [step for step in setup.run() if storages["default"].bucket_name in step.what]
    assert len(steps) == 1 and steps[0].outcome == "cannot"
    assert "http://127.0.0.1:9 cannot be used" in steps[0].note and "DEFAULT_STORAGE_DSN" in steps[0].note
