"""Model fields for private files and for pictures, and the form field of the latter."""

from typing import Any

from django import forms
from django.core.files.storage import Storage
from django.db import models
from django.db.models.fields.files import FieldFile
from easy_thumbnails.fields import ThumbnailerImageField
from easy_thumbnails.files import ThumbnailerImageFieldFile

import mediastore
from mediastore import pictures
from mediastore.cleanup import DeletedOnCommit
from mediastore.thumbnails import OwnThumbnails


def private_storage() -> Storage:
    """The storage of private files, for a field's `storage=`. Migrations name this function and no storage."""
    storage: Storage = mediastore.get_storage("private")
    return storage


class PrivateFieldFile(DeletedOnCommit, FieldFile):
    """The file of a `PrivateFileField`."""


class PrivateFileField(models.FileField):
    """A `FileField` whose files are in the private storage. It takes no `storage=`, and migrations name none."""

    attr_class = PrivateFieldFile

    def __init__(self, *args: Any, **kwargs: Any):
        if "storage" in kwargs:
            raise TypeError("A PrivateFileField always has the private storage. Delete storage=, or take a FileField.")
        kwargs["storage"] = private_storage
        super().__init__(*args, **kwargs)

    @property
    def thumbnail_storage(self) -> Storage:
        """Where easy-thumbnails stores and deletes the thumbnails of these files."""
        storage: Storage = mediastore.get_storage("private_thumbnails")
        return storage

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("storage", None)
        return name, path, args, kwargs


class PictureFormField(forms.ImageField):
    """An `ImageField` that validates first: Django would let Pillow open every size and every format."""

    def to_python(self, data: Any) -> Any:
        if file := forms.FileField.to_python(self, data):
            pictures.validate(file)
        return super().to_python(data)


class PictureFieldFile(DeletedOnCommit, OwnThumbnails, ThumbnailerImageFieldFile):
    """The file of a `PictureField`."""

    def save(self, name: str, content: Any, save: bool = True) -> None:
        """Store `content` without its metadata."""
        super().save(name, pictures.stripped(content), save)

    save.alters_data = True  # type: ignore[attr-defined] # Django's mark: templates must not call it


class PictureField(ThumbnailerImageField):
    """A `ThumbnailerImageField` for pictures that strangers upload: of limited size, and stored without metadata.

    `MEDIA_MAX_PIXELS` and `MEDIA_MAX_ANIMATION_PIXELS` are the limits. Forms and `full_clean` refuse larger pictures. Code
    can store them without validation, but they get no thumbnails.
    """

    attr_class = PictureFieldFile
    default_validators = [pictures.validate]

    def formfield(self, **kwargs: Any) -> Any:
        return super().formfield(**{"form_class": PictureFormField, **kwargs})
