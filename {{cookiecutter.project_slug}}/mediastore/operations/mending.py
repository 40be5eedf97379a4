"""What several findings share while `media audit --fix` mends them. Each part is done once, for the first that asks."""

from functools import cached_property
from threading import RLock

from django.core.files.storage import storages

from mediastore.backends.located import located
from mediastore.backends.s3 import S3Storage
from mediastore.operations import acl, anonymous, private_policy, sharing
from mediastore.operations.steps import Step


class Mending:
    """One run of `media audit --fix`. Threads may share it."""

    def __init__(self) -> None:
        self.public, self.private = (located(storages[alias]) for alias in ("default", "private"))
        self.thumbnails = storages["easy_thumbnails"]
        self.client = anonymous.Anonymous()
        self._lock = RLock()
        self._closed: list[str] | None = None
        self._spared: list[str] | None = None

    def is_shared(self) -> bool:
        """Whether both storages lie in one bucket."""
        with self._lock:
            return self._shared

    @cached_property
    def _shared(self) -> bool:
        return sharing.share_bucket(self.public, self.private, may_write=True)

    def close_private(self, private: S3Storage) -> list[str]:
        """Close the bucket of the private files by its policy and its ACL.

        Returns:
            Why it could not be done. A part that was done gives "".
        """
        with self._lock:
            if self._closed is None:
                step = private_policy.close(private, shared=self._shared, dry_run=False, foreign=True)
                self._closed = [_why_not(step), _close_bucket(private, self._shared)]
            return self._closed

    def spare_private(self, public: S3Storage) -> list[str]:
        """Take `private/` out of what `media setup` has opened in the public bucket.

        Returns:
            Why files there may still be readable. A part that was done gives "".
        """
        with self._lock:
            if self._spared is None:
                step = private_policy.spare(public)
                self._spared = [_why_not(step), "another statement of the bucket's policy, or an ACL, opens it"]
            return self._spared


def _why_not(step: Step) -> str:
    return step.note if step.outcome == "cannot" else ""


def _close_bucket(private: S3Storage, shared: bool) -> str:
    """Make the bucket's ACL private, unless other files lie in the bucket too. Returns why it could not be done."""
    client, bucket = private.client, private.bucket_name
    try:
        if acl.open_to_everyone(private):
            if shared or private.prefix:
                return "the bucket may have public files too, so its ACL was left alone"
            client.put_bucket_acl(Bucket=bucket, ACL="private")
    except client.exceptions.ClientError as error:
        return f"the bucket's ACL: {error.response['Error']['Code']}"
    return ""
