"""`s3://` and `s3+http://`: media in a bucket of Amazon S3, MinIO or any other S3 service.

It differs from the storage of django-storages in four ways: saving never overwrites a file, opening a file costs one
request, all threads share one client, and a public `url()` needs no client.
"""

from datetime import datetime
from typing import IO, Any

from django.core.files.storage import Storage

from mediastore import headers, names
from mediastore.backends.creating import CreatingStorage
from mediastore.backends.private import PrivateStorage, private_options
from mediastore.backends.replacing import ReplacingStorage
from mediastore.backends.s3_errors import explained
from mediastore.backends.s3_file import S3ReadFile, S3WriteFile
from mediastore.backends.s3_listing import ListedS3Storage
from mediastore.backends.s3_signing import SignedS3Storage
from mediastore.backends.s3_upload import upload
from mediastore.dsn import DSN
from mediastore.s3_location import PARAMETERS, S3Location


class S3Storage(ListedS3Storage, SignedS3Storage, CreatingStorage, Storage):
    """Django's storage API over the objects below `prefix` in one bucket."""

    dsn_parameters = PARAMETERS

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict[str, Any]:
        location = S3Location.from_dsn(dsn)
        return {
            "alias": alias,
            "bucket_name": location.bucket,
            "endpoint_url": location.endpoint,
            "region_name": location.region,
            "access_key": location.access_key,
            "secret_key": location.secret_key,
            "prefix": location.prefix,
            "addressing_style": location.addressing_style,
            "signature_version": location.signature_version,
            "default_acl": location.acl,
            "base_url": location.base_url,
            # the characters that django-storages leaves unquoted in URLs that it makes itself, else those of boto3
            "base_url_safe": "/~!*()'" if location.custom_url else "/~",
            "public_endpoint": location.public_endpoint,
            "querystring_auth": location.querystring_auth and not location.custom_url,
            "querystring_expire": location.expire,
            "cache_control": location.cache_control,
            "unique": location.unique,
        }

    # Writing

    def put(self, name: str, content: Any, *, replace: bool = False) -> None:
        """Store `content` as the object `name`.

        Raises:
            NameTakenError: the object exists already, and `replace` is false.
            OSError: S3 answered with an error.
        """
        key = self.clean_key(name)
        try:
            upload(self.client, self.bucket_name, key, content, self.headers(name), replace=replace)
        except self.client.exceptions.ClientError as error:
            raise explained(error, self.bucket_name, name) from error

    def headers(self, name: str) -> dict[str, str]:
        """The headers to store with the object `name`, as parameters of boto3's `put_object`."""
        wanted = {
            "ContentType": headers.content_type(name),
            "ContentDisposition": headers.content_disposition(name),
            "CacheControl": self.cache_control or self._cache_control(name),
            "ACL": self.default_acl,
        }
        return {header: value for header, value in wanted.items() if value}

    def _cache_control(self, name: str) -> str:
        is_final = not self.overwrites and (self.unique or names.is_permanent(name))
        return headers.FOREVER if is_final else headers.PUBLIC_CACHE

    def _create(self, name: str, body: IO[bytes]) -> None:
        self.put(name, body, replace=self.overwrites)

    def delete(self, name: str) -> None:
        if not name:
            raise ValueError("The name must be given to delete().")
        answer = self._call("delete_object", name)
        if not self.is_private and (answer.get("DeleteMarker") or answer.get("VersionId")):
            self._delete_versions(self.clean_key(name))

    # Reading

    def _open(self, name: str, mode: str = "rb") -> S3ReadFile | S3WriteFile:
        if mode in ("r", "rb"):
            return S3ReadFile(self, name, mode)
        if mode in ("w", "wb"):
            return S3WriteFile(self, name, mode)
        raise ValueError(f"An object in S3 cannot be opened with the mode {mode!r}: use r, rb, w or wb.")

    def exists(self, name: str) -> bool:
        try:
            self.head_object(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name: str) -> int:
        return int(self.head_object(name)["ContentLength"])

    def get_modified_time(self, name: str) -> datetime:
        from django.conf import settings
        from django.utils.timezone import make_naive

        modified = self.head_object(name)["LastModified"]
        return modified if settings.USE_TZ else make_naive(modified)


class PublicS3Storage(S3Storage):
    """Public files."""


class ThumbnailS3Storage(ReplacingStorage, S3Storage):
    """Public thumbnails."""


class PrivateS3Storage(PrivateStorage, S3Storage):
    """Private files. `url()` leads to a view of the project, which redirects to a URL that is signed for a minute."""

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict[str, Any]:
        acl = dsn.params.get("acl", "none")
        options = super().options_from_dsn(dsn, alias)
        if acl.startswith(("public", "authenticated")):
            raise dsn.error(f"a private storage takes no acl={acl}.")
        options |= {"default_acl": None if acl == "none" else acl, "querystring_auth": False}
        return private_options(dsn, alias, options)


class PrivateThumbnailS3Storage(ReplacingStorage, PrivateS3Storage):
    """Thumbnails of private files."""
