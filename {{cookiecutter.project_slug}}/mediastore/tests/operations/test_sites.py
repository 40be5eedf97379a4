"""Several sites in one bucket: none opens, or closes, the files of another."""

import pytest
from django.core.files.base import ContentFile

from mediastore.operations import bucket_policy, setup, statements, wrong_bucket
from mediastore.testing.audits import audit
from mediastore.tests.operations.steps import opened, opening

pytestmark = [pytest.mark.real_s3, pytest.mark.django_db]


@pytest.mark.not_resource
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
        files.append((f"{public.base_url}{private.key(private.save('closed.pdf', ContentFile(b'secret')))}", 403))
        if private.bucket_name != public.bucket_name:
            files[-1] = (files[-2][0], 200)
    for site in (root, folder, root):
        site()
        list(setup.run())
        assert [fetch(url)[0] for url, _ in files] == [status for _, status in files]
        assert audit()[0] == 0


@pytest.mark.not_resource
def test_a_site_in_a_folder_narrows_the_policy_that_opens_its_private_files(become, bucket, allow, fetch):
    """That of another site, made by an earlier version; its public files stay open."""
    public, private = become(bucket("site/"))
    public.client.create_bucket(Bucket=public.bucket_name)
    allow(public, Sid=statements.NAME)
    public.client.put_object(Bucket=public.bucket_name, Key="other.jpg", Body=b"open")
    name = private.save("a.pdf", ContentFile(b"secret"))
    assert audit()[0] == 1
    list(setup.run())
    assert fetch(f"{public.base_url}{private.key(name)}")[0] == 403
    assert fetch(f"{public.base_url}other.jpg")[0] == 200
    assert audit()[0] == 0


def test_public_files_do_not_go_below_the_folder_of_private_ones(become, bucket):
    """Other sites keep their private files in that folder."""
    become(bucket("private/site/"), bucket().replace("@", "@own-"))
    step = opening()
    assert step.outcome == "cannot" and "another prefix" in step.note


def test_a_bucket_in_which_other_sites_have_folders_is_not_opened_whole_unless_forced(become, bucket):
    """They may keep private files in a folder that no policy tells of."""
    become(bucket("site/"), bucket("kept/"))
    list(setup.run())
    become(bucket(), bucket().replace("@", "@own-"))
    assert opened() == "cannot" and opened(force=True) == "done"


@pytest.mark.not_resource
@pytest.mark.parametrize("place", ["", "site2/"])
def test_another_sites_public_folder_is_not_closed_for_private_files(become, bucket, fetch, place):
    public, _ = become(bucket(place), bucket().replace("@", "@own-"))
    list(setup.run())
    picture = public.url(public.save("site2/cat.jpg" if not place else "cat.jpg", ContentFile(b"open")))
    become(bucket().replace("@", "@other-"), bucket("site2/"))
    assert list(setup.run())[-1].outcome == "cannot"
    assert fetch(picture)[0] == 200


def test_a_policy_that_changes_between_reading_and_writing_is_read_again(become, bucket, monkeypatch, fetch):
    """Two sites whose setups run at once: each keeps what the other has written."""
    first, _ = become(bucket("one/"))
    first.client.create_bucket(Bucket=first.bucket_name)
    picture = first.url(first.save("cat.jpg", ContentFile(b"open")))

    def meanwhile(*arguments):
        monkeypatch.setattr(wrong_bucket, "find_unaccounted", lambda *arguments: None)
        become(bucket("two/"))
        list(setup.run())
        become(bucket("one/"))
        return None

    monkeypatch.setattr(wrong_bucket, "find_unaccounted", meanwhile)
    list(setup.run())
    sids = {entry["Sid"] for entry in bucket_policy.read(first)["Statement"]}
    assert len(sids) == 2 and fetch(picture)[0] == 200
