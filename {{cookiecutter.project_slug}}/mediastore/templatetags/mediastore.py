"""Template tags, for templates that `load mediastore`."""

from django import template

register = template.Library()


@register.simple_tag
def signed_url(file, expire=60, filename=None):
    """A URL that serves a private file to whoever has it; of a public file its own URL.

    Args:
        file: what a file field gives, or a thumbnail.
        expire: seconds that the URL is good for.
        filename: what a browser saves the file as.
    """
    if not file:
        return ""
    if not getattr(file.storage, "is_private", False):
        return file.url
    return file.storage.signed_url(file.name, expire=expire, filename=filename)
