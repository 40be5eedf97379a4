"""Tells from a file's name whether it lies in a folder of private files or thumbnails, and of which file it is a thumbnail.

An extension that stores files in folders of its own registers these. Nothing in this module looks into a storage or the
database.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

# easy-thumbnails appends a size to the source's name: cat.jpg.64x64_q85_crop.jpg. An extension may write MARK before the size.
MARK = "__"
APPENDED = re.compile(rf"(?:\.|{MARK})(?=\d+x\d+[_.@][^/]*(?:jpe?g|png|gif|webp|avif|svg)$)", re.IGNORECASE)


@dataclass(frozen=True)
class Folders:
    """The folders of an extension, each with its slash.

    `public` and `private` hold only files that the extension's rows name. A file that is made private, or public, moves
    to the other folder, and the rest of its name stays the same. `thumbnails` holds the thumbnails of public files; "" if
    they lie beside their sources.
    """

    public: str
    private: str
    thumbnails: str = ""


_registered: list[Folders] = []


def register(folders: Folders) -> None:
    """Make the folders of an extension known. Repeating it changes nothing."""
    if folders not in _registered:
        _registered.append(folders)


def is_private(name: str) -> bool:
    """Whether `name` lies in a folder that holds only private files."""
    return name.startswith(tuple(each.private for each in _registered))


def is_public(name: str) -> bool:
    """Whether `name` lies in a folder that holds only public files which a row names."""
    return name.startswith(tuple(each.public for each in _registered))


def is_thumbnail(name: str) -> bool:
    """Whether `name` lies in a folder that holds only an extension's thumbnails of public files."""
    return name.startswith(tuple(_marked_folders()))


def is_any_thumbnail(name: str) -> bool:
    """Whether `name` lies in a folder that holds only thumbnails of public files, an extension's or others."""
    return name.startswith(tuple(_thumbnail_folders()))


def when_private(name: str) -> Iterator[str]:
    """The names that the public file `name` may get when it is made private; none if it keeps its name."""
    return (each.private + name.removeprefix(each.public) for each in _registered if name.startswith(each.public))


def source(name: str) -> str | None:
    """The file of which an extension made the thumbnail `name`: the text before the last MARK. None without a MARK."""
    folder = next((folder for folder in _marked_folders() if name.startswith(folder)), "")
    return name[len(folder) :].rpartition(MARK)[0] or None


def sources(name: str) -> set[str]:
    """The names of all files that `name` may be a thumbnail of."""
    found: set[str] = set()
    for folder in {"", *_thumbnail_folders()}:
        if name.startswith(folder):
            rest = name[len(folder) :]
            found.update(rest[: match.start()] for match in APPENDED.finditer(rest))
            if folder in _marked_folders():  # the text after the MARK may be anything, such as a size with a point
                found.update(rest[: match.start()] for match in re.finditer(MARK, rest))
    return found


def _marked_folders() -> list[str]:
    """The folders of thumbnails whose names have a MARK."""
    return [each.thumbnails for each in _registered if each.thumbnails]


def _thumbnail_folders() -> Iterator[str]:
    yield from _marked_folders()
    if folder := getattr(settings, "THUMBNAIL_BASEDIR", ""):
        yield f"{folder}/"
