"""`az://ACCOUNT:KEY@blob.core.windows.net/CONTAINER[/PREFIX]`: media on Azure Blob Storage, by django-storages.

The key is the account's, or a SAS token in base64. Needs the package django-storages[azure]. A container is public or
private as a whole, so private files need a container, and a `PRIVATE_STORAGE_DSN`, of their own.
"""

import base64
import binascii
from urllib.parse import parse_qs, urlsplit

from azure.core.exceptions import ResourceExistsError
from django.core.exceptions import ImproperlyConfigured
from storages.backends.azure_storage import AzureStorage as PlainAzureStorage

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


class AzureStorage(AliasedStorage, PrefixedStorage, CreatingStorage, PlainAzureStorage):
    """Blobs below `prefix` in one container. There is no `location`: easy-thumbnails would cut it out of names."""

    dsn_parameters = frozenset({"url", "domain", "cache_control", "expire"})
    streamed = False

    def __init__(self, *, alias=None, prefix="", base_url=None, expire=None, **settings):
        super().__init__(overwrite_files=self.overwrites, **settings)
        self.alias, self.prefix, self.expire = alias, prefix, expire
        self.base_url = base_url

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict:
        container, _, prefix = dsn.path.strip("/").partition("/")
        if not container:
            raise dsn.error("names no container: az://ACCOUNT:KEY@blob.core.windows.net/CONTAINER.")
        if not dsn.host.startswith("blob."):
            raise dsn.error("has a host that is no blob endpoint, such as blob.core.windows.net.")
        if not dsn.username:
            raise dsn.error("names no account: az://ACCOUNT:KEY@blob.core.windows.net/CONTAINER.")
        url = dsn.http_url("url") or (f"https://{dsn.params['domain']}" if "domain" in dsn.params else None)
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
            "expire": dsn.integer("expire", 1, 7 * 24 * 3600, None),
        }

    def get_object_parameters(self, name):
        return {
            "content_type": headers.content_type(name),
            "content_encoding": None,
            "content_disposition": headers.content_disposition(name),
        }

    def url(self, name, expire=None, parameters=None, mode="r"):
        """Without a query: the client puts its own SAS token into it, which is for no one else."""
        return super().url(name).partition("?")[0]

    def _create(self, name, body):
        try:
            self._save(name, body)
        except ResourceExistsError:
            raise NameTakenError(name) from None

    def _open(self, name, mode="rb"):
        if "w" not in mode and not self.exists(name):
            raise FileNotFoundError(f"There is no {name!r} in the container {self.azure_container!r}.")
        return super()._open(name, mode)

    def listdir(self, path=""):
        """Folders and files directly below `path`; django-storages lists all that is below, and no folders."""
        root = self._normalize_name(path)
        root = f"{root}/" if root else ""
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
    """Private files, in a container that nobody may read; `url()` is the project's own."""

    @classmethod
    def options_from_dsn(cls, dsn: DSN, alias: str) -> dict:
        options = super().options_from_dsn(dsn, alias)
        if "sas_token" in options:
            raise dsn.error("a private storage needs the account's key: with a SAS token no URL can be signed.")
        return private_options(dsn, alias, options)

    def signed_url(self, name, expire=None, filename=None, method="GET", attachment=False):
        """A URL that serves `name` to whoever has it, for `expire` seconds; `filename` is what it is saved as."""
        parameters = {"content_type": headers.content_type(name), "cache_control": headers.PRIVATE_CACHE}
        if disposition := headers.content_disposition(name, filename, attachment):
            parameters["content_disposition"] = disposition
        return PlainAzureStorage.url(self, name, expire=lifetime(expire, self.expire or 60), parameters=parameters)


class PrivateThumbnailAzureStorage(ReplacingStorage, PrivateAzureStorage):
    """Thumbnails of private files."""


def _credential(dsn: DSN) -> dict:
    """The account's key, or a SAS token, as django-storage-url tells them apart."""
    text = dsn.password + "=" * (-len(dsn.password) % 4)
    try:
        token = base64.b64decode(text, validate=True).decode("ascii")
    except UnicodeDecodeError:
        return {"account_key": text}
    except (binascii.Error, ValueError):
        raise ImproperlyConfigured(f"{dsn.variable}: the account's key is not base64.") from None
    return {"sas_token": token} if "sig" in parse_qs(token) else {"account_key": text}
