"""The views behind the URLs of media that the project serves itself: private files, and all files of a local disk.

Who may read a private file is decided by `PRIVATE_MEDIA_PERMISSION`. Where a storage can sign URLs for a browser, the
answer is a redirect to one, and no request to S3 is made; else Django serves the file.
"""

import errno
import os
import re

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import storages
from django.http import FileResponse, Http404, HttpResponse, HttpResponseNotModified, HttpResponseRedirect
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_http_date_safe
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from mediastore import headers, names, permissions, tokens, windows_names
from mediastore.schemes import PRIVATE_THUMBNAILS

SIGNED_FOR = 60  # seconds that a redirect's target can be used
NO_NAME = (errno.ENAMETOOLONG, errno.EINVAL)  # what a file system says of names that no file can have


@require_safe
def private(request, name, alias):
    """Answer for the private file `name`: 404 without permission, so that names cannot be probed."""
    try:
        name = names.clean(name)
    except SuspiciousFileOperation:
        raise Http404 from None
    if name != windows_names.stripped(name):
        raise Http404  # Windows would open a file whose name the permission below is not asked for
    if alias == "private" and windows_names.is_below(name, PRIVATE_THUMBNAILS):
        raise Http404  # they have an alias, and so a permission, of their own
    storage = storages[alias]
    # A token proves something only where we made it. S3's own signature is in the URL that we redirect to.
    token = request.GET.get("token", "") if storage.served_by_django else ""
    allowed, filename = tokens.read(token, alias, name)
    try:
        allowed = allowed or import_string(settings.PRIVATE_MEDIA_PERMISSION)(request, alias, name)
    except permissions.MovedError as moved:
        return HttpResponseRedirect(moved.url, headers={"Cache-Control": headers.PRIVATE_CACHE})
    if not allowed:
        raise Http404
    return serve(request, storage, name, filename)


def serve(request, storage, name, filename=None, attachment=False):
    """Deliver the private file `name`, asking nobody.

    Args:
        filename: what a browser saves it as.
        attachment: whether a browser is to save what it could show in place.
    """
    filename = filename or os.path.basename(name)
    if not storage.served_by_django:
        how = {"filename": filename, "method": request.method} | ({"attachment": True} if attachment else {})
        response = HttpResponseRedirect(storage.signed_url(name, expire=SIGNED_FOR, **how))
    else:
        response = stream(request, storage, name, filename, attachment)
    response["Cache-Control"] = headers.PRIVATE_CACHE
    patch_vary_headers(response, ["Cookie"])
    return response


@require_safe
def public(request, name):
    """A public file from the local disk, for development and for servers without a web server in front."""
    try:
        response = stream(request, storages["default"], names.clean(name))
    except SuspiciousFileOperation:
        raise Http404 from None
    response["Cache-Control"] = headers.PUBLIC_CACHE
    return response


def stream(request, storage, name, filename=None, attachment=False):
    """The file itself, with conditional and Range requests (RFC 9110, one range)."""
    try:
        file = storage.open(name)
        size, modified = file.size, int(storage.get_modified_time(name).timestamp())
    except SuspiciousFileOperation:  # a name that this system gives to no file
        raise Http404 from None
    except OSError as error:
        if isinstance(error, FileNotFoundError | IsADirectoryError | NotADirectoryError) or error.errno in NO_NAME:
            raise Http404 from None
        raise
    etag = f'"{modified:x}-{size:x}"'
    common = {"ETag": etag, "Last-Modified": http_date(modified), "Accept-Ranges": "bytes"}
    if _not_modified(request, etag, modified):
        file.close()
        return HttpResponseNotModified(headers=common)
    first, last = _range(request, size, etag)
    if first is None:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    file.seek(first)
    whole = (first, last) == (0, size - 1)
    body = file if whole else _Part(file, last - first + 1)
    response = FileResponse(body, status=200 if whole else 206, content_type=headers.content_type(name))
    response["Content-Length"] = last - first + 1
    if not whole:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    for header, value in common.items():
        response[header] = value
    if disposition := headers.content_disposition(name, filename, attachment):
        response["Content-Disposition"] = disposition
    elif "Content-Disposition" in response:
        del response["Content-Disposition"]
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _not_modified(request, etag, modified):
    if seen := request.headers.get("If-None-Match"):
        return seen.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in seen.split(",")]
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and modified <= since


def _range(request, size, etag):
    """First and last byte to send; (None, None) where what is asked for does not exist."""
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", request.headers.get("Range", ""))
    if not match or match[0] == "bytes=-" or request.headers.get("If-Range", etag) != etag:
        return 0, size - 1
    if not match[1]:
        length = min(int(match[2]), size)
        return (size - length, size - 1) if length else (None, None)
    first, last = int(match[1]), min(int(match[2] or size), size - 1)
    if match[2] and int(match[2]) < first:
        return 0, size - 1
    return (first, last) if first < size else (None, None)


class _Part:
    """The next `length` bytes of `file`, for FileResponse."""

    def __init__(self, file, length):
        self.file, self.left, self.close = file, length, file.close

    def read(self, length=-1):
        length = self.left if length < 0 else min(length, self.left)
        data = self.file.read(length)
        self.left -= len(data)
        return data
