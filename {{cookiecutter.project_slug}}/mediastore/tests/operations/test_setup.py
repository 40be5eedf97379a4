"""`manage.py media setup`: what it makes, that it makes it once, and what it says."""

import io

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command

from mediastore import rows
from mediastore.operations import setup
from mediastore.tests.operations.steps import opening, outcomes

pytestmark = pytest.mark.s3


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
    first = opening()
    assert first.outcome == "done" or "PRIVATE_STORAGE_DSN" in first.note
    name, secret = public.save("open/a.txt", ContentFile(b"open")), private.save("a.txt", ContentFile(b"secret"))
    assert fetch(f"{public.base_url}{private.key(secret)}")[0] == 403
    assert fetch(private.signed_url(secret))[2] == b"secret"
    if first.outcome == "done":
        assert fetch(public.url(name))[2] == b"open"
        assert set(outcomes().values()) == {"ok"}


def test_an_endpoint_that_does_not_answer_is_one_line(monkeypatch):
    monkeypatch.setattr(storages["default"], "endpoint_url", "http://127.0.0.1:9")
    steps = [step for step in setup.run() if storages["default"].bucket_name in step.what]
    assert len(steps) == 1 and steps[0].outcome == "cannot"
    assert "http://127.0.0.1:9 cannot be used" in steps[0].note and "DEFAULT_STORAGE_DSN" in steps[0].note


@pytest.mark.real_s3
@pytest.mark.django_db
def test_dsns_that_were_swapped_open_no_private_file_and_close_no_picture(become, bucket, fetch, monkeypatch):
    dsns = bucket(), bucket().replace("@", "@own-")
    public, private = become(*dsns)
    list(setup.run())
    picture, secret = public.save("cat.jpg", ContentFile(b"open")), private.save("a.pdf", ContentFile(b"secret"))
    urls = public.url(picture), f"{private.endpoint_url}/{private.bucket_name}/{secret}"
    become(*reversed(dsns))
    steps = list(setup.run())
    assert [step.outcome for step in steps if "anonymous" in step.what] == ["cannot", "cannot"]
    assert "DEFAULT_STORAGE_DSN" in steps[1].note and "--force" in steps[1].note
    assert "PRIVATE_STORAGE_DSN" in steps[3].note and "--force" in steps[3].note
    assert [fetch(url)[0] for url in urls] == [200, 403]
    # with rows that name all files nothing else tells the two buckets apart
    names = {True: {secret, picture}, False: {picture}}
    monkeypatch.setattr(rows, "names", lambda private: names[private])
    steps = list(setup.run())
    assert steps[3].outcome == "cannot" and "swapped" in steps[3].note
    assert [fetch(url)[0] for url in urls] == [200, 403]
    list(setup.run(force=True))
    assert [fetch(url)[0] for url in urls] == [403, 200]


@pytest.mark.real_s3
@pytest.mark.django_db
def test_dsns_that_were_swapped_before_the_first_private_file_close_no_picture(become, bucket, fetch, monkeypatch):
    dsns = bucket(), bucket().replace("@", "@own-")
    public, _ = become(*dsns)
    list(setup.run())
    picture = public.save("cat.jpg", ContentFile(b"open"))
    monkeypatch.setattr(rows, "names", lambda private: set() if private else {picture})
    become(*reversed(dsns))
    list(setup.run())
    assert fetch(public.url(picture))[0] == 200
