"""Reads what the ACL of a bucket lets everyone do."""

from mediastore.backends.s3 import S3Storage
from mediastore.operations.bucket_policy import UNSUPPORTED

MEANINGS = {"READ": "list names, and on some services read files", "WRITE": "write and delete files"}


def open_to_everyone(storage: S3Storage) -> list[str]:
    """A sentence for each thing that the ACL of the bucket of `storage` lets everyone do.

    A service without ACLs opens nothing by them.

    Raises:
        ClientError: S3 does not let the ACL be read.
    """
    try:
        grants = storage.client.get_bucket_acl(Bucket=storage.bucket_name)["Grants"]
    except storage.client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in UNSUPPORTED:
            return []
        raise
    # Each group but LogDelivery is everyone, or whoever has an account of AWS. versitygw names no URI of a group.
    groups = [grant for grant in grants if grant["Grantee"]["Type"] == "Group"]
    found = {grant["Permission"] for grant in groups if not grant["Grantee"].get("URI", "").endswith("/LogDelivery")}
    return sorted(f"the bucket's ACL lets everyone {MEANINGS.get(right, right)}" for right in found)
