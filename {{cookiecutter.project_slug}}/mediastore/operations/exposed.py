"""The kinds of findings that tell what everyone can do with private files, and how each is closed.

The bucket's policy and its ACL come first (`mending`), then the ACLs of single objects. Then each finding is looked at again.
"""

from mediastore.backends.s3 import S3Storage
from mediastore.operations import acl, bucket_policy, policy
from mediastore.operations.anonymous import is_readable
from mediastore.operations.findings import Finding
from mediastore.operations.mending import Mending


class Exposed(Finding):
    """Everyone can do something. Many are mended at once."""

    def fix(self, mending: Mending) -> None:
        if not isinstance(mending.private, S3Storage):
            self.note = "make the container or bucket of PRIVATE_STORAGE_DSN private at the provider"
            return
        notes = self.close(mending)
        self.fixed = not self.is_open(mending)
        self.note = "closed" if self.fixed else "; ".join(filter(None, notes)) or policy.ADVICE

    def close(self, mending: Mending) -> list[str]:
        """Close it. Returns why something could not be done."""
        return mending.close_private()

    def is_open(self, mending: Mending) -> bool:
        """Whether it still is so."""
        return is_readable(mending.client.status(self.url))


class Readable(Exposed):
    """A private file that everyone can read."""

    kind = "readable"

    def close(self, mending):
        notes = mending.close_private()
        return [*notes, _close_object(mending.private, self.key)] if self.is_open(mending) else notes


class ReadableBeside(Exposed):
    """A file in a folder of private files of the public bucket, perhaps of another site, that everyone can read."""

    kind = "readable"

    def close(self, mending):
        return mending.spare_private()


class OpenPolicy(Exposed):
    """What the policy of the private bucket lets everyone do."""

    kind = "policy"

    def is_open(self, mending):
        return self.why in bucket_policy.open_to_everyone(mending.private)


class OpenACL(Exposed):
    """What the ACL of the private bucket lets everyone do."""

    kind = "acl"

    def is_open(self, mending):
        return self.why in acl.open_to_everyone(mending.private)


class Unknown(Finding):
    """A service that did not answer, so that nobody knows who can read the file."""

    kind = "unknown"

    def fix(self, mending: Mending) -> None:
        self.note = "run it again when the service answers"


def _close_object(private, key):
    try:
        private.client.put_object_acl(Bucket=private.bucket_name, Key=key, ACL="private")
    except private.client.exceptions.ClientError as error:
        return f"the object's ACL: {error.response['Error']['Code']}"
    return ""
