"""Pictures in filer: not too large, and stored without metadata, whether they are public or private.

A private picture may become public later and moves as it is. So it is stripped when it is uploaded.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.db.models import signals
from filer.models import File

from mediastore import pictures

if TYPE_CHECKING:
    from django.core.files.base import File as DjangoFile


def validate(file_name: str, file: DjangoFile[Any], owner: object, mime_type: str) -> None:
    """For `FILER_ADD_FILE_VALIDATORS`: refuse pictures that are too large.

    filer's own `strip_exif` is not used: it encodes the pixels anew, and loses the orientation and all frames but the first.

    Raises:
        ValidationError: its message is for the user.
    """
    pictures.validate(file)
    file.seek(0)


def before_save(sender: type[File], instance: File, raw: bool = False, **kwargs: Any) -> None:
    """Strip an upload, after filer has read the date from it. Size and checksum are those of the stripped file."""
    file = instance.__dict__.get("file")
    if raw or not file or getattr(file, "_committed", True):
        return
    if (stripped := pictures.stripped(file.file)) is file.file:
        return
    file.file = stripped
    instance._file_size = file.file.seek(0, 2) or file.file.tell()
    instance.generate_sha1()


def connect() -> None:
    """Follow filer's model and all that inherit from it."""
    for model in apps.get_models():
        if issubclass(model, File):
            signals.pre_save.connect(before_save, sender=model)
