"""Fields for private files: their storage cannot be changed by mistake, and no migration names it."""

import pytest
from django.core.files.storage import FileSystemStorage, storages

from mediastore.fields import PrivateFileField


def test_a_private_field_takes_no_other_storage():
    with pytest.raises(TypeError, match="storage="):
        PrivateFileField(upload_to="contracts/", storage=FileSystemStorage())


def test_a_migration_names_no_storage_of_a_private_field():
    """A migration that did would keep the storage of the day on which it was made."""
    _, path, arguments, options = PrivateFileField(upload_to="contracts/").deconstruct()
    assert path == "mediastore.fields.PrivateFileField" and "storage" not in options
    again = PrivateFileField(*arguments, **options)
    assert again.storage == storages["private"] and again.upload_to == "contracts/"
