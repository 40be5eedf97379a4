"""The kinds of findings that say what everyone can do with private files, and how each is closed.

First the policy and the ACL of the bucket are closed (`mending`), then the ACLs of single objects. After that each finding
is looked at again.
"""

from mediastore.backends.s3 import S3Storage
from mediastore.operations import acl, bucket_policy
from mediastore.operations.anonymous import is_readable
from mediastore.operations.findings import Finding
from mediastore.operations.mending import Mending


class Exposed(Finding):
    """Everyone can do something. Threads mend many findings of this kind at once."""

    by_hand = "make the container or bucket of PRIVATE_STORAGE_DSN private at the provider"

    def fix(self, mending: Mending) -> None:
        storage = self.exposing(mending)
        if not isinstance(storage, S3Storage):
            self.note = self.by_hand
            return
        notes = self.close(storage, mending)
        self.fixed = not self.is_open(storage, mending)
        self.note = "closed" if self.fixed else "; ".join(filter(None, notes)) or bucket_policy.ADVICE

    def exposing(self, mending: Mending) -> object:
        """The storage whose bucket is open."""
        return mending.private

    def close(self, storage: S3Storage, mending: Mending) -> list[str]:
        """Close what is open in the bucket of `storage`. Returns why something could not be done."""
        return mending.close_private(storage)

    def is_open(self, storage: S3Storage, mending: Mending) -> bool:
        """Whether everyone can still do it."""
        return is_readable(mending.client.status(self.url))


class Readable(Exposed):
    """A private file that everyone can read."""

    kind = "readable"

    def close(self, storage: S3Storage, mending: Mending) -> list[str]:
        notes = mending.close_private(storage)
        return [*notes, _close_object(storage, self.key)] if self.is_open(storage, mending) else notes


class ReadableBeside(Exposed):
    """A file in a folder of private files of the public bucket, perhaps of another site, that everyone can read."""

    kind = "readable"
    by_hand = "the container or bucket of DEFAULT_STORAGE_DSN is public as a whole: move the file to a private one"

    def exposing(self, mending: Mending) -> object:
        return mending.public

    def close(self, storage: S3Storage, mending: Mending) -> list[str]:
        return mending.spare_private(storage)


class OpenPolicy(Exposed):
    """What the policy of the private bucket lets everyone do."""

    kind = "policy"

    def is_open(self, storage: S3Storage, mending: Mending) -> bool:
        return self.why in bucket_policy.open_to_everyone(storage)


class OpenACL(Exposed):
    """What the ACL of the private bucket lets everyone do."""

    kind = "acl"

    def is_open(self, storage: S3Storage, mending: Mending) -> bool:
        return self.why in acl.open_to_everyone(storage)


class Unknown(Finding):
    """A service that did not answer, so that nobody knows who can read the file."""

    kind = "unknown"

    def fix(self, mending: Mending) -> None:
        self.note = "run the audit again when the service answers"


def _close_object(private: S3Storage, key: str) -> str:
    try:
        private.client.put_object_acl(Bucket=private.bucket_name, Key=key, ACL="private")
    except private.client.exceptions.ClientError as error:
        return f"the object's ACL: {error.response['Error']['Code']}"
    return ""
