"""`s3://` and `s3+http://`: media in a bucket of Amazon S3, MinIO or any other S3 service.

Four promises over the plain storage of django-storages: a save creates and never overwrites, opening is one request,
one client serves the whole process, and a public `url()` is made of text, without a client.
"""

import logging
from urllib.parse import quote

from django.core.files.storage import Storage

from mediastore import headers, names
from mediastore.backends.base import (
    AliasedStorage,
    CreatingStorage,
    PrivateStorage,
    ReplacingStorage,
    lifetime,
    private_options,
)
from mediastore.backends.s3_client import AWS, Credentials, get_client, presign, resolved_style
from mediastore.backends.s3_file import S3ReadFile, S3WriteFile
from mediastore.backends.s3_upload import upload
from mediastore.dsn import DSN
from mediastore.s3_location import PARAMETERS, S3Location, bucket_url

# The parameters of GetObject that change an answer's headers, as they stand in a URL.
QUERY = {
    "ResponseContentType": "response-content-type",
    "ResponseCacheControl": "response-cache-control",
    "ResponseContentDisposition": "response-content-disposition",
}


logger = logging.getLogger(__name__)


class S3Storage(AliasedStorage, CreatingStorage, Storage):
    """Objects below `prefix` in one bucket.

    There is no attribute `location`: easy-thumbnails would cut its value out of the middle of names
    (`Thumbnailer.get_thumbnail_name`).
    """

    dsn_parameters = PARAMETERS
    streamed = False

    def __init__(
        self,
        *,
        bucket_name,
        endpoint_url,
        region_name=None,
        access_key=None,
        secret_key=None,
        prefix="",
        addressing_style="auto",
        signature_version="s3v4",
        acl=None,
        base_url=None,
        base_url_safe="/~",
        public_endpoint=None,
        querystring_auth=False,
        cache_control=None,
        expire=None,
        unique=False,
        alias=None,
    ):
        self.bucket_name, self.endpoint_url, self.region_name = bucket_name, endpoint_url, region_name
        self.credentials = Credentials(access_key, secret_key)
        self.prefix = prefix
        self.addressing_style, self.signature_version = addressing_style, signature_version
        self.acl = acl
        self.base_url, self.base_url_safe = base_url, base_url_safe
        self.public_endpoint = public_endpoint or endpoint_url
        self.querystring_auth = querystring_auth
        self.cache_control, self.expire, self.unique = cache_control, expire, unique
        self.alias = alias

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict:
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
            "acl": location.acl,
            "base_url": location.base_url,
            # django-storages quotes otherwise where it makes the URL itself, than where boto3 does
            "base_url_safe": "/~!*()'" if location.custom_url else "/~",
            "public_endpoint": location.public_endpoint,
            "querystring_auth": location.querystring_auth and not location.custom_url,
            "cache_control": location.cache_control,
            "expire": location.expire,
            "unique": location.unique,
        }

    # Requests

    @property
    def client(self):
        """The process's client for the endpoint that this storage talks to."""
        return self._client(self.endpoint_url)

    def _client(self, endpoint, addressing_style=None):
        return get_client(
            endpoint,
            self.credentials,
            region=self.region_name,
            addressing_style=addressing_style or self.addressing_style,
            signature=self.signature_version,
        )

    def same_bucket(self, other) -> bool:
        """Whether `other` is in the same bucket. On AWS a bucket's name is enough, since no two regions share one."""
        if not isinstance(other, S3Storage) or self.bucket_name != other.bucket_name:
            return False
        return self.endpoint_url == other.endpoint_url or (self.is_aws and other.is_aws)

    @property
    def is_aws(self) -> bool:
        """Whether the service is Amazon's own."""
        return bool(AWS.match(self.endpoint_url))

    def key(self, name: str) -> str:
        """The object's key for `name`."""
        return f"{self.prefix}/{names.clean(name)}" if self.prefix else names.clean(name)

    def get_object(self, name: str, start: int = 0) -> dict:
        """The response of GetObject, from byte `start` on."""
        part = {"Range": f"bytes={start}-"} if start else {}
        return self._call("get_object", name, **part)

    def head_object(self, name: str) -> dict:
        """The response of HeadObject."""
        return self._call("head_object", name)

    def put(self, name: str, content, *, replace=False) -> None:
        """Store `content`; raises `NameTakenError` where there is an object already and `replace` is false."""
        try:
            upload(self.client, self.bucket_name, self.key(name), content, self.headers(name), replace=replace)
        except self.client.exceptions.ClientError as error:
            raise _explained(error, self, name) from error

    def headers(self, name: str) -> dict:
        """What is stored with the object `name`, in the words of boto3's `put_object`."""
        wanted = {
            "ContentType": headers.content_type(name),
            "ContentDisposition": headers.content_disposition(name),
            "CacheControl": self.cache_control or self._cache_control(name),
            "ACL": self.acl,
        }
        return {header: value for header, value in wanted.items() if value}

    def _cache_control(self, name):
        forever = not self.overwrites and (self.unique or names.is_permanent(name))
        return headers.FOREVER if forever else headers.PUBLIC_CACHE

    def _call(self, operation, name, **parameters):
        try:
            return getattr(self.client, operation)(Bucket=self.bucket_name, Key=self.key(name), **parameters)
        except self.client.exceptions.ClientError as error:
            raise _explained(error, self, name) from error

    # Django's storage API

    def _create(self, name, body):
        self.put(name, body, replace=self.overwrites)

    def _open(self, name, mode="rb"):
        if mode in ("r", "rb"):
            return S3ReadFile(self, name, mode)
        if mode in ("w", "wb"):
            return S3WriteFile(self, name, mode)
        raise ValueError(f"S3 objects open for r, rb, w and wb, and not for {mode!r}.")

    def delete(self, name):
        if not name:
            raise ValueError("The name must be given to delete().")
        answer = self._call("delete_object", name)
        if not self.is_private and (answer.get("DeleteMarker") or answer.get("VersionId")):
            self._delete_versions(name)

    def _delete_versions(self, name):
        """Delete all versions of `name`: a bucket with versions only hides what is deleted.

        Whoever knows a version's id still reads a public file that was made private. `null` is that of every object from
        before the bucket was versioned.
        """
        key, client = self.key(name), self.client
        try:
            for page in client.get_paginator("list_object_versions").paginate(Bucket=self.bucket_name, Prefix=key):
                for entry in (*page.get("Versions", ()), *page.get("DeleteMarkers", ())):
                    is_new = entry["IsLatest"] and "ETag" in entry  # somebody has stored another file since
                    if entry["Key"] == key and not is_new:
                        client.delete_object(Bucket=self.bucket_name, Key=key, VersionId=entry["VersionId"])
        except client.exceptions.ClientError as error:
            logger.error(
                "%r is deleted from the bucket %s, but its earlier versions can be read by whoever knows their ids: S3 "
                "answered %s. Give the key s3:ListBucketVersions and s3:DeleteObjectVersion, then run `manage.py media "
                "audit --fix`.",
                name,
                self.bucket_name,
                error.response["Error"]["Code"],
            )

    def exists(self, name):
        try:
            self.head_object(name)
        except FileNotFoundError:
            return False
        return True

    def size(self, name):
        return self.head_object(name)["ContentLength"]

    def get_modified_time(self, name):
        from django.conf import settings
        from django.utils.timezone import make_naive

        modified = self.head_object(name)["LastModified"]
        return modified if settings.USE_TZ else make_naive(modified)

    def listdir(self, path):
        prefix = "/".join(part for part in (self.prefix, str(path).strip("/.")) if part)
        prefix = f"{prefix}/" if prefix else ""
        folders, files = [], []
        pages = self.client.get_paginator("list_objects_v2")
        for page in pages.paginate(Bucket=self.bucket_name, Prefix=prefix, Delimiter="/"):
            folders += [entry["Prefix"][len(prefix) : -1] for entry in page.get("CommonPrefixes", ())]
            files += [entry["Key"][len(prefix) :] for entry in page.get("Contents", ()) if entry["Key"] != prefix]
        return folders, files

    def url(self, name):
        if self.querystring_auth:
            # like the unsigned one by path, unless the DSN says otherwise
            style = "path" if self.addressing_style == "auto" else self.addressing_style
            return self.signed_url(name, self.expire or 3600, addressing_style=style)
        return self.base_url + quote(self.key(name), safe=self.base_url_safe)

    def signed_url(self, name, expire=None, filename=None, method="GET", attachment=False, addressing_style=None):
        """A presigned URL for the public endpoint. No request is made.

        Args:
            expire: seconds that it is good for; the DSN's `expire`, or 60.
            filename: what a browser saves it as, in any script.
            method: GET or HEAD; the signature is good for that one alone.
            attachment: whether a browser is to save what it could show in place.
            addressing_style: path or virtual, for another one than the DSN's.

        Raises:
            ValueError: `expire` is less than a second or more than a week.
        """
        seconds = lifetime(expire, self.expire or 60)
        answer = {
            "ResponseContentType": headers.content_type(name),
            "ResponseCacheControl": headers.PRIVATE_CACHE,
            "ResponseContentDisposition": headers.content_disposition(name, filename, attachment),
        }
        answer = {header: value for header, value in answer.items() if value}
        endpoint = self.public_endpoint
        if self.signature_version != "s3v4":
            operation = {"GET": "get_object", "HEAD": "head_object"}[method]
            parameters = {"Bucket": self.bucket_name, "Key": self.key(name), **answer}
            client = self._client(endpoint, addressing_style)
            return client.generate_presigned_url(operation, Params=parameters, ExpiresIn=seconds)
        style = resolved_style(endpoint, addressing_style or self.addressing_style)
        query = "&".join(f"{QUERY[header]}={quote(value, safe='')}" for header, value in answer.items())
        url = f"{bucket_url(endpoint, self.bucket_name, style)}/{quote(self.key(name), safe='/~')}?{query}"
        return presign(method, url, self.credentials, self.region_name, seconds)


class PublicS3Storage(S3Storage):
    """Public files."""


class ThumbnailS3Storage(ReplacingStorage, S3Storage):
    """Public thumbnails."""


class PrivateS3Storage(PrivateStorage, S3Storage):
    """Private files: `url()` is the project's own, which redirects to a URL that is signed for a minute."""

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict:
        acl = dsn.params.get("acl", "none")
        options = super().options_from_dsn(dsn, alias)
        if acl.startswith(("public", "authenticated")):
            raise dsn.error(f"a private storage takes no acl={acl}.")
        options |= {"acl": None if acl == "none" else acl, "querystring_auth": False}
        return private_options(dsn, alias, options)


class PrivateThumbnailS3Storage(ReplacingStorage, PrivateS3Storage):
    """Thumbnails of private files."""


def _explained(error, storage, name):
    """Django's exception, or one that says what to do, for an error of S3."""
    code = error.response["Error"]["Code"]
    status = error.response["ResponseMetadata"]["HTTPStatusCode"]
    where = f"{name!r} in the bucket {storage.bucket_name!r}"
    if code == "NoSuchBucket":
        return FileNotFoundError(f"There is no bucket {storage.bucket_name!r}; `manage.py media setup` makes it.")
    if status == 404:
        return FileNotFoundError(f"There is no {where}.")
    if code == "AccessControlListNotSupported":
        return PermissionError(
            f"The bucket {storage.bucket_name!r} has ACLs off; put acl=none into the DSN and run `manage.py media setup`."
        )
    if status == 403:
        return PermissionError(
            f"S3 refused {where} ({code}). Check the DSN's key and secret; without the right s3:ListBucket "
            "S3 also answers so for what does not exist."
        )
    return OSError(f"S3 answered {code} ({status}) for {where}.")
