"""A large file of filer's moves in little memory: in parts, by way of a temporary file."""

import tracemalloc

import pytest
from django.core.files.base import File as DjangoFile
from filer.models import File

MIB = 1024 * 1024
SIZE, LIMIT = 60 * MIB, 48 * MIB  # S3 takes eight megabytes at a time, several at once

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("public", [True, False])
def test_a_large_file_is_flipped_in_little_memory(tmp_path, public):
    path = tmp_path / "large.bin"
    with path.open("wb") as file:
        file.truncate(SIZE)
    with path.open("rb") as file:
        row = File.objects.create(original_filename="large.bin", file=DjangoFile(file, "large.bin"), is_public=public)
    row = File.objects.get(pk=row.pk)
    row.is_public = not public
    tracemalloc.start()
    try:
        row.save()
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    print(f"{peak / MIB:.1f} MiB")
    row = File.objects.get(pk=row.pk)
    assert row.file.location.is_public != public and row.file.storage.size(row.file.name) == SIZE
    assert peak < LIMIT, f"{peak / MIB:.1f} MiB"
    row.delete()
