"""Which storage class serves which DSN scheme, and in which role.

A role is one of the aliases in `STORAGES`. Each has a class of its own, because easy-thumbnails tells storages apart
by their class path alone (`easy_thumbnails/utils.py: get_storage_hash`).
"""

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

ROLES = {
    "default": "Public",
    "private": "Private",
    "easy_thumbnails": "Thumbnail",
    "private_thumbnails": "PrivateThumbnail",
}

# Without a PRIVATE_STORAGE_DSN private files lie below this folder of the public bucket. No public policy opens it.
PRIVATE_FOLDER = "private"

# Private thumbnails lie beside the private files, in a folder of this name. It is a part of their storage's prefix and not
# of their names: a thumbnail's name begins with that of its source.
PRIVATE_THUMBNAILS = "private_thumbnails"

# The project's own URLs of private files, by alias.
PRIVATE_URLS = {"private": "/private/", "private_thumbnails": "/private-thumbnails/"}


def register_scheme(scheme: str, path: str) -> None:
    """Let DSNs with `scheme` be served by the storage class at the dotted `path`.

    Beside a class `FooStorage`, classes named `PublicFooStorage`, `PrivateFooStorage`, `ThumbnailFooStorage` and
    `PrivateThumbnailFooStorage` serve the roles; without them `FooStorage` serves the public ones, and private files
    need a `PRIVATE_STORAGE_DSN` of another scheme: until it is set, their storage refuses every use. If the class has
    a method `options_from_dsn(dsn, alias)`, it gives the `OPTIONS`, and an attribute `dsn_parameters` the known
    parameters; else the parameters are the options. An attribute `public_as_a_whole = True` says that private files
    cannot lie beside public ones, in the same bucket; they then need a `PRIVATE_STORAGE_DSN` too.
    """
    SCHEMES[scheme.lower()] = path


def storage_settings(dsn: DSN, alias: str) -> dict:
    """The entry of `STORAGES` for `alias`.

    Raises:
        ImproperlyConfigured: the scheme is unknown, its package is missing, a parameter is unknown or out of range,
            or the scheme has no class for private files.
    """
    if dsn.scheme not in SCHEMES:
        raise dsn.error(f"unknown scheme {dsn.scheme!r}; known are {', '.join(sorted(SCHEMES))}.")
    path = SCHEMES[dsn.scheme]
    base = _load(path, dsn)
    module, _, name = path.rpartition(".")
    role_path = f"{module}.{ROLES[alias]}{name}"
    try:
        storage_class = import_string(role_path)
    except ImportError:
        if alias.startswith("private"):
            raise dsn.error(f"{dsn.scheme}:// has no class for private files; take another scheme for them.") from None
        role_path, storage_class = path, base
    if not hasattr(storage_class, "options_from_dsn"):
        return {"BACKEND": role_path, "OPTIONS": dict(dsn.params)}
    if hasattr(storage_class, "dsn_parameters"):
        dsn.check_parameters(storage_class.dsn_parameters)
    return {"BACKEND": role_path, "OPTIONS": storage_class.options_from_dsn(dsn, alias)}


def has_private_files(scheme: str) -> bool:
    """Whether private files can lie beside public ones, without a `PRIVATE_STORAGE_DSN`."""
    path = SCHEMES[scheme]
    if getattr(import_string(path), "public_as_a_whole", False):
        return False
    module, _, name = path.rpartition(".")
    try:
        import_string(f"{module}.Private{name}")
    except ImportError:
        return False
    return True


def missing_settings(scheme: str, alias: str) -> dict:
    """The entry of `STORAGES` for private files that have no place: a storage that refuses every use."""
    kind = "MissingStorage" if alias == "private" else "MissingThumbnailStorage"
    options = {
        "alias": alias,
        "base_url": PRIVATE_URLS[alias],
        "reason": f"private files cannot lie beside public ones with {scheme}://; set it to a place of their own",
    }
    return {"BACKEND": f"mediastore.backends.missing.{kind}", "OPTIONS": options}


def _load(path: str, dsn: DSN):
    try:
        return import_string(path)
    except (ImportError, ImproperlyConfigured) as error:
        advice = f"; install {EXTRAS[dsn.scheme]}" if dsn.scheme in EXTRAS else ""
        reason = str(error).partition("\n")[0].rstrip(".")
        raise dsn.error(f"{dsn.scheme}:// cannot be used: {reason}{advice}.") from None
