"""Bucket policies: everyone may read public files, and nobody private ones.

What our own statements spare is kept: the policy is where it is written down which places were private once.
Statements of others are left alone, and told where they open private files. `open_public` and `close` give what they are
about, the outcome ("ok", "done", "would", "cannot") and a note.
"""

from mediastore.operations import acl, openness
from mediastore.operations.bucket_policy import again, read, unreadable, variable, write
from mediastore.operations.policy_json import as_set, policy_statements
from mediastore.operations.policy_reader import grants
from mediastore.operations.statements import (
    NAME,
    all_spared,
    arn,
    is_ours,
    narrowed,
    public_read,
    same,
    sids,
    without,
    without_not_resource,
)
from mediastore.schemes import PRIVATE_FOLDER

ADVICE = "make a bucket for private files and set PRIVATE_STORAGE_DSN"
FORCE = "type `manage.py media setup --force`"


@again
def open_public(public, private, *, shared, dry_run, force=False):
    """Let everyone read what is below the public prefix, but no private file, of this site or of another.

    Below the root of a bucket `private/` is always spared: there lie the private files of every site that has, or had,
    no PRIVATE_STORAGE_DSN. So is what an earlier statement of ours spared.

    Args:
        shared: whether the private storage lies in the same bucket.
        force: open the bucket also where it has files that this site cannot account for.
    """
    bucket, prefix = public.bucket_name, public.key_prefix
    what = f"anonymous reading of {bucket}/{prefix}*"
    spared = private.key_prefix if shared else None
    is_signed = public.querystring_auth or public.default_acl in ("private", "authenticated-read")
    if not is_signed and (fault := _unfit(prefix, spared)):
        return what, "cannot", fault
    try:
        policy = read(public)
    except public.client.exceptions.ClientError as error:
        return what, *unreadable(error, dry_run, "the provider has no bucket policies; it must read the objects' ACLs")
    before = policy_statements(policy)
    wanted = public_read(bucket, prefix, all_spared(before, bucket, spared))
    mine = [entry for entry in before if entry.get("Sid") in sids(wanted)]
    if is_signed and mine:
        note = f"the DSN makes the files private, but {wanted['Sid']} in the bucket's policy opens them: delete that"
        return what, "cannot", note
    if is_signed:
        return what, "ok", "is not wanted: the DSN signs the URLs or makes the files private"
    others = [entry for entry in before if entry not in mine]
    if spared is not None:
        others = [narrowed(entry, bucket, spared) for entry in others]
    if any(same(before, [*others, *ours]) for ours in ([wanted], without_not_resource(bucket, wanted))):
        return what, "ok", "is allowed"
    closed = (
        grants({"Statement": [*others, wanted]}, bucket, spared, is_aws=public.is_aws) if spared is not None else []
    )
    if closed:
        return what, "cannot", f"the bucket's policy opens private files: {_listed(closed)}. {ADVICE}"
    if any(entry.get("Condition") for entry in mine):
        return (
            what,
            "cannot",
            f"somebody has given {wanted['Sid']} in the bucket's policy a condition: delete one of the two",
        )
    if not force and (fault := _unaccounted(public, spared, policy, others)):
        return what, "cannot", fault
    if dry_run:
        return what, "would", "allow it"
    outcome, note = write(public, before, [*others, wanted], "allowed by the bucket's policy", ADVICE if spared else "")
    if outcome == "cannot" and "NotResource" in wanted and spared is None and "MalformedPolicy" in note:
        outcome, note = _open_all_but(public, before, others, wanted)
    return what, outcome, note


@again
def close(private, *, shared, dry_run, theirs=False, force=False):
    """See that nobody may do anything with private files without a signature; what we once opened is closed again.

    Args:
        shared: whether the bucket has public files too.
        theirs: change the statements of others too, where the bucket has no public files.
        force: take away our own statement also where it opens files that no row of this site names.
    """
    bucket, prefix = private.bucket_name, private.key_prefix
    what = f"no anonymous reading of {bucket}/{prefix}*"
    try:
        by_acl = acl.open_to_everyone(private)
        policy = read(private)
    except private.client.exceptions.ClientError as error:
        outcome, note = unreadable(error, dry_run, "the provider has no bucket policies", outcome="ok")
        return what, outcome, note
    opening = grants(policy, bucket, prefix, is_aws=private.is_aws)
    if not opening:
        return (what, "cannot", _by_acl(by_acl)) if by_acl else (what, "ok", "is closed")
    asks = not (theirs or force or prefix.startswith(f"{PRIVATE_FOLDER}/"))
    if asks and any(is_ours(grant.statement) for grant in opening) and (key := openness.unknown(private)):
        note = (
            f"everyone may read files there that no row of this site names, such as {key!r}. Is it the right place in "
            f"{variable(private)}? If its files are to be private, {FORCE}"
        )
        return what, "cannot", note
    before, after = policy_statements(policy), []
    for entry in before:
        mine = [grant for grant in opening if grant.statement is entry]
        entry = without(entry, mine, bucket, prefix, theirs and not shared) if mine else entry
        after += [entry] if entry else []
    left = grants({"Statement": after}, bucket, prefix, is_aws=private.is_aws)
    advice = (
        f"{_listed(left)}: delete that from the bucket's policy, or take another bucket" if left else _by_acl(by_acl)
    )
    if same(before, after):
        return what, "cannot", advice
    if dry_run:
        return what, "would", "take out of our statements what allows it"
    outcome, note = write(private, before, after, "closed again")
    return (what, "cannot", advice) if advice and outcome == "done" else (what, outcome, note)


@again
def spare(public):
    """Take `private/` out of a statement of ours that opens the whole bucket; nothing is opened by it."""
    what = f"no anonymous reading of {public.bucket_name}/{PRIVATE_FOLDER}/*"
    try:
        before = policy_statements(read(public))
    except public.client.exceptions.ClientError as error:
        return what, *unreadable(error, False, "the provider has no bucket policies")
    after = [narrowed(entry, public.bucket_name, f"{PRIVATE_FOLDER}/") for entry in before]
    return what, *(("ok", "") if same(before, after) else write(public, before, after, "closed again"))


def spared_folders(public) -> set[str]:
    """The folders of the public bucket, with their slash, in which the policy tells of private files, now or before.

    Those that our statements spare, and for each site with a folder of its own the one beside it. Only `private/` where
    S3 does not let the policy be read.
    """
    try:
        statements = policy_statements(read(public))
    except public.client.exceptions.ClientError:
        statements = []
    opened = set().union(*(as_set(entry.get("Resource")) for entry in statements if is_ours(entry)))
    places = [("", all_spared(statements, public.bucket_name, None)), (f"{PRIVATE_FOLDER}/", opened)]
    found = ((above, pattern.partition(f":::{public.bucket_name}/")[2]) for above, those in places for pattern in those)
    return {f"{above}{key}".removesuffix("*") for above, key in found if key.endswith("/*")}


def _unfit(prefix, spared):
    """Why the two places cannot be told apart in a policy; None where they can."""
    if spared is not None and (prefix.startswith(spared) or (prefix and spared.startswith(prefix))):
        return f"it would open the private files too: {ADVICE}"
    if prefix.startswith(f"{PRIVATE_FOLDER}/"):
        return (
            f"below {PRIVATE_FOLDER}/ lie the private files of sites without PRIVATE_STORAGE_DSN; take another prefix"
        )
    if any(sign in f"{prefix}{spared or ''}" for sign in ("*", "?", "${")):
        return "a policy takes '*', '?' and '${' in a prefix for patterns; take another prefix"
    return None


def _unaccounted(public, spared, policy, others):
    """Why the bucket may be the wrong one to open; None where nothing speaks against it."""
    neighbours = sorted(entry["Sid"] for entry in others if is_ours(entry))
    if neighbours and not public.prefix and not any(entry.get("Sid") == NAME for entry in policy_statements(policy)):
        return (
            f"other sites have folders in the bucket ({', '.join(neighbours)}), and may keep private files outside of "
            f"{PRIVATE_FOLDER}/ too. Give this site a prefix of its own. If all but {PRIVATE_FOLDER}/ is to be public, {FORCE}"
        )
    if key := openness.unaccounted(public, spared, policy):
        return (
            f"the bucket holds files that nobody can read without a signature, and that no row calls public, such as "
            f"{key!r}. Is it the right bucket in {variable(public)}? If all of them are to be public, {FORCE}"
        )
    return None


def _listed(opening):
    return "; ".join(sorted({str(grant) for grant in opening}))


def _by_acl(found):
    return f"{'; '.join(found)}: `manage.py media audit --fix` closes it" if found else ""


def _open_all_but(public, before, others, wanted):
    """For services without NotResource (versitygw): allow all, and forbid what is spared, where nothing lies there."""
    bucket = public.bucket_name
    for pattern in wanted["NotResource"]:
        place = pattern.removeprefix(arn(bucket, "")).rstrip("*")
        if public.client.list_objects_v2(Bucket=bucket, Prefix=place, MaxKeys=1).get("KeyCount"):
            note = f"the provider knows no NotResource, so {place} cannot be spared: move it to another bucket"
            return "cannot", note
    return write(public, before, [*others, *without_not_resource(bucket, wanted)], "allowed by the bucket's policy")
