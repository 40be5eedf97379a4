"""Finds what the policy and the ACL of the private bucket let everyone do, by reading both.

An unsigned request proves only what is open to that one request. A policy can also open files to clients that send a
certain Referer, or let everyone list, write or delete.
"""

from collections.abc import Callable, Iterator

from mediastore.backends.s3 import S3Storage
from mediastore.operations import acl, bucket_policy
from mediastore.operations.bucket_policy import UNSUPPORTED
from mediastore.operations.exposed import Exposed, OpenACL, OpenPolicy
from mediastore.operations.findings import Audit, Finding

NOTHING_TO_READ = {"NoSuchBucket", *UNSUPPORTED}


def findings(private: object, audit: Audit) -> Iterator[Finding]:
    """A finding for each thing that everyone may do with the private bucket, or with the private files in it.

    What S3 does not let be read becomes a warning of `audit`.
    """
    if not isinstance(private, S3Storage):
        return
    readers: tuple[tuple[type[Exposed], Callable[[S3Storage], list[str]]], ...] = (
        (OpenPolicy, bucket_policy.open_to_everyone),
        (OpenACL, acl.open_to_everyone),
    )
    for kind, read in readers:
        try:
            for why in read(private):
                yield kind(private.where, "", why)
        except private.client.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in NOTHING_TO_READ:
                audit.warnings.append(
                    f"The {kind.kind} of {private.bucket_name} was not looked at: S3 answered {code}."
                )
