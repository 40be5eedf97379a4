"""Gives signed URLs to private files that Django serves."""

from urllib.parse import urlencode

from mediastore import names, tokens
from mediastore.backends.private import PrivateStorage, lifetime


class TokenSignedStorage(PrivateStorage):
    """A private storage whose files Django serves. A token in the URL takes the part of S3's signature."""

    def signed_url(self, name: str, expire: int | None = None, filename: str | None = None) -> str:
        """A URL that serves `name` to whoever has the URL.

        Args:
            expire: seconds that the URL is valid for; None for 60.
            filename: what a browser saves the file as.

        Raises:
            ValueError: `expire` is less than a second or more than a week.
        """
        name = names.clean(name)
        token = tokens.make(self.alias or "", name, lifetime(expire), filename)
        return f"{self.url(name)}?{urlencode({'token': token})}"
