"""Decides the HTTP headers of a file by its name alone.

The Content-Type that a client uploads with is ignored: `cat.jpg` sent as text/html would become a page on the media host.
Browsers download, instead of showing, what they would run (HTML, SVG, scripts) and what they cannot show.
"""

import mimetypes
import posixpath
from urllib.parse import quote

PUBLIC_CACHE = "public, max-age=86400"
FOREVER = "public, max-age=31536000, immutable"  # for names with a random part: their content never changes
PRIVATE_CACHE = "private, no-store"

TYPES = mimetypes.MimeTypes()  # Python's own table: the file mime.types differs from machine to machine
for _type, _extension in (  # types that differ between Python 3.11 and 3.14
    ("text/javascript", ".js"),
    ("text/javascript", ".mjs"),
    ("image/webp", ".webp"),
    ("image/avif", ".avif"),
    ("image/heic", ".heic"),
    ("audio/flac", ".flac"),
    ("font/woff", ".woff"),
    ("font/woff2", ".woff2"),
    ("text/markdown", ".md"),
):
    TYPES.add_type(_type, _extension)


def content_type(name: str) -> str:
    """The type by the last extension. `a.csv.gz` has that of gzip, so that browsers do not unpack the file."""
    guessed, encoding = TYPES.guess_type(posixpath.basename(name), strict=False)
    if encoding:
        return {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}.get(
            encoding, "application/octet-stream"
        )
    if guessed == "text/plain":
        return "text/plain; charset=utf-8"
    return guessed or "application/octet-stream"


def is_inline(type_: str) -> bool:
    """Whether browsers may show the type in place: pictures except SVG, PDF, audio, video and plain text."""
    if type_ in ("application/pdf", "text/plain; charset=utf-8"):
        return True
    family = type_.partition("/")[0]
    return family in ("image", "audio", "video") and not type_.startswith("image/svg")


def content_disposition(name: str, filename: str | None = None, attachment: bool = False) -> str | None:
    """The header Content-Disposition (RFC 6266) of the file `name`.

    Args:
        filename: what a browser saves the file as, in any script; None for the last part of its URL.
        attachment: whether a browser downloads also what it may show in place.

    Returns:
        None if the file is shown in place and `filename` is None: then the file needs no such header.
    """
    inline = is_inline(content_type(name)) and not attachment
    if filename is None:
        return None if inline else "attachment"
    plain = filename.encode("ascii", "ignore").decode()
    plain = "".join(c for c in plain if c.isprintable() and c not in '"\\%')
    if not plain.rpartition(".")[0]:
        plain = f"file{plain}"
    kind = "inline" if inline else "attachment"
    if plain == filename:
        return f'{kind}; filename="{plain}"'
    return f"{kind}; filename=\"{plain}\"; filename*=UTF-8''{quote(filename, safe='')}"
