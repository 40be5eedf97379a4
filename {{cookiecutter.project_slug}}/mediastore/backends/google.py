"""`gs://BUCKET[/PREFIX]`: media on Google Cloud Storage, by django-storages, with the environment's credentials.

The package django-storages[google] must be installed. A bucket with uniform access is public or private as a whole, so
private files need a bucket, and a `PRIVATE_STORAGE_DSN`, of their own. Only credentials with a private key sign URLs.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import timedelta
from typing import IO, Any
from urllib.parse import quote

from django.core.files.storage import Storage
from google.api_core.exceptions import GoogleAPIError, PreconditionFailed
from google.auth.exceptions import GoogleAuthError
from storages.backends.gcloud import GoogleCloudStorage as PlainGoogleStorage

from mediastore import dsn_rules, headers
from mediastore.backends.aliased import AliasedStorage
from mediastore.backends.creating import CreatingStorage, NameTakenError
from mediastore.backends.located import Bucket, Stored
from mediastore.backends.prefixed import PrefixedStorage
from mediastore.backends.private import PrivateStorage, lifetime, private_options
from mediastore.backends.replacing import ReplacingStorage
from mediastore.dsn import DSN


class GoogleStorage(AliasedStorage, PrefixedStorage, CreatingStorage, PlainGoogleStorage):
    """Objects below `prefix` in one bucket."""

    dsn_parameters = frozenset({"url", "domain", "cache_control", "expire"})
    served_by_django = False
    public_as_a_whole = True

    def __init__(
        self,
        *,
        alias: str | None = None,
        prefix: str = "",
        base_url: str = "",
        querystring_expire: int | None = None,
        cache_control: str | None = None,
        **settings: Any,
    ):
        super().__init__(**settings)
        self.alias, self.prefix, self.querystring_expire = alias, prefix, querystring_expire
        self.base_url, self.cache_control = base_url, cache_control

    @classmethod
    def bucket_of(cls, options: Mapping[str, Any]) -> Bucket:
        return Bucket("storage.googleapis.com", options["bucket_name"])  # the same as of an s3:// DSN

    @property
    def where(self) -> str:
        return str(self.bucket_name)

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict[str, Any]:
        if not dsn.host:
            raise dsn.error("names no bucket: gs://BUCKET/.")
        if dsn.username:
            raise dsn.error("gs:// takes no credentials; GOOGLE_APPLICATION_CREDENTIALS names the file with them.")
        url = dsn_rules.custom_url(dsn)
        return {
            "alias": alias,
            "bucket_name": dsn.host,
            "prefix": dsn.path.strip("/"),
            "base_url": f"{url or f'https://storage.googleapis.com/{dsn.host}'}/",
            "cache_control": dsn.params.get("cache_control", headers.PUBLIC_CACHE),
            "querystring_expire": dsn_rules.expire(dsn),
        }

    def walk(self) -> Iterator[Stored]:
        with _explaining(f"Listing {self.bucket_name}/{self.key_prefix}"):
            for blob in self.bucket.list_blobs(prefix=self.key_prefix or None):
                if blob.size or not blob.name.endswith("/"):
                    yield Stored(blob.name[len(self.key_prefix) :], blob.size, blob.updated)

    def look(self, name: str) -> Stored | None:
        with _explaining(f"Looking for {name!r} in {self.bucket_name}"):
            blob = self.bucket.get_blob(self._normalize_name(name))
        return Stored(name, blob.size, blob.updated) if blob else None

    def url(self, name: str | None) -> str:
        return self.base_url + quote(self._normalize_name(name), safe="/~")

    def anonymous_urls(self, key: str, public: Storage | None = None) -> list[str]:
        return [f"https://storage.googleapis.com/{self.bucket_name}/{quote(key, safe='/~')}"]

    def _create(self, name: str, body: IO[bytes]) -> None:
        blob = self.bucket.blob(self._normalize_name(name))
        blob.cache_control = self.cache_control
        blob.content_disposition = headers.content_disposition(name)
        condition = {} if self.overwrites else {"if_generation_match": 0}
        try:
            blob.upload_from_file(body, rewind=True, content_type=headers.content_type(name), **condition)
        except PreconditionFailed:
            raise NameTakenError(name) from None


class PublicGoogleStorage(GoogleStorage):
    """Public files, in a bucket whose objects everyone may read."""


class ThumbnailGoogleStorage(ReplacingStorage, GoogleStorage):
    """Public thumbnails."""


class PrivateGoogleStorage(PrivateStorage, GoogleStorage):
    """Private files, in a bucket that nobody may read. `url()` leads to a view of the project."""

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict[str, Any]:
        return private_options(dsn, alias, super().options_from_dsn(dsn, alias))

    def signed_url(
        self,
        name: str,
        expire: int | None = None,
        filename: str | None = None,
        method: str = "GET",
        attachment: bool = False,
    ) -> str:
        """A URL that serves `name` to whoever has the URL. The arguments are those of `SignedS3Storage.signed_url`."""
        url: str = self.bucket.blob(self._normalize_name(name)).generate_signed_url(
            version="v4",
            method=method,
            expiration=timedelta(seconds=lifetime(expire, self.querystring_expire or 60)),
            response_type=headers.content_type(name),
            response_disposition=headers.content_disposition(name, filename, attachment),
        )
        return url


class PrivateThumbnailGoogleStorage(ReplacingStorage, PrivateGoogleStorage):
    """Thumbnails of private files."""


@contextmanager
def _explaining(what: str) -> Iterator[None]:
    """Within this context an error of Google becomes an OSError: `what` failed. A refusal becomes a PermissionError."""
    try:
        yield
    except (GoogleAPIError, GoogleAuthError) as error:
        kind = PermissionError if getattr(error, "code", None) in (401, 403) else OSError
        raise kind(f"{what} failed on Google Cloud Storage: {type(error).__name__}.") from error
