"""Thumbnails of private files are private, whatever a field or a template forgot to say."""

from easy_thumbnails import namers

import mediastore


def namer(thumbnailer, **kwargs):
    """`THUMBNAIL_NAMER`: easy-thumbnails' own names, on the right storage.

    easy-thumbnails stores a thumbnail in `STORAGES["easy_thumbnails"]`, which is public, unless the source's field
    names another storage. This function is asked before a thumbnail is looked for or stored.
    """
    if _is_private(thumbnailer.source_storage) and not _is_private(thumbnailer.thumbnail_storage):
        thumbnailer.thumbnail_storage = mediastore.get_storage("private_thumbnails")
    return namers.default(thumbnailer=thumbnailer, **kwargs)


def _is_private(storage):
    return getattr(storage, "is_private", False)
