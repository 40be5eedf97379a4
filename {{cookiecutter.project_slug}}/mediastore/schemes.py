"""Says which storage class serves which scheme of a DSN under which alias of `STORAGES`.

Each alias has a class of its own, because easy-thumbnails tells storages apart by the dotted path of their class alone
(`easy_thumbnails/utils.py: get_storage_hash`).
"""

from typing import Any, TypeAlias

from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from mediastore.dsn import DSN

SCHEMES = {
    "az": "mediastore.backends.azure.AzureStorage",
    "file": "mediastore.backends.local.LocalStorage",
    "gs": "mediastore.backends.google.GoogleStorage",
    "memory": "mediastore.backends.memory.MemoryStorage",
    "s3": "mediastore.backends.s3.S3Storage",
    "s3+http": "mediastore.backends.s3.S3Storage",
}

EXTRAS = {"az": "django-storages[azure]", "gs": "django-storages[google]"}

# By alias: its role, which precedes the name of the class of a scheme, as in `PublicS3Storage`.
ROLES = {
    "default": "Public",
    "private": "Private",
    "easy_thumbnails": "Thumbnail",
    "private_thumbnails": "PrivateThumbnail",
}

# Without a PRIVATE_STORAGE_DSN private files lie in this folder of the public bucket. No policy of `media setup` opens it.
PRIVATE_FOLDER = "private"

# Private thumbnails lie beside the private files, in a folder of this name. It is part of their storage's prefix and not
# of their names, because easy-thumbnails begins a thumbnail's name with that of its source.
PRIVATE_THUMBNAILS = "private_thumbnails"

# The base URLs of private files, by alias. The project's own views answer below them.
PRIVATE_URLS = {"private": "/private/", "private_thumbnails": "/private-thumbnails/"}

StorageEntry: TypeAlias = dict[str, Any]  # an entry of `STORAGES`: BACKEND and OPTIONS


def register_scheme(scheme: str, path: str) -> None:
    """Let the storage class at the dotted `path` serve DSNs with `scheme`.

    For a class `FooStorage`, the classes `PublicFooStorage`, `ThumbnailFooStorage`, `PrivateFooStorage` and
    `PrivateThumbnailFooStorage` of the same module serve the four aliases. `FooStorage` itself stands in for the first
    two if they do not exist. For the private two nothing stands in: private files then need a `PRIVATE_STORAGE_DSN` of
    another scheme, and until it is set, their storage refuses every use.

    The class may have:

    - a class method `options_from_dsn(dsn, alias)` that gives the `OPTIONS`; else these are the DSN's parameters;
    - an attribute `dsn_parameters` with the names of all parameters; others are then refused;
    - an attribute `served_by_django = False` and a method `signed_url` (as `SignedS3Storage` has it) if browsers fetch
      private files from another server. Django serves the files of a class that does not say so;
    - an attribute `public_as_a_whole = False` if private files can lie beside public ones in one bucket. Otherwise they
      need a `PRIVATE_STORAGE_DSN`. A `LocatedStorage` has this value.
    """
    SCHEMES[scheme.lower()] = path


def storage_settings(dsn: DSN, alias: str) -> StorageEntry:
    """The entry of `STORAGES` for `alias`.

    Raises:
        ImproperlyConfigured: the scheme is unknown, its package is missing, a parameter is unknown or out of range,
            or the scheme has no class for private files.
    """
    if dsn.scheme not in SCHEMES:
        raise dsn.error(f"unknown scheme {dsn.scheme!r}; known are {', '.join(sorted(SCHEMES))}.")
    path = SCHEMES[dsn.scheme]
    base = _load(path, dsn)
    alias_path = _path_for(alias, path)
    try:
        storage_class = import_string(alias_path)
    except ImportError:
        if alias.startswith("private"):
            raise dsn.error(f"{dsn.scheme}:// has no class for private files; take another scheme for them.") from None
        alias_path, storage_class = path, base
    if not hasattr(storage_class, "options_from_dsn"):
        return {"BACKEND": alias_path, "OPTIONS": dict(dsn.params)}
    if hasattr(storage_class, "dsn_parameters"):
        dsn.check_parameters(storage_class.dsn_parameters)
    return {"BACKEND": alias_path, "OPTIONS": storage_class.options_from_dsn(dsn, alias)}


def has_private_files(scheme: str) -> bool:
    """Whether private files can lie beside public ones, so that a site needs no `PRIVATE_STORAGE_DSN`.

    The attribute `public_as_a_whole` of the scheme's class says so. Without it they cannot, as far as is known.
    """
    return not getattr(import_string(SCHEMES[scheme]), "public_as_a_whole", True)


def missing_settings(scheme: str, alias: str) -> StorageEntry:
    """The entry of `STORAGES` for private files of a site that must set `PRIVATE_STORAGE_DSN`, and has not yet.

    Its storage refuses every use.
    """
    kind = "MissingStorage" if alias == "private" else "MissingThumbnailStorage"
    options = {
        "alias": alias,
        "base_url": PRIVATE_URLS[alias],
        "reason": f"private files cannot lie beside public ones with {scheme}://",
    }
    return {"BACKEND": f"mediastore.backends.missing.{kind}", "OPTIONS": options}


def _path_for(alias: str, path: str) -> str:
    """The dotted path of the class that serves `alias`, beside the one at `path`."""
    module, _, name = path.rpartition(".")
    return f"{module}.{ROLES[alias]}{name}"


def _load(path: str, dsn: DSN) -> Any:
    try:
        return import_string(path)
    except (ImportError, ImproperlyConfigured) as error:
        advice = f"; install {EXTRAS[dsn.scheme]}" if dsn.scheme in EXTRAS else ""
        reason = str(error).partition("\n")[0].rstrip(".")
        raise dsn.error(f"{dsn.scheme}:// cannot be used: {reason}{advice}.") from None
