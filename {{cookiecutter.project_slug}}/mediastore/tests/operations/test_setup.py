"""`manage.py media setup`: what it makes, and that it makes it once."""

import contextlib
import io
import json

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages
from django.core.management import call_command

from mediastore import rows
from mediastore.operations import acl, bucket_policy, openness, setup, statements, stored
from mediastore.testing import s3_server

pytestmark = pytest.mark.s3


def outcomes(**options):
    return {step.what: step.outcome for step in setup.run(**options)}


def opened(**options):
    """What became of the public bucket."""
    return next(step.outcome for step in setup.run(**options) if step.what.startswith("anonymous"))


def audit_status(fix=False):
    with contextlib.redirect_stdout(io.StringIO()):
        try:
            call_command("media", "audit", "--json", *["--fix"] * fix)
        except SystemExit as error:
            return error.code
    return 0


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


@pytest.mark.not_resource
def test_what_once_was_the_public_bucket_is_closed_when_it_becomes_the_private_one(become, bucket):
    public, _ = become(bucket(), bucket() + "hidden/")
    assert opened() == "done"
    _, private = become(bucket().replace(public.bucket_name, f"{public.bucket_name}-2"), bucket())
    what = f"no anonymous reading of {private.bucket_name}/*"
    assert outcomes(dry_run=True)[what] == "would"
    assert outcomes()[what] == "done"
    assert outcomes()[what] == "ok"


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


SECRET = ContentFile(b"secret")


@pytest.mark.not_resource
@pytest.mark.real_s3
@pytest.mark.django_db
def test_a_bucket_of_their_own_for_private_files_leaves_those_in_the_public_one_closed(become, bucket, fetch):
    """What the check's hint says, in another order: the DSN is set, and nothing was copied yet."""
    public, private = become(bucket())
    assert opened() == "done"
    name = private.save("contracts/a.pdf", SECRET)
    key, picture = private.key(name), public.save("open/a.txt", ContentFile(b"open"))
    _, private = become(bucket(), bucket().replace(public.bucket_name, f"{public.bucket_name}-own"))
    for _ in range(2):
        list(setup.run())
        assert fetch(f"{public.base_url}{key}")[0] == 403 and fetch(public.url(picture))[0] == 200


@pytest.mark.not_resource
@pytest.mark.real_s3
@pytest.mark.django_db
def test_a_policy_of_an_earlier_version_is_narrowed(become, bucket, allow, fetch):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    allow(public, Sid=statements.NAME)
    public.client.put_object(Bucket=public.bucket_name, Key="private/a.pdf", Body=b"secret")
    assert fetch(f"{public.base_url}private/a.pdf")[0] == 200
    list(setup.run())
    assert fetch(f"{public.base_url}private/a.pdf")[0] == 403


@pytest.mark.not_resource
@pytest.mark.real_s3
@pytest.mark.django_db
@pytest.mark.parametrize("first", ["root", "folder"])
def test_two_sites_in_one_bucket_keep_each_others_files_closed_and_open(become, bucket, fetch, first):
    """One has the whole bucket and private files elsewhere, the other a folder, and private files beside it."""

    def root():
        return become(bucket(), bucket().replace("@", "@own-"))

    def folder():
        return become(bucket("site/"))

    files = []
    for site in (root, folder) if first == "root" else (folder, root):
        public, private = site()
        list(setup.run(force=True))  # the second finds the first one's files, which no row of its own names
        files.append((f"{public.base_url}{public.key(public.save('open.txt', ContentFile(b'open')))}", 200))
        files.append((f"{public.base_url}{private.key(private.save('closed.pdf', SECRET))}", 403))
        if private.bucket_name != public.bucket_name:
            files[-1] = (files[-2][0], 200)
    for site in (root, folder, root):
        site()
        list(setup.run())
        assert [fetch(url)[0] for url, _ in files] == [status for _, status in files]
        assert audit_status() == 0


@pytest.mark.not_resource
@pytest.mark.real_s3
@pytest.mark.django_db
def test_a_site_in_a_folder_narrows_the_policy_that_opens_its_private_files(become, bucket, allow, fetch):
    """That of another site, made by an earlier version; its public files stay open."""
    public, private = become(bucket("site/"))
    public.client.create_bucket(Bucket=public.bucket_name)
    allow(public, Sid=statements.NAME)
    public.client.put_object(Bucket=public.bucket_name, Key="theirs.jpg", Body=b"open")
    name = private.save("a.pdf", SECRET)
    assert audit_status() == 1
    list(setup.run())
    assert fetch(f"{public.base_url}{private.key(name)}")[0] == 403
    assert fetch(f"{public.base_url}theirs.jpg")[0] == 200
    assert audit_status() == 0


@pytest.mark.real_s3
@pytest.mark.django_db
def test_dsns_that_were_swapped_open_no_private_file_and_close_no_picture(become, bucket, fetch, monkeypatch):
    dsns = bucket(), bucket().replace("@", "@own-")
    public, private = become(*dsns)
    list(setup.run())
    picture, secret = public.save("cat.jpg", ContentFile(b"open")), private.save("a.pdf", SECRET)
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
def test_a_bucket_with_files_that_nobody_can_read_is_not_opened_unless_forced(become, bucket, fetch):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    public.save("somebodys/plan.pdf", SECRET)
    assert opened(dry_run=True) == "cannot" and opened() == "cannot"
    assert fetch(public.url("somebodys/plan.pdf"))[0] == 403
    assert opened(force=True) == "done" and opened() == "ok"


@pytest.mark.real_s3
@pytest.mark.django_db
def test_a_site_that_moves_over_with_files_that_everybody_can_read_needs_no_force(become, bucket, allow):
    """Here a condition that every request meets opens them, as ACLs do elsewhere: that can only be asked."""
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    for number in range(3):
        public.save(f"pictures/{number}.jpg", ContentFile(b"open"))
    allow(public, Sid="Theirs", Condition={"StringNotLike": {"aws:Referer": ["https://evil.example/*"]}})
    if opened(dry_run=True) == "cannot":  # versitygw ignores nothing here, and MinIO reads the condition as AWS does
        pytest.fail("files that everybody can read were refused")
    assert opened() == "done"


@pytest.mark.real_s3
@pytest.mark.django_db
def test_public_files_do_not_go_below_the_folder_of_private_ones(become, bucket):
    """There other sites keep theirs."""
    become(bucket("private/site/"), bucket().replace("@", "@own-"))
    step = next(step for step in setup.run() if step.what.startswith("anonymous"))
    assert step.outcome == "cannot" and "another prefix" in step.note


@pytest.mark.real_s3
@pytest.mark.django_db
def test_anothers_public_bucket_is_not_closed_for_private_files(become, bucket, fetch):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    list(setup.run())
    picture = public.url(public.save("cat.jpg", ContentFile(b"open")))
    become(bucket().replace("@", "@other-"), bucket())
    step = list(setup.run())[-1]
    assert step.outcome == "cannot" and "PRIVATE_STORAGE_DSN" in step.note
    assert fetch(picture)[0] == 200
    list(setup.run(force=True))
    assert fetch(picture)[0] == 403


@pytest.fixture
def another_server():
    """A second S3 server, with the same key and secret."""
    with s3_server.moto() as server:
        yield server


@pytest.mark.real_s3
@pytest.mark.django_db
def test_a_bucket_of_the_same_name_on_another_server_does_not_keep_the_public_one_closed(
    another_server, become, bucket, server, fetch
):
    public, private = become(bucket(), bucket().replace(server.address[7:], another_server.address[7:]))
    private.client.create_bucket(Bucket=private.bucket_name)
    private.save("contract.pdf", SECRET)
    assert public.bucket_name == private.bucket_name and not public.same_bucket(private)
    assert opened(dry_run=True) == "would" and opened() == "done"
    assert fetch(public.url(public.save("cat.jpg", ContentFile(b"open"))))[0] == 200
    private.delete("contract.pdf")  # without a private file setup looks for one of its own
    assert opened() == "ok" and not list(private.walk())


@pytest.mark.django_db
def test_a_bucket_that_may_not_be_looked_into_is_taken_for_another_one(become, bucket, server):
    public, private = become(bucket().replace("test-secret", "wrong"), bucket("hidden/"))
    public.endpoint_url = public.endpoint_url.replace("127.0.0.1", "localhost")
    private.client.create_bucket(Bucket=private.bucket_name)
    assert stored.one_bucket(public, private, may_write=True) is (not server.is_real)
    assert not list(private.walk())


@pytest.mark.real_s3
@pytest.mark.django_db
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
def test_a_statement_of_ours_that_a_hand_has_narrowed_is_not_widened(become, bucket, allow, fetch, changed, by):
    own = bucket().replace("@", "@own-")
    public, _ = become(bucket(), own)
    public.client.create_bucket(Bucket=public.bucket_name)
    public.client.put_object(Bucket=public.bucket_name, Key="hr/salary.txt", Body=b"secret")
    allow(public, **({"Sid": statements.NAME} | json.loads(json.dumps(changed).replace("BUCKET", public.bucket_name))))
    become(bucket(), own) if by == "the site" else become(bucket("site/"))
    list(setup.run())
    assert audit_status(fix=True) in (0, 1)
    assert fetch(f"{public.base_url}hr/salary.txt")[0] == 403


@pytest.mark.real_s3
@pytest.mark.django_db
def test_the_audit_opens_no_bucket_that_setup_has_refused(become, bucket, allow, fetch):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    for key in ("hr/salary.txt", "private/old/x.txt"):
        public.client.put_object(Bucket=public.bucket_name, Key=key, Body=b"secret")
    allow(public, Resource=[f"arn:aws:s3:::{public.bucket_name}/private/old/*"])
    assert "cannot" in outcomes().values() and audit_status(fix=True) == 1
    assert fetch(f"{public.base_url}hr/salary.txt")[0] == 403


@pytest.mark.real_s3
@pytest.mark.django_db
@pytest.mark.parametrize("prefix", ["te%3Ft/", "%2A/", "pr%3Fvate/", "$%7Baws:username%7D/"])
def test_a_prefix_that_a_policy_takes_for_a_pattern_opens_nothing(become, bucket, fetch, prefix):
    public, _ = become(bucket(prefix))
    public.client.create_bucket(Bucket=public.bucket_name)
    for key in ("test/a.txt", "private/other/a.txt"):
        public.client.put_object(Bucket=public.bucket_name, Key=key, Body=b"secret")
    assert opened() == "cannot"
    assert [fetch(f"{public.base_url}{key}")[0] for key in ("test/a.txt", "private/other/a.txt")] == [403, 403]


@pytest.mark.real_s3
@pytest.mark.django_db
def test_a_bucket_in_which_other_sites_have_folders_is_not_opened_whole_unless_forced(become, bucket):
    """They may keep private files in a folder that no policy tells of."""
    become(bucket("site/"), bucket("kept/"))
    list(setup.run())
    become(bucket(), bucket().replace("@", "@own-"))
    assert opened() == "cannot" and opened(force=True) == "done"


@pytest.mark.real_s3
@pytest.mark.django_db
@pytest.mark.not_resource
@pytest.mark.parametrize("place", ["", "site2/"])
def test_another_sites_public_folder_is_not_closed_for_private_files(become, bucket, fetch, place):
    public, _ = become(bucket(place), bucket().replace("@", "@own-"))
    list(setup.run())
    picture = public.url(public.save("site2/cat.jpg" if not place else "cat.jpg", ContentFile(b"open")))
    become(bucket().replace("@", "@other-"), bucket("site2/"))
    assert list(setup.run())[-1].outcome == "cannot"
    assert fetch(picture)[0] == 200


@pytest.mark.real_s3
@pytest.mark.django_db
def test_a_policy_that_changes_between_reading_and_writing_is_read_again(become, bucket, monkeypatch, fetch):
    """Two sites whose setups run at once: each keeps what the other has written."""
    first, _ = become(bucket("one/"))
    first.client.create_bucket(Bucket=first.bucket_name)
    picture = first.url(first.save("cat.jpg", ContentFile(b"open")))

    def meanwhile(*arguments):
        monkeypatch.setattr(openness, "unaccounted", lambda *arguments: None)
        become(bucket("two/"))
        list(setup.run())
        become(bucket("one/"))
        return None

    monkeypatch.setattr(openness, "unaccounted", meanwhile)
    list(setup.run())
    sids = {entry["Sid"] for entry in bucket_policy.read(first)["Statement"]}
    assert len(sids) == 2 and fetch(picture)[0] == 200


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
@pytest.mark.django_db
def test_urls_that_are_signed_from_now_on_are_told_from_a_policy_that_opens_the_files(become, bucket):
    become(bucket())
    assert opened() == "done"
    become(bucket("", "?qs_auth=true"))
    assert opened() == "cannot"


@pytest.mark.real_s3
@pytest.mark.not_resource
@pytest.mark.django_db
def test_a_condition_that_a_hand_has_given_our_statement_is_not_dropped(become, bucket, allow):
    public, _ = become(bucket(), bucket().replace("@", "@own-"))
    public.client.create_bucket(Bucket=public.bucket_name)
    allow(public, Sid=statements.NAME, Condition={"IpAddress": {"aws:SourceIp": ["203.0.113.0/24"]}})
    assert opened() == "cannot" and opened(force=True) == "cannot"
    assert bucket_policy.read(public)["Statement"][0]["Condition"]


@pytest.mark.django_db
def test_a_bucket_that_its_acl_opens_is_not_called_closed(become, bucket, monkeypatch):
    """MinIO has no ACLs; the audit's tests on versitygw and moto have real ones."""
    become(bucket())
    list(setup.run())
    monkeypatch.setattr(acl, "open_to_everyone", lambda storage: ["the bucket's ACL lets everyone list names"])
    step = list(setup.run())[-1]
    assert step.outcome == "cannot" and "media audit --fix" in step.note


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
