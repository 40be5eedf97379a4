"""What every storage of ours has in common: it is known by its alias, and private ones have the project's own URLs."""

from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlencode

from django.core.exceptions import ImproperlyConfigured
from django.utils.encoding import filepath_to_uri

import mediastore
from mediastore import names, tokens

PRIVATE_URLS = {"private": "/private/", "private_thumbnails": "/private-thumbnails/"}
# Private thumbnails lie beside the private files, in a folder of this name: filer finds the source of a thumbnail by
# taking its name apart, so `base_dir` has to stay empty for them.
PRIVATE_THUMBNAILS = "private_thumbnails"


class AliasedStorage:
    """Pickles and migrations name the alias; with the storage itself they would hold the secret key."""

    alias = None
    is_private = False
    streamed = True  # the project delivers the bytes itself, since browsers cannot reach them elsewhere

    def __reduce__(self):
        if self.alias is None:
            raise ImproperlyConfigured(f"{type(self).__name__} has no alias and cannot be pickled.")
        return mediastore.get_storage, (self.alias,)

    def deconstruct(self):
        return "mediastore.get_storage", (self.alias,), {}

    def __eq__(self, other):
        return self is other or (type(other) is type(self) and self.alias is not None and other.alias == self.alias)

    def __hash__(self):
        return hash((type(self), self.alias))


_replacing = ContextVar("replacing", default=False)


@contextmanager
def replacing():
    """While this lasts, thumbnails are not deleted: the one that is saved next replaces the old one anyway.

    easy-thumbnails deletes before it saves (`Thumbnailer.save_thumbnail`), which is a request of its own on S3.
    """
    token = _replacing.set(True)
    try:
        yield
    finally:
        _replacing.reset(token)


class ReplacingStorage:
    """Saving under a taken name replaces: easy-thumbnails ignores the name that `save` returns."""

    overwrites = True

    def delete(self, name):
        if not _replacing.get():
            super().delete(name)


class PrivateStorage:
    """`url()` is the project's own: the view behind it asks for permission (`mediastore.serving`)."""

    is_private = True

    def url(self, name):
        return self.base_url + filepath_to_uri(names.clean(name))


class TokenSignedStorage(PrivateStorage):
    """A private storage whose files the project itself streams, since no S3 service is there to sign URLs."""

    def signed_url(self, name, expire=60, filename=None):
        """A URL that serves `name` to whoever has it, for `expire` seconds; `filename` is what it is saved as."""
        name = names.clean(name)
        return f"{self.url(name)}?{urlencode({'token': tokens.make(self.alias, name, expire, filename)})}"
