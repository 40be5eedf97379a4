"""What every storage of ours has in common: it is known by its alias, and private ones have the project's own URLs."""

import errno
import io
import operator
import tempfile
from contextlib import contextmanager
from contextvars import ContextVar
from urllib.parse import urlencode

from django.core.exceptions import ImproperlyConfigured
from django.core.files.base import File
from django.utils.encoding import filepath_to_uri

import mediastore
from mediastore import headers, names, tokens, windows_names
from mediastore.dsn import DSN
from mediastore.schemes import PRIVATE_URLS

# Private thumbnails lie beside the private files, in a folder of this name: filer finds the source of a thumbnail by
# taking its name apart, so `base_dir` has to stay empty for them.
PRIVATE_THUMBNAILS = "private_thumbnails"
COMPARED = 1024 * 1024  # bytes at a time
ATTEMPTS = 100  # names tried for one file
WEEK = 7 * 24 * 3600  # seconds; the longest that S3 signs a URL for
IN_MEMORY = 8 * 1024 * 1024  # bytes; what is larger goes to a temporary file


class AliasedStorage:
    """Pickles and migrations name the alias; with the storage itself they would hold the secret key."""

    alias = None
    is_private = False
    streamed = True  # the project delivers the bytes itself, since browsers cannot reach them elsewhere

    def same_bucket(self, other) -> bool:
        """Whether `other` keeps its files in the same bucket of S3, whatever the prefixes."""
        return False

    def __reduce__(self):
        if self.alias is None:
            raise ImproperlyConfigured(f"{type(self).__name__} has no alias and cannot be pickled.")
        return mediastore.get_storage, (self.alias,)

    def deconstruct(self):
        return "mediastore.get_storage", (self.alias,), {}

    def __eq__(self, other):
        # __class__, since that of a lazy object is the storage's
        return self is other or (other.__class__ is type(self) and self.alias is not None and other.alias == self.alias)

    def __hash__(self):
        return hash((type(self), self.alias))


class NameTakenError(Exception):
    """There is a file under this name already."""


def as_binary(content):
    """`content` (a Django File, or anything with read) as a seekable binary file at its start, and its size in bytes."""
    try:
        content.seek(0)
        if isinstance(content.read(0), bytes):
            size = content.seek(0, io.SEEK_END) or content.tell()
            content.seek(0)
            return content, size
        content.seek(0)
    except (AttributeError, OSError, ValueError, TypeError):
        pass
    spool = tempfile.SpooledTemporaryFile(max_size=IN_MEMORY)
    for chunk in content.chunks():
        spool.write(chunk.encode() if isinstance(chunk, str) else chunk)
    size = spool.tell()
    spool.seek(0)
    return spool, size


def same_bytes(one, other):
    """Whether two open files have the same bytes, read in parts."""
    if one.size != other.size:
        return False
    one.seek(0)
    while part := one.read(COMPARED):
        if part != other.read(COMPARED):
            return False
    return True


class CreatingStorage:
    """Saving creates: one request for a name that is free, two for one that is taken, and nothing is overwritten.

    A subclass has `_create(name, body)`, which raises `NameTakenError`, in one step that no one can come between.
    """

    overwrites = False
    unique = False
    prefix = ""

    def save(self, name, content, max_length=None):
        """Store `content` under `name`, or under another name where that one is taken; returns the name."""
        if name is None:
            name = content.name
        if not hasattr(content, "chunks"):
            content = File(content, name)
        body = as_binary(content)[0]  # once: a stream that cannot seek is gone after the first attempt
        wanted = candidate = self.get_available_name(name, max_length)
        for _ in range(ATTEMPTS):
            try:
                self._create(candidate, body)
                return candidate
            except NameTakenError:
                candidate = names.another(wanted, max_length, self._reserve)
        raise FileExistsError(f"No free name was found for {wanted!r} in {ATTEMPTS} attempts.")

    @property
    def _reserve(self):
        return len(self.prefix.encode()) + 1 if self.prefix else 0

    def get_available_name(self, name, max_length=None):
        """`name`, shortened where it must be. Whether it is taken is known when it is saved, and not earlier."""
        make = names.unique if self.unique and not self.overwrites else names.fit
        return make(windows_names.stripped(names.clean(name)), max_length, reserve=self._reserve)


_replacing = ContextVar("replacing", default=False)


@contextmanager
def replacing():
    """Until a thumbnail is saved, none is deleted: the one that is saved next replaces the old one anyway.

    easy-thumbnails deletes before it saves (`Thumbnailer.save_thumbnail`), which is a request of its own on S3.
    """
    token = _replacing.set(True)
    try:
        yield
    finally:
        _replacing.reset(token)


def unshortened(name, max_length=None, reserve=0):
    """`name` as it is: easy-thumbnails would look for a thumbnail under no other.

    Raises:
        OSError: the name is too long.
    """
    wanted = names.clean(name)
    if names.fit(wanted, max_length, reserve=reserve) != wanted:
        raise OSError(errno.ENAMETOOLONG, f"The thumbnail's name is too long: {wanted[:80]}…")
    return wanted


class ReplacingStorage:
    """Saving under a taken name replaces: easy-thumbnails ignores the name that `save` returns."""

    overwrites = True

    def save(self, name, content, max_length=None):
        name = super().save(name, content, max_length)
        _replacing.set(False)
        return name

    def get_available_name(self, name, max_length=None):
        return unshortened(name, max_length, self._reserve)

    def delete(self, name):
        if not _replacing.get():
            super().delete(name)


class PrefixedStorage:
    """Names below `prefix` for the storages of django-storages, which would take them from `location`."""

    def _normalize_name(self, name):
        name = str(name).strip("/")
        return "/".join(part for part in (self.prefix, name and names.clean(name)) if part)


def private_options(dsn: DSN, alias: str, options: dict) -> dict:
    """The options of a storage in an object store for private files, made of those for public ones.

    A custom domain is refused: django-storages switches signing off for one.
    """
    for name in ("domain", "url"):
        if name in dsn.params:
            raise dsn.error(f"a private storage takes no {name}=: its files have the project's own URLs.")
    prefix = options["prefix"]
    if alias == "private_thumbnails":
        prefix = f"{prefix}/{PRIVATE_THUMBNAILS}" if prefix else PRIVATE_THUMBNAILS
    return options | {"prefix": prefix, "base_url": PRIVATE_URLS[alias], "cache_control": headers.PRIVATE_CACHE}


def lifetime(expire, default=60):
    """The seconds that a signed URL is good for: `expire`, or `default` where that is None.

    Raises:
        ValueError: less than a second, or more than a week, which S3 refuses; so every storage does.
    """
    seconds = default if expire is None else operator.index(expire)
    if not 1 <= seconds <= WEEK:
        raise ValueError(f"expire={seconds}: a signed URL is good for 1 to {WEEK} seconds (a week).")
    return seconds


class PrivateStorage:
    """`url()` is the project's own: the view behind it asks for permission (`mediastore.serving`)."""

    is_private = True

    def url(self, name):
        return self.base_url + filepath_to_uri(names.clean(name))


class TokenSignedStorage(PrivateStorage):
    """A private storage whose files the project itself streams, since no S3 service is there to sign URLs."""

    def signed_url(self, name, expire=None, filename=None):
        """A URL that serves `name` to whoever has it, for `expire` seconds; `filename` is what it is saved as.

        Raises:
            ValueError: `expire` is less than a second or more than a week.
        """
        name = names.clean(name)
        return f"{self.url(name)}?{urlencode({'token': tokens.make(self.alias, name, lifetime(expire), filename)})}"
