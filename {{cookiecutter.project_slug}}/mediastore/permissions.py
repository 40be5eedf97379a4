"""Who may read private files: the default of `PRIVATE_MEDIA_PERMISSION`, and where to put a rule of one's own.

A permission is a function of the request, the storage's alias and the file's name. It gives a boolean, or the URL at which
everyone can read the file now.
"""


def staff(request, alias: str, name: str) -> bool:
    """Active members of the staff."""
    return request.user.is_active and request.user.is_staff
