"""The rule for names of stored files. It is one for every storage, so that a name means the same on the disk and on S3."""

import posixpath
import re
import secrets
import unicodedata

from django.core.exceptions import SuspiciousFileOperation
from django.core.files.utils import validate_file_name
from django.utils.crypto import get_random_string

UUID = re.compile(r"(^|[/_-])[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}([/._-]|$)")
MAX_SEGMENT = 255  # bytes; the limit of ext4, XFS, APFS and of MinIO for one part of a path
MAX_KEY = 1024  # bytes; https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html


def clean(name: object) -> str:
    """`name`, a text or a path, with forward slashes and without doubled ones.

    Raises:
        SuspiciousFileOperation: the name is empty, absolute, leaves its folder, ends in a slash, or has control
            characters.
    """
    text = str(name).replace("\\", "/")
    parts = text.split("/")
    if not text or text.startswith("/") or ".." in parts or text.endswith("/"):
        raise SuspiciousFileOperation(f"Not a usable file name: {text[:80]!r}")
    if any(unicodedata.category(character) in ("Cc", "Cs") for character in text):
        raise SuspiciousFileOperation(f"Control characters in a file name: {text[:80]!r}")
    cleaned = "/".join(part for part in parts if part not in ("", "."))
    validate_file_name(cleaned, allow_relative_path=True)
    return cleaned


def folder(prefix: str) -> str:
    """What keys below `prefix` begin with: "site/" for "site", and "" for the whole bucket."""
    return f"{prefix}/" if prefix else ""


def fit(name: str, max_length: int | None = None, *, suffix: str = "", reserve: int = 0) -> str:
    """`name` with `suffix` before its extension, and its last part as short as every storage needs it.

    Args:
        name: a name from `clean`.
        max_length: characters that the database column holds; None for no limit.
        suffix: what tells the name from others, such as random letters.
        reserve: bytes of the key that the storage's prefix takes.

    Raises:
        SuspiciousFileOperation: the limits leave no room for the name, or one of its folders is too long.
    """
    folder, base = posixpath.split(name)
    if any(len(part.encode()) > MAX_SEGMENT for part in folder.split("/")):
        raise SuspiciousFileOperation(f"A folder's name has more than {MAX_SEGMENT} bytes: {folder[:80]!r}")
    root, extension = posixpath.splitext(base)
    if len(extension.encode()) > 32:
        root, extension = base, ""
    keep = root
    while True:
        candidate = posixpath.join(folder, f"{keep}{suffix}{extension}")
        last = posixpath.basename(candidate)
        if (
            len(last.encode()) <= MAX_SEGMENT
            and len(candidate.encode()) + reserve <= MAX_KEY
            and (max_length is None or len(candidate) <= max_length)
        ):
            return candidate
        keep = keep[:-1].rstrip(". ")  # Windows ignores dots and spaces at the end of a name
        if not keep:
            raise SuspiciousFileOperation(f"No room is left for the file name {name[:80]!r}; give max_length= more.")


def is_permanent(name: str) -> bool:
    """Whether the name never stands for another file: it contains a random UUID."""
    return bool(UUID.search(name))


def another(name: str, max_length: int | None = None, reserve: int = 0) -> str:
    """`name` with seven random letters before its extension, as Django names a second file."""
    return fit(name, max_length, suffix="_" + get_random_string(7), reserve=reserve)


def unique(name: str, max_length: int | None = None, reserve: int = 0) -> str:
    """`name` with 128 random bits before its extension: no other process picks the same name."""
    return fit(name, max_length, suffix="_" + secrets.token_hex(16), reserve=reserve)
