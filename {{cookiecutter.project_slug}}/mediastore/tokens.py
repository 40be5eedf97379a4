"""Signed URLs of private files that lie on the local disk, where no S3 service can sign them.

Only a view that serves the bytes itself may read a token: elsewhere the storage signs, and a token proves nothing.
"""

import time

from django.core import signing

SALT = "mediastore.signed_url"


def make(alias: str, name: str, expire: int, filename: str | None = None) -> str:
    """A token that lets `name` of storage `alias` be read for `expire` seconds."""
    return signing.dumps([alias, name, int(time.time()) + expire, filename], salt=SALT)


def read(token: str, alias: str, name: str) -> tuple[bool, str | None]:
    """Whether `token` lets `name` be read now, and the file name that it asks for: None without a valid token."""
    try:
        for_alias, for_name, until, filename = signing.loads(token, salt=SALT)
    except (signing.BadSignature, ValueError, TypeError):
        return False, None
    if (for_alias, for_name) != (alias, name) or time.time() >= until:
        return False, None
    return True, filename
