"""`gs://BUCKET[/PREFIX]`: media on Google Cloud Storage, by django-storages, with the environment's credentials.

Needs the package django-storages[google]. A bucket with uniform access is public or private as a whole, so private
files need a bucket, and a `PRIVATE_STORAGE_DSN`, of their own. Signing needs credentials with a private key.
"""

from datetime import timedelta
from urllib.parse import quote

from google.api_core.exceptions import PreconditionFailed
from storages.backends.gcloud import GoogleCloudStorage as PlainGoogleStorage

from mediastore import headers
from mediastore.backends.base import (
    AliasedStorage,
    CreatingStorage,
    NameTakenError,
    PrefixedStorage,
    PrivateStorage,
    ReplacingStorage,
    lifetime,
    private_options,
)
from mediastore.dsn import DSN


class GoogleStorage(AliasedStorage, PrefixedStorage, CreatingStorage, PlainGoogleStorage):
    """Objects below `prefix` in one bucket. There is no `location`: easy-thumbnails would cut it out of names."""

    dsn_parameters = frozenset({"url", "domain", "cache_control", "expire"})
    streamed = False

    def __init__(self, *, alias=None, prefix="", base_url=None, expire=None, cache_control=None, **settings):
        super().__init__(**settings)
        self.alias, self.prefix, self.expire = alias, prefix, expire
        self.base_url, self.cache_control = base_url, cache_control

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict:
        if not dsn.host:
            raise dsn.error("names no bucket: gs://BUCKET/.")
        if dsn.username:
            raise dsn.error("gs:// takes no credentials; GOOGLE_APPLICATION_CREDENTIALS names the file with them.")
        url = dsn.http_url("url") or (f"https://{dsn.params['domain']}" if "domain" in dsn.params else None)
        return {
            "alias": alias,
            "bucket_name": dsn.host,
            "prefix": dsn.path.strip("/"),
            "base_url": f"{url or f'https://storage.googleapis.com/{dsn.host}'}/",
            "cache_control": dsn.params.get("cache_control", headers.PUBLIC_CACHE),
            "expire": dsn.integer("expire", 1, 7 * 24 * 3600, None),
        }

    def url(self, name, parameters=None):
        return self.base_url + quote(self._normalize_name(name), safe="/~")

    def _create(self, name, body):
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
    """Private files, in a bucket that nobody may read; `url()` is the project's own."""

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict:
        options = super().options_from_dsn(dsn, alias)
        return private_options(dsn, alias, options)

    def signed_url(self, name, expire=None, filename=None, method="GET", attachment=False):
        """A URL that serves `name` to whoever has it, for `expire` seconds; `filename` is what it is saved as."""
        return self.bucket.blob(self._normalize_name(name)).generate_signed_url(
            version="v4",
            method=method,
            expiration=timedelta(seconds=lifetime(expire, self.expire or 60)),
            response_type=headers.content_type(name),
            response_disposition=headers.content_disposition(name, filename, attachment),
        )


class PrivateThumbnailGoogleStorage(ReplacingStorage, PrivateGoogleStorage):
    """Thumbnails of private files."""
