"""`make bench`: how long `media audit` takes for 10,000 private objects."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import storages

from mediastore.operations import audit

pytestmark = [pytest.mark.real_s3, pytest.mark.django_db]
OBJECTS = 10_000


def test_audit_of_ten_thousand_private_objects(benchmark):
    private = storages["private"]

    def save(number):
        return private.save(f"bench/{number:05}.txt", ContentFile(str(number).encode()))

    with ThreadPoolExecutor(16) as threads:
        names = list(threads.map(save, range(OBJECTS)))
    found = benchmark.pedantic(audit.run, rounds=1)
    assert found.clean and found.private >= OBJECTS and found.requests > OBJECTS
    with ThreadPoolExecutor(16) as threads:
        list(threads.map(private.delete, names))
