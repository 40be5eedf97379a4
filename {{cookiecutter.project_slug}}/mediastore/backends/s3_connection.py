"""Connects a storage to its bucket of S3: the options, the client, and requests about one object."""

from collections.abc import Mapping
from typing import Any

from mediastore import names
from mediastore.backends.aliased import AliasedStorage
from mediastore.backends.located import Bucket, LocatedStorage
from mediastore.backends.s3_client import Credentials, get_client
from mediastore.backends.s3_errors import explained
from mediastore.s3_location import is_aws, service_of


class ConnectedS3Storage(AliasedStorage, LocatedStorage):
    """Objects below `prefix` in one bucket.

    There is no attribute `location`: easy-thumbnails would cut its value out of the middle of names
    (`Thumbnailer.get_thumbnail_name`).
    """

    served_by_django = False

    def __init__(
        self,
        *,
        bucket_name: str,
        endpoint_url: str,
        region_name: str | None = None,
        access_key: str | None = None,
        secret_key: str | None = None,
        prefix: str = "",
        addressing_style: str = "auto",
        signature_version: str = "s3v4",
        default_acl: str | None = None,
        base_url: str = "",
        base_url_safe: str = "/~",
        public_endpoint: str | None = None,
        querystring_auth: bool = False,
        querystring_expire: int | None = None,
        cache_control: str | None = None,
        unique: bool = False,
        alias: str | None = None,
    ):
        self.bucket_name, self.endpoint_url, self.region_name = bucket_name, endpoint_url, region_name
        self.credentials = Credentials(access_key, secret_key)
        self.prefix = prefix
        self.addressing_style, self.signature_version = addressing_style, signature_version
        self.default_acl = default_acl
        self.base_url, self.base_url_safe = base_url, base_url_safe
        self.public_endpoint = public_endpoint or endpoint_url
        self.querystring_auth, self.querystring_expire = querystring_auth, querystring_expire
        self.cache_control, self.unique = cache_control, unique
        self.alias = alias

    @classmethod
    def bucket_of(cls, options: Mapping[str, Any]) -> Bucket:
        return Bucket(service_of(options["endpoint_url"]), options["bucket_name"])

    @property
    def where(self) -> str:
        return self.bucket_name

    @property
    def is_aws(self) -> bool:
        """Whether the service is Amazon's own."""
        return is_aws(self.endpoint_url)

    @property
    def client(self) -> Any:
        """The boto3 client for the endpoint of this storage, which all storages of the endpoint share."""
        return self._client(self.endpoint_url)

    def _client(self, endpoint: str, addressing_style: str | None = None) -> Any:
        return get_client(
            endpoint,
            self.credentials,
            region=self.region_name,
            addressing_style=addressing_style or self.addressing_style,
            signature=self.signature_version,
        )

    def clean_key(self, name: Any) -> str:
        """The key of `name`, after the project's rule for names.

        Raises:
            SuspiciousFileOperation: no file may have this name.
        """
        return self.key(names.clean(name))

    def get_object(self, name: str, start: int = 0) -> Any:
        """The response of GetObject, from byte `start` on.

        Raises:
            FileNotFoundError: there is no such object, or no such bucket.
            OSError: S3 answered with another error.
        """
        part = {"Range": f"bytes={start}-"} if start else {}
        return self._call("get_object", name, **part)

    def head_object(self, name: str) -> Any:
        """The response of HeadObject. It raises what `get_object` raises."""
        return self._call("head_object", name)

    def _call(self, operation: str, name: str, **parameters: str) -> Any:
        try:
            return getattr(self.client, operation)(Bucket=self.bucket_name, Key=self.clean_key(name), **parameters)
        except self.client.exceptions.ClientError as error:
            raise explained(error, self.bucket_name, name) from error
