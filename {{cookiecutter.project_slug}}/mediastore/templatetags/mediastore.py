"""Template tags, for templates that `load mediastore`."""

from typing import Any

from django import template

register = template.Library()


@register.simple_tag
def signed_url(file: Any, expire: int = 60, filename: str | None = None) -> str:
    """A URL that serves a private file to whoever has the URL. For a public file: its own URL. For no file: "".

    Args:
        file: the value of a file field, or a thumbnail of easy-thumbnails.
        expire: seconds that the URL is valid for.
        filename: what a browser saves the file as.
    """
    if not file:
        return ""
    if not getattr(file.storage, "is_private", False):
        return str(file.url)
    return str(file.storage.signed_url(file.name, expire=expire, filename=filename))
