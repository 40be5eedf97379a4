"""Signed URLs of private files where no S3 service is there to sign them."""

from urllib.parse import urlencode

from mediastore import names, tokens
from mediastore.backends.private import PrivateStorage, lifetime


class TokenSignedStorage(PrivateStorage):
    """A private storage whose files Django itself serves. A token in the URL stands for the signature."""

    def signed_url(self, name: str, expire: int | None = None, filename: str | None = None) -> str:
        """A URL that serves `name` to whoever has it, for `expire` seconds; `filename` is what it is saved as.

        Raises:
            ValueError: `expire` is less than a second or more than a week.
        """
        name = names.clean(name)
        token = tokens.make(self.alias or "", name, lifetime(expire), filename)
        return f"{self.url(name)}?{urlencode({'token': token})}"
