"""What the system checks say of a site on the local disk, of one without a place for private files, and of mail."""

import pytest

import mediastore
from mediastore import checks


def found(check):
    return [(message.id, message.hint) for message in check(None)]


@pytest.mark.usefixtures("local_storages")
def test_media_on_the_local_disk_is_found_before_a_deployment():
    first, second = found(checks.disk_in_production)
    assert first[0] == second[0] == "mediastore.W002"
    assert "DEFAULT_STORAGE_DSN" in first[1] and "PRIVATE_STORAGE_DSN" in second[1]


@pytest.mark.usefixtures("local_storages")
def test_a_field_may_name_the_disk_where_all_media_is_on_the_disk():
    assert found(checks.hard_coded_disk) == [] == found(checks.thumbnails_elsewhere)


def test_private_files_without_a_place_are_found(settings, monkeypatch):
    """With a scheme that has no class for private files, and without a PRIVATE_STORAGE_DSN."""
    monkeypatch.setitem(mediastore.SCHEMES, "ram", "django.core.files.storage.InMemoryStorage")
    media = mediastore.configure({"DEFAULT_STORAGE_DSN": "ram://"}, base_dir="")
    settings.STORAGES = settings.STORAGES | media["STORAGES"]
    ((id_, hint),) = found(checks.private_nowhere)
    assert id_ == "mediastore.W003" and "PRIVATE_STORAGE_DSN" in hint


@pytest.mark.parametrize(("is_set", "ids"), [(True, []), (False, ["mediastore.W010"])])
def test_a_site_that_cannot_send_mail_is_found(settings, is_set, ids):
    settings.EMAIL_IS_SET = is_set
    assert [id_ for id_, _ in found(checks.mail_to_nobody)] == ids
