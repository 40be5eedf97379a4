"""`file:///PATH?url=/media/`: media on the local disk, for development and for servers that keep their disk."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.storage import FileSystemStorage

from mediastore import dsn_rules, names, windows_names
from mediastore.backends.aliased import AliasedStorage
from mediastore.backends.located import Bucket, LocatedStorage
from mediastore.backends.replacing import unshortened
from mediastore.backends.token_signed import TokenSignedStorage
from mediastore.dsn import DSN
from mediastore.schemes import PRIVATE_THUMBNAILS, PRIVATE_URLS


def disk_path(path: str, windows: bool = os.name == "nt") -> str:
    """The path of a file:// DSN as the operating system writes it: C:/media on Windows for /C:/media."""
    return path[1:] if windows and re.match(r"/[A-Za-z]:(/|$)", path) else path


class LocalStorage(AliasedStorage, LocatedStorage, FileSystemStorage):
    """Django's `FileSystemStorage` with the project's rule for names. It creates files atomically (`O_EXCL`)."""

    dsn_parameters = frozenset({"url"})
    windows = os.name == "nt"

    def __init__(
        self, location: str | None = None, base_url: str | None = None, alias: str | None = None, **kwargs: Any
    ):
        super().__init__(location=location, base_url=base_url, **kwargs)
        self.alias = alias

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict[str, Any]:
        if dsn.host:
            raise dsn.error("file:// takes an absolute path: write three slashes, file:///PATH.")
        if dsn.username or dsn.port:
            raise dsn.error("file:// takes no credentials and no port.")
        location = os.path.normpath(disk_path(dsn.path))
        if not dsn.path.startswith("/") or location == os.path.sep:
            raise dsn.error("file:// needs the path of a folder, such as file:///data/media/.")
        return {"alias": alias, "location": location, "base_url": dsn_rules.served_url(dsn)}

    @classmethod
    def bucket_of(cls, options: Mapping[str, Any]) -> Bucket:
        return Bucket("file", os.path.realpath(options["location"]))

    @classmethod
    def exposes(cls, options: Mapping[str, Any], other: Bucket | None, other_prefix: str) -> bool:
        """Whether one of the two folders lies in the other: a web server may serve all below the public one."""
        own = cls.bucket_of(options)
        if other is None or other.service != own.service:
            return False
        one, two = Path(own.name), Path(other.name)
        return one.is_relative_to(two) or two.is_relative_to(one)

    @property
    def lies_in(self) -> Bucket:
        return self.bucket_of({"location": self.location})

    @property
    def where(self) -> str:
        return str(self.location)

    def path(self, name: str) -> str:
        """The file's path.

        Raises:
            SuspiciousFileOperation: Windows opens another file, or a device, under this name.
        """
        if self.windows and windows_names.is_alias(str(name).replace("\\", "/")):
            raise SuspiciousFileOperation(f"Windows opens something else under this name: {str(name)[:80]!r}")
        return super().path(name)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        usable = windows_names.storable if self.windows else windows_names.stripped
        taken = name = names.fit(usable(names.clean(name)), max_length)
        while self.exists(name):
            name = names.another(taken, max_length)
        return name


class PublicLocalStorage(LocalStorage):
    """Public files."""


class ThumbnailLocalStorage(LocalStorage):
    """Public thumbnails. Saving one under a taken name replaces the file (`mediastore.backends.replacing`)."""

    def __init__(self, **options: Any):
        super().__init__(allow_overwrite=True, **options)

    def get_available_name(self, name: str, max_length: int | None = None) -> str:
        return unshortened(name, max_length)


class PrivateLocalStorage(TokenSignedStorage, LocalStorage):
    """Private files, which Django serves."""

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict[str, Any]:
        dsn_rules.refuse_urls(dsn)
        options = super().options_from_dsn(dsn, alias)
        if alias == "private_thumbnails":
            options["location"] = os.path.join(options["location"], PRIVATE_THUMBNAILS)
        return options | {"base_url": PRIVATE_URLS[alias]}


class PrivateThumbnailLocalStorage(PrivateLocalStorage, ThumbnailLocalStorage):
    """Thumbnails of private files."""
