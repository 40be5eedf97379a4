"""EXIF data of pictures, read from where they are.

`BaseImage.exif` looks for every file in the default storage, under the name that it has: for an upload that is not stored yet
that is a name of the visitor's at the bucket's root.
"""

from collections.abc import Mapping

from django.apps import apps
from django.db.models import signals
from filer.models.abstract import BaseImage
from filer.utils.pil_exif import get_exif

from mediastore.pictures import limits


class Exif(Mapping):
    """What `BaseImage.exif` caches on an instance: read when it is asked for, from the upload or the storage."""

    def __init__(self, instance):
        self._instance = instance

    def _read(self):
        file = self._instance.file
        try:
            file.open()
            with limits.opened(file.file) as image:
                return get_exif(image)
        except Exception:
            return {}  # as filer does: no picture, or a broken one
        finally:
            if file and file._committed:
                file.close()
            elif file:
                file.seek(0)

    def __getitem__(self, key):
        return self._read()[key]

    def __iter__(self):
        return iter(self._read())

    def __len__(self):
        return len(self._read())


def loaded(sender, instance, **kwargs):
    instance.__dict__["exif"] = Exif(instance)


def connect():
    """Give it to every picture; a cached property takes its value from the instance."""
    for model in apps.get_models():
        if issubclass(model, BaseImage):
            signals.post_init.connect(loaded, sender=model)
