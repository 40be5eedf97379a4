"""`file:///PATH?url=/media/`: media on the local disk, for development and for servers with a disk of their own."""

import os
import re

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage

from mediastore import names, windows_names
from mediastore.backends.base import PRIVATE_THUMBNAILS, AliasedStorage, TokenSignedStorage, unshortened
from mediastore.dsn import DSN
from mediastore.schemes import PRIVATE_URLS


def disk_path(path: str, windows: bool = os.name == "nt") -> str:
    """The path of a file:// URL as the system has it: /C:/media is C:/media on Windows."""
    return path[1:] if windows and re.match(r"/[A-Za-z]:(/|$)", path) else path


class LocalStorage(AliasedStorage, FileSystemStorage):
    """Django's own storage with our rule for names; creating a file is atomic there (`O_EXCL`)."""

    dsn_parameters = frozenset({"url"})
    windows = os.name == "nt"

    def __init__(self, location=None, base_url=None, alias=None, **kwargs):
        super().__init__(location=location, base_url=base_url, **kwargs)
        self.alias = alias

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict:
        if dsn.host:
            raise dsn.error("file:// takes an absolute path: write three slashes, file:///PATH.")
        if dsn.username or dsn.port:
            raise dsn.error("file:// takes no credentials and no port.")
        location = os.path.normpath(disk_path(dsn.path))
        if not dsn.path.startswith("/") or location == os.path.sep:
            raise dsn.error("file:// needs the path of a folder, such as file:///data/media/.")
        base_url = dsn.params.get("url", "/media/")
        if not base_url.strip("/") or not (base_url.startswith("/") or dsn.http_url("url")):
            raise dsn.error("parameter 'url' must be a path such as /media/ or a whole URL.")
        return {"alias": alias, "location": location, "base_url": base_url.rstrip("/") + "/"}

    def path(self, name):
        """The file's path.

        Raises:
            SuspiciousFileOperation: Windows would open another file, or a device.
        """
        if self.windows and windows_names.is_alias(str(name).replace("\\", "/")):
            raise SuspiciousFileOperation(f"Windows opens something else under this name: {str(name)[:80]!r}")
        return super().path(name)

    def get_available_name(self, name, max_length=None):
        usable = windows_names.storable if self.windows else windows_names.stripped
        taken = name = names.fit(usable(names.clean(name)), max_length)
        while self.exists(name):
            name = names.another(taken, max_length)
        return name


class PublicLocalStorage(LocalStorage):
    """Public files."""


class ThumbnailLocalStorage(LocalStorage):
    """Public thumbnails. Their names are made from their contents' description, so a new one replaces the old."""

    def __init__(self, **options):
        super().__init__(allow_overwrite=True, **options)

    def get_available_name(self, name, max_length=None):
        return unshortened(name, max_length)


class PrivateLocalStorage(TokenSignedStorage, LocalStorage):
    """Private files, streamed by the project itself."""

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict:
        if "url" in dsn.params:
            raise dsn.error("a private storage takes no url=: its files have the project's own URLs.")
        options = super().options_from_dsn(dsn, alias)
        if alias == "private_thumbnails":
            options["location"] = os.path.join(options["location"], PRIVATE_THUMBNAILS)
        return options | {"base_url": PRIVATE_URLS[alias]}


class PrivateThumbnailLocalStorage(PrivateLocalStorage, ThumbnailLocalStorage):
    """Thumbnails of private files."""
