"""`FILER_STORAGES` and `FILER_SERVERS`. They are complete, since filer puts on the local disk what they leave out.

The engine gives the storage of an alias, since filer would build one anew without its options
(https://github.com/django-cms/django-filer/issues/1534). Both are constants: a DSN changes what the aliases mean.
"""

from typing import Any

ENGINE = "mediastore.filer.storage.ByAlias"
PUBLIC_PREFIX, PRIVATE_PREFIX = "filer_public", "filer_private"


def _storage(alias: str) -> dict[str, Any]:
    return {"ENGINE": ENGINE, "OPTIONS": {"alias": alias}}


FILER_STORAGES: dict[str, dict[str, dict[str, Any]]] = {
    "public": {
        "main": {
            **_storage("default"),
            "UPLOAD_TO": "filer.utils.generate_filename.randomized",
            "UPLOAD_TO_PREFIX": PUBLIC_PREFIX,
        },
        "thumbnails": {
            **_storage("easy_thumbnails"),
            "THUMBNAIL_OPTIONS": {"base_dir": "filer_public_thumbnails"},
        },
    },
    "private": {
        "main": {
            **_storage("private"),
            "UPLOAD_TO": "filer.utils.generate_filename.randomized",
            "UPLOAD_TO_PREFIX": PRIVATE_PREFIX,
        },
        # No base_dir: filer finds a private thumbnail's source by taking the thumbnail's path apart.
        "thumbnails": {**_storage("private_thumbnails"), "THUMBNAIL_OPTIONS": {}},
    },
}

_SERVER = {"ENGINE": "mediastore.filer.server.Server", "OPTIONS": {}}
FILER_SERVERS = {"private": {"main": _SERVER, "thumbnails": _SERVER}}
