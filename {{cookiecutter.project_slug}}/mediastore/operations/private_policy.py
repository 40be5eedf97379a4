"""Closes buckets: changes a policy so that nobody may do anything with private files without a signature."""

from mediastore.backends.s3 import S3Storage
from mediastore.operations import acl, wrong_bucket
from mediastore.operations.bucket_policy import FORCE, listed, read, repeated_on_change, unreadable, variable, write
from mediastore.operations.policy_json import as_set, policy_statements
from mediastore.operations.policy_reader import grants
from mediastore.operations.statements import all_spared, is_from_setup, narrowed, same, without
from mediastore.operations.steps import Step
from mediastore.schemes import PRIVATE_FOLDER

CLOSED = "closed again"


@repeated_on_change
def close(private: S3Storage, *, shared: bool, dry_run: bool, foreign: bool = False, force: bool = False) -> Step:
    """See that nobody may do anything with private files without a signature, and take back what `media setup` opened.

    Args:
        shared: whether the bucket has public files too.
        foreign: change also statements that `media setup` has not written, if the bucket has no public files.
        force: take back a statement of `media setup` even if it opens files that no row of this site names.

    Raises:
        OSError: what answers is no S3 service, or S3 does not let the bucket be listed.
    """
    bucket, prefix = private.bucket_name, private.key_prefix
    what = f"no anonymous reading of {bucket}/{prefix}*"
    try:
        by_acl = acl.open_to_everyone(private)
        policy = read(private)
    except private.client.exceptions.ClientError as error:
        return Step(what, *unreadable(error, dry_run, "the provider has no bucket policies", outcome="ok"))
    opening = grants(policy, bucket, prefix, is_aws=private.is_aws)
    if not opening:
        return Step(what, "cannot", _opened_by_acl(by_acl)) if by_acl else Step(what, "ok", "is closed")
    asks_first = not (foreign or force or prefix.startswith(f"{PRIVATE_FOLDER}/"))
    if asks_first and any(is_from_setup(grant.statement) for grant in opening):
        if key := wrong_bucket.find_unnamed(private):
            note = (
                f"everyone may read files there that no row of this site names, such as {key!r}. Is it the right place in "
                f"{variable(private)}? If its files are to be private, {FORCE}"
            )
            return Step(what, "cannot", note)
    before, after = policy_statements(policy), []
    for entry in before:
        found = [grant for grant in opening if grant.statement is entry]
        rest = without(entry, found, bucket, prefix, foreign=foreign and not shared) if found else entry
        after += [rest] if rest else []
    left = grants({"Statement": after}, bucket, prefix, is_aws=private.is_aws)
    advice = f"{listed(left)}: delete that from the bucket's policy, or take another bucket" if left else ""
    advice = advice or _opened_by_acl(by_acl)
    if same(before, after):
        return Step(what, "cannot", advice)
    if dry_run:
        return Step(what, "would", "take what allows it out of the policy's statements")
    outcome, note = write(private, before, after, CLOSED)
    return Step(what, "cannot", advice) if advice and outcome == "done" else Step(what, outcome, note)


@repeated_on_change
def spare(public: S3Storage) -> Step:
    """Take `private/` out of a statement of `media setup` that opens the whole bucket. Nothing is opened by it.

    Raises:
        OSError: what answers is no S3 service.
    """
    what = f"no anonymous reading of {public.bucket_name}/{PRIVATE_FOLDER}/*"
    try:
        before = policy_statements(read(public))
    except public.client.exceptions.ClientError as error:
        return Step(what, *unreadable(error, False, "the provider has no bucket policies"))
    after = [narrowed(entry, public.bucket_name, f"{PRIVATE_FOLDER}/") for entry in before]
    return Step(what, "ok") if same(before, after) else Step(what, *write(public, before, after, CLOSED))


def spared_folders(public: S3Storage) -> set[str]:
    """The folders of the public bucket, with their slash, that have, or had, private files according to the policy.

    These are the folders that statements of `media setup` spare. For each site with a folder of its own, the one beside
    it below `private/` is another. If S3 does not let the policy be read, only `private/` is known.

    Raises:
        OSError: what answers is no S3 service.
    """
    try:
        statements = policy_statements(read(public))
    except public.client.exceptions.ClientError:
        statements = []
    opened: set[str] = set()
    for entry in statements:
        if is_from_setup(entry):
            opened |= as_set(entry.get("Resource"))
    spared = all_spared(statements, public.bucket_name, None)
    arns = [("", pattern) for pattern in spared] + [(f"{PRIVATE_FOLDER}/", pattern) for pattern in opened]
    found = ((above, pattern.partition(f":::{public.bucket_name}/")[2]) for above, pattern in arns)
    return {f"{above}{key}".removesuffix("*") for above, key in found if key.endswith("/*")}


def _opened_by_acl(found: list[str]) -> str:
    return f"{'; '.join(found)}: `manage.py media audit --fix` closes it" if found else ""
