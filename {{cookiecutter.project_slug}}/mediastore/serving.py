"""The views behind the project's own URLs of media: private files, and all files of a local disk.

`PRIVATE_MEDIA_PERMISSION` decides who may read a private file. If its storage can sign URLs for a browser, the response is
a redirect to one, and no request to S3 is made. Otherwise Django serves the file.
"""

import errno
import os
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol, cast

from django.conf import settings
from django.core.exceptions import SuspiciousFileOperation
from django.core.files import File
from django.core.files.storage import storages
from django.http import (
    FileResponse,
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotModified,
    HttpResponseRedirect,
)
from django.utils.cache import patch_vary_headers
from django.utils.http import http_date, parse_http_date_safe
from django.utils.module_loading import import_string
from django.views.decorators.http import require_safe

from mediastore import headers, names, permissions, tokens, windows_names
from mediastore.backends.aliased import is_served_by_django
from mediastore.schemes import PRIVATE_THUMBNAILS

SIGNED_FOR = 60  # seconds that the URL of a redirect can be used
NO_NAME = (errno.ENAMETOOLONG, errno.EINVAL)  # a file system's errors for names that no file can have


class Served(Protocol):
    """What the views ask of a storage. `signed_url` only if Django does not serve its files."""

    def open(self, name: str) -> "File[bytes]": ...

    def get_modified_time(self, name: str) -> datetime: ...

    def signed_url(self, name: str, *, expire: int, filename: str, **options: Any) -> str: ...


@require_safe
def private(request: HttpRequest, name: str, alias: str) -> HttpResponseBase:
    """The private file `name` of storage `alias`. 404 without permission, so that nobody can find out which files exist."""
    try:
        name = names.clean(name)
    except SuspiciousFileOperation:
        raise Http404 from None
    if name != windows_names.stripped(name):
        raise Http404  # Windows would open another file than the one that the permission is asked for
    if alias == "private" and windows_names.is_below(name, PRIVATE_THUMBNAILS):
        raise Http404  # thumbnails have an alias of their own, which the permission is asked with
    storage = cast(Served, storages[alias])
    # Ignore tokens for a storage that signs its URLs itself: whoever knows SECRET_KEY could make one.
    token = request.GET.get("token", "") if is_served_by_django(storage) else ""
    allowed, filename = tokens.read(token, alias, name)
    try:
        allowed = allowed or import_string(settings.PRIVATE_MEDIA_PERMISSION)(request, alias, name)
    except permissions.MovedError as moved:
        return HttpResponseRedirect(moved.url, headers={"Cache-Control": headers.PRIVATE_CACHE})
    if not allowed:
        raise Http404
    return serve(request, storage, name, filename)


def serve(
    request: HttpRequest, storage: Served, name: str, filename: str | None = None, attachment: bool = False
) -> HttpResponseBase:
    """Deliver the private file `name` without asking for permission.

    Args:
        filename: the name that a browser saves the file under; None for the stored one.
        attachment: whether a browser saves the file even if it could show it.
    """
    response: HttpResponseBase
    filename = filename or os.path.basename(name)
    if not is_served_by_django(storage):
        options: dict[str, Any] = {"attachment": True} if attachment else {}
        url = storage.signed_url(name, expire=SIGNED_FOR, filename=filename, method=request.method, **options)
        response = HttpResponseRedirect(url)
    else:
        response = stream(request, storage, name, filename, attachment)
    response["Cache-Control"] = headers.PRIVATE_CACHE
    patch_vary_headers(response, ["Cookie"])
    return response


@require_safe
def public(request: HttpRequest, name: str) -> HttpResponseBase:
    """A public file from the local disk, for development and for sites without a web server in front."""
    try:
        response = stream(request, cast(Served, storages["default"]), names.clean(name))
    except SuspiciousFileOperation:
        raise Http404 from None
    response["Cache-Control"] = headers.PUBLIC_CACHE
    return response


def stream(
    request: HttpRequest, storage: Served, name: str, filename: str | None = None, attachment: bool = False
) -> HttpResponseBase:
    """The bytes of the file `name`. Conditional requests and one range are answered as RFC 9110 has it.

    Args:
        filename, attachment: see `serve`.

    Raises:
        Http404: there is no such file.
    """
    try:
        file = storage.open(name)
        size, modified = file.size, int(storage.get_modified_time(name).timestamp())
    except SuspiciousFileOperation:  # no file of this system can have the name
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
    wanted = _range(request, size, etag)
    if wanted is None:
        file.close()
        return HttpResponse(status=416, headers={"Content-Range": f"bytes */{size}"})
    first, last = wanted
    file.seek(first)
    whole = (first, last) == (0, size - 1)
    body: Any = file if whole else _Part(file, last - first + 1)
    response = FileResponse(body, status=200 if whole else 206, content_type=headers.content_type(name))
    response["Content-Length"] = str(last - first + 1)
    if not whole:
        response["Content-Range"] = f"bytes {first}-{last}/{size}"
    for header, value in common.items():
        response[header] = value
    if disposition := headers.content_disposition(name, filename, attachment):
        response["Content-Disposition"] = disposition
    elif "Content-Disposition" in response:
        del response["Content-Disposition"]  # FileResponse has set one from the path on the disk
    response["X-Content-Type-Options"] = "nosniff"
    return response


def _not_modified(request: HttpRequest, etag: str, modified: int) -> bool:
    """Whether the visitor has this version already. `If-None-Match` goes before `If-Modified-Since`."""
    if seen := request.headers.get("If-None-Match"):
        return seen.strip() == "*" or etag in [tag.strip().removeprefix("W/") for tag in seen.split(",")]
    since = parse_http_date_safe(request.headers.get("If-Modified-Since", ""))
    return since is not None and modified <= since


def _range(request: HttpRequest, size: int, etag: str) -> tuple[int, int] | None:
    """The first and the last byte to send; None if the file has none of the bytes asked for.

    A `Range` header that is no valid single range is ignored, and so is one for another version (`If-Range`).
    """
    match = re.fullmatch(r"bytes=([0-9]{0,18})-([0-9]{0,18})", request.headers.get("Range", ""))
    if not match or match[0] == "bytes=-" or request.headers.get("If-Range", etag) != etag:
        return 0, size - 1
    if not match[1]:
        length = min(int(match[2]), size)
        return (size - length, size - 1) if length else None
    first, last = int(match[1]), min(int(match[2] or size), size - 1)
    if match[2] and int(match[2]) < first:
        return 0, size - 1
    return (first, last) if first < size else None


class _Part:
    """A file for FileResponse: the next `length` bytes of `file`."""

    def __init__(self, file: "File[bytes]", length: int):
        self.file, self.left = file, length
        self.close: Callable[[], None] = file.close

    def read(self, length: int = -1) -> bytes:
        length = self.left if length < 0 else min(length, self.left)
        data: bytes = self.file.read(length)
        self.left -= len(data)
        return data
