"""What a file's name says: which folder holds private files or thumbnails, and of which file a thumbnail was made.

An extension that stores files in folders of its own registers them. Nothing here looks into a storage or the database.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.conf import settings

# easy-thumbnails appends a size to the source's name: cat.jpg.64x64_q85_crop.jpg. An extension may write a mark before it.
MARK = "__"
APPENDED = re.compile(rf"(?:\.|{MARK})(?=\d+x\d+[_.@][^/]*(?:jpe?g|png|gif|webp|avif|svg)$)", re.IGNORECASE)


@dataclass(frozen=True)
class Folders:
    """The folders of an extension, each with its slash. Only files that its rows name are stored in `public` and `private`.

    A file that is made private, or public, moves to the other folder, and the rest of its name stays the same. Thumbnails
    of public files lie in `thumbnails`; "" if they lie beside their sources.
    """

    public: str
    private: str
    thumbnails: str = ""


_registered: list[Folders] = []


def register(folders: Folders) -> None:
    """Let the names in `folders` mean what they mean to the extension that stores them. Repeating it changes nothing."""
    if folders not in _registered:
        _registered.append(folders)


def is_private(name: str) -> bool:
    """Whether only private files are stored there."""
    return name.startswith(tuple(each.private for each in _registered))


def is_public(name: str) -> bool:
    """Whether only public files that a row names are stored there."""
    return name.startswith(tuple(each.public for each in _registered))


def is_thumbnail(name: str) -> bool:
    """Whether only an extension's thumbnails of public files are stored there."""
    return name.startswith(tuple(_marked()))


def is_any_thumbnail(name: str) -> bool:
    """Whether only thumbnails of public files are stored there, an extension's or others."""
    return name.startswith(tuple(_thumbnails()))


def when_private(name: str) -> Iterator[str]:
    """The name that the public file `name` gets when it is made private; none if it keeps its name."""
    return (each.private + name.removeprefix(each.public) for each in _registered if name.startswith(each.public))


def source(name: str) -> str | None:
    """The file of which an extension made the thumbnail `name`: all before the last mark. None without a mark."""
    folder = next((folder for folder in _marked() if name.startswith(folder)), "")
    return name[len(folder) :].rpartition(MARK)[0] or None


def sources(name: str) -> set[str]:
    """The names of all files that `name` may be a thumbnail of."""
    found = set()
    for folder in {"", *_thumbnails()}:
        if name.startswith(folder):
            rest = name[len(folder) :]
            found.update(rest[: match.start()] for match in APPENDED.finditer(rest))
            if folder in _marked():  # whatever follows the mark, such as sizes with a point
                found.update(rest[: match.start()] for match in re.finditer(MARK, rest))
    return found


def _marked():
    return [each.thumbnails for each in _registered if each.thumbnails]


def _thumbnails():
    yield from _marked()
    if folder := getattr(settings, "THUMBNAIL_BASEDIR", ""):
        yield f"{folder}/"
