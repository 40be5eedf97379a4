"""From the environment to Django's settings for media: `configure`."""

import os
import posixpath
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from django.utils.module_loading import import_string

from mediastore.dsn import DSN, parse
from mediastore.schemes import PRIVATE_FOLDER, PRIVATE_URLS, has_private_files, missing_settings, storage_settings

PUBLIC = "DEFAULT_STORAGE_DSN"


def configure(environ: Mapping[str, str] = os.environ, *, base_dir) -> dict:
    """The settings that decide where media lies.

    Args:
        environ: the mapping to read `DEFAULT_STORAGE_DSN` and `PRIVATE_STORAGE_DSN` from, or where there is none
            Divio's granular variables (`DEFAULT_STORAGE_BUCKET`, `_ACCESS_KEY_ID`, `_SECRET_ACCESS_KEY`,
            `_CUSTOM_DOMAIN`, `_REGION`). Unset, public files lie in `data/media` below `base_dir`, and private files
            beside the public ones, under a prefix of their own.
        base_dir: the project's folder.

    Returns:
        `STORAGES` (without `staticfiles`), `MEDIA_URL` and `MEDIA_ROOT`.

    Raises:
        ImproperlyConfigured: a DSN cannot be used. The message names the variable and never shows the secret.
    """
    data = Path(base_dir).absolute() / "data"
    folder = "/" + (data / "media").as_posix().lstrip("/")  # as a URL has it, on Windows too
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
        # For code that hard-codes FileSystemStorage: never the project's own folder.
        "MEDIA_ROOT": options.get("location") or str(data / "media"),
    }


def beside(public: DSN) -> DSN:
    """The DSN of private files where only the public one is given.

    On an object store the same bucket with the prefix `private/` in front and a private ACL, which keeps secrets only
    as long as the bucket's policy spares that prefix (check mediastore.W001). On the disk a folder with the suffix
    `-private`, since what lies below the public folder may be served by a web server.
    """
    if public.scheme == "file":
        return replace(public, path=posixpath.normpath(public.path) + "-private", params={}, variable=PUBLIC)
    spared = ("domain", "url", "qs_auth", "cache_control", "acl", "expire")
    params = {name: value for name, value in public.params.items() if name not in spared}
    if public.scheme.startswith("s3"):
        params["acl"] = "none" if public.params.get("acl") == "none" else "private"
    path = posixpath.join(f"/{PRIVATE_FOLDER}", public.path.strip("/"))
    return replace(public, path=path, params=params, variable=PUBLIC)


def _keep_apart(public: dict, private: dict, dsn: DSN) -> None:
    """Raise `ImproperlyConfigured` where what is public contains what is private, or the other way round.

    In a bucket of S3 private files may lie below the public root, which a check warns of.
    """
    exposes = getattr(import_string(public["BACKEND"]), "exposes", None)
    bucket_of = getattr(import_string(private["BACKEND"]), "bucket_of", None)
    if not (exposes and bucket_of):
        return  # a registered scheme's class, of which nothing is known
    options = private["OPTIONS"]
    if exposes(public["OPTIONS"], bucket_of(options), options.get("prefix", "")):
        raise dsn.error("private files would lie with the public ones; give them a bucket or a folder of their own.")


def _given(environ: Mapping[str, str], role: str) -> DSN | None:
    """The DSN that the variables of `role` name; None where they name none."""
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
