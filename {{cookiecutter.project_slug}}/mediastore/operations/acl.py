"""What the ACL of a bucket lets everyone do."""

from mediastore.operations.bucket_policy import UNSUPPORTED


def open_to_everyone(storage) -> list[str]:
    """A sentence for each thing that the ACL of the bucket of `storage` lets everyone do.

    Raises:
        ClientError: S3 does not let it be read. A service without ACLs opens nothing by them.
    """
    try:
        grants = storage.client.get_bucket_acl(Bucket=storage.bucket_name)["Grants"]
    except storage.client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] in UNSUPPORTED:
            return []
        raise
    # All groups but this one are those of everyone, or of whoever has an account of AWS. versitygw gives no URI.
    groups = [grant for grant in grants if grant["Grantee"]["Type"] == "Group"]
    found = {grant["Permission"] for grant in groups if not grant["Grantee"].get("URI", "").endswith("/LogDelivery")}
    deeds = {"READ": "list names, and on some services read files", "WRITE": "write and delete files"}
    return sorted(f"the bucket's ACL lets everyone {deeds.get(right, right)}" for right in found)
