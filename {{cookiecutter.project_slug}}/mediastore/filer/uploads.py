"""Looks at uploads to filer's admin before filer lets Pillow open them.

When a row gets a file, filer lets Pillow read its size, whatever format it has. Some of Pillow's plugins decode pixels when
they open a file. filer asks validators only after that.
"""

from __future__ import annotations

import mimetypes
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import ValidationError
from django.core.files.uploadedfile import SimpleUploadedFile
from filer import settings as filer_settings
from filer.admin import clipboardadmin, imageadmin
from filer.utils.loader import load_model

from mediastore import pictures

if TYPE_CHECKING:
    from django.core.files.base import File
    from django.http import HttpRequest, HttpResponse


def validate(file: File[Any]) -> None:
    """Refuse a file that filer takes for a picture and whose format we do not take. filer itself looks at vector graphics.

    Raises:
        ValidationError: its message is for the user.
    """
    kind = mimetypes.guess_type(file.name or "")[0] or ""
    is_picture = load_model(filer_settings.FILER_IMAGE_MODEL).matches_file_type(file.name, file, kind)
    if is_picture and kind != "image/svg+xml":
        pictures.validate(file)


class UploadField(forms.FileField):
    """The file of a picture's form."""

    def to_python(self, data: Any) -> Any:
        if file := super().to_python(data):
            validate(file)
        return file


class PictureForm(imageadmin.ImageAdmin.form):
    """filer's form, whose `clean` fails if the file's field has refused the file."""

    def clean(self) -> Any:
        return self.cleaned_data if "file" in self.errors else super().clean()


def upload(request: HttpRequest, folder_id: int | None = None) -> HttpResponse:
    """filer's view for uploads from its file manager, as a form or as the body of the request."""
    files: list[Any] = list(request.FILES.values())
    if request.content_type != "multipart/form-data":
        name = request.GET.get("qqfile") or request.GET.get("filename") or ""
        files = [SimpleUploadedFile(name, request.body)] if name else []
    response: HttpResponse
    try:
        for file in files:
            validate(file)
    except ValidationError as error:
        response = clipboardadmin._upload_error(request, "; ".join(error.messages), status=400)
    else:
        response = clipboardadmin.ajax_upload(request, folder_id)
    return response
