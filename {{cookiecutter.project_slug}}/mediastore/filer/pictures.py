"""Pictures in django-filer: of limited size, and stored without metadata, whether they are public or private.

A private picture may become public later, and is then moved as it is; so it is stripped when it comes.
"""

from django.apps import apps
from django.db.models import signals
from filer.models import File

from mediastore import pictures


def validate(file_name, file, owner, mime_type):
    """For `FILER_ADD_FILE_VALIDATORS`: refuse pictures that are too large.

    filer's own `strip_exif` is not used: it encodes the pixels anew, and loses the orientation and all frames but the first.

    Raises:
        ValidationError: its message is for the user.
    """
    pictures.validate(file)
    file.seek(0)


def before_save(sender, instance, raw=False, **kwargs):
    """Strip a picture before it is stored, when filer has read its date. Size and checksum are those of what is stored."""
    file = instance.__dict__.get("file")
    if raw or not file or getattr(file, "_committed", True):
        return
    if (stripped := pictures.stripped(file.file)) is file.file:
        return
    file.file = stripped
    instance._file_size = file.file.seek(0, 2) or file.file.tell()
    instance.generate_sha1()


def connect():
    """Follow filer's model and all that inherit from it."""
    for model in apps.get_models():
        if issubclass(model, File):
            signals.pre_save.connect(before_save, sender=model)
