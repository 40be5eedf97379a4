"""Uploads to filer's admin, looked at before filer has Pillow open them.

filer lets Pillow read a picture's size when the file is given to the row, in any format, and asks validators later. Some
of Pillow's plugins decode pixels when they open a file.
"""

import mimetypes

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from filer import settings as filer_settings
from filer.admin import clipboardadmin, imageadmin
from filer.utils.loader import load_model

from mediastore import pictures


def validate(file):
    """Refuse a file that filer takes for a picture and that is none of our formats. Vector graphics are filer's business.

    Raises:
        ValidationError: its message is for the user.
    """
    kind = mimetypes.guess_type(file.name)[0] or ""
    is_picture = load_model(filer_settings.FILER_IMAGE_MODEL).matches_file_type(file.name, file, kind)
    if is_picture and kind != "image/svg+xml":
        pictures.validate(file)


class UploadField(forms.FileField):
    """The file of a picture's form."""

    def to_python(self, data):
        if file := super().to_python(data):
            validate(file)
        return file


class PictureForm(imageadmin.ImageAdmin.form):
    """filer's form, which takes for granted that the file's own field has accepted it."""

    def clean(self):
        return self.cleaned_data if "file" in self.errors else super().clean()


def upload(request, folder_id=None):
    """filer's view for uploads from its file manager, as a form or as the body of the request."""
    files = list(request.FILES.values())
    if request.content_type != "multipart/form-data":
        name = request.GET.get("qqfile") or request.GET.get("filename") or ""
        files = [SimpleUploadedFile(name, request.body)] if name else []
    try:
        for file in files:
            validate(file)
    except ValidationError as error:
        return clipboardadmin._upload_error(request, "; ".join(error.messages), status=400)
    return clipboardadmin.ajax_upload(request, folder_id)
