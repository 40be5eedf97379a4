"""What the policy and the ACL of the private bucket let everyone do, as they say it themselves.

A request proves what is open to that one request. A policy can also open files to clients that send a certain Referer,
or let everyone list, write or delete.
"""

from collections.abc import Iterator

from mediastore.backends.s3 import S3Storage
from mediastore.operations import acl, policy
from mediastore.operations.findings import Audit, Finding
from mediastore.operations.policy_reader import UNSUPPORTED, grants

UNKNOWN = {"NoSuchBucket", *UNSUPPORTED}


def findings(private, audit: Audit) -> Iterator[Finding]:
    """A finding for each thing that everyone may do with the private bucket, or with the private files in it."""
    if not isinstance(private, S3Storage):
        return
    for kind, read in (("policy", open_by_policy), ("acl", acl.open_to_everyone)):
        try:
            for why in read(private):
                yield Finding(kind, private.place, "", why)
        except private.client.exceptions.ClientError as error:
            code = error.response["Error"]["Code"]
            if code not in UNKNOWN:
                audit.warnings.append(f"The {kind} of {private.bucket_name} was not looked at: S3 answered {code}.")


def open_by_policy(private) -> list[str]:
    """What the bucket's policy lets everyone do, a sentence each."""
    found = grants(policy.read(private), private.bucket_name, private.key_prefix, is_aws=private.is_aws)
    return sorted({str(grant) for grant in found})
