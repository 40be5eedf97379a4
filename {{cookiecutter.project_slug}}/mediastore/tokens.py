"""Tokens in the URLs of private files that Django serves: whoever has one may read the file for a while.

A token is not accepted for files that an S3 service serves: their signature is in the service's own URL.
"""

import time

from django.core import signing

SALT = "mediastore.signed_url"


def make(alias: str, name: str, expire: int, filename: str | None = None) -> str:
    """A token for the file `name` of the storage `alias`.

    Args:
        expire: seconds that the token is valid for.
        filename: what a browser saves the file as; None for its own name.
    """
    return signing.dumps([alias, name, int(time.time()) + expire, filename], salt=SALT)


def read(token: str, alias: str, name: str) -> tuple[bool, str | None]:
    """Whether `token` is valid now for `name` of `alias`, and the `filename` that it was made with."""
    try:
        for_alias, for_name, until, filename = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return False, None
    if (for_alias, for_name) != (alias, name) or time.time() >= until:
        return False, None
    return True, filename
