"""`az://ACCOUNT:KEY@blob.core.windows.net/CONTAINER[/PREFIX]`: media on Azure Blob Storage, by django-storages.

KEY is the account's key, or a SAS token in base64. The package django-storages[azure] must be installed. A container is
public or private as a whole, so private files need a container, and a `PRIVATE_STORAGE_DSN`, of their own.
"""

import base64
import binascii
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import IO, Any
from urllib.parse import parse_qs, quote, urlsplit

from azure.core.exceptions import AzureError, ResourceExistsError, ResourceNotFoundError
from django.core.exceptions import ImproperlyConfigured
from django.core.files.storage import Storage
from storages.backends.azure_storage import AzureStorage as PlainAzureStorage

from mediastore import dsn_rules, headers, names
from mediastore.backends.aliased import AliasedStorage
from mediastore.backends.creating import CreatingStorage, NameTakenError
from mediastore.backends.located import Bucket, Stored
from mediastore.backends.prefixed import PrefixedStorage
from mediastore.backends.private import PrivateStorage, lifetime, private_options
from mediastore.backends.replacing import ReplacingStorage
from mediastore.dsn import DSN


class AzureStorage(AliasedStorage, PrefixedStorage, CreatingStorage, PlainAzureStorage):
    """Blobs below `prefix` in one container."""

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
        **settings: Any,
    ):
        super().__init__(overwrite_files=self.overwrites, **settings)
        self.alias, self.prefix, self.querystring_expire = alias, prefix, querystring_expire
        self.base_url = base_url

    @classmethod
    def bucket_of(cls, options: Mapping[str, Any]) -> Bucket:
        service = f"{options.get('account_name')}.blob.{options.get('endpoint_suffix')}"
        return Bucket(service, options["azure_container"])

    @property
    def where(self) -> str:
        return str(self.azure_container)

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict[str, Any]:
        container, _, prefix = dsn.path.strip("/").partition("/")
        if not container:
            raise dsn.error("names no container: az://ACCOUNT:KEY@blob.core.windows.net/CONTAINER.")
        if not dsn.host.startswith("blob."):
            raise dsn.error("has a host that is no blob endpoint, such as blob.core.windows.net.")
        if not dsn.username:
            raise dsn.error("names no account: az://ACCOUNT:KEY@blob.core.windows.net/CONTAINER.")
        url = dsn_rules.custom_url(dsn)
        if url and urlsplit(url).path:
            raise dsn.error("parameter 'url' must be the host alone; the container follows it.")
        return {
            "alias": alias,
            "account_name": dsn.username,
            **_credential(dsn),
            "azure_container": container,
            "prefix": prefix,
            "endpoint_suffix": dsn.host.removeprefix("blob."),
            "azure_ssl": not (url and url.startswith("http://")),
            "custom_domain": urlsplit(url).netloc if url else None,
            "cache_control": dsn.params.get("cache_control", headers.PUBLIC_CACHE),
            "querystring_expire": dsn_rules.expire(dsn),
        }

    def walk(self) -> Iterator[Stored]:
        with _explaining(f"Listing {self.azure_container}/{self.key_prefix}"):
            for blob in self.client.list_blobs(name_starts_with=self.key_prefix or None):
                if blob.size or not blob.name.endswith("/"):
                    yield Stored(blob.name[len(self.key_prefix) :], blob.size, blob.last_modified)

    def look(self, name: str) -> Stored | None:
        with _explaining(f"Looking for {name!r} in {self.azure_container}"):
            try:
                blob = self.client.get_blob_client(self._normalize_name(name)).get_blob_properties()
            except ResourceNotFoundError:
                return None
        return Stored(name, blob.size, blob.last_modified)

    def get_object_parameters(self, name: str) -> dict[str, str | None]:
        return {
            "content_type": headers.content_type(name),
            "content_encoding": None,
            "content_disposition": headers.content_disposition(name),
        }

    def url(self, name: str | None) -> str:
        """The URL without its query. The client puts its SAS token into the query, which must stay secret."""
        return str(super().url(name)).partition("?")[0]

    def anonymous_urls(self, key: str, public: Storage | None = None) -> list[str]:
        service = f"{'https' if self.azure_ssl else 'http'}://{self.account_name}.blob.{self.endpoint_suffix}"
        return [f"{service}/{self.azure_container}/{quote(key, safe='/~')}"]

    def _create(self, name: str, body: IO[bytes]) -> None:
        try:
            self._save(name, body)
        except ResourceExistsError:
            raise NameTakenError(name) from None

    def _open(self, name: str, mode: str = "rb") -> Any:
        if "w" not in mode and not self.exists(name):
            raise FileNotFoundError(f"There is no {name!r} in the container {self.azure_container!r}.")
        return super()._open(name, mode)

    def listdir(self, path: str = "") -> tuple[list[str], list[str]]:
        """Folders and files directly below `path`. django-storages would list files at any depth, and no folders."""
        root = names.folder(self._normalize_name(path))
        folders, files = [], []
        for blob in self.client.walk_blobs(name_starts_with=root or None, delimiter="/"):
            name = blob.name[len(root) :]
            folders.append(name[:-1]) if name.endswith("/") else files.append(name)
        return folders, files


class PublicAzureStorage(AzureStorage):
    """Public files, in a container whose blobs everyone may read."""


class ThumbnailAzureStorage(ReplacingStorage, AzureStorage):
    """Public thumbnails."""


class PrivateAzureStorage(PrivateStorage, AzureStorage):
    """Private files, in a container that nobody may read. `url()` leads to a view of the project."""

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict[str, Any]:
        options = super().options_from_dsn(dsn, alias)
        if "sas_token" in options:
            raise dsn.error("a private storage needs the account's key: with a SAS token no URL can be signed.")
        return private_options(dsn, alias, options)

    def signed_url(
        self,
        name: str,
        expire: int | None = None,
        filename: str | None = None,
        method: str = "GET",
        attachment: bool = False,
    ) -> str:
        """A URL that serves `name` to whoever has the URL. The arguments are those of `SignedS3Storage.signed_url`."""
        parameters = {"content_type": headers.content_type(name), "cache_control": headers.PRIVATE_CACHE}
        if disposition := headers.content_disposition(name, filename, attachment):
            parameters["content_disposition"] = disposition
        seconds = lifetime(expire, self.querystring_expire or 60)
        return str(PlainAzureStorage.url(self, name, expire=seconds, parameters=parameters))


class PrivateThumbnailAzureStorage(ReplacingStorage, PrivateAzureStorage):
    """Thumbnails of private files."""


@contextmanager
def _explaining(what: str) -> Iterator[None]:
    """Within this context an error of Azure becomes an OSError: `what` failed. A refusal becomes a PermissionError."""
    try:
        yield
    except AzureError as error:
        code = getattr(error, "error_code", None) or type(error).__name__
        kind = PermissionError if getattr(error, "status_code", None) in (401, 403) else OSError
        raise kind(f"{what} failed on Azure: {getattr(code, 'value', code)}.") from error


def _credential(dsn: DSN) -> dict[str, str]:
    """The account's key, or a SAS token if the password decodes to one, as django-storage-url tells them apart."""
    password = dsn.password or ""
    text = password + "=" * (-len(password) % 4)
    try:
        token = base64.b64decode(text, validate=True).decode("ascii")
    except UnicodeDecodeError:
        return {"account_key": text}
    except (binascii.Error, ValueError):
        raise ImproperlyConfigured(f"{dsn.variable}: the account's key is not base64.") from None
    return {"sas_token": token} if "sig" in parse_qs(token) else {"account_key": text}
