"""Opens a bucket: changes its policy so that everyone may read the public files of a site, and no private ones.

The policy is the only record of which folders were private once, so what a statement of `media setup` spares stays
spared. Statements of others are left alone, and reported where they open private files.
"""

from mediastore.backends.s3 import S3Storage
from mediastore.operations import wrong_bucket
from mediastore.operations.bucket_policy import (
    ADVICE,
    FORCE,
    Result,
    listed,
    read,
    repeated_on_change,
    unreadable,
    variable,
    write,
)
from mediastore.operations.policy_json import Policy, Statement, policy_statements
from mediastore.operations.policy_reader import grants
from mediastore.operations.statements import (
    NAME,
    all_spared,
    arn,
    is_from_setup,
    narrowed,
    public_read,
    same,
    sids,
    without_not_resource,
)
from mediastore.operations.steps import Step
from mediastore.schemes import PRIVATE_FOLDER

ALLOWED = "allowed by the bucket's policy"


@repeated_on_change
def open_public(public: S3Storage, *, spared: str | None, dry_run: bool, force: bool = False) -> Step:
    """Let everyone read what is below the public prefix, but no private file, of this site or of another.

    A statement for the whole bucket always spares `private/`: there are the private files of every site that has, or
    had, no PRIVATE_STORAGE_DSN. It also spares what an earlier statement of `media setup` spared.

    Args:
        spared: the folder of private files in the same bucket, with its slash; None if they have another bucket.
        force: open the bucket even if it has files that this site cannot account for.

    Raises:
        OSError: what answers is no S3 service, or S3 does not let the bucket be listed.
    """
    bucket, prefix = public.bucket_name, public.key_prefix
    what = f"anonymous reading of {bucket}/{prefix}*"
    is_signed = public.querystring_auth or public.default_acl in ("private", "authenticated-read")
    if not is_signed and (fault := _unfit(prefix, spared)):
        return Step(what, "cannot", fault)
    try:
        policy = read(public)
    except public.client.exceptions.ClientError as error:
        note = "the provider has no bucket policies; it must read the objects' ACLs"
        return Step(what, *unreadable(error, dry_run, note))
    before = policy_statements(policy)
    wanted = public_read(bucket, prefix, all_spared(before, bucket, spared))
    former = [entry for entry in before if entry.get("Sid") in sids(wanted)]
    if is_signed and former:
        note = f"the DSN makes the files private, but {wanted['Sid']} in the bucket's policy opens them: delete that"
        return Step(what, "cannot", note)
    if is_signed:
        return Step(what, "ok", "is not wanted: the DSN signs the URLs or makes the files private")
    others = [entry for entry in before if entry not in former]
    if spared is not None:
        others = [narrowed(entry, bucket, spared) for entry in others]
    if any(same(before, [*others, *entries]) for entries in ([wanted], without_not_resource(bucket, wanted))):
        return Step(what, "ok", "is allowed")
    if fault := _opens_private(public, spared, [*others, wanted]) or _has_condition(former):
        return Step(what, "cannot", fault)
    if not force and (fault := _unaccounted(public, spared, policy, others)):
        return Step(what, "cannot", fault)
    if dry_run:
        return Step(what, "would", "allow it")
    outcome, note = write(public, before, [*others, wanted], ALLOWED, ADVICE if spared else "")
    if outcome == "cannot" and "NotResource" in wanted and spared is None and "MalformedPolicy" in note:
        outcome, note = _open_all_but(public, before, others, wanted)
    return Step(what, outcome, note)


def _unfit(prefix: str, spared: str | None) -> str | None:
    """Why no policy can open the files below `prefix` alone. None if one can."""
    if spared is not None and (prefix.startswith(spared) or (prefix and spared.startswith(prefix))):
        return f"it would open the private files too: {ADVICE}"
    if prefix.startswith(f"{PRIVATE_FOLDER}/"):
        return (
            f"the private files of sites without PRIVATE_STORAGE_DSN are below {PRIVATE_FOLDER}/. "
            "Take another prefix for DEFAULT_STORAGE_DSN"
        )
    if any(sign in f"{prefix}{spared or ''}" for sign in ("*", "?", "${")):
        return "a policy takes '*', '?' and '${' in a prefix for patterns: take another prefix"
    return None


def _opens_private(public: S3Storage, spared: str | None, statements: list[Statement]) -> str | None:
    """Why `statements` are not written: they would open private files in the same bucket. None if they would not."""
    if spared is None:
        return None
    found = grants({"Statement": statements}, public.bucket_name, spared, is_aws=public.is_aws)
    return f"the bucket's policy opens private files: {listed(found)}. {ADVICE}" if found else None


def _has_condition(former: list[Statement]) -> str | None:
    """Why the statements `former` are not replaced: a person has given one a condition. None if nobody has."""
    for entry in former:
        if entry.get("Condition"):
            return f"somebody has given {entry['Sid']} in the bucket's policy a condition: delete one of the two"
    return None


def _unaccounted(public: S3Storage, spared: str | None, policy: Policy, others: list[Statement]) -> str | None:
    """Why the bucket may be the wrong one to open. None if nothing speaks against it."""
    neighbours = sorted(entry["Sid"] for entry in others if is_from_setup(entry))
    if neighbours and not public.prefix and not any(entry.get("Sid") == NAME for entry in policy_statements(policy)):
        return (
            f"other sites have folders in the bucket ({', '.join(neighbours)}), and may keep private files outside of "
            f"{PRIVATE_FOLDER}/ too. Give this site a prefix of its own. If all but {PRIVATE_FOLDER}/ is to be public, {FORCE}"
        )
    if key := wrong_bucket.find_unaccounted(public, spared, policy):
        return (
            f"the bucket holds files that nobody can read without a signature, and that no row calls public, such as "
            f"{key!r}. Is it the right bucket in {variable(public)}? If all of them are to be public, {FORCE}"
        )
    return None


def _open_all_but(public: S3Storage, before: list[Statement], others: list[Statement], wanted: Statement) -> Result:
    """Open the bucket on a service without NotResource (versitygw): allow everything, and deny what is spared.

    A client with a key is denied too, so this is done only if nothing is stored in the folders that are spared.
    """
    bucket = public.bucket_name
    for pattern in wanted["NotResource"]:
        folder = pattern.removeprefix(arn(bucket, "")).rstrip("*")
        if public.client.list_objects_v2(Bucket=bucket, Prefix=folder, MaxKeys=1).get("KeyCount"):
            return (
                "cannot",
                f"the provider knows no NotResource, so {folder} cannot be spared: move it to another bucket",
            )
    return write(public, before, [*others, *without_not_resource(bucket, wanted)], ALLOWED)
