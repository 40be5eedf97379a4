"""Reads and writes the policy of a bucket, and words what S3 answers."""

import json
from collections.abc import Callable
from functools import wraps
from typing import Any, Concatenate, ParamSpec

from mediastore.backends.s3 import S3Storage
from mediastore.operations.policy_json import Policy, Statement, canonical, policy_statements
from mediastore.operations.policy_reader import Grant, grants
from mediastore.operations.statements import same
from mediastore.operations.steps import Outcome, Step

UNSUPPORTED = {"NotImplemented", "MethodNotAllowed", "XNotImplemented"}  # error codes of services without policies
ATTEMPTS = 5
ADVICE = "make a bucket for private files and set PRIVATE_STORAGE_DSN"
FORCE = "type `manage.py media setup --force`"

Result = tuple[Outcome, str]  # the outcome and the note of a Step
Options = ParamSpec("Options")
Change = Callable[Concatenate[S3Storage, Options], Step]


class ChangedMeanwhileError(Exception):
    """Another site's setup has written the policy since it was read."""


def repeated_on_change(change: Change[Options]) -> Change[Options]:
    """Let `change` read, decide and write once more if another site's setup has written in between.

    S3 itself has no conditional write for policies.
    """

    @wraps(change)
    def attempts(storage: S3Storage, /, *arguments: Options.args, **options: Options.kwargs) -> Step:
        for _ in range(ATTEMPTS):
            try:
                return change(storage, *arguments, **options)
            except ChangedMeanwhileError:
                pass
        note = "another process changes it again and again: run the command again later"
        return Step(f"the policy of {storage.bucket_name}", "cannot", note)

    return attempts


def read(storage: S3Storage) -> Policy:
    """The policy of the bucket of `storage`. A bucket without a policy gives one without statements.

    Raises:
        ClientError: S3 does not let the policy be read.
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


def open_to_everyone(private: S3Storage) -> list[str]:
    """A sentence for each thing that the policy of the bucket of `private` lets everyone do with private files.

    Raises:
        ClientError: S3 does not let the policy be read.
        OSError: what answers is no S3 service.
    """
    found = grants(read(private), private.bucket_name, private.key_prefix, is_aws=private.is_aws)
    return sorted({str(grant) for grant in found})


def write(
    storage: S3Storage, before: list[Statement], statements: list[Statement], done: str, advice: str = ""
) -> Result:
    """Replace the statements `before` of the policy by `statements`.

    Args:
        before: what was read, and decided upon.
        done: the note if it is done.
        advice: what else to do if the provider refuses.

    Raises:
        ChangedMeanwhileError: the policy has other statements than `before` by now. Nothing is written.
    """
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
            return "cannot", "refused: the key may not write the policy, or the bucket has Block Public Access on"
        return "cannot", f"the provider answered {code}" + (f": {advice}" if advice else "")
    return "done", done


def unreadable(error: Any, dry_run: bool, without_policies: str, outcome: Outcome = "cannot") -> Result:
    """Outcome and note for a ClientError of `read`.

    Args:
        without_policies: the note if the service has no policies.
        outcome: the outcome if the service has no policies.
    """
    code = error.response["Error"]["Code"]
    if code == "NoSuchBucket" and dry_run:
        return "would", "look when the bucket is there"
    if code in UNSUPPORTED:
        return outcome, without_policies
    return "cannot", f"reading the bucket's policy failed: {code}"


def variable(storage: S3Storage) -> str:
    """The environment variable that says which bucket `storage` has."""
    return "PRIVATE_STORAGE_DSN" if storage.is_private else "DEFAULT_STORAGE_DSN"


def listed(found: list[Grant]) -> str:
    """The sentences of the grants, each once."""
    return "; ".join(sorted({str(grant) for grant in found}))
