"""Who may read private files: the default of `PRIVATE_MEDIA_PERMISSION`.

A permission is a function of the request, the storage's alias and the file's name that returns a boolean. It may raise
`MovedError` if the file is now at another URL.
"""

from django.http import HttpRequest


class MovedError(Exception):
    """The file has become public: the private URL redirects every visitor to `url`."""

    def __init__(self, url: str):
        super().__init__(url)
        self.url = url


def staff(request: HttpRequest, alias: str, name: str) -> bool:
    """Whether the visitor is an active member of the staff."""
    return request.user.is_active and request.user.is_staff
