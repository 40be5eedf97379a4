"""Thumbnails of private files are private, whatever a field or a template forgot to say."""

import hashlib

from easy_thumbnails import namers

import mediastore

# Bytes; a file system's limit is 255, and easy-thumbnails' column has 255 characters for the folders too.
LONGEST = 200


def namer(thumbnailer, **kwargs):
    """`THUMBNAIL_NAMER`: easy-thumbnails' own names, on the right storage.

    easy-thumbnails stores a thumbnail in `STORAGES["easy_thumbnails"]`, which is public, unless the source's field
    names another storage. This function is asked before a thumbnail is looked for or stored.
    """
    if _is_private(thumbnailer.source_storage) and not _is_private(thumbnailer.thumbnail_storage):
        thumbnailer.thumbnail_storage = mediastore.get_storage("private_thumbnails")
    name = namers.default(thumbnailer=thumbnailer, **kwargs)
    if len(name.encode()) <= LONGEST:
        return name
    digest = hashlib.sha256(kwargs["source_filename"].encode()).hexdigest()
    return namers.default(thumbnailer=thumbnailer, **kwargs | {"source_filename": digest[:40]})


def _is_private(storage):
    return getattr(storage, "is_private", False)
