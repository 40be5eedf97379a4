"""Who may read private files: the default of `PRIVATE_MEDIA_PERMISSION`, and where to put a rule of one's own.

A permission is a function of the request, the storage's alias and the file's name, and gives a boolean. It may raise
`MovedError` where the file is to be had elsewhere.
"""


class MovedError(Exception):
    """The file lies elsewhere: the private URL redirects to `url`, which every visitor may read."""

    def __init__(self, url: str):
        super().__init__(url)
        self.url = url


def staff(request, alias: str, name: str) -> bool:
    """Active members of the staff."""
    return request.user.is_active and request.user.is_staff
