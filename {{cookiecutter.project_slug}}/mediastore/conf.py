"""Makes Django's settings for media out of the environment: `configure`."""

import os
import posixpath
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.utils.module_loading import import_string

from mediastore.dsn import DSN, parse
from mediastore.schemes import (
    PRIVATE_FOLDER,
    PRIVATE_URLS,
    StorageEntry,
    has_private_files,
    missing_settings,
    storage_settings,
)

PUBLIC = "DEFAULT_STORAGE_DSN"


def configure(environ: Mapping[str, str] = os.environ, *, base_dir: str | os.PathLike[str]) -> dict[str, Any]:
    """The settings that decide where media lies.

    Args:
        environ: the mapping to read `DEFAULT_STORAGE_DSN` and `PRIVATE_STORAGE_DSN` from. A DSN that is not set can
            be given in Divio's granular variables: `DEFAULT_STORAGE_BUCKET`, `_ACCESS_KEY_ID`, `_SECRET_ACCESS_KEY`,
            `_CUSTOM_DOMAIN` and `_REGION`. Without both, public files lie in `data/media` below `base_dir`, and private
            files beside the public ones, in a folder or under a prefix of their own.
        base_dir: the project's folder.

    Returns:
        `STORAGES` (without `staticfiles`), `MEDIA_URL` and `MEDIA_ROOT`.

    Raises:
        ImproperlyConfigured: a DSN cannot be used. The message names the variable and never shows the secret.
    """
    data = Path(base_dir).absolute() / "data"
    folder = "/" + (data / "media").as_posix().lstrip("/")  # with forward slashes, also on Windows
    public = _given(environ, "DEFAULT") or DSN("file", path=folder, variable=PUBLIC)
    storages = {alias: storage_settings(public, alias) for alias in ("default", "easy_thumbnails")}
    private = _given(environ, "PRIVATE")
    if private or has_private_files(public.scheme):
        private = private or beside(public)
        storages |= {alias: storage_settings(private, alias) for alias in PRIVATE_URLS}
        _keep_apart(storages["default"], storages["private"], private)
    else:
        storages |= {alias: missing_settings(public.scheme, alias) for alias in PRIVATE_URLS}
    options = storages["default"]["OPTIONS"]
    return {
        "STORAGES": storages,
        "MEDIA_URL": options.get("base_url") or "/media/",
        # Third-party code may hard-code FileSystemStorage, whose default is the folder of the process.
        "MEDIA_ROOT": options.get("location") or str(data / "media"),
    }


def beside(public: DSN) -> DSN:
    """The DSN of private files for a site that sets only that of public ones.

    In an object store it is the same bucket, with the prefix `private/` in front and a private ACL. The files stay
    private as long as the bucket's policy opens other prefixes only (check mediastore.W001). On the disk it is a folder
    with the suffix `-private`: a web server may serve all that lies below the public folder.
    """
    if public.scheme == "file":
        return replace(public, path=posixpath.normpath(public.path) + "-private", params={}, variable=PUBLIC)
    for_public_files = ("domain", "url", "qs_auth", "cache_control", "acl", "expire")
    params = {name: value for name, value in public.params.items() if name not in for_public_files}
    if public.scheme.startswith("s3"):
        params["acl"] = "none" if public.params.get("acl") == "none" else "private"
    path = posixpath.join(f"/{PRIVATE_FOLDER}", public.path.strip("/"))
    return replace(public, path=path, params=params, variable=PUBLIC)


def _keep_apart(public: StorageEntry, private: StorageEntry, dsn: DSN) -> None:
    """Raise `ImproperlyConfigured` if private files would be public (`LocatedStorage.exposes`).

    Args:
        public: the entry of `STORAGES` for public files.
        private: that for private files.
        dsn: the DSN of the private files, which the message names.
    """
    exposes = getattr(import_string(public["BACKEND"]), "exposes", None)
    bucket_of = getattr(import_string(private["BACKEND"]), "bucket_of", None)
    if not (exposes and bucket_of):
        return  # a class of another package does not say where its files lie
    options = private["OPTIONS"]
    if exposes(public["OPTIONS"], bucket_of(options), options.get("prefix", "")):
        raise dsn.error("private files would lie with the public ones; give them a bucket or a folder of their own.")


def _given(environ: Mapping[str, str], role: str) -> DSN | None:
    """The DSN in the variables of `role`, which is DEFAULT or PRIVATE; None if they are not set."""
    variable = f"{role}_STORAGE_DSN"
    if text := environ.get(variable, "").strip():
        return parse(text, variable)
    granular = {
        name: environ.get(f"{role}_STORAGE_{name}", "").strip()
        for name in ("BUCKET", "ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "CUSTOM_DOMAIN", "REGION")
    }
    if not granular["BUCKET"]:
        return None
    region, domain = granular["REGION"], granular["CUSTOM_DOMAIN"]
    dsn = DSN(
        scheme="s3",
        host=f"s3.{region}.amazonaws.com" if region else "s3.amazonaws.com",
        path="/",
        params={"bucket": granular["BUCKET"]} | ({"domain": domain} if domain else {}),
        username=granular["ACCESS_KEY_ID"] or None,
        password=granular["SECRET_ACCESS_KEY"] or None,
        variable=f"{role}_STORAGE_BUCKET",
    )
    if bool(dsn.username) != bool(dsn.password):
        raise dsn.error(f"set both {role}_STORAGE_ACCESS_KEY_ID and {role}_STORAGE_SECRET_ACCESS_KEY, or neither.")
    return dsn
