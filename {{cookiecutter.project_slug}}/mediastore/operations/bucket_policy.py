"""Reads and writes the policy of a bucket."""

import json
from functools import wraps

from mediastore.operations.policy_json import canonical, policy_statements
from mediastore.operations.policy_reader import grants
from mediastore.operations.statements import same

UNSUPPORTED = {"NotImplemented", "MethodNotAllowed", "XNotImplemented"}  # codes of services that know no policies
ATTEMPTS = 5


class ChangedMeanwhileError(Exception):
    """Another site's setup has written the policy since it was read."""


def again(change):
    """Read, decide and write once more where somebody else has written in between: S3 itself compares nothing."""

    @wraps(change)
    def attempts(*arguments, **options):
        for _ in range(ATTEMPTS):
            try:
                return change(*arguments, **options)
            except ChangedMeanwhileError:
                pass
        return f"the policy of {arguments[0].bucket_name}", "cannot", "somebody else changes it again and again"

    return attempts


def read(storage) -> dict:
    """The policy of the bucket of `storage`; one without statements where there is none.

    Raises:
        ClientError: S3 does not let it be read.
        OSError: what answers is no S3 service.
    """
    try:
        return canonical(json.loads(storage.client.get_bucket_policy(Bucket=storage.bucket_name)["Policy"]))
    except storage.client.exceptions.ClientError as error:
        if error.response["Error"]["Code"] == "NoSuchBucketPolicy":
            return {"Version": "2012-10-17", "Statement": []}
        raise
    except (ValueError, AttributeError) as error:
        message = (
            f"{storage.endpoint_url} answers, but not as S3 does: check the host and the port in {variable(storage)}"
        )
        raise OSError(message) from error


def open_to_everyone(private) -> list[str]:
    """A sentence for each thing that the policy of the bucket of `private` lets everyone do with private files.

    Raises:
        ClientError: S3 does not let it be read.
    """
    found = grants(read(private), private.bucket_name, private.key_prefix, is_aws=private.is_aws)
    return sorted({str(grant) for grant in found})


def write(storage, before, statements, done, advice=""):
    """Write the policy, unless it is another one by now than the one that was decided upon."""
    client, bucket = storage.client, storage.bucket_name
    if not same(policy_statements(read(storage)), before):
        raise ChangedMeanwhileError
    try:
        if statements:
            text = json.dumps({"Version": "2012-10-17", "Statement": statements})
            client.put_bucket_policy(Bucket=bucket, Policy=text)
        else:
            client.delete_bucket_policy(Bucket=bucket)
    except client.exceptions.ClientError as error:
        code = error.response["Error"]["Code"]
        if code == "AccessDenied":
            return "cannot", "refused: the key may not, or the bucket has Block Public Access on"
        return "cannot", f"the provider answered {code}" + (f": {advice}" if advice else "")
    return "done", done


def unreadable(error, dry_run, without_policies, outcome="cannot"):
    """Outcome and note for an `error` of `read`; for a service without policies `outcome` and what `without_policies` says."""
    code = error.response["Error"]["Code"]
    if code == "NoSuchBucket" and dry_run:
        return "would", "look when the bucket is there"
    if code in UNSUPPORTED:
        return outcome, without_policies
    return "cannot", f"reading the bucket's policy failed: {code}"


def variable(storage):
    """The name of the environment variable that says where `storage` is."""
    return "PRIVATE_STORAGE_DSN" if storage.is_private else "DEFAULT_STORAGE_DSN"
