"""From the environment to Django's settings for media: `configure`."""

import os
import posixpath
from dataclasses import replace
from pathlib import Path

from mediastore.dsn import DSN, build, parse
from mediastore.schemes import storage_settings

PUBLIC, PRIVATE = "DEFAULT_STORAGE_DSN", "PRIVATE_STORAGE_DSN"


def configure(environ=os.environ, *, base_dir) -> dict:
    """The settings that decide where media lies.

    Args:
        environ: the mapping to read `DEFAULT_STORAGE_DSN` and `PRIVATE_STORAGE_DSN` from. Unset, public files lie in
            `data/media` below `base_dir`, and private files beside the public ones, under a prefix of their own.
        base_dir: the project's folder.

    Returns:
        `STORAGES` (without `staticfiles`), `MEDIA_URL` and `MEDIA_ROOT`; with filer also its storages and servers.

    Raises:
        ImproperlyConfigured: a DSN cannot be used. The message names the variable and never shows the secret.
    """
    data = Path(base_dir) / "data"
    public = parse(environ.get(PUBLIC, "").strip() or f"file://{_quoted(data / 'media')}", PUBLIC)
    private_text = environ.get(PRIVATE, "").strip()
    private = parse(private_text, PRIVATE) if private_text else beside(public)
    storages = {
        alias: storage_settings(private if alias.startswith("private") else public, alias)
        for alias in ("default", "private", "easy_thumbnails", "private_thumbnails")
    }
    options = storages["default"]["OPTIONS"]
    settings = {
        "STORAGES": storages,
        "MEDIA_URL": options.get("base_url") or "/media/",
        # For code that hard-codes FileSystemStorage: never the project's own folder.
        "MEDIA_ROOT": options.get("location") or str(data / "media"),
    }
    #% if cookiecutter.use_filer
    from mediastore.filer.conf import FILER_SERVERS, FILER_STORAGES

    settings |= {"FILER_STORAGES": FILER_STORAGES, "FILER_SERVERS": FILER_SERVERS}
    #% endif
    return settings


def beside(public: DSN) -> DSN:
    """The DSN of private files where only the public one is given.

    On an object store the same bucket with the prefix `private/` in front and a private ACL, which keeps secrets only
    as long as the bucket's policy spares that prefix (check mediastore.W001). On the disk a folder with the suffix
    `-private`, since what lies below the public folder may be served by a web server.
    """
    if public.scheme == "file":
        return replace(public, path=public.path.rstrip("/") + "-private", params={}, variable=PUBLIC)
    spared = ("domain", "url", "qs_auth", "cache_control", "acl", "expire")
    params = {name: value for name, value in public.params.items() if name not in spared}
    if public.scheme.startswith("s3"):
        params["acl"] = "none" if public.params.get("acl") == "none" else "private"
    path = posixpath.join("/private", public.path.strip("/"))
    return replace(public, path=path, params=params, variable=PUBLIC)


def _quoted(path: Path) -> str:
    return build(DSN(scheme="file", path=path.as_posix())).removeprefix("file://")
