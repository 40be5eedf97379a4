"""EXIF data of filer's pictures, read from the storage in which they lie, or from the upload.

`BaseImage.exif` opens every name in the default storage. For an upload that is not stored yet this is the visitor's file
name at the bucket's root.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from django.apps import apps
from django.db.models import signals
from filer.models.abstract import BaseImage
from filer.utils.pil_exif import get_exif

from mediastore.pictures import limits


class Exif(Mapping[str, Any]):
    """The value of `BaseImage.exif`. It reads the picture each time it is asked for something."""

    def __init__(self, instance: BaseImage) -> None:
        self._instance = instance

    def _read(self) -> dict[str, Any]:
        file = self._instance.file
        try:
            file.open()
            with limits.opened(file.file) as image:
                found: dict[str, Any] = get_exif(image)
                return found
        except Exception:
            return {}  # as filer does: no picture, or a broken one
        finally:
            if file and file._committed:
                file.close()
            elif file:
                file.seek(0)

    def __getitem__(self, key: str) -> Any:
        return self._read()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._read())

    def __len__(self) -> int:
        return len(self._read())


def loaded(sender: type[BaseImage], instance: BaseImage, **kwargs: Any) -> None:
    instance.__dict__["exif"] = Exif(instance)  # a cached property, which takes its value from the instance


def connect() -> None:
    """Give each picture its EXIF data when it is made."""
    for model in apps.get_models():
        if issubclass(model, BaseImage):
            signals.post_init.connect(loaded, sender=model)
