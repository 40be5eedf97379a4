"""What several findings share while `media audit --fix` mends them: it is done once, when the first one needs it."""

from functools import cached_property
from threading import RLock

from django.core.files.storage import storages

from mediastore.backends.located import located
from mediastore.operations import acl, anonymous, policy, stored


class Mending:
    """One run of `media audit --fix`. Threads may share it."""

    def __init__(self):
        self.public, self.private = (located(storages[alias]) for alias in ("default", "private"))
        self.thumbnails = storages["easy_thumbnails"]
        self.client = anonymous.Anonymous()
        self._lock = RLock()

    def is_shared(self) -> bool:
        """Whether both storages lie in one bucket."""
        with self._lock:
            return self._shared

    def close_private(self) -> list[str]:
        """Close the bucket of the private files by its policy and its ACL. Returns why it could not be done."""
        with self._lock:
            return self._closed

    def spare_private(self) -> list[str]:
        """Take the folder of private files out of what our policy of the public bucket opens. Returns the same."""
        with self._lock:
            return self._spared

    @cached_property
    def _shared(self):
        return stored.one_bucket(self.public, self.private, may_write=True)

    @cached_property
    def _closed(self):
        step = policy.close(self.private, shared=self._shared, dry_run=False, theirs=True, force=False)
        return [_note(step), _close_bucket(self.private, self._shared)]

    @cached_property
    def _spared(self):
        return [_note(policy.spare(self.public)), "another statement of the bucket's policy, or an ACL, opens it"]


def _note(step):
    _, outcome, note = step
    return note if outcome == "cannot" else ""


def _close_bucket(private, shared):
    """Make the bucket's ACL private, unless other files lie there too."""
    client, bucket = private.client, private.bucket_name
    try:
        if acl.open_to_everyone(private):
            if shared or private.prefix:
                return "the bucket may have public files too, so its ACL was left alone"
            client.put_bucket_acl(Bucket=bucket, ACL="private")
    except client.exceptions.ClientError as error:
        return f"the bucket's ACL: {error.response['Error']['Code']}"
    return ""
