"""Model fields for private files and for pictures."""

from django import forms
from django.db import models
from django.db.models.fields.files import FieldFile
from easy_thumbnails.fields import ThumbnailerImageField
from easy_thumbnails.files import ThumbnailerImageFieldFile

import mediastore
from mediastore import pictures
from mediastore.cleanup import DeletedOnCommit
from mediastore.thumbnails import OwnThumbnails


def private_storage():
    """The storage of private files."""
    return mediastore.get_storage("private")


class PrivateFieldFile(DeletedOnCommit, FieldFile):
    """The file of a `PrivateFileField`."""


class PrivateFileField(models.FileField):
    """A `FileField` whose files are private. Its storage cannot be forgotten, and migrations do not name one."""

    attr_class = PrivateFieldFile

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


class PictureFormField(forms.ImageField):
    """Refuses pictures that are too large before Django lets Pillow open them, in any of its formats."""

    def to_python(self, data):
        if file := forms.FileField.to_python(self, data):
            pictures.validate(file)
        return super().to_python(data)


class PictureFieldFile(DeletedOnCommit, OwnThumbnails, ThumbnailerImageFieldFile):
    """The file of a `PictureField`."""

    def save(self, name, content, save=True):
        super().save(name, pictures.stripped(content), save)

    save.alters_data = True


class PictureField(ThumbnailerImageField):
    """A `ThumbnailerImageField` for pictures that others upload: of limited size, and stored without metadata.

    `MEDIA_MAX_PIXELS` and `MEDIA_MAX_ANIMATION_PIXELS` are the limits. Forms and `full_clean` refuse what is larger;
    code that saves a file without them is not refused, but gets no thumbnails.
    """

    attr_class = PictureFieldFile
    default_validators = [pictures.validate]

    def formfield(self, **kwargs):
        return super().formfield(**{"form_class": PictureFormField, **kwargs})
