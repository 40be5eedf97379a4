"""Model fields for private files."""

from django.db import models

import mediastore


def private_storage():
    """The storage of private files."""
    return mediastore.get_storage("private")


class PrivateFileField(models.FileField):
    """A `FileField` whose files are private. Its storage cannot be forgotten, and migrations do not name one."""

    def __init__(self, *args, **kwargs):
        if "storage" in kwargs:
            raise TypeError("A PrivateFileField has the private storage; it takes no storage=.")
        super().__init__(*args, storage=private_storage, **kwargs)

    @property
    def thumbnail_storage(self):
        """Where easy-thumbnails stores and deletes the thumbnails of these files."""
        return mediastore.get_storage("private_thumbnails")

    def deconstruct(self):
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("storage", None)
        return name, path, args, kwargs
