"""The headers that go with a file, decided by its name alone.

The client's Content-Type is never believed: `cat.jpg` sent as text/html would be served as a page from the media host.
What a browser would run, or does not show safely, is downloaded instead.
"""

import mimetypes
import posixpath
from urllib.parse import quote

PUBLIC_CACHE = "public, max-age=86400"
FOREVER = "public, max-age=31536000, immutable"  # a name with a random part never changes its content
PRIVATE_CACHE = "private, no-store"

TYPES = mimetypes.MimeTypes()  # Python's own table; the machine's mime.types would differ from host to host
for _type, _extension in (  # what Python 3.11 to 3.14 do not agree on
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
    """The type by the last extension; a compressed file is its compression, so that browsers do not unpack it."""
    guessed, encoding = TYPES.guess_type(posixpath.basename(name), strict=False)
    if encoding:
        return {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}.get(
            encoding, "application/octet-stream"
        )
    if guessed == "text/plain":
        return "text/plain; charset=utf-8"
    return guessed or "application/octet-stream"


def is_inline(type_: str) -> bool:
    """Whether browsers may show the type in place: pictures without SVG, PDF, audio, video and plain text."""
    if type_ in ("application/pdf", "text/plain; charset=utf-8"):
        return True
    family = type_.partition("/")[0]
    return family in ("image", "audio", "video") and not type_.startswith("image/svg")


def content_disposition(name: str, filename: str | None = None, attachment: bool = False) -> str | None:
    """RFC 6266: `attachment` for what is not shown in place; the file name in UTF-8 where it is asked for.

    Args:
        attachment: whether to download also what browsers may show in place.

    Returns None where the file is shown in place and no name is asked for.
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
